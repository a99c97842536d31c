"""Carry a plan out, and keep all that can be known of the run: the whole client against the whole sandbox.

Both sides are the real ones, aiohttp included; the clock is virtual and the network is in memory. The same plan gives
the same run, to the last detail: all chance is drawn from its seed.
"""

from __future__ import annotations

import asyncio
import gc
import itertools
import logging
import random
import traceback
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from growthhub_async import Contact, Outcome, Problem, Record, UpsertStream
from growthhub_async.sandbox import Scenario
from tests.memory_network import MemoryNetwork
from tests.simulation.loop import Loop, file_of, is_client_code
from tests.simulation.plan import LONGEST_ANSWER, Jump, Plan, PlannedRecord
from tests.simulation.run import BlockBrokeError, Run, SourceBrokeError, StreamRun, UpsertRun
from tests.simulation.sides import Client, Nature, Server, serving

EPOCH = 1_790_000_000.0
"""What time it is when a run begins, in Unix time."""
LONGEST_RUN = 60 * 86_400.0
"""Seconds of the virtual clock within which every run ends: days may have to be waited for."""
MOST_IN_LINE = 5
"""Records that a stream holds besides, while they wait for their turn: so few that they often do not do."""
MOST_STEPS = 300_000
"""Steps of the loop within which every run ends."""


class HungError(Exception):
    """A run did not come to its end."""


def carry_out(plan: Plan) -> Run:
    """Carry a plan out from beginning to end."""
    return World(plan).carry_out()


class World:
    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.run = Run(plan=plan)
        self.loop: Loop
        self.server: Server
        self.network: MemoryNetwork
        self.client: Client
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
        return self.server_clock() if serving.get() is not None else self._clock(self.plan.client_jumps)

    def server_clock(self) -> float:
        return self._clock(self.plan.server_jumps) + self.plan.server_skew

    def _clock(self, jumps: tuple[Jump, ...]) -> float:
        now = self.loop.time()
        return EPOCH + now + sum(jump.seconds for jump in jumps if now >= jump.at)

    def _make_loop(self) -> Loop:
        loop = Loop()
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
            Server(self, scenario) as self.server,
            MemoryNetwork(Nature(self)) as self.network,
        ):
            self.client = Client(self)
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

            async def mark(ref: Any) -> None:
                run.marks.append((ref, self.loop.time()))

            stream = self.client.upsert_many(self._source(run), before_send=mark)
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
            run.read_before_drain = len(run.read)
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
            yield record_of(record, self.wall_clock(), named=named)

    async def _read_slowly(
        self, run: StreamRun, records: tuple[PlannedRecord, ...], *, named: bool
    ) -> AsyncIterator[Record | Contact]:
        paces = itertools.cycle(run.plan.source_paces)
        for record in self._read(run, records, named=named):
            yield record
            try:
                await asyncio.sleep(next(paces))
            except asyncio.CancelledError:
                if not run.plan.gives_one_more:
                    raise

    # -- single upserts

    async def _upsert(self, run: UpsertRun) -> None:
        await asyncio.sleep(run.plan.at)
        record = run.plan.record
        task = asyncio.current_task()
        assert task is not None
        cancel_after = run.plan.cancel_after
        timer = None if cancel_after is None else self.loop.call_later(cancel_after, task.cancel)
        self.run.order.append(record.number)
        handed_in = record_of(record, self.wall_clock(), named=True)
        try:
            run.outcome = await self.client.upsert(handed_in, priority=run.plan.priority)
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
        tasks = [task for task in asyncio.all_tasks() if is_client_code(file_of(task))]
        timers = [timer for timer in self.loop.client_timers if timer._scheduled and not timer.cancelled()]  # type: ignore[attr-defined]
        left = [f"task {task.get_name()}" for task in tasks] + [f"timer {timer!r}" for timer in timers]
        if self.network.open:
            left.append(f"{self.network.open} open connections")
        return left


def record_of(planned: PlannedRecord, now: float, *, named: bool) -> Record:
    """Make the record of a plan, now in Unix time; `named` when it names its location itself."""
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
    return Record(
        contact=Contact(**fields),
        ref=planned.number,
        location_id=location_id,
        problems=problems,
        unheard_since=None if planned.unheard is None else now - planned.unheard,
    )


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
