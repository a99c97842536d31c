"""A network and a server without sockets, to be played on a virtual clock: late both ways, and strict about the quota.

The server is the sandbox's own quota: it counts a request when it arrives, and its reply has the sandbox's headers. Two
runs with one seed meet the same delays: the nth request to leave has the nth delays, whichever client sends it.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Callable
from random import Random
from types import TracebackType

import msgspec
from multidict import CIMultiDict

from growthhub_async.sandbox.edge import quota_refusal
from growthhub_async.sandbox.limits import Limits
from growthhub_async.sandbox.quota import Decision, Quota, rate_headers
from growthhub_async.transport import Failure, Reply, Request

KEEP_ALIVE = 15.0
"""Seconds for which an idle connection is kept, as aiohttp does."""


class Delays(msgspec.Struct, frozen=True, kw_only=True):
    """How slow the network and the server are: the least and the most seconds of each, all between equally likely."""

    one_way: tuple[float, float]
    processing: tuple[float, float]

    @property
    def latency(self) -> float:
        """The mean seconds from when a request leaves to its reply, on a connection that is there."""
        return sum(self.one_way) + sum(self.processing) / 2


class _Body(msgspec.Struct, rename="camel"):
    location_id: str


_decode_body = msgspec.json.Decoder(_Body).decode


class Server:
    """Count what arrives by each location's quota; `requests` and `refusals` are those of the client under test."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._quotas: defaultdict[str, Quota] = defaultdict(lambda: Quota(limits))
        self.requests = 0
        self.refusals = 0
        self.asked_by_others = 0
        self.refused_to_others = 0

    def answer(self, body: bytes, now: float) -> Reply:
        """Answer an upsert that arrives now: with its own contact, or with the sandbox's refusal."""
        decision = self._quotas[_decode_body(body).location_id].admit(now)
        self.requests += 1
        headers = CIMultiDict(rate_headers(self._limits, decision))
        if not decision.admitted:
            return self._refuse(decision, headers, now)
        contact = b'{"id":"%d",%b' % (self.requests, body[1:])
        return Reply(200, headers, b'{"new":true,"traceId":"%d","contact":%b}' % (self.requests, contact))

    def serve_another(self, location_id: str, now: float) -> None:
        """Count a request that another program makes of a location."""
        self.asked_by_others += 1
        self.refused_to_others += not self._quotas[location_id].admit(now).admitted

    def _refuse(self, decision: Decision, headers: CIMultiDict[str], now: float) -> Reply:
        self.refusals += 1
        refusal = quota_refusal(self._limits, decision, now, "trace")
        headers.update(refusal.headers)
        return Reply(refusal.status, headers, refusal.body)


class Network:
    """Carry requests to a server, late both ways; a transport that keeps its connections as a real pool does.

    A request that finds no idle connection makes one, which takes a round trip, before it leaves.
    """

    def __init__(self, server: Server, delays: Delays, seed: int) -> None:
        self._server = server
        self._delays = delays
        self._requests = Random(f"{seed}/requests")
        self._connects = Random(f"{seed}/connects")
        self._idle_since: deque[float] = deque()
        self.on_connect: Callable[[float], None] = lambda _: None

    async def open(self) -> None:
        """Do nothing: connections are made when they are needed."""

    async def close(self) -> None:
        """Close every connection."""
        self._idle_since.clear()

    def start(self, *_: object) -> None:
        """Start nothing: whatever is sent is waited for."""

    def abandon(self, handle: object) -> None:
        """Give up nothing: nothing is started."""

    async def send(self, request: Request, timeout: float, on_sent: Callable[[], None]) -> Reply | Failure:
        """Make one attempt within `timeout` seconds."""
        sent = False

        def leave() -> None:
            nonlocal sent
            sent = True
            on_sent()

        try:
            async with asyncio.timeout(timeout):
                return await self.exchange(request.body or b"", leave)
        except TimeoutError:
            return Failure(f"no whole reply within {timeout:g} s", sent=sent)

    async def exchange(self, body: bytes, on_sent: Callable[[], None] = lambda: None) -> Reply:
        """Send an upsert over a connection that is idle or new, and wait for its reply as long as it takes."""
        await self._connect()
        on_sent()
        there = self._requests.uniform(*self._delays.one_way)
        processing = self._requests.uniform(*self._delays.processing)
        back = self._requests.uniform(*self._delays.one_way)
        await asyncio.sleep(there)
        reply = self._server.answer(body, _now())
        await asyncio.sleep(processing + back if reply.status == 200 else back)
        self._idle_since.append(_now())
        return reply

    async def _connect(self) -> None:
        """Take the connection that has been idle longest, or make one."""
        oldest = _now() - KEEP_ALIVE
        while self._idle_since:
            if self._idle_since.popleft() > oldest:
                return
        seconds = self._connects.uniform(*self._delays.one_way) + self._connects.uniform(*self._delays.one_way)
        await asyncio.sleep(seconds)
        self.on_connect(seconds)


class OtherProgram:
    """Spend a location's quota at random times, `rate` requests a second in the mean, while the block lasts."""

    def __init__(self, server: Server, location_id: str, rate: float, seed: int) -> None:
        self._server = server
        self._location_id = location_id
        self._rate = rate
        self._chance = Random(f"{seed}/other program")
        self._next: asyncio.TimerHandle | None = None

    def __enter__(self) -> None:
        self._plan()

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._next is not None:
            self._next.cancel()

    def _plan(self) -> None:
        if self._rate:
            self._next = asyncio.get_running_loop().call_later(self._chance.expovariate(self._rate), self._send)

    def _send(self) -> None:
        self._server.serve_another(self._location_id, _now())
        self._plan()


def _now() -> float:
    return asyncio.get_running_loop().time()
