"""The words for what goes wrong: the same over both transports, whatever aiohttp calls it."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Callable

import pytest
import trustme

from growthhub_async.transport import Failure
from tests.integration.attempting import OK, REQUEST, make, send
from tests.integration.raw_server import Behave, RawServer, drip, hang, http, raw_server, says

pytestmark = pytest.mark.anyio


async def reset(_: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Break the connection, so that the client is told of it."""
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


def after(beginning: bytes, then: Behave) -> Behave:
    """Write the beginning of a reply, let it arrive, and go on otherwise."""

    async def behave(request: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(beginning)
        await writer.drain()
        await asyncio.sleep(0.02)
        await then(request, reader, writer)

    return behave


LATE = "no whole reply within 0.3 s"
BROKE = "the connection or the reply broke ({})"
HEAD = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 9\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

AFTER_SENDING: dict[str, tuple[Behave, str, bytes | None]] = {
    # what the server does, the words, and the body of what came of a reply
    "closes": (says(b"", close=True), BROKE.format("ServerDisconnectedError"), None),
    "resets": (reset, BROKE.format("ClientOSError"), None),
    "says nothing": (hang, LATE, None),
    "closes in the head": (says(HEAD[:30], close=True), BROKE.format("ServerDisconnectedError"), None),
    "stalls in the head": (says(HEAD[:30]), LATE, None),
    "resets in the head": (after(HEAD[:30], reset), BROKE.format("ClientOSError"), None),
    "closes in the body": (says(HEAD + b"abc", close=True), BROKE.format("ClientPayloadError"), b"abc"),
    "stalls in the body": (says(HEAD + b"abc"), LATE, b"abc"),
    "resets in the body": (after(HEAD + b"abc", reset), BROKE.format("ClientPayloadError"), b"abc"),
    "stalls in a chunk": (says(CHUNKED + b"5\r\nabc"), LATE, b"abc"),
    "closes in a chunk": (says(CHUNKED + b"5\r\nabc", close=True), BROKE.format("ClientPayloadError"), b"abc"),
    "resets in a chunk": (after(CHUNKED + b"5\r\nabc", reset), BROKE.format("ClientPayloadError"), b"abc"),
    "drips": (drip, LATE, b""),
    "is no HTTP": (says(b"220 mail ESMTP\r\n\r\n"), "the reply is not valid HTTP (", None),
    "says too much": (says(http("200 OK", b"x" * 3_000)), "the reply is longer than 2,000 bytes", b""),
}


@pytest.mark.parametrize(("behave", "words", "body"), AFTER_SENDING.values(), ids=AFTER_SENDING)
async def test_what_goes_wrong_after_sending_has_its_words(behave: Behave, words: str, body: bytes | None) -> None:
    """The request had left, and what came of a reply is there."""
    left: list[str] = []
    async with raw_server(behave) as server:
        transport = make(server.base_url, max_reply_size=2_000)
        await transport.open()
        failure = await transport.send(REQUEST, 0.3, lambda: left.append("left"))
        await transport.close()
    assert isinstance(failure, Failure)
    assert (failure.message[: len(words)], failure.sent, len(left)) == (words, True, 1)
    assert (failure.came is None) is (body is None)
    assert failure.came is None or failure.came.body.strip() == body


@contextlib.asynccontextmanager
async def nobody() -> AsyncIterator[str]:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{unused.getsockname()[1]}"


@contextlib.asynccontextmanager
async def nameless() -> AsyncIterator[str]:
    yield "https://growthhub.invalid"


@contextlib.asynccontextmanager
async def untrusted() -> AsyncIterator[str]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    async with raw_server(says(http("200 OK", OK)), context) as server:
        yield server.base_url


@contextlib.asynccontextmanager
async def speaks_no_tls() -> AsyncIterator[str]:
    async with _listening(b"HTTP/1.1 400 Bad Request\r\n\r\n") as port:
        yield f"https://127.0.0.1:{port}"


@contextlib.asynccontextmanager
async def shakes_no_hands() -> AsyncIterator[str]:
    async with _listening(b"") as port:
        yield f"https://127.0.0.1:{port}"


@contextlib.asynccontextmanager
async def _listening(greeting: bytes) -> AsyncIterator[int]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(greeting)
        with contextlib.suppress(ConnectionError):
            await reader.read()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


BEFORE_SENDING: dict[str, tuple[Callable[[], contextlib.AbstractAsyncContextManager[str]], str]] = {
    "nobody listens": (nobody, "could not connect to the server ("),
    "its name is unknown": (nameless, "the server's name was not found"),
    "nobody vouches for it": (untrusted, "the server's TLS certificate is not valid for its name"),
    "it speaks no TLS": (speaks_no_tls, "TLS could not be agreed with the server"),
    "it shakes no hands": (shakes_no_hands, "no connection within 0.5 s"),
}


@pytest.mark.parametrize(("somewhere", "words"), BEFORE_SENDING.values(), ids=BEFORE_SENDING)
async def test_what_goes_wrong_before_sending_has_its_words(
    somewhere: Callable[[], contextlib.AbstractAsyncContextManager[str]], words: str
) -> None:
    """Surely nothing was written."""
    async with somewhere() as base_url:
        failure = await send(base_url, timeout=0.5)
    assert isinstance(failure, Failure)
    assert (failure.message[: len(words)], failure.sent) == (words, False)


async def test_an_attempt_that_is_in_flight_when_its_transport_is_closed_has_left() -> None:
    """Whoever reads a reply, or waits for one, is told so."""
    for behave in (hang, says(HEAD + b"abc"), says(CHUNKED + b"5\r\nabc")):
        async with raw_server(behave) as server:
            failure = await _closed_while(server, len(server.requests) + 1)
        assert isinstance(failure, Failure)
        assert (failure.message, failure.sent) == ("the client was closed", True)


async def _closed_while(server: RawServer, requests: int) -> object:
    transport = make(server.base_url)
    await transport.open()
    attempt = asyncio.create_task(transport.send(REQUEST, 5.0, lambda: None))
    await asyncio.sleep(0.05)
    assert len(server.requests) == requests
    await transport.close()
    return await attempt


async def test_a_closed_transport_sends_nothing() -> None:
    """Neither what comes later, nor what was being connected."""
    transport = make("http://127.0.0.1:9")
    await transport.open()
    await transport.close()
    assert await transport.send(REQUEST, 1.0, lambda: None) == Failure("the client was closed", sent=False)
    async with shakes_no_hands() as base_url:
        transport = make(base_url)
        await transport.open()
        attempt = asyncio.create_task(transport.send(REQUEST, 5.0, lambda: None))
        await asyncio.sleep(0.05)
        await transport.close()
        assert await attempt == Failure("the client was closed", sent=False)
