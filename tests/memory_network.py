"""The whole client against the whole sandbox without sockets: aiohttp on both sides, on a virtual clock.

Bytes take as long as a test says, each way and each connection by itself, and never overtake one another.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Self

import aiohttp

from growthhub_async import GrowthHubClient, Settings
from growthhub_async.sandbox import Sandbox
from growthhub_async.transport import Transport
from growthhub_async.transport_aiohttp import AiohttpTransport

Delay = Callable[[], float]
"""Seconds that the next piece of data takes from one end to the other."""


class MemoryNetwork:
    """Connections in memory; at the end of its `async with` it waits until all that is on its way has arrived."""

    def __init__(self, delay: Delay) -> None:
        self.delay = delay
        self._on_the_way = 0
        self._quiet = asyncio.Event()
        self._quiet.set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._quiet.wait()

    def client(self, sandbox: Sandbox, **settings: Any) -> GrowthHubClient:
        """Make a client that speaks to `sandbox` over this network."""
        network = self

        class Client(GrowthHubClient):
            def _make_transport(self, settings: Settings) -> Transport:
                return _MemoryTransport(settings, network)

        given = {"token": sandbox.token, "location_id": sandbox.location_id, "base_url": sandbox.base_url}
        return Client(**(given | settings))

    def deliver_at(self, when: float, deliver: Callable[[], object]) -> None:
        """Deliver something at a time of the loop."""
        self._on_the_way += 1
        self._quiet.clear()
        asyncio.get_running_loop().call_at(when, self._deliver, deliver)

    def _deliver(self, deliver: Callable[[], object]) -> None:
        deliver()
        self._on_the_way -= 1
        if not self._on_the_way:
            self._quiet.set()


class _MemoryTransport(AiohttpTransport):
    """The client's own transport, whose connections are made in memory."""

    def __init__(self, settings: Settings, network: MemoryNetwork) -> None:
        super().__init__(settings)
        self._network = network

    def _make_connector(self) -> aiohttp.BaseConnector:
        return _Connector(self._network, limit=self._concurrency)


class _Connector(aiohttp.TCPConnector):
    """A connector that asks the loop for a connection in memory: it has no sockets to try one after the other."""

    def __init__(self, network: MemoryNetwork, limit: int) -> None:
        super().__init__(limit=limit)
        self._network = network

    async def _wrap_create_connection(self, factory: Any, *_: Any, addr_infos: Any, **__: Any) -> Any:
        await asyncio.sleep(self._network.delay() + self._network.delay())
        host, port = addr_infos[0][4][:2]
        loop = asyncio.get_running_loop()
        _, line = await loop.create_connection(lambda: _Line(factory(), self._network), host, port)
        return line.near, line.protocol


class _Line(asyncio.Protocol):
    """What lies between the client's end of a connection and the network: it delivers late, and in order."""

    def __init__(self, protocol: asyncio.Protocol, network: MemoryNetwork) -> None:
        self.protocol = protocol
        self._out = _Way(network)
        self._in = _Way(network)

    def connection_made(self, transport: Any) -> None:
        self.near = _NearEnd(transport, self._out, self)
        self.protocol.connection_made(self.near)

    def data_received(self, data: bytes) -> None:
        self._in.put(lambda: self.protocol.data_received(data))

    def eof_received(self) -> bool:
        self._in.put(self.protocol.eof_received)
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        self._in.put(lambda: self.lose(exc))

    def lose(self, exc: Exception | None) -> None:
        """Tell the client that its connection is gone, once."""
        if not self.near.lost:
            self.near.lost = True
            self.protocol.connection_lost(exc)


class _Way:
    """One direction of a connection."""

    def __init__(self, network: MemoryNetwork) -> None:
        self._network = network
        self._last = 0.0

    def put(self, deliver: Callable[[], object]) -> None:
        """Deliver after all that was put before."""
        self._last = max(self._last, asyncio.get_running_loop().time() + self._network.delay())
        self._network.deliver_at(self._last, deliver)


class _NearEnd(asyncio.Transport):
    """The client's end of a connection."""

    def __init__(self, transport: Any, out: _Way, line: _Line) -> None:
        super().__init__()
        self._transport = transport
        self._out = out
        self._line = line
        self._closing = False
        self.lost = False

    def write(self, data: Any) -> None:
        written = bytes(data)
        self._out.put(lambda: self._transport.write(written))

    def writelines(self, pieces: Any) -> None:
        self.write(b"".join(pieces))

    def is_closing(self) -> bool:
        return self._closing or self.lost

    def close(self) -> None:
        if not self._closing:
            self._closing = True
            self._out.put(self._transport.close)
            asyncio.get_running_loop().call_soon(self._line.lose, None)

    def abort(self) -> None:
        self.close()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return default

    def can_write_eof(self) -> bool:
        return False

    def pause_reading(self) -> None:
        """Let it come: what is late in arriving is kept all the same."""

    def resume_reading(self) -> None:
        """Nothing was held back."""

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Keep whatever is written."""
