"""A proxy on loopback: it connects to whom it is asked for, or gives the answer that a test says."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

CONNECTED = b"HTTP/1.1 200 Connection established\r\n\r\n"


class Proxy:
    """Where it listens, what it was asked, and what it saw pass."""

    def __init__(self, port: int) -> None:
        self.address = f"127.0.0.1:{port}"
        self.heads: list[bytes] = []
        self.passed = bytearray()


@contextlib.asynccontextmanager
async def connect_proxy(answer: bytes = CONNECTED) -> AsyncIterator[Proxy]:
    """Listen on loopback; `answer` is said to whatever is asked, and a server is connected to if that is CONNECTED."""
    proxy: Proxy
    serving: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        serving.add(task)
        async with _closing(writer):
            head = await reader.readuntil(b"\r\n\r\n")
            proxy.heads.append(head)
            writer.write(answer)
            if answer == CONNECTED:
                await _tunnel(head, reader, writer, proxy)

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    proxy = Proxy(listening.sockets[0].getsockname()[1])
    try:
        yield proxy
    finally:
        listening.close()
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)
        await listening.wait_closed()


async def _tunnel(head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, proxy: Proxy) -> None:
    """Pass on what either says, until one of them has said all."""
    host, _, port = head.split(b" ")[1].decode().rpartition(":")
    far_reader, far_writer = await asyncio.open_connection(host, int(port))
    async with _closing(far_writer):
        ways = [asyncio.ensure_future(_pass(reader, far_writer, proxy))]
        ways.append(asyncio.ensure_future(_pass(far_reader, writer, proxy)))
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, proxy: Proxy) -> None:
    while data := await reader.read(65_536):
        proxy.passed += data
        writer.write(data)


@contextlib.asynccontextmanager
async def _closing(writer: asyncio.StreamWriter) -> AsyncIterator[None]:
    """Close a connection in any case; that a test ends, or its other end has gone, is no error."""
    try:
        yield
    except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
        pass
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError, asyncio.CancelledError):
            await writer.wait_closed()
