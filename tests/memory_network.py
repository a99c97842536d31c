"""The whole client against the whole sandbox without sockets: aiohttp on both sides, on a virtual clock.

Bytes take as long as a test says, each way and each connection by itself, and never overtake one another. A connection
meets the trouble that a test says, too.
"""

from __future__ import annotations

import asyncio
import errno
import re
import socket
import ssl
from collections import deque
from collections.abc import Callable
from enum import StrEnum
from functools import partial
from typing import Any, Literal, Self, get_args

import aiohttp

from growthhub_async import GrowthHubClient, Settings
from growthhub_async.connector_aiohttp import Connector
from growthhub_async.sandbox import Sandbox
from growthhub_async.transport import Transport
from growthhub_async.transport_aiohttp import AiohttpTransport
from growthhub_async.transport_lean import LeanTransport

Delay = Callable[[], float]
"""Seconds that the next piece of data takes from one end to the other."""

Carrier = Literal["lean", "plain"]
"""Which of the client's transports."""
CARRIERS: tuple[Carrier, ...] = get_args(Carrier)

LATE = 20.0
"""Seconds that a late request takes longer than others."""
_GARBAGE = b"HTTP/1.1 2\xff0 \x00\r\n\r\n"


class ConnectionTrouble(StrEnum):
    """What may become of the making of a connection."""

    NAMELESS = "the name of the server is not found"
    REFUSED = "refused"
    UNTRUSTED = "nobody vouches for the server"
    UNANSWERED = "unanswered"
    BROKEN = "broken before a byte leaves"


class RequestTrouble(StrEnum):
    """What may become of a request that leaves. Lost is lost without a word; the rest is noticed."""

    RESET = "reset, and none of it arrives"
    CUT = "reset, and a part of it arrives"
    LOST = "lost"
    LATE = "late"
    REPLY_RESET = "arrives, and is reset before its reply"
    REPLY_LOST = "arrives, and its reply is lost"
    REPLY_CUT = "a part of its reply arrives"
    REPLY_GARBLED = "its reply is no HTTP"
    CLOSED_AFTER = "the connection is reset soon after its reply"
    REPLY_TWICE = "its reply comes twice"
    REPLY_CHUNKED = "its reply comes in chunks"
    REPLY_PARTED = "its reply comes in two parts"


class Network:
    """What a network does where a test says nothing: no trouble."""

    def delay(self) -> float:
        """Draw the seconds that the next piece of data takes."""
        return 0.0

    def connection_trouble(self) -> ConnectionTrouble | None:
        """Draw what becomes of the connection that is being made."""
        return None

    def request_trouble(self) -> RequestTrouble | None:
        """Draw what becomes of the request that leaves."""
        return None

    def request_left(self, data: bytes) -> None:
        """Hear of the first bytes of each request that leaves."""

    def arrived(self, request: bytes, data: bytes) -> None:
        """Hear of what has arrived on a connection since a request left there, of which the first bytes are given."""


class _Even(Network):
    def __init__(self, delay: Delay) -> None:
        self.delay = delay  # type: ignore[method-assign]


class MemoryNetwork:
    """Connections in memory; at the end of its `async with` it waits until all that is on its way has arrived."""

    def __init__(self, nature: Delay | Network) -> None:
        self.nature = nature if isinstance(nature, Network) else _Even(nature)
        self._ends: list[_NearEnd] = []
        self._on_the_way = 0
        self._quiet = asyncio.Event()
        self._quiet.set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._quiet.wait()

    @property
    def open(self) -> int:
        """How many connections the client has open."""
        self._ends = [end for end in self._ends if not end.lost]
        return len(self._ends)

    def transport(self, settings: Settings, carrier: Carrier) -> Transport:
        """Make one of the client's own transports, whose connections are made in memory."""
        transport = LeanTransport if carrier == "lean" else AiohttpTransport
        return transport(settings, partial(_Connector, self))

    def client(self, sandbox: Sandbox, carrier: Carrier = "lean", **settings: Any) -> GrowthHubClient:
        """Make a client that speaks to `sandbox` over this network."""
        network = self

        class Client(GrowthHubClient):
            def _make_transport(self, settings: Settings) -> Transport:
                return network.transport(settings, carrier)

            def _unix_time(self) -> float:
                return asyncio.get_running_loop().time()

        given = {"token": sandbox.token, "location_id": sandbox.location_id, "base_url": sandbox.base_url}
        return Client(**(given | settings))

    def opened(self, end: _NearEnd) -> None:
        """Note a new connection."""
        self._ends.append(end)

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


class _Connector(Connector):
    """A connector that asks the loop for a connection in memory: it has no sockets to try one after the other."""

    def __init__(self, network: MemoryNetwork, **options: Any) -> None:
        super().__init__(**options)
        self._acquired = OrderedSet()  # type: ignore[assignment]
        self._network = network
        self._trouble: ConnectionTrouble | None = None

    async def _resolve_host(self, *args: Any, **kwargs: Any) -> Any:
        self._trouble = self._network.nature.connection_trouble()
        if self._trouble is ConnectionTrouble.NAMELESS:
            raise OSError(socket.EAI_NONAME, "Name or service not known")
        return await super()._resolve_host(*args, **kwargs)

    async def _wrap_create_connection(self, factory: Any, *_: Any, addr_infos: Any, req: Any, **__: Any) -> Any:
        trouble = self._trouble  # nothing was awaited since the host was resolved
        await asyncio.sleep(self._network.nature.delay() + self._network.nature.delay())
        match trouble:
            case ConnectionTrouble.REFUSED:
                refused = ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused")
                raise aiohttp.ClientConnectorError(req.connection_key, refused)
            case ConnectionTrouble.UNTRUSTED:
                raise aiohttp.ClientConnectorCertificateError(req.connection_key, ssl.SSLCertVerificationError())
            case ConnectionTrouble.UNANSWERED:
                await asyncio.Event().wait()
        host, port = addr_infos[0][4][:2]
        loop = asyncio.get_running_loop()
        _, line = await loop.create_connection(lambda: _Line(factory(), self._network), host, port)
        self._network.opened(line.near)
        if trouble is ConnectionTrouble.BROKEN:
            line.reset()
            line.lose(_reset())
        return line.near, line.protocol


class OrderedSet(dict[Any, None]):
    """A set whose order is that in which things came into it, whatever their addresses: so that a run replays."""

    def add(self, one: Any) -> None:
        self[one] = None

    def discard(self, one: Any) -> None:
        self.pop(one, None)

    def remove(self, one: Any) -> None:
        del self[one]


class _Line(asyncio.Protocol):
    """What lies between the client's end of a connection and the network: it delivers late, and in order."""

    near: _NearEnd

    def __init__(self, protocol: asyncio.Protocol, network: MemoryNetwork) -> None:
        self.protocol = protocol
        self._network = network
        self._out = _Way(network)
        self._in = _Way(network)
        self._far: Any = None
        self._trouble: RequestTrouble | None = None
        self._request = b""

    # -- from the client

    def write(self, data: bytes) -> None:
        """Carry what the client writes, as far as the trouble lets it."""
        if data.startswith((b"POST ", b"GET ", b"DELETE ")):
            self._trouble = self._network.nature.request_trouble()
            self._network.nature.request_left(data)
            self._request = data
        match self._trouble:
            case RequestTrouble.LOST:
                pass
            case RequestTrouble.RESET:
                self.reset()
            case RequestTrouble.CUT:
                self._out.put(lambda: self._far.write(data[: len(data) // 2]))
                self.reset()
                self._trouble = RequestTrouble.LOST  # what is written after it
            case RequestTrouble.LATE:
                self._out.put(lambda: self._far.write(data), LATE)
            case RequestTrouble.REPLY_RESET:
                self._out.put(lambda: self._far.write(data))
                self.reset()
            case _:
                self._out.put(lambda: self._far.write(data))

    def close(self) -> None:
        """Let the server hear that the client has closed."""
        self._out.put(self._far.close)

    def reset(self) -> None:
        """Break the connection, which both ends hear of."""
        self._out.put(self._far.abort)
        self._in.put(lambda: self.lose(_reset()))

    def lose(self, exc: Exception | None) -> None:
        """Tell the client that its connection is gone, once."""
        if not self.near.lost:
            self.near.lost = True
            self.protocol.connection_lost(exc)

    # -- from the server

    def connection_made(self, transport: Any) -> None:
        self._far = transport
        self.near = _NearEnd(self)
        self.protocol.connection_made(self.near)

    def data_received(self, data: bytes) -> None:
        match self._trouble:
            case RequestTrouble.REPLY_LOST:
                return
            case RequestTrouble.REPLY_CUT:
                self._arrive(data[: len(data) * 2 // 3])
                self.reset()
                self._trouble = RequestTrouble.REPLY_LOST
            case RequestTrouble.REPLY_GARBLED:
                self._arrive(_GARBAGE)
            case RequestTrouble.CLOSED_AFTER:
                self._arrive(data)
                self._in.put(self.reset, self._network.nature.delay())
                self._trouble = None
            case RequestTrouble.REPLY_TWICE if _is_whole(data):
                self._arrive(data, data)
            case RequestTrouble.REPLY_CHUNKED if _is_whole(data):
                chunked = _in_chunks(data)
                self._arrive(chunked[: len(chunked) // 2])
                self._arrive(chunked[len(chunked) // 2 :])
            case RequestTrouble.REPLY_PARTED:
                self._arrive(data[: len(data) // 3])
                self._arrive(data[len(data) // 3 :])
            case _:
                self._arrive(data)

    def _arrive(self, *pieces: bytes) -> None:
        def arrive() -> None:
            for data in pieces:
                if not self.near.lost:
                    self._network.nature.arrived(self._request, data)
                    self.protocol.data_received(data)

        self._in.put(arrive)

    def eof_received(self) -> bool:
        self._in.put(self.protocol.eof_received)
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        self._in.put(lambda: self.lose(exc))


class _Way:
    """One direction of a connection."""

    def __init__(self, network: MemoryNetwork) -> None:
        self._network = network
        self._last = 0.0
        self._under_way: deque[Callable[[], object]] = deque()

    def put(self, deliver: Callable[[], object], later: float = 0.0) -> None:
        """Deliver after all that was put before."""
        arrives = asyncio.get_running_loop().time() + self._network.nature.delay() + later
        self._last = max(self._last, arrives)
        self._under_way.append(deliver)
        self._network.deliver_at(self._last, self._deliver)

    def _deliver(self) -> None:
        """Deliver what was put first: a loop calls in any order what is due at one moment."""
        self._under_way.popleft()()


class _NearEnd(asyncio.Transport):
    """The client's end of a connection."""

    def __init__(self, line: _Line) -> None:
        super().__init__()
        self._line = line
        self._closing = False
        self.lost = False

    def write(self, data: Any) -> None:
        if not self.is_closing():
            self._line.write(bytes(data))

    def writelines(self, pieces: Any) -> None:
        self.write(b"".join(pieces))

    def is_closing(self) -> bool:
        return self._closing or self.lost

    def close(self) -> None:
        if not self._closing:
            self._closing = True
            self._line.close()
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


_LENGTH = re.compile(rb"\r\nContent-Length: (\d+)\r\n")


def _is_whole(data: bytes) -> bool:
    head, _, body = data.partition(b"\r\n\r\n")
    length = _LENGTH.search(head + b"\r\n")
    return length is not None and len(body) == int(length[1])


def _in_chunks(reply: bytes) -> bytes:
    """Frame a whole reply anew, as a relay on the way may do."""
    head, _, body = reply.partition(b"\r\n\r\n")
    head = _LENGTH.sub(b"\r\nTransfer-Encoding: chunked\r\n", head + b"\r\n")
    halves = (body[: len(body) // 2], body[len(body) // 2 :])
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(half), half) for half in halves if half)
    return b"%b\r\n%b0\r\n\r\n" % (head, chunks)


def _reset() -> ConnectionResetError:
    return ConnectionResetError(errno.ECONNRESET, "Connection reset by peer")
