"""The thread that keeps a job: all that happens at one time is committed together, then written to the result files.

A record waits for its mark to be on the disk before its request leaves, so marks are never held back; outcomes are, for
a moment, so that a commit takes many.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol, TypeVar

from ..errors import JobError
from ..job import Entry, Job, Settled, State
from .patience import outlast

T = TypeVar("T")

_LINGER = 0.1
"""Seconds that outcomes wait for others before they are committed."""
_ENOUGH = 256
"""Outcomes that wait for no others."""
_MOST = 2_048
"""Outcomes that may wait to be kept, before no more are taken in."""

_OVER = "the run has ended"


class Results(Protocol):
    """What hears of outcomes once they are kept, in the thread."""

    def open(self) -> object:
        """Begin, with what was kept before."""

    def append(self, settled: Sequence[Settled], /) -> None:
        """Go on with what was kept now."""

    def close(self) -> None:
        """End in order."""

    def abandon(self) -> None:
        """End without a word: the job has failed."""


ResultsOf = Callable[[Job], Results]


class _Call(NamedTuple):
    work: Callable[[Job], Any]
    done: asyncio.Future[Any]


class _Batch:
    """What is committed together, and whoever waits for that."""

    def __init__(self) -> None:
        self.leaving: list[tuple[float, int]] = []
        self.entries: list[Entry] = []
        self.calls: list[_Call] = []
        self.is_kept = asyncio.Event()

    @property
    def is_urgent(self) -> bool:
        """Whether somebody waits for it."""
        return bool(self.leaving or self.calls) or len(self.entries) >= _ENOUGH

    def __bool__(self) -> bool:
        return bool(self.leaving or self.calls or self.entries)


class Keeper:
    """Keep a job from the loop, from `start` to `end`; once it has failed, everything raises its JobError.

    `kept` is called in the loop with outcomes that are kept, and the states they left their records in; `failed` when
    nothing more is.
    """

    def __init__(
        self,
        path: Path,
        settings: Mapping[str, Any],
        results: ResultsOf,
        kept: Callable[[list[Entry]], None],
        failed: Callable[[], None],
    ):
        self._path = path
        self._settings = settings
        self._results_of = results
        self._kept = kept
        self._failed = failed
        self._batch = _Batch()
        self._room = asyncio.Semaphore(_MOST)
        self._changed = threading.Condition()
        self._ending: tuple[str, int, Mapping[str, Any]] | None = None
        self._failure: JobError | None = None
        self._thread = threading.Thread(target=self._work, name="growthhub-job", daemon=True)
        self._loop = asyncio.get_running_loop()
        self._ended: asyncio.Future[None] = self._loop.create_future()

    def start(self) -> None:
        """Begin to open the job and the result files: what is asked then waits for that."""
        self._thread.start()

    async def end(self, how: str, tag_requests: int, locations: Mapping[str, Any]) -> None:
        """Keep what is left, note how the run ended, and close the files; raises JobError if anything was not kept.

        A cancellation is passed on when that is done, for nobody else may have the job before.
        """
        with self._changed:
            self._ending = (how, tag_requests, locations)
            self._changed.notify()
        await outlast([self._ended])
        self._raise_failure()

    async def leaving(self, position: int) -> None:
        """Mark a record as one of which a request may have left, and return when the mark is on the disk."""
        self._raise_failure()
        with self._changed:
            batch = self._batch
            batch.leaving.append((time.time(), position))
            self._changed.notify()
        await batch.is_kept.wait()
        self._raise_failure()

    async def keep(self, entry: Entry) -> None:
        """Take in an outcome to be kept, when there is room."""
        await self._room.acquire()
        self._raise_failure()
        with self._changed:
            self._batch.entries.append(entry)
            self._changed.notify()

    async def ask(self, work: Callable[[Job], T]) -> T:
        """Have something done with the job in its thread, after all that was handed in; JobError after the end."""
        self._raise_failure()
        if self._ended.done():
            raise JobError(_OVER)
        call = _Call(work, self._loop.create_future())
        with self._changed:
            self._batch.calls.append(call)
            self._changed.notify()
        result: T = await call.done
        return result

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise self._failure

    # -- in the thread

    def _work(self) -> None:
        batch = _Batch()
        try:
            with Job(self._path) as job:
                run = job.begin_run(self._settings, time.time())
                results = self._results_of(job)
                try:
                    results.open()
                    while batch := self._next():
                        self._commit(job, results, run, batch)
                    assert self._ending is not None
                    how, tag_requests, locations = self._ending
                    job.end_run(run, how, tag_requests, locations, time.time())
                    results.close()
                except BaseException:
                    results.abandon()
                    raise
        except BaseException as error:  # whatever it is, the loop has to hear of it
            failure = error if isinstance(error, JobError) else JobError(f"the job failed ({type(error).__name__})")
            failure.__cause__ = None if failure is error else error
            self._call_loop(self._fail, failure, batch)
        finally:
            self._call_loop(self._end)

    def _next(self) -> _Batch:
        """Wait for something to do; what comes back empty is the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._batch or self._ending)
            if not self._batch.is_urgent and not self._ending:
                self._changed.wait_for(lambda: self._batch.is_urgent or self._ending, timeout=_LINGER)
            batch, self._batch = self._batch, _Batch()
            return batch

    def _commit(self, job: Job, results: Results, run: int, batch: _Batch) -> None:
        if batch.leaving or batch.entries:
            seqs = job.keep(run, batch.leaving, batch.entries)
            self._call_loop(self._tell_kept, batch)
            results.append(_settled(job, run, seqs, batch.entries))
        for call in batch.calls:
            self._call_loop(_answer, call.done, call.work(job))

    def _call_loop(self, act: Callable[..., None], *values: Any) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended, and nobody is waiting
            self._loop.call_soon_threadsafe(act, *values)

    # -- back in the loop

    def _tell_kept(self, batch: _Batch) -> None:
        batch.is_kept.set()
        for _ in batch.entries:
            self._room.release()
        if batch.entries:
            self._kept(batch.entries)

    def _end(self) -> None:
        self._ended.set_result(None)
        for call in self._batch.calls:  # they came when nobody looked any more
            if not call.done.done():
                call.done.set_exception(JobError(_OVER))

    def _fail(self, failure: JobError, batch: _Batch) -> None:
        self._failure = failure
        for left in (batch, self._batch):
            left.is_kept.set()
            for call in left.calls:
                if not call.done.done():
                    call.done.set_exception(failure)
        for _ in range(_MOST):
            self._room.release()
        self._failed()


def _answer(done: asyncio.Future[Any], result: Any) -> None:
    if not done.done():
        done.set_result(result)


def _settled(job: Job, run: int, seqs: Sequence[int], entries: Sequence[Entry]) -> list[Settled]:
    """Put those entries that settled their record together with what they came from."""
    final = [(seq, entry) for seq, entry in zip(seqs, entries, strict=True) if entry.state > State.TAGGING]
    if not final:
        return []
    sources = {source.position: source for source in job.sources([entry.outcome.position for _, entry in final])}
    return [Settled.of(seq, run, entry, sources[entry.outcome.position]) for seq, entry in final]
