"""One attempt over connections of aiohttp's, without the rest of it: what a fixed request does not need is not done.

A connection is leased from aiohttp's connector, which makes it (names, happy eyeballs, TLS by `tls.py`), and is kept
until it ends.
A request is written in one piece. A reply of the plainest kind is read at a glance (`plain_reply.py`), any other one by
aiohttp's own parser. What holds for the plain transport (`transport_aiohttp.py`) holds here; both pass the same tests.
It rests on names of aiohttp's that are not all promised, so it is used with versions only that it was proved with.
"""

from __future__ import annotations

import asyncio
import math
import socket
from collections import deque
from collections.abc import Awaitable, Callable
from functools import lru_cache, partial
from typing import Final

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiolimiter import AsyncLimiter
from yarl import URL

from .connector_aiohttp import CONNECTS, Connector, TlsConnector, UnsentError, readable
from .failures_aiohttp import CLOSED, RAISED, broken, late, let_go, partly, too_long, unconnected, unreadable
from .settings import Settings
from .transport import Failure, Reply, Request, check_line, headers_of
from .wire_aiohttp import Wire

PROVED = ("3.11.", "3.12.", "3.13.", "3.14.")
"""The series of aiohttp's versions with which these have passed, with the latest of each: the tests of the transports
(tests/integration, tests/test_plain_reply.py, tests/test_wire_aiohttp.py, tests/test_transport_lean.py) and
`make simulate`. A series is proved by running them with it. What differs is aiohttp's own, over both transports: 3.11
says in other words what is no reply, and 3.11 and 3.12 read endless headers until the attempt's time is up."""


def is_proved(version: str) -> bool:
    """Tell whether a version of aiohttp is known to do."""
    return version.startswith(PROVED)


version = aiohttp.__version__
IS_PROVED = is_proved(version)

KEEP: Final = 15.0
"""Seconds for which an idle connection is kept, as aiohttp does: what lies between may forget it without a word."""

UNWRITTEN: Final = Failure(unconnected(UnsentError()), sent=False)
"""Says that the connection had ended before anything was written."""

Sent = Callable[[], None]
OnAnswer = Callable[[Reply | Failure | Exception], None]
Rest = Callable[[], Awaitable[Reply | Failure]]
"""What is left to do of an attempt."""


class LeanTransport:
    """Carry requests over leased connections, as many as requests are in flight at once."""

    def __init__(self, settings: Settings, make_connector: Callable[..., Connector] = TlsConnector) -> None:
        self._make_connector = make_connector
        self._url = URL(settings.base_url or "", encoded=True)
        self._headers = headers_of(settings)
        self._max_reply_size = settings.max_reply_size
        self._head = lru_cache(maxsize=64)(self._make_head)  # all upserts share one
        self._round_trips = 2 if self._url.scheme == "https" else 1
        self._connector: Connector | None = None
        self._wires: dict[Wire, None] = {}
        self._idle: dict[Wire, None] = {}  # whoever was used last goes first: the others may be let go of
        self._bounds: set[asyncio.Timeout] = set()  # of those that are being connected
        self._unwritten: deque[tuple[Wire, bytes, Sent, Callable[..., None], Callable[[], bool]]] = deque()
        self._going_on: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = math.inf
        self.on_connect: Callable[[float], None] = lambda _: None

    async def open(self) -> None:
        """Make the connector; connections are opened when they are needed."""
        self._loop = asyncio.get_running_loop()
        self._connecting = AsyncLimiter(CONNECTS, 1.0)
        self._resolver = _Resolver()
        self._connector = self._make_connector(
            protocol=partial(Wire, most=self._max_reply_size), limit=0, ttl_dns_cache=300, resolver=self._resolver
        )
        self._target = aiohttp.ClientRequest("GET", self._url, loop=self._loop)  # whom to connect to

    async def close(self) -> None:
        """Close every connection; an attempt in flight ends as a failure."""
        connector, self._connector = self._connector, None
        for bound in self._bounds:
            if not bound.expired():
                bound.reschedule(-math.inf)
        for wire in [wire for wire in self._wires if wire not in self._idle]:
            wire.end(TimeoutError())
        await asyncio.sleep(0)  # aiohttp's reader does not take it well when its connection is closed before
        for wire in list(self._wires):
            self._drop(wire)
        self._set_timer(math.inf)
        while self._going_on:
            await asyncio.wait(self._going_on)
        if connector is not None:
            await connector.close()
            await self._resolver.close()

    async def send(self, request: Request, timeout: float, on_sent: Sent) -> Reply | Failure:
        """Make one attempt: `timeout` seconds from when it is sent, and as many before for its connection."""
        while (wire := self._idle_wire()) is not None:
            answer = await self._send_on(wire, request, timeout, on_sent)
            if answer is not UNWRITTEN:
                return answer
        made = await self._connect(timeout)
        return made if isinstance(made, Failure) else await self._send_on(made, request, timeout, on_sent)

    async def _send_on(self, wire: Wire, request: Request, timeout: float, on_sent: Sent) -> Reply | Failure:
        came: asyncio.Future[Reply | Failure | None] = self._loop.create_future()
        self._ask(wire, request, timeout, on_sent, partial(_tell, came), came.cancelled)
        try:
            answer = await came
        except BaseException:
            wire.forget()
            self._drop(wire)
            raise
        if answer is None:
            return await self._read(wire, timeout)
        if isinstance(answer, Reply):
            self._keep(wire)
        return answer

    def start(self, request: Request, timeout: float, on_sent: Sent, on_answer: OnAnswer) -> Wire | None:
        """Make one attempt that no task waits for, if there is an idle connection."""
        wire = self._idle_wire()
        if wire is not None:
            wire.attempt = request, timeout, on_sent, on_answer
            self._ask(wire, request, timeout, on_sent, self._answered)
        return wire

    def abandon(self, handle: object) -> None:
        """Give up an attempt that was started, and the connection with it."""
        assert isinstance(handle, Wire)
        if isinstance(handle.attempt, asyncio.Task):
            handle.attempt.cancel()
        handle.attempt = None
        handle.forget()
        self._drop(handle)

    def _answered(self, wire: Wire, answer: Reply | Failure | None) -> None:
        request, timeout, on_sent, on_answer = wire.attempt
        wire.attempt = None
        if isinstance(answer, Reply):
            self._keep(wire)
            on_answer(answer)
        elif answer is None:
            self._go_on(wire, partial(self._read, wire, timeout), on_answer)
        else:
            self._go_on(wire, partial(self.send, request, timeout, on_sent), on_answer)

    def _go_on(self, wire: Wire, attempt: Rest, on_answer: OnAnswer) -> None:
        """Go on in a task with an attempt that is known by its wire."""
        wire.attempt = going_on = self._loop.create_task(self._end(wire, attempt, on_answer))
        self._going_on.add(going_on)
        going_on.add_done_callback(self._going_on.discard)

    async def _end(self, wire: Wire, attempt: Rest, on_answer: OnAnswer) -> None:
        try:
            answer: Reply | Failure | Exception = await attempt()
        except Exception as fault:
            answer = fault
        wire.attempt = None
        on_answer(answer)

    # -- what is written

    def _ask(
        self,
        wire: Wire,
        request: Request,
        timeout: float,
        on_sent: Sent,
        tell: Callable[..., None],
        is_given_up: Callable[[], bool] = bool,
    ) -> None:
        """Write a request soon, together with others: a server that is awake is written to for half of the price."""
        data = self._written(request)
        due = self._loop.time() + timeout
        wire.ask(due, tell)
        if due < self._timer_at:
            self._set_timer(due)
        if not self._unwritten:
            self._loop.call_soon(self._write)
        self._unwritten.append((wire, data, on_sent, tell, is_given_up))

    def _write(self) -> None:
        """Write what is to be written, unless it was given up meanwhile.

        Where something is to be read it is no reply to a request that was not written, but what came after another, or
        the connection's end.
        """
        spoilt = readable(one[0].descriptor for one in self._unwritten if one[0].may_be_spoilt)
        while self._unwritten:
            wire, data, on_sent, tell, is_given_up = self._unwritten.popleft()
            if wire.tell is None or is_given_up():
                continue
            if wire.is_clean and not (spoilt and wire.descriptor in spoilt):
                on_sent()
                wire.write(data)
            else:
                wire.forget()
                self._drop(wire)
                tell(wire, UNWRITTEN)

    def _written(self, request: Request) -> bytes:
        head, body = self._head(request.method, request.path, request.content_type), request.body
        if request.token is not None:
            head = b"%bAuthorization: %b\r\n" % (head, request.token.bearer())
        if body is None:
            length = b"" if request.method == "GET" else b"Content-Length: 0\r\n"
            return b"%b%b\r\n" % (head, length)
        return b"%bContent-Length: %d\r\n\r\n%b" % (head, len(body), body)

    def _make_head(self, method: str, path: str, content_type: str) -> bytes:
        url = self._url
        target = f"{url.raw_path.rstrip('/')}{path}"
        lines = {"Host": str(url.host_port_subcomponent), **self._headers, "Content-Type": content_type}
        head = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in lines.items())]
        for line in head:
            check_line(line)
        return "\r\n".join([*head, ""]).encode()

    # -- what is read by aiohttp's parser

    async def _read(self, wire: Wire, timeout: float) -> Reply | Failure:
        """Read a reply that is not plain, or tell why there is no whole one."""
        came: Reply | None = None
        body = bytearray()
        kept = False
        try:
            status, headers, payload = await wire.head()
            came = Reply(status, headers, b"")
            if await self._read_body(came, payload, body):
                kept = wire.renew()
                return Reply(status, headers, bytes(body))
        except TimeoutError as error:
            let_go(error)
            failed = Failure(CLOSED if self._connector is None else late(timeout, sent=True), sent=True)
        except RAISED as error:
            let_go(error)
            failed = unreadable(broken(error), error) if came is None else Failure(broken(error), sent=True)
        else:
            failed = Failure(too_long(self._max_reply_size), sent=True)
        finally:
            if kept:
                self._keep(wire)
            else:
                self._drop(wire)
        if came is None:
            return failed
        return Failure(failed.message, sent=True, came=partly(came.status, came.headers, body))

    async def _read_body(self, head: Reply, payload: aiohttp.StreamReader, body: bytearray) -> bool:
        """Read into `body`, or as much as shows that it is too long: False then."""
        declared = head.headers.get("content-length", "")
        if declared.isdecimal() and int(declared) > self._max_reply_size:
            return False
        async for chunk in payload.iter_any():
            body += chunk
            if len(body) > self._max_reply_size:
                return False
        return True

    # -- connections

    def _idle_wire(self) -> Wire | None:
        """Take an idle connection that a request may go on, for all that was read of it."""
        while self._idle:
            wire, _ = self._idle.popitem()
            if wire.is_clean:
                return wire
            self._drop(wire)
        return None

    def _keep(self, wire: Wire) -> None:
        if self._connector is None:
            self._drop(wire)
            return
        wire.due = self._loop.time() + KEEP
        self._idle[wire] = None
        if wire.due < self._timer_at:
            self._set_timer(wire.due)

    def _drop(self, wire: Wire) -> None:
        self._wires.pop(wire, None)
        self._idle.pop(wire, None)
        wire.drop()

    async def _connect(self, timeout: float) -> Wire | Failure:
        connector = self._connector
        if connector is None:
            return Failure(CLOSED, sent=False)
        bound = asyncio.timeout(None)
        self._bounds.add(bound)
        try:
            async with bound:
                await self._connecting.acquire()
                started = self._loop.time()
                bound.reschedule(started + timeout)
                connection = await connector.connect(self._target, [], _UNBOUND)
        except TimeoutError:
            return Failure(CLOSED if self._connector is None else late(timeout, sent=False), sent=False)
        except RAISED as error:
            return Failure(unconnected(error), sent=False)
        finally:
            self._bounds.discard(bound)
        self.on_connect((self._loop.time() - max(started, self._resolver.ended)) / self._round_trips)
        wire = connection.protocol
        assert isinstance(wire, Wire)
        wire.connection = connection
        self._wires[wire] = None
        return wire  # or what is left of it: that is seen when it is written to

    # -- time

    def _set_timer(self, at: float) -> None:
        """Look after the connections at a time of the loop: one timer serves them all."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer_at = at
        self._timer = None if at == math.inf else self._loop.call_at(at, self._look_after)

    def _look_after(self) -> None:
        """End what is due: a reply that takes too long, and a connection that has been idle for too long."""
        now = self._loop.time()
        for wire in [wire for wire in self._wires if wire.due <= now]:
            if wire in self._idle:
                self._drop(wire)
            else:
                wire.end(TimeoutError())
        self._set_timer(min((wire.due for wire in self._wires), default=math.inf))


def _tell(came: asyncio.Future[Reply | Failure | None], _: Wire, answer: Reply | Failure | None) -> None:
    if not came.done():
        came.set_result(answer)


_UNBOUND = aiohttp.ClientTimeout(total=None)


class _Resolver(AbstractResolver):
    """aiohttp's resolver; it notes when it last was done: to ask for a name is no way to the server."""

    def __init__(self) -> None:
        self._resolver = aiohttp.DefaultResolver()
        self.ended = -math.inf

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Find the addresses of a name."""
        try:
            return await self._resolver.resolve(host, port, family)
        finally:
            self.ended = asyncio.get_running_loop().time()

    async def close(self) -> None:
        """Let go of what it holds."""
        await self._resolver.close()
