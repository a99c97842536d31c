"""A job as it goes, in numbers: how fast it is, how long it will take."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import NamedTuple

from ..importer import Counts
from .waits import Waits

_WINDOW = 10.0
"""Seconds over which the rate is taken: the interval of the API's quota, so that its bursts even out."""


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
    """A job as it stands: its records, how many settle per second and how many the quotas allow, and the seconds left.

    `waits` is who has to wait, and until when; `unsent` what is left of each location.
    """

    counts: Counts
    rate: float
    allowed: float
    seconds_left: float | None = None
    waits: Waits | None = None
    unsent: Mapping[str, int] = {}

    @property
    def done(self) -> int:
        """How many records are settled, duplicates included."""
        return self.counts.read - self.counts.unsent

    @property
    def share(self) -> float:
        """Which share of the records is settled, 0 to 1."""
        return self.done / self.counts.read if self.counts.read else 1.0


def numbers(
    counts: Counts,
    rate: float,
    *,
    allowed: float,
    at_least: float | None = None,
    waits: Waits | None = None,
    unsent: Mapping[str, int],
) -> Numbers:
    """Take stock of a job.

    The rest takes as long as the rate tells, and `at_least` so many seconds by the quotas; while all wait, the rate is
    no use.
    """
    by_rate = counts.unsent / rate if rate and waits is None else None
    known = [seconds for seconds in (by_rate, at_least) if seconds is not None]
    return Numbers(counts, rate, allowed, max(known, default=None), waits, unsent)
