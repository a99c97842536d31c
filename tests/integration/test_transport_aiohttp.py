"""One attempt over real sockets: what the network does to it is an answer, never an exception."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import os
import socket
import ssl
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiolimiter import AsyncLimiter

from growthhub_async import Settings
from growthhub_async.connector_aiohttp import KEPT
from growthhub_async.secret import Secret
from growthhub_async.transport import Failure, Reply, Request
from growthhub_async.transport_aiohttp import CONNECTS, AiohttpTransport
from tests.integration.raw_server import Behave, http, raw_server, says

pytestmark = pytest.mark.anyio

REQUEST = Request("POST", "/contacts/upsert", Secret("pit-secret"), b'{"email":"x"}')
ELSEWHERE = "Location: http://127.0.0.1:9/stolen"
OK = b'{"new": true}'


async def send(base_url: str, timeout: float = 10.0, **settings: Any) -> Reply | Failure:
    transport = AiohttpTransport(Settings(token="pit-secret", base_url=base_url, **settings))
    await transport.open()
    try:
        return await transport.send(REQUEST, timeout, lambda: None)
    finally:
        await transport.close()


async def answer_to(behave: Behave, timeout: float = 10.0, **settings: Any) -> Reply | Failure:
    async with raw_server(behave) as server:
        return await send(server.base_url, timeout, **settings)


async def hang(_: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def drip(_: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Send a byte now and then, so that no single read takes long."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while not writer.is_closing() and not reader.at_eof():
        writer.write(b" ")
        await asyncio.sleep(0.01)


async def test_a_request_reaches_the_wire_whole() -> None:
    """Method, path, headers and body are the contract's ("Request"), and the `User-Agent` is our own."""
    async with raw_server(says(http("200 OK", OK))) as server:
        reply = await send(server.base_url)
    assert isinstance(reply, Reply)
    assert (reply.status, reply.body) == (200, OK)
    head, body = server.requests[0].split(b"\r\n\r\n")
    assert head.startswith(b"POST /contacts/upsert HTTP/1.1\r\n")
    headers = dict(line.split(b": ") for line in head.split(b"\r\n")[1:])
    assert headers[b"Authorization"] == b"Bearer pit-secret"
    assert headers[b"Version"] == b"2023-02-21"
    assert headers[b"Content-Type"] == headers[b"Accept"] == b"application/json"
    assert headers[b"User-Agent"].startswith(b"growthhub-async/")
    assert body == b'{"email":"x"}'


async def test_a_path_in_the_base_url_is_kept() -> None:
    """A proxy that serves the API under a path of its own can be named."""
    async with raw_server(says(http("200 OK", OK))) as server:
        await send(f"{server.base_url}/api/v2")
    assert server.requests[0].startswith(b"POST /api/v2/contacts/upsert ")


async def test_connections_are_kept_and_cookies_are_not() -> None:
    """The second request goes over the first one's connection, and takes along nothing the server set."""
    async with raw_server(says(http("200 OK", OK, "Set-Cookie: a=b"))) as server:
        transport = AiohttpTransport(Settings(token="pit-secret", base_url=server.base_url))
        await transport.open()
        for _ in range(3):
            await transport.send(REQUEST, 10.0, lambda: None)
        await transport.close()
    assert (server.connections, len(server.requests)) == (1, 3)
    assert b"cookie" not in server.requests[2].lower()


async def test_connections_are_not_all_made_at_once() -> None:
    """A burst may make as many as the bucket holds; the next one has to wait for it to drain."""
    async with raw_server(says(http("200 OK", OK))) as server:
        transport = AiohttpTransport(Settings(token="pit-secret", base_url=server.base_url, concurrency=CONNECTS))
        await transport.open()
        transport._connecting = AsyncLimiter(CONNECTS, 1e9)  # one that does not drain while the test runs
        await asyncio.gather(*(transport.send(REQUEST, 10.0, lambda: None) for _ in range(CONNECTS)))
        assert not transport._connecting.has_capacity()
        await transport.close()
    assert server.connections == CONNECTS


async def test_a_request_on_a_stale_connection_is_sent_once() -> None:
    """What aiohttp would repeat by itself is a failure like any other: whoever counts requests must know of each."""

    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        arrived.append(0)
        writer.write(http("200 OK", OK))
        with contextlib.suppress(asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            arrived.append(1)
        writer.close()  # without a reply to the second

    arrived: list[int] = []
    sent: list[str] = []
    server = await asyncio.start_server(once, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    transport = AiohttpTransport(Settings(token="pit-secret", base_url=f"http://127.0.0.1:{port}"))
    await transport.open()
    get = Request("GET", "/contacts/x", Secret("pit-secret"))
    answers = [await transport.send(get, 10.0, lambda: sent.append("sent")) for _ in range(2)]
    await transport.close()
    server.close()
    await server.wait_closed()
    assert isinstance(answers[0], Reply)
    assert isinstance(answers[1], Failure)
    assert answers[1].sent
    assert (len(sent), arrived) == (2, [0, 1])


def _in_parts(*parts: bytes) -> Behave:
    """Answer the first request of a connection in parts, one after the other has been read, and each other one well."""
    answered: list[bytes] = []

    async def behave(_: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if answered:
            writer.write(http("200 OK", b"its own"))
            return
        answered.append(b"")
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(0.02)

    return behave


SURPLUS = [
    http("200 OK", b"surplus"),
    http("200 OK", b"surplus")[:-3],
    b"HTTP/1.1 100 Continue\r\n\r\n",
    b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n",
    b"surplus",
]


@pytest.mark.parametrize("surplus", SURPLUS)
async def test_what_is_surplus_is_no_reply_to_the_next_request(surplus: bytes) -> None:
    """A connection on which something came after a whole reply is not used again."""
    async with raw_server(_in_parts(http("200 OK", OK), surplus)) as server:
        transport = AiohttpTransport(Settings(token="pit-secret", base_url=server.base_url))
        await transport.open()
        await transport.send(REQUEST, 10.0, lambda: None)
        await asyncio.sleep(0.05)
        answer = await transport.send(REQUEST, 10.0, lambda: None)
        await transport.close()
    assert isinstance(answer, Reply), answer
    assert answer.body == b"its own"
    assert server.connections == 2


@pytest.mark.parametrize("surplus", [*SURPLUS, b"HTTP/1.1 200", b"\r\n", b""])
async def test_what_the_loop_has_not_seen_yet_is_found_in_the_socket(surplus: bytes) -> None:
    """What came in the very moment before a request is sent, be it the end (b""), is not taken for its reply."""
    replied, came = threading.Event(), threading.Event()

    def serve(listening: socket.socket) -> None:
        first, _ = listening.accept()
        first.recv(65_536)
        first.sendall(http("200 OK", OK))
        replied.wait(10.0)
        first.sendall(surplus) if surplus else first.close()
        came.set()
        second, _ = listening.accept()
        second.recv(65_536)
        second.sendall(http("200 OK", b"its own"))
        first.close()
        second.close()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(2.0)
        serving = threading.Thread(target=serve, args=(listening,), daemon=True)
        serving.start()
        port = listening.getsockname()[1]
        transport = AiohttpTransport(Settings(token="pit-secret", base_url=f"http://127.0.0.1:{port}"))
        await transport.open()
        await transport.send(REQUEST, 10.0, lambda: None)
        replied.set()
        came.wait(10.0)  # and hold up the loop until then
        answer = await transport.send(REQUEST, 1.0, lambda: None)
        await transport.close()
        serving.join(10.0)
    assert isinstance(answer, Reply), answer
    assert answer.body == b"its own"


@pytest.mark.parametrize("surplus", [http("200 OK", b"surplus"), b"surplus", b"\0", b"HTTP/1.1 100 Continue\r\n\r\n"])
async def test_what_is_surplus_at_once_is_no_reply_either(surplus: bytes) -> None:
    """A body that is longer than it says, or two replies in one, spoil at most the request that they came for."""
    async with raw_server(_in_parts(http("200 OK", OK) + surplus)) as server:
        transport = AiohttpTransport(Settings(token="pit-secret", base_url=server.base_url))
        await transport.open()
        first, second = [await transport.send(REQUEST, 10.0, lambda: None) for _ in range(2)]
        await transport.close()
    assert first.sent if isinstance(first, Failure) else first.body == OK
    assert isinstance(second, Reply), second
    assert second.body == b"its own"
    assert server.connections == 2


async def test_the_wait_for_our_own_pace_is_no_part_of_an_attempt() -> None:
    """A connection that has to wait its turn takes nothing of the time that the server has."""
    async with raw_server(says(http("200 OK", OK))) as server:
        transport = AiohttpTransport(Settings(token="pit-secret", base_url=server.base_url))
        await transport.open()
        transport._connecting = AsyncLimiter(1, 0.2)
        await transport._connecting.acquire()
        answer = await transport.send(REQUEST, 0.1, lambda: None)
        await transport.close()
    assert isinstance(answer, Reply)


async def test_header_names_are_read_in_any_case() -> None:
    """HTTP does not tell their cases apart, and servers spell them as they like."""
    reply = await answer_to(says(http("429 Too Many", b"", "reTRY-after: 7")))
    assert isinstance(reply, Reply)
    assert reply.headers.get("Retry-After") == "7"


async def test_a_redirect_is_not_followed() -> None:
    """The token goes to `base_url` alone: the redirect itself is the reply."""
    async with raw_server(says(http("307 Temporary Redirect", b"", ELSEWHERE))) as server:
        reply = await send(server.base_url)
    assert isinstance(reply, Reply)
    assert reply.status == 307
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "encoded",
    [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nd\r\n" + OK + b"\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + OK,
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n" + OK,
        b"HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n" + OK,
        http("200 OK", gzip.compress(OK), "Content-Encoding: gzip"),
        b"HTTP/1.0 200 OK\r\nContent-Length: 13\r\n\r\n" + OK,
    ],
    ids=["chunked", "until it closes", "100 first", "103 first", "gzip", "HTTP/1.0"],
)
async def test_a_reply_is_read_however_it_is_framed(encoded: bytes) -> None:
    """Every framing that HTTP allows brings the same body."""
    reply = await answer_to(says(encoded, close=True))
    assert isinstance(reply, Reply), reply
    assert (reply.status, reply.body) == (200, OK)


@pytest.mark.parametrize(
    "behave",
    [
        says(b"", close=True),
        says(b"HTTP/1.1 200 OK\r\nContent-Le", close=True),
        says(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", close=True),
        says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", close=True),
        says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", close=True),
        says(b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n", close=True),
        says(b"SSH-2.0-OpenSSH_9.2\r\n", close=True),
        says(b"\x00\xff" * 1000, close=True),
        says(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 100_000, close=True),
        says(b"HTTP/1.1 200 OK\r\nX: " + b"y" * 1_000_000 + b"\r\n\r\n", close=True),
        says(http("200 OK", b"not gzip at all", "Content-Encoding: gzip"), close=True),
    ],
    ids=[
        "closed", "cut in the head", "cut in the body", "cut in a chunk", "bad chunk", "negative length", "not HTTP",
        "noise", "endless headers", "huge header", "bad gzip",
    ],
)  # fmt: skip
async def test_a_broken_reply_is_a_failure_after_sending(behave: Behave) -> None:
    """The request had left: nobody knows whether it was carried out."""
    failure = await answer_to(behave)
    assert isinstance(failure, Failure)
    assert failure.sent


@pytest.mark.parametrize("behave", [hang, drip])
async def test_a_reply_that_does_not_end_is_cut_off(behave: Behave) -> None:
    """The bound is on the whole attempt, not on each read."""
    failure = await answer_to(behave, timeout=0.3)
    assert isinstance(failure, Failure)
    assert (failure.message, failure.sent) == ("no whole reply within 0.3 s", True)


@pytest.mark.parametrize(
    "encoded",
    [
        http("200 OK", b"x" * 5_000),
        b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + b"x" * 5_000,
        http("200 OK", gzip.compress(b"x" * 5_000_000), "Content-Encoding: gzip"),
    ],
    ids=["declared", "not declared", "compressed"],
)
async def test_a_reply_over_the_cap_is_refused(encoded: bytes) -> None:
    """No more than `max_reply_size` is taken in, however the reply hides its size."""
    failure = await answer_to(says(encoded, close=True), max_reply_size=2_000 if len(encoded) > 5_000 else 1_000_000)
    assert isinstance(failure, Failure)
    assert "longer than" in failure.message


HEAD = b"HTTP/1.1 502 Bad Gateway\r\ncf-ray: r-1\r\n"


@pytest.mark.parametrize(
    ("encoded", "close", "body"),
    [
        (HEAD + b"Content-Length: 100\r\n\r\nhello", True, b"hello"),
        (HEAD + b"Content-Length: 100\r\n\r\nhello", False, b"hello"),
        (HEAD + b"Content-Length: 100\r\n\r\n", True, b""),
        (HEAD + b"Content-Length: 1000000\r\n\r\n" + b"x" * 1_000_000, False, b""),
        (HEAD + b"\r\n" + b"x" * 1_000_000, True, b"x" * KEPT),
    ],
    ids=["cut", "stalled", "cut in the beginning", "too long", "too long without saying so"],
)
async def test_what_came_of_a_reply_is_kept(encoded: bytes, close: bool, body: bytes) -> None:
    """Status, headers and the first bytes of what is not whole are there to be told of."""
    failure = await answer_to(says(encoded, close=close), timeout=0.3, max_reply_size=100_000)
    assert isinstance(failure, Failure)
    assert failure.came is not None
    assert (failure.came.status, failure.came.headers["cf-ray"], failure.came.body) == (502, "r-1", body)


@pytest.mark.parametrize("garbage", [b"pit-secret ada@example.com\r\n\r\n", b"HTTP/1.1 200 OK\r\nada: x\0y\r\n\r\n"])
async def test_what_is_not_http_is_not_quoted(garbage: bytes) -> None:
    """The parser's words are told, and not the bytes that it did not like: they may be anything."""
    failure = await answer_to(says(garbage, close=True))
    assert isinstance(failure, Failure)
    assert failure.message.startswith("the reply is not valid HTTP (")
    assert "ada" not in failure.message
    assert "secret" not in failure.message


@pytest.mark.parametrize(
    ("encoded", "status", "ray", "body"),
    [
        (HEAD + b"Content-Length: 2\r\n\r\n{}surplus", 502, "r-1", b"{}surplus"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\nZZ\r\nhello", 502, "r-1", b"ZZ\r\nhello"),
        (HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab", 502, "r-1", b"ab"),
    ],
)
async def test_what_can_be_read_of_a_reply_that_is_not_valid_is_kept(
    encoded: bytes, status: int, ray: str, body: bytes
) -> None:
    """The parser drops a head together with what it does not like after it; status, ray and body are there to tell."""
    failure = await answer_to(says(encoded, close=True))
    assert isinstance(failure, Failure)
    assert failure.came is not None
    assert (failure.came.status, failure.came.headers["CF-Ray"], failure.came.body) == (status, ray, body)


async def test_the_first_bytes_of_what_is_no_http_are_kept() -> None:
    """There is no status, and they are all that can be told."""
    failure = await answer_to(says(b"220 mail.example.com ESMTP\r\n\r\n", close=True))
    assert isinstance(failure, Failure)
    assert (failure.came, failure.began) == (None, b"220 mail.example.com ESMTP\r\n\r\n")


async def test_endless_informational_replies_are_cut_off() -> None:
    """A 1xx is no reply, however many come."""

    async def goes_on(_: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while not writer.is_closing() and not reader.at_eof():
            writer.write(b"HTTP/1.1 100 Continue\r\n\r\n" * 10)
            await asyncio.sleep(0.001)

    assert await answer_to(goes_on, timeout=0.2) == Failure("no whole reply within 0.2 s", sent=True)


async def test_headers_that_drip_are_cut_off() -> None:
    """A head that does not end is bounded as a body is."""

    async def drips(_: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nX: ")
        while not writer.is_closing() and not reader.at_eof():
            writer.write(b"y")
            await asyncio.sleep(0.01)

    assert await answer_to(drips, timeout=0.2) == Failure("no whole reply within 0.2 s", sent=True)


@pytest.mark.parametrize(
    ("encoded", "status"),
    [
        (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\nnot HTTP", 101),
        (b"HTTP/1.1 204 No Content\r\n\r\n", 204),
        (b"HTTP/1.1 304 Not Modified\r\n\r\n", 304),
        (http("302 Found"), 302),
        (http("206 Partial Content", OK, "Content-Range: bytes 0-12/100"), 206),
    ],
)
async def test_a_status_is_told_as_it_is(encoded: bytes, status: int) -> None:
    """What it means is judged elsewhere."""
    reply = await answer_to(says(encoded))
    assert isinstance(reply, Reply), reply
    assert reply.status == status


@pytest.mark.parametrize(
    "encoded",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 13\r\nContent-Length: 14\r\n\r\n" + OK,
        b"HTTP/1.1 200 OK\r\nContent-Length: 13\r\nTransfer-Encoding: chunked\r\n\r\n" + OK,
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\n" + OK,
        b"HTTP/1.1 1000 Strange\r\nContent-Length: 13\r\n\r\n" + OK,
        b"HTTP/1.1 OK\r\nContent-Length: 13\r\n\r\n" + OK,
        b"HTTP/9.9 200 OK\r\nContent-Length: 13\r\n\r\n" + OK,
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n" + OK,
        b"HTTP/1.1 204 No Content\r\nContent-Length: 13\r\n\r\n" + OK,
        http("200 OK", OK, "Content-Encoding: br"),
    ],
)
async def test_a_reply_that_contradicts_itself_is_a_failure(encoded: bytes) -> None:
    """Two lengths, none that can be, more of a body than there is: nothing of it is believed."""
    failure = await answer_to(says(encoded))
    assert isinstance(failure, Failure)
    assert failure.sent


async def test_a_refused_connection_was_not_sent() -> None:
    """Nobody listens: surely nothing was written."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        failure = await send(f"http://127.0.0.1:{unused.getsockname()[1]}")
    assert isinstance(failure, Failure)
    assert not failure.sent
    assert "could not connect" in failure.message


async def test_a_connection_that_is_never_made_was_not_sent() -> None:
    """A server that is reached and does not shake hands over TLS has not been sent the request."""

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    async with server:
        failure = await send(f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}", timeout=0.4)
    assert failure == Failure("no connection within 0.4 s", sent=False)


def _server_context(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


async def test_a_certificate_nobody_vouches_for_is_refused() -> None:
    """TLS is verified: the token is not sent to a server that cannot prove its name."""
    async with raw_server(says(http("200 OK", OK)), _server_context(trustme.CA())) as server:
        failure = await send(server.base_url)
    assert failure == Failure("the server's TLS certificate is not valid for its name", sent=False)
    assert not server.requests


SCRIPT = """
import asyncio, sys
from growthhub_async import GrowthHubClient

async def main():
    async with GrowthHubClient(token="pit-secret", base_url=sys.argv[1]) as client:
        print((await client.get_contact("x")).id)

asyncio.run(main())
"""


async def test_a_certificate_that_the_machine_trusts_is_accepted(tmp_path: Path) -> None:
    """With the authority among the machine's own, the same server is spoken to."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    async with raw_server(says(http("200 OK", b'{"contact": {"id": "x"}}')), _server_context(authority)) as server:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-c", SCRIPT, server.base_url),
            env=os.environ | {"SSL_CERT_FILE": str(tmp_path / "ca.pem")},
            stdout=asyncio.subprocess.PIPE,
        )
        printed, _ = await process.communicate()
    assert printed.split() == [b"x"]
