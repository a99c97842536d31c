"""Carry a plan out, and keep all that can be known of the run: the whole client against the whole sandbox.

Both sides are the real ones, aiohttp included; the clock is virtual and the network is in memory. Each attempt has a
number of its own, which travels in a header: so whatever the server does, and however late, it is known for whom.

The same plan gives the same run, to the last detail: all chance is drawn from its seed, and tasks are told apart by
their number, not by where in memory they are.
"""

from __future__ import annotations

import asyncio
import gc
import itertools
import logging
import random
import re
import sys
import traceback
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from random import Random
from types import FrameType
from typing import Any
from unittest import mock

import msgspec

from growthhub_async import Contact, GrowthHubClient, Outcome, Problem, Record, Secret, Settings, Summary, UpsertStream
from growthhub_async.sandbox import LedgerEntry, Sandbox, Scenario
from growthhub_async.sandbox.store import MemoryStore, match_keys
from growthhub_async.transport import Failure, Reply, Request, Transport
from tests import memory_network, virtual
from tests.memory_network import ConnectionTrouble, MemoryNetwork, MemoryTransport, Network, OrderedSet, RequestTrouble
from tests.simulation.plan import LONGEST_ANSWER, Jump, Plan, PlannedRecord, PlannedStream, PlannedUpsert

EPOCH = 1_790_000_000.0
"""What time it is when a run begins, in Unix time."""
LONGEST_RUN = 60 * 86_400.0
"""Seconds of the virtual clock within which every run ends: days may have to be waited for."""
MOST_IN_LINE = 5
"""Records that a stream holds besides, while they wait for their turn: so few that they often do not do."""
MOST_STEPS = 300_000
"""Steps of the loop within which every run ends."""
_ATTEMPT = "X-Attempt"
_ATTEMPT_SENT = re.compile(rb"X-Attempt: (\d+)")


class SourceBrokeError(Exception):
    """What a source raises."""


class BlockBrokeError(Exception):
    """What is raised in the block of a stream."""


class HungError(Exception):
    """A run did not come to its end."""


class Attempt(msgspec.Struct):
    """One attempt as it was; all times are the loop's.

    left: when its first byte left, if any did. arrived: when the server began with it. answer: what the transport said
    of it; None when it was cancelled.
    """

    number: int
    record: int
    location_id: str
    started: float
    left: float | None = None
    arrived: float | None = None
    entry: int | None = None
    ended: float | None = None
    answer: Reply | Failure | None = None

    @property
    def http_status(self) -> int | None:
        """The status that came, also of a reply that did not come whole."""
        came = self.answer.came if isinstance(self.answer, Failure) else self.answer
        return None if came is None else came.status


class Write(msgspec.Struct, frozen=True):
    """One write of the server's store.

    taken: of the match keys that it gave the contact anew, those that another contact had.
    """

    at: float
    attempt: int
    contact_id: str
    source: str | None
    created: bool
    taken: tuple[str, ...]


class StreamRun(msgspec.Struct):
    """What became of one stream; `read` are the numbers of its records in the order they were read.

    ended_at: when it was ended before its source, so that nothing more is sent; `at_once` when nothing in flight was
    waited for. most_held: the most records that were read and not handed on.
    """

    plan: PlannedStream
    read: list[int] = []
    outcomes: list[Outcome] = []
    summary: Summary | None = None
    entered: bool = False
    ended_at: float | None = None
    at_once: bool = False
    in_flight_at_end: bool = False
    source_raised: bool = False
    drained: bool = False
    most_held: int = 0
    raised: list[BaseException] = []


class UpsertRun(msgspec.Struct):
    """What became of one `client.upsert`."""

    plan: PlannedUpsert
    outcome: Outcome | None = None
    raised: BaseException | None = None


class Run(msgspec.Struct):
    """All that is known of a run. `order` are the numbers of the records in the order they were handed to the client.

    left_behind: tasks, timers and connections of the client that were there when it had been closed.
    told: all the text that the library let out: its log, and the reprs of its outcomes, exceptions and itself.
    """

    plan: Plan
    order: list[int] = []
    attempts: list[Attempt] = []
    writes: list[Write] = []
    streams: list[StreamRun] = []
    upserts: list[UpsertRun] = []
    ledger: tuple[LedgerEntry, ...] = ()
    contacts: dict[str, list[dict[str, Any]]] = {}
    troubles: list[ConnectionTrouble | RequestTrouble] = []
    left_behind: list[str] = []
    complaints: list[str] = []
    told: list[str] = []
    closed_at: float | None = None
    ended_at: float = 0.0
    hung: str | None = None

    def trace(self) -> bytes:
        """Freeze what happened, to be compared with another run of the same plan."""
        happened = [
            self.order,
            [(a.number, a.record, a.started, a.left, a.arrived, a.ended, repr(a.answer)) for a in self.attempts],
            self.writes,
            [[(o.ref, o.status, o.contact_id, o.attempts, o.duration) for o in s.outcomes] for s in self.streams],
            [(repr(u.outcome), repr(u.raised)) for u in self.upserts],
            self.ledger,
            self.contacts,
            self.ended_at,
        ]
        return msgspec.json.encode(happened)


def carry_out(plan: Plan) -> Run:
    """Carry a plan out from beginning to end."""
    return _World(plan).carry_out()


_serving: ContextVar[int | None] = ContextVar("_serving", default=None)
"""The number of the attempt that the server is working on: what runs in its tasks is the server's."""


class _World:
    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.run = Run(plan=plan)
        self.loop: _Loop
        self.server: _Server
        self.network: MemoryNetwork
        self.client: _Client
        self.consumers: list[asyncio.Task[None]] = []

    def carry_out(self) -> Run:
        random.seed(self.plan.seed)
        self.loop = self._make_loop()
        with (
            mock.patch("time.time", self.wall_clock),
            mock.patch("aiohttp.connector.monotonic", self.loop.time),
            mock.patch("growthhub_async.bulk.MOST_IN_LINE", MOST_IN_LINE),
            _log_into(self.run.told),
            asyncio.Runner(loop_factory=lambda: self.loop) as runner,
        ):
            try:
                runner.run(self.main())
            except Exception as error:  # a run that cannot be carried out to its end is what is looked for
                self.run.hung = f"{type(error).__name__}: {error}"
                self.run.told.append("".join(traceback.format_exception(error)))
        del self.loop
        gc.collect()
        return self.run

    def wall_clock(self) -> float:
        """Tell what time it is, to the server by its clock, and to the client by its own."""
        return self.server_clock() if _serving.get() is not None else self._clock(self.plan.client_jumps)

    def server_clock(self) -> float:
        return self._clock(self.plan.server_jumps) + self.plan.server_skew

    def _clock(self, jumps: tuple[Jump, ...]) -> float:
        now = self.loop.time()
        return EPOCH + now + sum(jump.seconds for jump in jumps if now >= jump.at)

    def _make_loop(self) -> _Loop:
        loop = _Loop()
        loop.at_step = self._at_step
        loop.set_exception_handler(lambda _, context: self.run.complaints.append(str(context.get("message"))))
        return loop

    def _at_step(self, number: int) -> None:
        if number > MOST_STEPS or self.loop.time() > LONGEST_RUN:
            raise HungError(f"not ended after {number:,} steps and {self.loop.time():,.0f} s")
        if number == self.plan.step:
            for stream, consumer in zip(self.run.streams, self.consumers, strict=False):
                if stream.plan.ending == "cancelled at a step" and not consumer.done():
                    self._note_end(stream, at_once=True)
                    consumer.cancel()

    async def main(self) -> None:
        plan, run = self.plan, self.run
        scenario = Scenario(locations=plan.locations, latency=plan.latency, faults=plan.faults, seed=plan.seed)
        async with (
            _Server(self, scenario) as self.server,
            MemoryNetwork(_Nature(self)) as self.network,
        ):
            self.client = _Client(self)
            async with self.client:
                await self._use_client()
            run.told.append(repr(self.client))
            await asyncio.sleep(0)
            run.left_behind = self._left_behind()
            run.ended_at = self.loop.time()
            await asyncio.sleep(LONGEST_ANSWER)  # what the server is still at
            run.ledger = self.server.ledger
            run.contacts = {location.id: self.server.contacts(location.id) for location in plan.locations}

    async def _use_client(self) -> None:
        run = self.run
        run.streams = [StreamRun(plan=planned) for planned in self.plan.streams]
        run.upserts = [UpsertRun(plan=planned) for planned in self.plan.upserts]
        self.consumers = [asyncio.create_task(self._consume(stream)) for stream in run.streams]
        upserts = [asyncio.create_task(self._upsert(upsert)) for upsert in run.upserts]
        closing = None if self.plan.closes_at is None else asyncio.create_task(self._close(self.plan.closes_at))
        await asyncio.wait([*self.consumers, *upserts])
        if closing is not None:
            closing.cancel()
            await asyncio.wait([closing])

    async def _close(self, at: float) -> None:
        await asyncio.sleep(at)
        self.run.closed_at = self.loop.time()
        for stream in self.run.streams:
            self._note_end(stream)
        await self.client.aclose()

    # -- streams

    async def _consume(self, run: StreamRun) -> None:
        """Take the outcomes of a stream as its plan says, and then what it still holds."""
        stream = None
        timer = None
        try:
            await asyncio.sleep(run.plan.starts_at)
            stream = self.client.upsert_many(self._source(run), read_in_thread=False)
            if run.plan.after is not None:
                timer = self.loop.call_later(run.plan.after, self._end, run, stream, asyncio.current_task())
            async with stream:
                run.entered = True
                await self._take(run, stream)
        except (Exception, asyncio.CancelledError) as error:
            self._note(run, error)
        finally:
            if timer is not None:
                timer.cancel()
        if stream is not None and run.entered:
            await self._take_rest(run, stream)

    async def _take(self, run: StreamRun, stream: UpsertStream) -> None:
        paces = itertools.cycle(run.plan.paces)
        counted = run.plan.after is None and run.plan.ending != "whole"
        if counted and run.plan.after_outcomes == 0:
            self._end(run, stream, asyncio.current_task())
            if run.plan.ending == "left early":
                return
        async for outcome in stream:
            self._keep(run, outcome)
            if counted and len(run.outcomes) == run.plan.after_outcomes:
                self._end(run, stream, asyncio.current_task())
                if run.plan.ending == "left early":
                    return
            await asyncio.sleep(next(paces))

    def _end(self, run: StreamRun, stream: UpsertStream, consumer: asyncio.Task[None] | None) -> None:
        """End a stream before its source ends, in one of the ways there are."""
        ending = run.plan.ending
        if ending == "cancelled at a step":
            return
        if ending == "drain":
            run.drained = True
            stream.drain()
            return
        self._note_end(run, at_once=ending in ("cancel", "cancelled", "exception"))
        match ending:
            case "stop":
                stream.stop()
            case "cancel":
                stream.cancel()
            case "cancelled":
                assert consumer is not None
                consumer.cancel()
            case "exception":
                raise BlockBrokeError

    async def _take_rest(self, run: StreamRun, stream: UpsertStream) -> None:
        """Take what a stream still holds when its block has been left."""
        while True:
            try:
                async for outcome in stream:
                    self._keep(run, outcome)
                break
            except Exception as error:
                self._note(run, error)
            except asyncio.CancelledError as error:
                self._note(run, error)
        run.summary = stream.summary

    def _note(self, run: StreamRun, error: BaseException) -> None:
        run.raised.append(error)
        self.run.told.append("".join(traceback.format_exception(error)))

    def _keep(self, run: StreamRun, outcome: Outcome) -> None:
        run.outcomes.append(outcome)
        self.run.told.append(repr(outcome))

    def _note_end(self, run: StreamRun, *, at_once: bool = False) -> None:
        if run.ended_at is None:
            read = set(run.read)
            run.in_flight_at_end = any(a.record in read and a.left and a.ended is None for a in self.run.attempts)
            run.ended_at = self.loop.time()
        run.at_once = run.at_once or at_once

    def _source(self, run: StreamRun) -> Any:
        """Make the source that a plan asks for, of records that note when they are read."""
        records = run.plan.records
        slow = run.plan.source in ("async", "async mapping")
        read = self._read_slowly if slow else self._read
        if run.plan.source in ("iterable", "async"):
            return read(run, records, named=True)
        location_ids = dict.fromkeys(record.location_id for record in records)
        of_each = {id_: tuple(record for record in records if record.location_id == id_) for id_ in location_ids}
        return {location_id: read(run, some, named=False) for location_id, some in of_each.items()}

    def _read(self, run: StreamRun, records: tuple[PlannedRecord, ...], *, named: bool) -> Iterator[Record | Contact]:
        for record in records:
            if run.plan.raises_after is not None and len(run.read) >= run.plan.raises_after:
                run.source_raised = True
                raise SourceBrokeError
            run.read.append(record.number)
            run.most_held = max(run.most_held, len(run.read) - len(run.outcomes))
            self.run.order.append(record.number)
            yield record_of(record, named=named)

    async def _read_slowly(
        self, run: StreamRun, records: tuple[PlannedRecord, ...], *, named: bool
    ) -> AsyncIterator[Record | Contact]:
        paces = itertools.cycle(run.plan.source_paces)
        for record in self._read(run, records, named=named):
            yield record
            await asyncio.sleep(next(paces))

    # -- single upserts

    async def _upsert(self, run: UpsertRun) -> None:
        await asyncio.sleep(run.plan.at)
        record = run.plan.record
        task = asyncio.current_task()
        assert task is not None
        cancel_after = run.plan.cancel_after
        timer = None if cancel_after is None else self.loop.call_later(cancel_after, task.cancel)
        self.run.order.append(record.number)
        try:
            run.outcome = await self.client.upsert(record_of(record, named=True), priority=run.plan.priority)
            self.run.told.append(repr(run.outcome))
        except (Exception, asyncio.CancelledError) as error:
            run.raised = error
            self.run.told.append("".join(traceback.format_exception(error)))
        finally:
            if timer is not None:
                timer.cancel()

    # -- what is left

    def _left_behind(self) -> list[str]:
        """Name what of the client's is still there once it has been closed."""
        tasks = [task for task in asyncio.all_tasks() if _is_client_code(_file_of(task))]
        timers = [timer for timer in self.loop.client_timers if timer._scheduled and not timer.cancelled()]  # type: ignore[attr-defined]
        left = [f"task {task.get_name()}" for task in tasks] + [f"timer {timer!r}" for timer in timers]
        if self.network.open:
            left.append(f"{self.network.open} open connections")
        return left


def record_of(planned: PlannedRecord, *, named: bool) -> Record:
    """Make the record of a plan; `named` when it names its location itself."""
    fields: dict[str, Any] = {"source": f"r{planned.number}"}
    if planned.email is not None:
        fields["email"] = planned.email
    if planned.phone is not None:
        fields["phone"] = planned.phone
    if planned.first_name is not None:
        fields["first_name"] = planned.first_name
    if planned.forced:
        fields["create_new_if_duplicate_allowed"] = True
    problems: tuple[Problem, ...] = ()
    location_id = planned.location_id if named else None
    match planned.fate:
        case "bad email":
            fields["email"] = "person@example"
        case "wrong type":
            fields["tags"] = [1]
        case "maker's problem":
            problems = (Problem("line", "was not to be read"),)
        case "two locations":
            location_id = planned.location_id
            fields["location_id"] = "another"
        case "nothing in it":
            fields = {"source": fields["source"]}
    return Record(contact=Contact(**fields), ref=planned.number, location_id=location_id, problems=problems)


class _Client(GrowthHubClient):
    """The client, on the network of this world."""

    def __init__(self, world: _World) -> None:
        self._world = world
        first = world.plan.locations[0]
        token = first.tokens[0].value
        super().__init__(token=token, location_id=first.id, base_url=world.server.base_url, **world.plan.settings)

    async def __aenter__(self) -> _Client:
        await super().__aenter__()
        assert self._upserter is not None
        self._upserter.streams = OrderedSet()  # type: ignore[assignment]
        return self

    def _make_transport(self, settings: Settings) -> Transport:
        return _Transport(settings, self._world)


class _Transport(MemoryTransport):
    """The client's transport: it writes down every attempt, and has a token for each location."""

    def __init__(self, settings: Settings, world: _World) -> None:
        super().__init__(settings, world.network)
        self._world = world
        self._tokens = {location.id: Secret(location.tokens[0].value) for location in world.plan.locations}

    async def send(self, request: Request, timeout: float, on_sent: Callable[[], None]) -> Reply | Failure:
        body = msgspec.json.decode(request.body or b"{}")
        attempts, loop = self._world.run.attempts, self._world.loop
        attempt = Attempt(len(attempts), int(body["source"][1:]), body["locationId"], loop.time())
        attempts.append(attempt)
        request = msgspec.structs.replace(request, token=self._tokens.get(attempt.location_id, request.token))
        self._headers[_ATTEMPT] = str(attempt.number)
        try:
            attempt.answer = await super().send(request, timeout, on_sent)
        finally:
            attempt.ended = loop.time()
        return attempt.answer


class _Server(Sandbox):
    """The sandbox: it knows the attempt of each request, and writes down what is written for it."""

    def __init__(self, world: _World, scenario: Scenario) -> None:
        super().__init__(scenario, clock=world.server_clock)
        self._world = world

    def _open_store(self) -> MemoryStore:
        return _Store(self._world)

    async def _respond(self, request: Any, gateway: Any) -> Any:
        attempt = self._world.run.attempts[int(request.headers[_ATTEMPT])]
        attempt.arrived = self._world.loop.time()
        attempt.entry = len(self.ledger)
        _serving.set(attempt.number)
        return await super()._respond(request, gateway)


class _Store(MemoryStore):
    def __init__(self, world: _World) -> None:
        super().__init__()
        self._world = world

    def save(self, contact: dict[str, Any]) -> None:
        attempt = _serving.get()
        if attempt is not None:
            self._world.run.writes.append(self._write(attempt, contact))
        super().save(contact)

    def _write(self, attempt: int, contact: dict[str, Any]) -> Write:
        before = self.get(contact["id"])
        new = set(match_keys(contact)) - set(match_keys(before or {}))
        found = {key: self.find(contact["locationId"], key) for key in sorted(new)}
        taken = tuple(key for key, other in found.items() if other is not None and other["id"] != contact["id"])
        now = self._world.loop.time()
        return Write(now, attempt, contact["id"], contact.get("source"), before is None, taken)


class _Nature(Network):
    """The network of a plan."""

    def __init__(self, world: _World) -> None:
        plan = world.plan
        self._run = world.run
        self._loop = world.loop
        self._way = plan.way
        self._connection_troubles = plan.connection_troubles
        self._request_troubles = plan.request_troubles
        self._chance = Random(f"network/{plan.seed}")

    def delay(self) -> float:
        return self._chance.uniform(*self._way)

    def connection_trouble(self) -> ConnectionTrouble | None:
        return self._draw(self._connection_troubles)

    def request_trouble(self) -> RequestTrouble | None:
        return self._draw(self._request_troubles)

    def request_left(self, data: bytes) -> None:
        found = _ATTEMPT_SENT.search(data)
        assert found is not None
        self._run.attempts[int(found[1])].left = self._loop.time()

    def _draw(self, troubles: dict[Any, float]) -> Any:
        for trouble, probability in troubles.items():
            if self._chance.random() < probability:
                self._run.troubles.append(trouble)
                return trouble
        return None


# -- the loop


class _Task(asyncio.Task[Any]):
    """A task whose place in a set depends on its number."""

    def __init__(self, coroutine: Coroutine[Any, Any, Any], loop: _Loop, **options: Any) -> None:
        self._number = next(loop.task_numbers)
        super().__init__(coroutine, loop=loop, **options)

    def __hash__(self) -> int:
        return self._number


class _Loop(virtual.Loop):
    """A loop that knows which of its timers are the client's."""

    def __init__(self) -> None:
        super().__init__()
        self.client_timers: list[asyncio.TimerHandle] = []
        self.task_numbers = itertools.count()
        self.set_task_factory(_make_task)

    def call_at(self, when: float, callback: Callable[..., object], *args: Any, context: Any = None) -> Any:
        timer = super().call_at(when, callback, *args, context=context)
        if _is_called_by_client():
            self.client_timers.append(timer)
        return timer


def _make_task(loop: Any, coroutine: Any, **options: Any) -> _Task:
    return _Task(coroutine, loop, **options)


def _is_called_by_client() -> bool:
    """Tell whether the client, or aiohttp for it, is among those who are calling, and the network is not."""
    frame: FrameType | None = sys._getframe(2)
    while frame is not None:
        file = frame.f_code.co_filename
        if _is_client_code(file):
            return True
        if file == memory_network.__file__:
            return False
        frame = frame.f_back
    return False


@cache
def _is_client_code(file: str) -> bool:
    if "/growthhub_async/" in file:
        return "/sandbox/" not in file
    return "/aiohttp/c" in file  # client, client_proto, client_reqrep, connector


def _file_of(task: asyncio.Task[Any]) -> str:
    code = getattr(task.get_coro(), "cr_code", None)
    return "" if code is None else str(code.co_filename)


# -- the log


class _Lines(logging.Handler):
    def __init__(self, lines: list[str]) -> None:
        super().__init__(logging.DEBUG)
        self._lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        self._lines.append(f"{record.name}: {self.format(record)}")


@contextmanager
def _log_into(lines: list[str]) -> Iterator[None]:
    handler = _Lines(lines)
    loggers = [logging.getLogger(name) for name in ("growthhub_async", "asyncio", "aiohttp")]
    before = [(logger.level, logger.propagate) for logger in loggers]
    for logger in loggers:
        logger.addHandler(handler)
        logger.setLevel(logging.DEBUG)
        logger.propagate = False
    try:
        yield
    finally:
        for logger, (level, propagate) in zip(loggers, before, strict=True):
            logger.removeHandler(handler)
            logger.setLevel(level)
            logger.propagate = propagate
