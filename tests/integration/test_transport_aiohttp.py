"""How a request goes out over real sockets: whole, on which connection, over TLS, or not at all."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import socket
import ssl
import sys
import threading
from pathlib import Path

import pytest
import trustme
from aiohttp.streams import StreamReader
from aiolimiter import AsyncLimiter

from growthhub_async.connector_aiohttp import CONNECTS
from growthhub_async.secret import Secret
from growthhub_async.transport import FORM, Failure, Reply, Request
from growthhub_async.transport_aiohttp import _Attempt
from growthhub_async.wire_aiohttp import Wire
from tests.integration.attempting import OK, REQUEST, answer_to, make, send
from tests.integration.raw_server import Behave, http, raw_server, says

pytestmark = pytest.mark.anyio


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


async def test_a_request_may_be_a_form_and_have_no_token() -> None:
    """What is asked of OAuth goes over the same connection, and takes nothing of another request along."""
    form = Request("POST", "/oauth/token", None, b"a=1&b=2", FORM)
    async with raw_server(says(http("200 OK", OK))) as server:
        transport = make(server.base_url)
        await transport.open()
        for request in (REQUEST, form, REQUEST):
            await transport.send(request, 10.0, lambda: None)
        await transport.close()
    before, asked, after = server.requests
    head, body = asked.split(b"\r\n\r\n")
    headers = dict(line.split(b": ") for line in head.split(b"\r\n")[1:])
    assert (headers[b"Content-Type"], headers[b"Content-Length"]) == (b"application/x-www-form-urlencoded", b"7")
    assert b"Authorization" not in headers
    assert body == b"a=1&b=2"
    assert (after, server.connections) == (before, 1)


async def test_a_path_in_the_base_url_is_kept() -> None:
    """A proxy that serves the API under a path of its own can be named."""
    async with raw_server(says(http("200 OK", OK))) as server:
        await send(f"{server.base_url}/api/v2")
    assert server.requests[0].startswith(b"POST /api/v2/contacts/upsert ")


async def test_connections_are_kept_and_cookies_are_not() -> None:
    """The second request goes over the first one's connection, and takes along nothing the server set."""
    async with raw_server(says(http("200 OK", OK, "Set-Cookie: a=b"))) as server:
        transport = make(server.base_url)
        await transport.open()
        for _ in range(3):
            await transport.send(REQUEST, 10.0, lambda: None)
        await transport.close()
    assert (server.connections, len(server.requests)) == (1, 3)
    assert b"cookie" not in server.requests[2].lower()


async def test_connections_are_not_all_made_at_once() -> None:
    """A burst may make as many as the bucket holds; the next one has to wait for it to drain."""
    async with raw_server(says(http("200 OK", OK))) as server:
        transport = make(server.base_url, concurrency=CONNECTS)
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
    transport = make(f"http://127.0.0.1:{port}")
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
        transport = make(server.base_url)
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
        transport = make(f"http://127.0.0.1:{port}")
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
        transport = make(server.base_url)
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
        transport = make(server.base_url)
        await transport.open()
        transport._connecting = AsyncLimiter(1, 0.2)
        await transport._connecting.acquire()
        answer = await transport.send(REQUEST, 0.1, lambda: None)
        await transport.close()
    assert isinstance(answer, Reply)


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


@pytest.mark.parametrize(
    "behave",
    [
        says(http("200 OK", OK)),
        says(b"", close=True),
        says(b"HTTP/1.1 200 OK\r\nX"),
        says(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nX"),
        says(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nX", close=True),
        says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nX\r\n0\r\n\r\n"),
        says(b"SSH-2.0-OpenSSH_9.2\r\n\r\n"),
    ],
)
async def test_an_attempt_leaves_nothing_to_the_garbage_collector(behave: Behave) -> None:
    """What is in no circle is freed at once; to find thousands of circles a second costs as much as the requests do."""
    gc.collect()
    gc.disable()
    try:
        await answer_to(behave, timeout=0.2)
        assert not [found for found in gc.get_objects() if type(found) in (_Attempt, Wire, StreamReader)]
    finally:
        gc.enable()
