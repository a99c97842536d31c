"""A stream of outcomes to numbers: what failed and why, how fast it goes, how long it will take."""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

from ..outcome import ErrorReason, Outcome, Ref, Summary
from .waits import Waits

_MESSAGES = 20
"""Messages that are told apart for each reason."""
_WINDOW = 10.0
"""Seconds over which the rate is taken: the interval of the API's quota, so that its bursts even out."""


class Failures:
    """What went wrong: for each reason the messages met, how often, and the first record of each."""

    def __init__(self) -> None:
        self.by_reason: dict[ErrorReason, dict[str, Failure]] = {}
        self.first_cancelled: int | None = None
        """The first line of the file whose record was cancelled."""

    def add(self, outcome: Outcome) -> None:
        """Count one outcome, if it is an error; of messages only so many are told apart that memory stays bounded."""
        if outcome.error is None:
            return
        if outcome.error.reason is ErrorReason.CANCELLED and isinstance(outcome.ref, int):
            self.first_cancelled = min(outcome.ref, self.first_cancelled or outcome.ref)
        met = self.by_reason.setdefault(outcome.error.reason, {})
        known = met.get(outcome.error.message)
        if known is not None:
            met[outcome.error.message] = known._replace(records=known.records + 1)
        elif len(met) < _MESSAGES:
            met[outcome.error.message] = Failure(outcome.error.message, 1, outcome.ref)

    def most_frequent(self, reason: ErrorReason, number: int) -> list[Failure]:
        """Return the messages of a reason that were met most often."""
        return sorted(self.by_reason.get(reason, {}).values(), key=lambda failure: -failure.records)[:number]


class Failure(NamedTuple):
    """One message, how many records have it, and the line of the first."""

    message: str
    records: int
    line: Ref


class Rate:
    """Outcomes per second over the last ten seconds."""

    def __init__(self, now: float) -> None:
        self._samples: deque[tuple[float, int]] = deque([(now, 0)])

    def at(self, now: float, done: int) -> float:
        """Take a sample, and return the rate at it."""
        self._samples.append((now, done))
        while len(self._samples) > 2 and self._samples[1][0] <= now - _WINDOW:
            self._samples.popleft()
        since, before = self._samples[0]
        return (done - before) / (now - since) if now > since else 0.0


class Numbers(NamedTuple):
    """A run as it stands: outcomes so far, their rate per second, the share done (0 to 1) and the seconds left.

    `waits` is who has to wait, and until when.
    """

    done: int
    created: int
    updated: int
    error: int
    rate: float
    share: float | None = None
    seconds_left: float | None = None
    waits: Waits | None = None


def numbers(
    summary: Summary,
    rate: float,
    records_read: int,
    share_read: float | None,
    *,
    at_least: float | None = None,
    waits: Waits | None = None,
) -> Numbers:
    """Take stock of a run; how much is left is estimated from the records in the share of the file read so far.

    It takes as long as the rate tells, and `at_least` so many seconds by the quota; while all wait, the rate is no use.
    """
    done = _done(summary)
    now = Numbers(done, summary.created, summary.updated, summary.error, rate, waits=waits)
    total = records_in_file(records_read, share_read, summary)
    if total is None:
        return now
    by_rate = (total - done) / rate if rate and waits is None else None
    known = [seconds for seconds in (by_rate, at_least) if seconds is not None]
    return now._replace(share=done / total, seconds_left=max(known, default=None))


def records_in_file(records_read: int, share_read: float | None, summary: Summary) -> float | None:
    """Estimate how many records a file has by those in the share of it that was read; None when that is not known."""
    if not share_read or not records_read:
        return None
    return max(records_read / share_read, _done(summary))


def _done(summary: Summary) -> int:
    return summary.created + summary.updated + summary.error
