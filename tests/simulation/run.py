"""What is known of a run when it is over: every attempt, every write, every outcome, and what was left behind."""

from __future__ import annotations

from typing import Any

import msgspec

from growthhub_async import Outcome, Summary
from growthhub_async.sandbox import LedgerEntry
from growthhub_async.transport import Failure, Reply
from tests.memory_network import ConnectionTrouble, RequestTrouble
from tests.simulation.plan import Plan, PlannedStream, PlannedUpsert


class SourceBrokeError(Exception):
    """What a source raises."""


class BlockBrokeError(Exception):
    """What is raised in the block of a stream."""


class Attempt(msgspec.Struct):
    """One attempt as it was; all times are the loop's.

    left: when its first byte left, if any did. arrived: when the server began with it. came: the bytes that had come
    before it ended. answer: what the transport said of it; None when it was cancelled.
    """

    number: int
    record: int
    location_id: str
    started: float
    left: float | None = None
    arrived: float | None = None
    entry: int | None = None
    ended: float | None = None
    came: bytes = b""
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

    marks: the records that were told to be about to be sent, and when.
    ended_at: when it was ended before its source, so that nothing more is sent; `at_once` when nothing in flight was
    waited for. read_before_drain: how many were read when it was drained, if it was.
    most_held: the most records that were read and not handed on.
    """

    plan: PlannedStream
    read: list[int] = []
    marks: list[tuple[int, float]] = []
    outcomes: list[Outcome] = []
    summary: Summary | None = None
    entered: bool = False
    ended_at: float | None = None
    at_once: bool = False
    in_flight_at_end: bool = False
    source_raised: bool = False
    read_before_drain: int | None = None
    most_held: int = 0
    raised: list[BaseException] = []

    @property
    def drained(self) -> bool:
        """Whether it was let end with what it had read."""
        return self.read_before_drain is not None


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
