"""A stream of records in, a stream of outcomes out: bounded workers, back-pressure, and an end without loss.

What holds, whatever fails (each is proved by a property test):
1. Every record read yields exactly one outcome: `read == created + updated + error` once the stream has ended.
2. Never more than `concurrency` requests are in flight. At most `look_ahead` records are read and not yet handed on,
   or one of each source if those are more, and besides them at most 2,048 that had to wait for an earlier one of the
   same email or phone, so that these stall no others. Memory does not grow with the number of records, and a slow
   reader of outcomes stops the reading.
3. In no window of the server do more requests leave than the quota allows (`quota.py`).
4. Two records that share an email or a phone are never in flight together, and go in input order (`identity.py`); after
   one that was not heard of, be it in an earlier run, the next goes when the server cannot be at work on it any more.
5. A record's trouble is an outcome; a run's trouble (a refused token, a source that raises, a fault of ours) is an
   exception, raised when the outcomes of all that was read have been handed on.
6. A location that waits holds up no other: every record that was read waits for its own location alone. Of one source
   that means among the `look_ahead` records that were read; with a source for each location, each is read by itself.

A stream ends in one of five ways. The source ends. `drain()`, or a source that raises: no more is read, and what was
read settles. `stop()`, or the block is left early: what is in flight ends its attempt, and the rest is `cancelled`.
`cancel()`, or an exception in the block: everything settles now, as `cancelled`, or `in_doubt` where an attempt was on
its way. A fault of ours ends it as `stop()` does, and so does a token that is refused again and again, if it is the
only one and no location that was read of takes it: its rest is `unauthorized`. Else the other locations go on. What is
then not yet handed on can still be iterated over.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Mapping
from types import TracebackType
from typing import Final, Self

from .clock import Clock
from .contact import Contact
from .errors import ClientClosedError, TokenRefusedError
from .line import Room
from .outcome import ErrorReason, Outcome, Record, Summary
from .reply import UpsertReply
from .retry import Settle
from .settings import Settings
from .sources import LoopSource, ThreadSource
from .tally import Tally
from .upserts import BeforeSend, Upsert, Upserter, stopped
from .verdicts import Accepted

MOST_IN_LINE = 2_048
"""Records that a stream holds besides, while they wait for an earlier one of the same email or phone."""
READ_IN_A_ROW: Final = 64
"""Records after which others of the loop have their turn."""
_CANCELLED = "the run ended before this record was settled"


Source = AsyncIterator[Contact | Record]


class _Reading:
    """A source that is being read, and the room that is left for its records."""

    def __init__(self, source: Source, location_id: str | None, room: int) -> None:
        self.source = source
        self.location_id = location_id
        self.room = Room(room)
        self.task: asyncio.Task[None] | None = None


class UpsertStream(AsyncIterator[Outcome]):
    """The outcomes of one run as they settle: entered with `async with`, read with `async for`."""

    def __init__(
        self,
        upserter: Upserter,
        sources: Mapping[str | None, Source],
        settings: Settings,
        before_send: BeforeSend | None = None,
    ) -> None:
        room = settings.records_ahead(len(sources))
        self._clock = Clock()
        self._upserter = upserter
        self._before_send = before_send
        self._readings = [_Reading(source, location_id, room) for location_id, source in sources.items()]
        self._unsettled: dict[Upsert, asyncio.Task[None] | None] = {}
        self._workers: set[asyncio.Task[None]] = set()
        self._room_in_line = Room(MOST_IN_LINE)
        self._settled: deque[tuple[Outcome, Room]] = deque()
        self._changed = asyncio.Event()
        self._tally = Tally()
        self._entered = False
        self._being_read = len(sources)
        self._reading = bool(sources)
        self._fault: BaseException | None = None
        self._one_token = settings.has_one_token
        self._refusal: TokenRefusedError | None = None
        self._refused: dict[str, bool] = {}  # the locations that were read of
        self._unsent = (ErrorReason.CANCELLED, _CANCELLED)

    @property
    def summary(self) -> Summary:
        """The numbers so far; those of the whole run once it has ended."""
        return self._tally.summary()

    @property
    def in_flight(self) -> int:
        """How many records have been read and are not settled yet."""
        return len(self._unsettled)

    async def __aenter__(self) -> Self:
        if self._entered:
            raise ClientClosedError("a stream is entered once; make another with client.upsert_many(...)")
        self._entered = True
        self._clock.open()
        self._upserter.streams[self] = None
        for reading in self._readings:
            reading.task = asyncio.create_task(self._read(reading), name="growthhub-reader")
            reading.task.add_done_callback(lambda _: self._changed.set())
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if exc_type is None:
            self.stop()
        else:
            self.cancel()
        await self._wait_for_tasks()
        self._upserter.streams.pop(self, None)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Outcome:
        if not self._entered:
            raise ClientClosedError("enter the stream first: async with client.upsert_many(...) as outcomes")
        while not self._settled:
            if not self._reading and not self._unsettled and self._is_read:
                fault = self._fault or (self._refusal if self._all_are_refused else None)
                self._fault = self._refusal = None
                raise fault or StopAsyncIteration
            self._changed.clear()
            await self._changed.wait()
        outcome, room = self._settled.popleft()
        room.give_back()
        return outcome

    @property
    def _is_read(self) -> bool:
        """Whether no source can give one more: one that was stopped may, and that has to be told, too."""
        return all(reading.task is None or reading.task.done() for reading in self._readings)

    def drain(self) -> None:
        """Read no more; what has been taken in settles and is handed on, then the iteration ends.

        What a thread had read ahead (`read_in_thread`), or a source gives in spite of it, is told as cancelled. A spent
        day is waited for all the same: see `stop`.
        """
        self._stop_reading()

    def stop(self) -> None:
        """Read no more; attempts that are in flight end, the rest is cancelled, then the iteration ends."""
        self._stop_reading()
        self._cancel_waiting()
        for upsert, worker in self._unsettled.items():
            if upsert.call.in_flight or worker is None:
                upsert.call.no_more_attempts = True
            else:
                worker.cancel()

    def cancel(self) -> None:
        """Settle everything now: as cancelled, or in doubt where an attempt is on its way; then the iteration ends."""
        self._stop_reading()
        for reading in self._readings:
            if reading.task is not None:
                reading.task.cancel()  # again: a source may have swallowed the first
        self._cancel_waiting()
        for upsert in [upsert for upsert, worker in self._unsettled.items() if worker is None]:
            refused = self._upserter.abandon(upsert)
            self._finish(upsert, refused or self._stopped(upsert))
        for worker in self._workers:
            worker.cancel()

    def end(self, fault: BaseException) -> None:
        """End the run in order: no further attempt is made, and `fault` is raised after the outcomes."""
        self._fault = self._fault or fault
        self.stop()

    # -- reading

    async def _read(self, reading: _Reading) -> None:
        source = reading.source
        try:
            while self._reading:
                if not reading.room.take():
                    await reading.room.wait()
                    continue
                self._take(source.next() if isinstance(source, LoopSource) else await anext(source), reading)
                if self._tally.read % READ_IN_A_ROW == 0:
                    await asyncio.sleep(0)  # nothing above gives others a chance, as long as there is room
        except StopAsyncIteration:
            pass
        except asyncio.CancelledError as error:
            if self._reading:  # not ours: the source itself was cancelled
                self._fault = self._fault or error
                self._stop_reading()
            raise
        except BaseException as error:  # whatever a source raises is raised where the outcomes are read
            self._fault = self._fault or error
            self._stop_reading()
            if isinstance(error, KeyboardInterrupt | SystemExit):
                raise
        finally:
            self._being_read -= 1
            self._reading = self._reading and self._being_read > 0
            self._changed.set()

    def _take(self, item: Contact | Record, reading: _Reading) -> None:
        """Take in one record: to the workers, in line, or straight to the outcomes when it is wrong in itself."""
        upsert = self._prepare(item, reading)
        if upsert is None:
            return
        if not self._reading:  # a source that gave one more in spite of being stopped
            self._finish(upsert, self._stopped(upsert))
        elif self._upserter.enter(upsert, self._start):
            self._start(upsert)
        else:
            self._wait_in_line(upsert, reading)

    def _wait_in_line(self, upsert: Upsert, reading: _Reading) -> None:
        """Let a record wait for its turn, and give its room to another if it can."""
        self._set_timer(upsert)
        if self._room_in_line.take():
            upsert.room = self._room_in_line
            reading.room.give_back()

    def _set_timer(self, upsert: Upsert) -> None:
        """See to it that a record which no worker has taken waits at most until its deadline."""
        if upsert.call.deadline is not None and upsert.timer is None:
            upsert.timer = asyncio.get_running_loop().call_at(upsert.call.deadline, self._expire, upsert)

    def _expire(self, upsert: Upsert) -> None:
        self._finish(upsert, self._upserter.too_late(upsert))

    def _prepare(self, item: Contact | Record, reading: _Reading) -> Upsert | None:
        position = self._tally.read
        self._tally.read += 1
        prepared = self._upserter.prepare(
            item, position, self._clock.now(), location_id=reading.location_id, before_send=self._before_send
        )
        if isinstance(prepared, Upsert):
            prepared.room = reading.room
            self._unsettled[prepared] = None
            self._refused.setdefault(prepared.call.location_id, False)
            return prepared
        self._hand_on(prepared, reading.room)
        return None

    def _stop_reading(self) -> None:
        if not self._reading:
            return
        self._reading = False
        for reading in self._readings:
            if reading.task is not None and reading.task is not asyncio.current_task():
                reading.task.cancel()
            if isinstance(reading.source, ThreadSource):
                for item in reading.source.stop():  # read ahead: it counts as read
                    upsert = self._prepare(item, reading)
                    if upsert is not None:
                        self._finish(upsert, self._stopped(upsert))
        self._changed.set()

    # -- working

    def _start(self, upsert: Upsert) -> None:
        """Let a record whose turn has come wait for its location's quota."""
        self._set_timer(upsert)
        self._upserter.line_up(upsert, self._send)

    def _send(self, upsert: Upsert) -> None:
        """Send a record whose place has come; one that has to wait for more than a reply has a worker of its own."""
        if not self._upserter.begin(upsert, self._answered):
            self._hire(upsert)

    def _answered(self, upsert: Upsert, accepted: Accepted[UpsertReply] | None) -> None:
        if accepted is None:
            self._hire(upsert)
        else:
            self._finish(upsert, accepted)
            self._refused[upsert.call.location_id] = False

    def _hire(self, upsert: Upsert) -> None:
        worker = asyncio.create_task(self._work(upsert), name="growthhub-worker")
        self._workers.add(worker)
        worker.add_done_callback(self._end_worker)

    def _end_worker(self, worker: asyncio.Task[None]) -> None:
        self._workers.discard(worker)

    async def _work(self, upsert: Upsert) -> None:
        """Settle a record, unless the run was ended before this has begun."""
        if upsert in self._unsettled:
            worker = asyncio.current_task()
            assert worker is not None
            if upsert.timer is not None:
                upsert.stop_timer()
            self._unsettled[upsert] = worker
            await self._settle(upsert, worker)

    async def _settle(self, upsert: Upsert, worker: asyncio.Task[None]) -> None:
        try:
            settled = await self._upserter.settle(upsert)
        except asyncio.CancelledError as error:
            self._finish(upsert, self._stopped(upsert))
            if not worker.cancelling():  # not ours: `before_send` was itself cancelled
                self.end(error)
            raise
        except Exception as error:  # a fault of ours loses no record: it ends the run in order
            self._finish(
                upsert, stopped(upsert, ErrorReason.CANCELLED, f"a fault ended the run ({type(error).__name__})")
            )
            self.end(error)
        else:
            self._finish(upsert, settled)
            if isinstance(settled, Settle):
                self._hear(upsert, settled)
            else:
                self._refused[upsert.call.location_id] = False

    def _hear(self, upsert: Upsert, settled: Settle) -> None:
        """End the run when the one token that it has is refused for good, and no location is left that takes it."""
        location_id = upsert.call.location_id
        refused = settled.refused
        if refused is not None and refused.token and self._one_token:
            why = self._upserter.why_refused(location_id)
            self._refusal = refused.as_error(why or settled.message, upsert.call.http_status)
            self._refused[location_id] = True
            if why is not None and self._all_are_refused:
                self._unsent = (ErrorReason.UNAUTHORIZED, f"{why}; not sent")
                self.end(self._refusal)

    @property
    def _all_are_refused(self) -> bool:
        return all(self._refused.values())

    def _stopped(self, upsert: Upsert) -> Settle:
        return stopped(upsert, *self._unsent)

    def _cancel_waiting(self) -> None:
        """Settle what is not sent yet; the last first, so that none of them comes to its turn by it."""
        for upsert in [upsert for upsert, worker in reversed(self._unsettled.items()) if worker is None]:
            if upsert.call.flight is None and upsert.call.brought is None:
                self._finish(upsert, self._stopped(upsert))

    def _finish(self, upsert: Upsert, settled: Accepted[UpsertReply] | Settle) -> None:
        del self._unsettled[upsert]
        if upsert.timer is not None:
            upsert.stop_timer()
        self._upserter.leave(upsert)
        self._hand_on(self._upserter.tell(upsert, settled, self._clock.now()), upsert.room)

    def _hand_on(self, outcome: Outcome, room: Room) -> None:
        self._tally.add(outcome)
        self._settled.append((outcome, room))
        self._changed.set()

    async def _wait_for_tasks(self) -> None:
        """Wait until no task is left; a cancellation meanwhile cuts short what they do, and is passed on after."""
        cancelled: asyncio.CancelledError | None = None
        readers = [reading.task for reading in self._readings]
        while True:
            tasks = {task for task in (*readers, *self._workers) if task is not None and not task.done()}
            if not tasks and not self._unsettled:
                break
            try:
                if tasks:
                    await asyncio.wait(tasks)
                else:  # what is on its way has no task
                    self._changed.clear()
                    await self._changed.wait()
            except asyncio.CancelledError as error:
                cancelled = error
                self.cancel()
        if cancelled is not None:
            raise cancelled
