"""A job's records sent, and their outcomes kept, then told: what is told is on the disk.

Every record of the job that waits is sent once; a request that was not heard of in an earlier run is sent again when
that is safe, else its record is `in_doubt`. What was surely not written when the run ends (cancelled, or refused with
its token) waits for another run: it is told, and stays unsent.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Collection
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

import msgspec

from ... import call
from ...bulk import UpsertStream
from ...client import GrowthHubClient
from ...outcome import ErrorReason, Outcome, Status, Summary
from ..errors import JobError
from ..job import Counts, Entry, Job, Run, State, Tagging, Waiting
from .feed import Feed, Limit, Taken
from .keeper import Keeper, ResultsOf
from .patience import outlast
from .tagging import Tagger

TAGGED_AT_ONCE = 32
"""Contacts whose tags are added at the same time."""

_MOST_UNREAD = 4_096
"""Outcomes that may be kept and not read yet, before no more are taken from the client."""
_RECENT = 8_192
"""Outcomes of earlier runs whose contacts are known: as many as `identity.py` remembers keys."""
_KEPT = ("concurrency", "max_attempts", "requests_per_interval", "interval", "requests_per_day", "reserve")
"""Settings that are kept of a run."""
_TAGS = b'"tags":'
_UNSENT = (ErrorReason.CANCELLED, ErrorReason.UNAUTHORIZED)
"""Reasons of what was surely not written, and is no fault of the record."""
_STATES = {Status.CREATED: State.CREATED, Status.UPDATED: State.UPDATED, Status.ERROR: State.ERROR}


class _Plan(NamedTuple):
    """What a job has for a run when it begins."""

    counts: Counts
    to_send: dict[str, int]
    unheard: dict[str, list[Waiting]]
    tagging: list[Tagging]
    told: frozenset[str]
    runs: list[Run]

    def seconds_until_quiet(self, now: float) -> float:
        """Tell how long the server may still be at work on what an earlier run has sent; 0 at least.

        One that was killed may have sent until this one began.
        """
        *earlier, mine = self.runs
        if not earlier:
            return 0.0
        ended_at = earlier[-1].ended_at
        since = mine.started_at if ended_at is None else ended_at
        return min(max(since + call.AT_WORK - now, 0.0), call.AT_WORK)

    @property
    def unsent(self) -> Counter[str]:
        """How many records of each location are not settled."""
        return Counter(self.to_send) + Counter(str(outcome.location_id) for outcome, _ in self.tagging)


class JobStream(AsyncIterator[Outcome]):
    """The outcomes of a job as they are kept: entered with `async with`, read with `async for`.

    The `position` of an outcome is that of its record in the job, its `ref` the line of its file. Raises JobError when
    the job or the files beside it cannot be written on, and TokenRefusedError as `upsert_many` does; what was kept
    before is yielded first. Who leaves the block early hears of a JobError, too.
    """

    def __init__(
        self,
        client: GrowthHubClient,
        path: Path,
        results: ResultsOf,
        *,
        limit: int | None = None,
        only: Collection[int] | None = None,
    ) -> None:
        self._client = client
        self._keeper = Keeper(path, _settings_of(client), results, self._hear_kept, self._hear_failure)
        self._limit = Limit(limit)
        self._only = only
        self._tagger = Tagger(client, TAGGED_AT_ONCE, self._hear_tagged)
        self._upserts: UpsertStream | None = None
        self._pumping: asyncio.Task[None] | None = None
        self._before: Counts | None = None
        self._told_before: frozenset[str] = frozenset()
        self._unsent: Counter[str] = Counter()
        self._taken: dict[int, Taken] = {}
        self._marked: set[int] = set()
        self._moved: Counter[State] = Counter()
        self._told: deque[Outcome] = deque()
        self._changed = asyncio.Event()
        self._read = asyncio.Event()
        self._left = False
        self.tags_replaced = 0
        """Contacts that were there before, and whose tags are now those of their record alone."""
        self._ending = False
        self._fault: BaseException | None = None

    @property
    def counts(self) -> Counts:
        """How many records of the job are where, as far as it is kept; `unheard` and `tagging` are not counted."""
        before, moved = self._before, self._moved
        assert before is not None, "enter the stream first"
        settled = moved[State.CREATED] + moved[State.UPDATED] + moved[State.ERROR]
        return msgspec.structs.replace(
            before,
            created=before.created + moved[State.CREATED],
            updated=before.updated + moved[State.UPDATED],
            error=before.error + moved[State.ERROR],
            unsent=before.unsent - settled,
            unheard=0,
            tagging=0,
        )

    @property
    def summary(self) -> Summary:
        """The numbers of this run alone, tags that were added included in its requests."""
        assert self._upserts is not None, "enter the stream first"
        summary = self._upserts.summary
        return msgspec.structs.replace(summary, requests=summary.requests + self._tagger.requests)

    @property
    def unsent(self) -> dict[str, int]:
        """How many records of each location are not settled yet, as far as it is kept."""
        return self._unsent

    @property
    def in_flight(self) -> int:
        """How many records have been read and are not settled yet."""
        return 0 if self._upserts is None else self._upserts.in_flight

    async def __aenter__(self) -> Self:
        self._keeper.start()
        try:
            plan = await self._keeper.ask(lambda job: _plan_of(job, self._only))
            self._before, self._told_before, self._unsent = plan.counts, plan.told, plan.unsent
            begins_at = asyncio.get_running_loop().time() + plan.seconds_until_quiet(time.time())
            feeds = {
                location_id: Feed(
                    self._keeper,
                    location_id,
                    plan.unheard.get(location_id, ()),
                    begins_at,
                    self._limit,
                    self._taken,
                    self._only,
                )
                for location_id in plan.to_send
            }
            self._upserts = self._client.upsert_many(feeds, before_send=self._leaving)
        except BaseException as error:
            with suppress(JobError):  # what was wrong before is what is to be told
                await self._keeper.end(type(error).__name__, 0, {})
            raise
        self._pumping = asyncio.create_task(self._pump(self._upserts, plan.tagging), name="growthhub-job")
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if exc_type is None:
            self.stop()
        else:
            self.cancel()
        self._left = True
        self._read.set()
        assert self._pumping is not None
        await outlast([self._pumping], self.cancel)
        fault = self._fault
        if exc_type is None and fault is not None and (isinstance(fault, JobError) or not isinstance(fault, Exception)):
            self._fault = None
            raise fault

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Outcome:
        assert self._pumping is not None, "enter the stream first"
        while not self._told:
            if self._pumping.done():
                fault, self._fault = self._fault, None
                raise fault or StopAsyncIteration
            self._changed.clear()
            await self._changed.wait()
        self._read.set()
        return self._told.popleft()

    def drain(self) -> None:
        """Send no more than was begun, and finish that; the rest waits for another run."""
        self._end().drain()

    def stop(self) -> None:
        """End the attempts that are in flight, and begin no other; the rest waits for another run."""
        self._end().stop()
        self._tagger.stop()

    def cancel(self) -> None:
        """End now: what is in flight is unheard of, and is taken up again by another run."""
        self._end().cancel()
        self._tagger.stop()

    def _end(self) -> UpsertStream:
        assert self._upserts is not None, "enter the stream first"
        self._ending = True
        return self._upserts

    # -- between the client and the keeper

    async def _pump(self, upserts: UpsertStream, tagging: list[Tagging]) -> None:
        """Take outcomes from the client to the keeper, until there are no more; then let the keeper end."""
        try:
            await self._carry(upserts, tagging)
        except BaseException as error:  # raised where the outcomes are read
            self._fault = error
        self._fault = self._fault or self._tagger.refusal
        try:
            await self._keeper.end(self._how, self._tagger.requests, _quotas_of(self._client))
        except BaseException as error:
            self._fault = self._fault or error
        finally:
            self._changed.set()

    async def _carry(self, upserts: UpsertStream, tagging: list[Tagging]) -> None:
        async with upserts, self._tagger:
            for outcome, tags in tagging:
                if self._ending:
                    break
                await self._tagger.add(outcome, tags)
            async for outcome in upserts:
                await self._take(outcome)
            await self._tagger.wait()

    @property
    def _how(self) -> str:
        """In words, how the run ended."""
        if self._fault is not None:
            return type(self._fault).__name__
        return "stopped" if self._ending else "done"

    async def _leaving(self, position: Any) -> None:
        self._marked.add(position)
        await self._keeper.leaving(position)

    async def _take(self, outcome: Outcome) -> None:
        location_id, waiting = self._taken.pop(outcome.ref)  # type: ignore[arg-type]
        marked = outcome.ref in self._marked
        self._marked.discard(outcome.ref)
        outcome = msgspec.structs.replace(
            outcome,
            status=self._status(outcome),
            position=waiting.position,
            ref=waiting.line,
            location_id=location_id,
        )
        self.tags_replaced += outcome.status is Status.UPDATED and _TAGS in waiting.contact
        await self._have_room()
        state = self._state_after(outcome, waiting)
        if state is State.WAITING and not marked and not outcome.attempts:
            self._tell(outcome)  # nothing has happened that would have to be kept
            return
        await self._keeper.keep(_entry(outcome, state))
        if state is State.TAGGING:
            await self._tagger.add(outcome, waiting.tags)

    def _status(self, outcome: Outcome) -> Status:
        """Correct what was concluded of a record that was unheard of: which went before it, the client cannot know.

        A contact that was told of by an earlier run was not created by a record that is settled in this one.
        """
        is_known = outcome.inferred and outcome.contact_id in self._told_before
        return Status.UPDATED if is_known and outcome.status is Status.CREATED else outcome.status

    def _state_after(self, outcome: Outcome, waiting: Waiting) -> State:
        error = outcome.error
        if error is None:
            return State.TAGGING if waiting.tags else _STATES[outcome.status]
        if error.reason in _UNSENT or (error.retryable and not outcome.attempts and waiting.left_at is None):
            return State.WAITING
        tried_enough = not self._ending and outcome.attempts >= self._client.settings.max_attempts
        if error.reason is ErrorReason.IN_DOUBT and error.retryable and not tried_enough:
            return State.LEFT
        return State.ERROR

    async def _hear_tagged(self, outcome: Outcome, state: State) -> None:
        if state is not State.TAGGING:
            await self._have_room()
            await self._keeper.keep(_entry(outcome, state))

    async def _have_room(self) -> None:
        """Wait until enough of what is kept was read, unless whoever reads has left."""
        while len(self._told) >= _MOST_UNREAD and not self._left:
            self._read.clear()
            await self._read.wait()

    def _hear_kept(self, entries: list[Entry]) -> None:
        for entry in entries:
            self._moved[entry.state] += 1
            if entry.state > State.TAGGING:
                self._unsent[str(entry.outcome.location_id)] -= 1
            if entry.state is not State.TAGGING:
                self._tell(entry.outcome)

    def _hear_failure(self) -> None:
        """End at once: what becomes of what is in flight could not be kept."""
        if self._upserts is not None:
            self.cancel()

    def _tell(self, outcome: Outcome) -> None:
        self._told.append(outcome)
        self._changed.set()


def _plan_of(job: Job, only: Collection[int] | None) -> _Plan:
    unheard: dict[str, list[Waiting]] = {}
    for location_id, waiting in job.unheard():
        if only is None or waiting.position in only:
            unheard.setdefault(location_id, []).append(waiting)
    tagging = [one for one in job.tagging() if only is None or one.outcome.position in only]
    told = job.newest_contacts(_RECENT) if unheard else frozenset()
    return _Plan(job.counts(), job.upserts_by_location(only), unheard, tagging, told, job.runs())


def _entry(outcome: Outcome, state: State) -> Entry:
    latency = outcome.history[-1].duration if outcome.history else None
    return Entry(outcome, state, time.time(), latency)


def _settings_of(client: GrowthHubClient) -> dict[str, Any]:
    """Tell what a job keeps of how it was sent: never the token."""
    return {name: getattr(client.settings, name) for name in _KEPT}


def _quotas_of(client: GrowthHubClient) -> dict[str, Any]:
    """Tell what was learnt of each location's quota."""
    return {
        location_id: {
            "requests_per_interval": standing.window_limit,
            "interval": client.settings.interval,
            "requests_per_day": standing.day_limit,
            "throttled": standing.throttled,
        }
        for location_id, standing in client.statistics().items()
    }
