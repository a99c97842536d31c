"""What a job tells: its files, records, outcomes and numbers."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

from ...outcome import Dropped, Outcome, Problem
from ...private import Private
from .schema import State


class JobFile(msgspec.Struct, frozen=True, kw_only=True):
    """One source of a job; `columns` are None where each row has keys of its own."""

    file: int
    name: str
    format: str
    columns: list[str] | None
    fingerprint: dict[str, Any]


class Waiting(Private, frozen=True):
    """A record that is to be sent: its contact as JSON, and the tags to be added to it after that.

    `left_at` is when a request for it left that was not heard of, in unix time.
    """

    position: int
    line: int
    contact: bytes
    tags: list[str]
    left_at: float | None


class Tagging(NamedTuple):
    """A contact that is written, as the outcome of its record in this run, and the tags that are still to be added.

    The outcome's `position` is that of the record in its job, its `ref` the line; no request was sent for it yet.
    """

    outcome: Outcome
    tags: list[str]


class Source(NamedTuple):
    """Where a record comes from, and what stood there: `cells`, or `text` where it could not be read as cells."""

    position: int
    file: int
    line: int
    cells: list[Any] | dict[str, Any] | None
    text: str | None


class Standing(NamedTuple):
    """How far a record has come: when a request for it left unheard, and which record stands for it, if so."""

    source: Source
    state: State
    location_id: str | None
    left_at: float | None
    stands: int | None


class Failure(NamedTuple):
    """One message of one reason: how many records have it, and where the first of them is."""

    reason: str
    message: str
    records: int
    file: str
    line: int


class Entry(NamedTuple):
    """What is to be kept of one record: its outcome, the state it leaves the record in, and when that was.

    The outcome's `position` is that of the record in its job; `latency` is in seconds.
    """

    outcome: Outcome
    state: State
    settled_at: float
    latency: float | None


class Settled(Private, frozen=True, kw_only=True):
    """One outcome as it was kept, with where its record comes from; times are unix times and seconds."""

    seq: int
    run: int
    settled_at: float
    position: int
    file: int
    line: int
    cells: list[Any] | dict[str, Any] | None
    text: str | None
    location_id: str | None
    status: str
    reason: str | None
    message: str | None
    retryable: bool
    problems: list[Problem]
    contact_id: str | None
    http_status: int | None
    trace_id: str | None
    attempts: int
    duration: float
    latency: float | None
    inferred: bool
    dropped: list[Dropped]

    @classmethod
    def of(cls, seq: int, run: int, entry: Entry, source: Source) -> Settled:
        """Make it of what is being kept."""
        outcome, error = entry.outcome, entry.outcome.error
        return cls(
            seq=seq,
            run=run,
            settled_at=entry.settled_at,
            position=source.position,
            file=source.file,
            line=source.line,
            cells=source.cells,
            text=source.text,
            location_id=outcome.location_id,
            status=outcome.status,
            reason=error.reason if error else None,
            message=error.message if error else None,
            retryable=bool(error and error.retryable),
            problems=list(error.problems) if error else [],
            contact_id=outcome.contact_id,
            http_status=outcome.http_status,
            trace_id=outcome.trace_id,
            attempts=outcome.attempts,
            duration=round(outcome.duration, 6),
            latency=entry.latency,
            inferred=outcome.inferred,
            dropped=list(outcome.dropped),
        )


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One process that sent; `ended_at` is None for one that runs, or that was ended by force."""

    run: int
    started_at: float
    ended_at: float | None
    ended: str | None
    settings: dict[str, Any]
    tag_requests: int
    locations: dict[str, Any] | None


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """How many records are where; `read == created + updated + error + duplicate + unsent`, or something is broken.

    `unheard` and `tagging` are those of the unsent of which a request has left unheard, or whose tags are to be added.
    """

    read: int
    created: int
    updated: int
    error: int
    duplicate: int
    unsent: int
    unheard: int = 0
    tagging: int = 0

    @classmethod
    def of(cls, read: int, by_state: dict[int, int]) -> Counts:
        """Count by state; `read` is what the reading of the files counted."""
        return cls(
            read=read,
            created=by_state.get(State.CREATED, 0),
            updated=by_state.get(State.UPDATED, 0),
            error=by_state.get(State.ERROR, 0),
            duplicate=by_state.get(State.DUPLICATE, 0),
            unsent=sum(by_state.get(state, 0) for state in (State.WAITING, State.LEFT, State.TAGGING)),
            unheard=by_state.get(State.LEFT, 0),
            tagging=by_state.get(State.TAGGING, 0),
        )

    @property
    def settled(self) -> int:
        """How many records have an outcome for good; duplicates have none."""
        return self.created + self.updated + self.error

    @property
    def add_up(self) -> bool:
        """Whether every record is somewhere, once."""
        return self.read == self.created + self.updated + self.error + self.duplicate + self.unsent
