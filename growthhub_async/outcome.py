"""What goes in and what comes out: a `Record` is read, an `Outcome` is yielded, a `Summary` counts them.

A record's trouble is a value, never an exception: it is in `Outcome.error`. No repr here shows contact data.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import msgspec

from .contact import Contact
from .private import Private
from .reply import StoredContact

Ref = str | int | None
"""The caller's own name for a record: a key, a line number; it is handed back untouched."""


class Problem(msgspec.Struct, frozen=True):
    """One thing that is wrong with a record: `field: what is wrong and what would be right`."""

    field: str
    message: str

    def __str__(self) -> str:
        return f"{self.field}: {self.message}"


class Record(Private, frozen=True, kw_only=True):
    """A contact with what the caller wants to know it by.

    `location_id` overrides the client's own. `problems` are those its maker has found already: a record that has any
    settles as `invalid` and costs no request.

    `unheard_since` is when an attempt of an earlier run left that was not heard of, in Unix time in seconds: the record
    may have been written. It is sent if that does no harm, once the server cannot be at work on that attempt any more;
    else it is `in_doubt`, and costs no request.
    """

    contact: Contact
    ref: Ref = None
    location_id: str | None = None
    problems: tuple[Problem, ...] = ()
    unheard_since: float | None = None

    def _shown(self) -> list[tuple[str, object]]:
        return [("contact", self.contact)]


class Status(StrEnum):
    """How a record settled."""

    CREATED = "created"
    UPDATED = "updated"
    ERROR = "error"


class ErrorReason(StrEnum):
    """Why a record settled as an error.

    invalid         it is wrong in itself and was never sent
    rejected        the server said no by rule
    unauthorized    the token, its scope or its locations were refused
    exhausted       attempts or deadline were spent; it was surely not written
    in_doubt        it may have been written: an attempt's fate is unknown, and repeating it was not safe or no help
    cancelled       the run ended first; it was surely not written
    drift           it was written, but not as it was sent, and that is an error with `strict`; see `Outcome.dropped`
    """

    INVALID = "invalid"
    REJECTED = "rejected"
    UNAUTHORIZED = "unauthorized"
    EXHAUSTED = "exhausted"
    IN_DOUBT = "in_doubt"
    CANCELLED = "cancelled"
    DRIFT = "drift"


class OutcomeError(Private, frozen=True, kw_only=True):
    """Why a record is an error; `retryable` when sending the same record again later can help and does no harm."""

    reason: ErrorReason
    message: str
    retryable: bool
    problems: tuple[Problem, ...] = ()

    def __str__(self) -> str:
        return f"{self.reason}: {self.message}"

    def _shown(self) -> list[tuple[str, object]]:
        return [("reason", self.reason.value), ("retryable", self.retryable)]


class Dropped(Private, frozen=True, kw_only=True):
    """One thing that was sent and that the server did not take, under a success."""

    field: str
    sent: Any
    kept: Any

    def _shown(self) -> list[tuple[str, object]]:
        return [("field", self.field)]


class Attempt(Private, frozen=True, kw_only=True):
    """What was done about a record in one attempt, and what was decided then; told with `keep_history`.

    The last one may be a wait that came to no attempt. Times are in seconds.

    number              1 for the first
    waited_for_turn     behind records of the same email or phone, and its own attempt of an earlier run; of the first
    waited_for_quota    for a token that is known and a place in the location's quota
    left_at             Unix time at which the request left; None when it never did
    duration            from then to its end; 0 when it never left
    http_status         that of the reply, also of one that did not come whole
    headers             those of the reply, by names in lower case, without set-cookie; None when no reply came
    failure             how it ended without a whole reply
    decision            what follows from it, in words that may quote the server: "created", "again in 1.31 s: 503 ..."
    again_after         until the next attempt may be made; None when the record settled
    """

    number: int
    waited_for_turn: float = 0.0
    waited_for_quota: float = 0.0
    left_at: float | None = None
    duration: float = 0.0
    http_status: int | None = None
    headers: dict[str, str] | None = None
    failure: str | None = None
    decision: str
    again_after: float | None = None

    def _shown(self) -> list[tuple[str, object]]:
        return [("number", self.number), ("left_at", self.left_at), ("http_status", self.http_status)]


class Outcome(Private, frozen=True, kw_only=True):
    """How one record settled: exactly one for every record read.

    `position` counts the records from 0 as they are read, of all sources. `attempts` is the number of requests made,
    one that could not leave included; `http_status` and `trace_id` are those of the last reply. `duration` is in
    seconds, from the reading of the record to its settling. `contact` is what the server says it keeps, `dropped` what
    of the record it did not take.

    `inferred` when the status is not the server's word: an earlier attempt may have been written and its reply lost, so
    a contact that the server calls updated is told as created if it was added since that attempt left.

    `history` is what was done about the record, attempt by attempt, with `keep_history`.
    """

    position: int
    status: Status
    ref: Ref = None
    location_id: str | None = None
    contact_id: str | None = None
    contact: StoredContact | None = None
    inferred: bool = False
    dropped: tuple[Dropped, ...] = ()
    attempts: int = 0
    http_status: int | None = None
    trace_id: str | None = None
    duration: float = 0.0
    error: OutcomeError | None = None
    history: tuple[Attempt, ...] = ()

    def _shown(self) -> list[tuple[str, object]]:
        reason = self.error.reason.value if self.error else None
        return [("position", self.position), ("status", self.status.value), ("reason", reason)]


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """The numbers of a run; `read == created + updated + error` once every record has settled.

    `inferred` counts the outcomes whose status was inferred, `dropped` the records that the server did not take whole,
    and `dropped_by_field` the fields it did not take.
    """

    read: int = 0
    created: int = 0
    updated: int = 0
    error: int = 0
    requests: int = 0
    inferred: int = 0
    dropped: int = 0
    dropped_by_field: dict[str, int] = {}
    errors_by_reason: dict[ErrorReason, int] = {}
