"""A server that answers every upsert at once, in a process of its own: fast enough not to be the limit.

It takes a request apart by bytes and never decodes one: the reply is made beforehand, but for the contact, which is
what was sent. So a client that compares what it sent with what came back finds nothing dropped.

python -m benchmarks.responder [--port N] [--core N] [--tls CA_FILE] [--no-rate-headers]   serves until Ctrl-C
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import multiprocessing
import ssl
import tempfile
import time
from collections.abc import Iterator
from email.utils import formatdate
from multiprocessing.connection import Connection
from pathlib import Path

import msgspec

from benchmarks.machine import pin

_ATTRIBUTION = {
    "url": "Trigger Link",
    "campaign": "Spring in Dolomite",
    "utmSource": "newsletter",
    "utmMedium": "email",
    "utmContent": "header-image",
    "referrer": "https://www.google.com",
    "campaignId": "nYUBhCZARISAI9AYIFt",
    "fbclid": "IwAR0WcGYIOQINz",
    "gclid": "CjOKCQjwnNyUBhCZARISAI9AYIFtNnIcWcYGIOQINz_ZoFI5SSLRRugSoPZoiEu27IZBY1-MAIWmEaAo2VEALW_WCB",
    "msclikid": "641c094001436dbc",
    "dclid": "CPznkIqB",
    "fbc": "fb.1.1674748390986.IwAR0WcGYIOQINz",
    "fbp": "fb.1.1674748390986.1171287961",
    "fbEventId": "Mozilla/5.0",
    "userAgent": "Mozilla/5.0 (X11; Linux x86_64)",
    "ip": "58.111.106.198",
    "medium": "survey",
    "mediumId": "FglfHAn30PRwsZVyQlKp",
}
CONTACT = {
    "id": "seD4PfOuKoVMLkEZqohJ",
    "emailLowerCase": "ada@example.com",
    "type": "lead",
    "dateAdded": "2021-07-02T05:18:26.704Z",
    "dateUpdated": "2021-07-02T05:18:26.704Z",
    "attachments": "string",
    "ssn": "string",
    "keyword": "test",
    "firstNameLowerCase": "ada",
    "fullNameLowerCase": "ada lovelace",
    "lastNameLowerCase": "lovelace",
    "lastActivity": "2021-07-16T11:39:30.564Z",
    "businessId": "641c094001436dbc2081e642",
    "attributionSource": _ATTRIBUTION,
    "lastAttributionSource": _ATTRIBUTION,
    "visitorId": "ve9EPM428h8vShlRW1KT",
}
"""What the reply has of a contact that no request can send (contract.md, "Responses"): so no member comes twice."""

_ON = {"status": "active", "message": "string", "code": "string"}
_DND = msgspec.json.encode(dict.fromkeys(("Call", "Email", "SMS", "WhatsApp", "GMB", "FB"), _ON))
_BEFORE = b'{"new":true,"contact":' + msgspec.json.encode(CONTACT)[:-1]
_BEFORE_WITH_DND = _BEFORE + b',"dndSettings":' + _DND
_AFTER = b'},"traceId":"0b8b1ee8-3c2f-4b5a-9b1e-1d5d2b6c7a11"}'


def reply_to(body: bytes) -> bytes:
    """Make the body of the reply to an upsert, as of a server that takes all of it."""
    sent = body.strip()[1:-1].replace(b'"field_value":', b'"value":')
    before = _BEFORE if b'"dndSettings":' in sent else _BEFORE_WITH_DND
    return b"%b,%b%b" % (before, sent, _AFTER) if sent.strip() else before + _AFTER


_RATE_HEADERS = (
    "X-RateLimit-Max: 1000000\r\n"
    "X-RateLimit-Remaining: 999999\r\n"
    "X-RateLimit-Interval-Milliseconds: 10000\r\n"
    "X-RateLimit-Limit-Daily: 1000000000\r\n"
    "X-RateLimit-Daily-Remaining: 999999999\r\n"
    "X-RateLimit-Daily-Reset: 49013000\r\n"
)
"""Those of observed.md, "Limits", with numbers that make nobody wait."""
_NO_FIELDS = b'{"customFields":[]}'
"""What an import asks for first."""


class Heads:
    """The head of a reply but for its length, made anew each second for its date."""

    def __init__(self, *, rate_headers: bool) -> None:
        self._rate_headers = _RATE_HEADERS if rate_headers else ""
        self.renew()

    def renew(self) -> None:
        """Set the date."""
        self.head = (
            "HTTP/1.1 200 OK\r\n"
            f"Date: {formatdate(time.time(), usegmt=True)}\r\n"
            "Content-Type: application/json; charset=utf-8\r\n"
            "Connection: keep-alive\r\n"
            "Cache-Control: no-store\r\n"
            "Vary: Origin, Accept-Encoding\r\n"
            "Server: cloudflare\r\n"
            "CF-Ray: 8f2a4c6e8b0d1f3a-IAD\r\n"
            f"{self._rate_headers}"
            "Content-Length: "
        ).encode()


class Responder(asyncio.Protocol):
    """Answer whole requests, however they come: in parts, or many at once."""

    def __init__(self, heads: Heads) -> None:
        self._heads = heads
        self._rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if self._rest:
            data = self._rest + data
        replies, taken = [], 0
        while (end := data.find(b"\r\n\r\n", taken) + 4) > 3:
            whole = end + _length(data, taken, end)
            if whole > len(data):
                break
            body = _NO_FIELDS if data.startswith(b"GET ", taken) else reply_to(data[end:whole])
            replies.append(b"%b%d\r\n\r\n%b" % (self._heads.head, len(body), body))
            taken = whole
        self._rest = data[taken:]
        if replies:
            self._transport.write(b"".join(replies))  # type: ignore[attr-defined] # uvloop's is no asyncio.Transport


def _length(data: bytes, start: int, end: int) -> int:
    """Read the length of the body of a request whose head is between two places; 0 when it tells none."""
    for name in (b"Content-Length:", b"content-length:"):  # nearly always one of the two
        if (found := data.find(name, start, end)) >= 0:
            return int(data[found + 15 : data.find(b"\r\n", found, end)])
    head = data[start:end].lower()
    found = head.find(b"\r\ncontent-length:")
    return int(head[found + 17 : head.find(b"\r\n", found + 2)]) if found >= 0 else 0


async def serve(
    ready: Connection, port: int = 0, certificate: Path | None = None, *, rate_headers: bool = True
) -> None:
    """Serve until who waits for the port has gone, and tell it that when it is open."""
    loop = asyncio.get_running_loop()
    gone = asyncio.Event()
    loop.add_reader(ready.fileno(), gone.set)  # nothing ever comes but its end
    context = None
    if certificate is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)
    heads = Heads(rate_headers=rate_headers)
    server = await loop.create_server(lambda: Responder(heads), "127.0.0.1", port, ssl=context, backlog=1_024)
    ready.send(server.sockets[0].getsockname()[1])
    while not gone.is_set():
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(gone.wait(), 1.0)
        heads.renew()
    loop.remove_reader(ready.fileno())
    server.close()


def _run(ready: Connection, port: int, core: int | None, certificate: Path | None, rate_headers: bool) -> None:
    import uvloop

    if core is not None:
        pin(core)
    with contextlib.suppress(KeyboardInterrupt), asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(ready, port, certificate, rate_headers=rate_headers))


@contextlib.contextmanager
def responder(
    *, core: int | None = None, ca_file: Path | None = None, rate_headers: bool = True, port: int = 0
) -> Iterator[str]:
    """Run the server for as long as the block lasts; gives its URL.

    `core` is the processor it keeps to. It speaks TLS when there is a `ca_file`: to that it writes, as PEM, the
    authority that a client has to trust.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    with tempfile.TemporaryDirectory() as folder:
        certificate = None if ca_file is None else _issue(ca_file, Path(folder) / "server.pem")
        process = context.Process(target=_run, args=(theirs, port, core, certificate, rate_headers), daemon=True)
        process.start()
        theirs.close()  # so that a server which could not start is heard of
        try:
            yield f"{'http' if ca_file is None else 'https'}://127.0.0.1:{ours.recv()}"
        finally:
            process.terminate()
            process.join()


def _issue(ca_file: Path, certificate: Path) -> Path:
    """Make an authority, and a certificate with its key for this machine."""
    import trustme

    authority = trustme.CA()
    authority.cert_pem.write_to_path(ca_file)
    authority.issue_cert("127.0.0.1", "localhost").private_key_and_cert_chain_pem.write_to_path(certificate)
    return certificate


def main() -> None:
    """Serve on this machine until Ctrl-C."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--core", type=int)
    parser.add_argument("--tls", type=Path, metavar="CA_FILE", help="serve TLS, and write the authority's PEM there")
    parser.add_argument("--no-rate-headers", action="store_true")
    asked = parser.parse_args()
    rate_headers = not asked.no_rate_headers
    with responder(core=asked.core, ca_file=asked.tls, rate_headers=rate_headers, port=asked.port) as url:
        print(f"{url}/contacts/upsert", flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            while True:
                time.sleep(3_600)


if __name__ == "__main__":
    main()
