"""Over TLS everything is as it is without, and a connection that is given up in the handshake is closed."""

from __future__ import annotations

import asyncio
import ssl

import pytest
import trustme

from growthhub_async.transport import Failure, Reply
from tests.integration.attempting import OK, REQUEST, make, send, serving
from tests.integration.raw_server import Behave, http, raw_server, says

pytestmark = pytest.mark.anyio

REPLIES: dict[str, Behave] = {
    "with a length": says(http("200 OK", OK)),
    "an error": says(http("502 Bad Gateway", b"<html>", "Content-Type: text/html")),
    "of many records": says(http("200 OK", b" " * 300_000)),
    "chunked": says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"),
    "after another that is none": says(b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + http("200 OK", OK)),
    "until the end": says(b"HTTP/1.1 200 OK\r\n\r\nhello", close=True),
    "that announces the end": says(http("200 OK", OK, "Connection: close"), close=True),
    "cut off": says(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhell", close=True),
    "no HTTP": says(b"SSH-2.0-OpenSSH_9.2\r\n\r\n"),
    "none": says(b"", close=True),
}


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("behave", REPLIES.values(), ids=REPLIES)
async def test_a_reply_is_what_it_is_without_tls(
    behave: Behave, version: ssl.TLSVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whole, cut off or none: an attempt ends in the same way, over either version."""
    context = serving(trustme.CA(), monkeypatch)
    context.minimum_version = context.maximum_version = version
    ended = []
    for tls in (None, context):
        async with raw_server(behave, tls) as server:
            ended.append(_described(await send(server.base_url)))
            assert len(server.requests) == 1
    assert ended[0] == ended[1]


def _described(answer: Reply | Failure) -> tuple[object, ...]:
    if isinstance(answer, Reply):
        return answer.status, dict(answer.headers), answer.body
    came = None if answer.came is None else _described(answer.came)
    return answer.message, answer.sent, came, answer.began


async def test_a_connection_is_kept_and_ended_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """One handshake serves many requests, and the server reads of its end."""
    ends: list[bytes] = []

    async def answer(_: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(http("200 OK", OK))
        if len(server.requests) == 3:
            ends.append(await reader.read())

    async with raw_server(answer, serving(trustme.CA(), monkeypatch)) as server:
        transport = make(server.base_url)
        await transport.open()
        for _ in range(3):
            assert isinstance(await transport.send(REQUEST, 5.0, lambda: None), Reply)
        await transport.close()
        for _ in range(100):
            if not ends:
                await asyncio.sleep(0.01)
        assert server.connections == 1
    assert ends == [b""]


async def test_a_handshake_that_takes_too_long_leaves_no_connection() -> None:
    """The server sees it closed while the client goes on."""
    closed = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        closed.set()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    async with server:
        transport = make(f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        await transport.open()
        answer = await transport.send(REQUEST, 0.2, lambda: None)
        async with asyncio.timeout(5.0):
            await closed.wait()
        await transport.close()
    assert answer == Failure("no connection within 0.2 s", sent=False)
