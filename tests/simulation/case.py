"""A run, sorted by what it is asked for, and what its replies say.

What a reply says is read here once more, from observed.md, and not asked of the client.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from email.utils import parsedate_to_datetime

import msgspec

from growthhub_async import (
    Outcome,
    OutcomeError,
)
from growthhub_async.sandbox.phones import to_e164
from growthhub_async.sandbox.store import email_key, phone_key
from growthhub_async.transport import Reply
from tests.simulation.plan import Plan, PlannedRecord
from tests.simulation.run import Attempt, Run, Write

MOMENT = 1e-3
"""Seconds by which two times may differ that are meant to be one: timers are late, a task runs a step later."""
LONGEST_PAUSE = 600.0
"""Seconds: a server that asks for more is not waited for by the record, and by the location only as settings say."""
LONGEST_WAIT = 86_400.0
"""Seconds: for as long everybody waits for a location that refuses everything."""
TRIAL_LIMIT = 25
"""Requests that a client may send before it knows what a location allows (observed.md, "Limits")."""
REFUSALS = 3
"""Refusals of the token, the location or the client in a row after which no more need be sent."""
ASK_AGAIN = 30.0
"""Seconds after which one request may ask whether a person has mended that."""
AT_WORK = 3.0
"""Seconds from when it left for which a client has to expect that a request which it heard nothing of is worked on."""


class Case:
    """A run, sorted by what it is asked for."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.plan = run.plan
        self.records = run.plan.records()
        self.place = {number: place for place, number in enumerate(run.order)}
        self.attempts: dict[int, list[Attempt]] = defaultdict(list)
        for attempt in run.attempts:
            self.attempts[attempt.record].append(attempt)
        self.writes: dict[int, list[Write]] = defaultdict(list)
        for write in run.writes:
            self.writes[run.attempts[write.attempt].record].append(write)
        self.stream_of = {number: stream for stream in run.streams for number in stream.read}
        self.outcomes: dict[int, Outcome] = {}
        for outcome in (outcome for stream in run.streams for outcome in stream.outcomes):
            self.outcomes[number_of(outcome)] = outcome
        for upsert in run.upserts:
            if upsert.outcome is not None:
                self.outcomes[upsert.plan.record.number] = upsert.outcome
        self.keys = {number: keys_of(record, run.plan) for number, record in self.records.items()}

    def errors(self) -> Iterator[tuple[int, OutcomeError]]:
        """Give the records that are errors."""
        for number, outcome in self.outcomes.items():
            if outcome.error is not None:
                yield number, outcome.error

    def by_key(self) -> Iterator[list[int]]:
        """Give the records that share an email or phone, in the order they were handed to the client."""
        sharing: dict[str, list[int]] = defaultdict(list)
        for number in self.run.order:
            for key in self.keys[number]:
                sharing[key].append(number)
        yield from sharing.values()

    def is_late(self, write: Write) -> bool:
        """Tell whether the client had given the attempt up when the server wrote, and could not have waited for it."""
        attempt = self.run.attempts[write.attempt]
        assert attempt.left is not None
        return write.at > max(end_of(attempt), attempt.left + AT_WORK) + MOMENT


def keys_of(record: PlannedRecord, plan: Plan) -> tuple[str, ...]:
    """Name what the server may match a record by."""
    location = plan.location(record.location_id)
    keys = []
    if record.email:
        keys.append(email_key(record.email.strip()))
    if record.phone and location:
        keys.append(phone_key(str(to_e164(record.phone, location.country))))
    return tuple(f"{record.location_id} {key}" for key in keys)


def surely_unwritten(attempt: Attempt) -> bool:
    """Tell whether a client may know of an attempt that nothing was written (observed.md, "Errors")."""
    if attempt.left is None:
        return True
    if not isinstance(attempt.answer, Reply):
        return False
    status, body = attempt.answer.status, attempt.answer.body
    if status in (401, 403) and not _is_json(body):
        return b"error code: 1010" in body  # the API says why; an edge's page says nothing of what was done before it
    if status == 401:
        return b"Command timed out" not in body
    if status == 400:
        return b"Error occurred while searching for contact" not in body
    return 300 <= status < 500 and status != 408


def _is_json(body: bytes) -> bool:
    try:
        msgspec.json.decode(body)
    except msgspec.DecodeError:
        return False
    return True


def is_refused_by_rule(attempt: Attempt) -> bool:
    """Tell whether the server said no, and will again."""
    status = status_of(attempt)
    return status is not None and 300 <= status < 500 and status != 429 and surely_unwritten(attempt)


def wait_asked(attempt: Attempt) -> float | None:
    """Tell for how many seconds a reply asks to wait."""
    if not isinstance(attempt.answer, Reply):
        return None
    headers = attempt.answer.headers
    asked = headers.get("retry-after", "")
    if asked.isdigit():
        return float(asked)
    try:
        until, said = parsedate_to_datetime(asked), parsedate_to_datetime(headers["date"])
    except (ValueError, KeyError):
        return None
    return (until - said).total_seconds()


def number_of(outcome: Outcome) -> int:
    assert isinstance(outcome.ref, int)
    return outcome.ref


def end_of(attempt: Attempt) -> float:
    assert attempt.ended is not None
    return attempt.ended


def status_of(attempt: Attempt) -> int | None:
    return attempt.answer.status if isinstance(attempt.answer, Reply) else None
