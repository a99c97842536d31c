"""What a server counts of a location's requests when nobody else sends any. Pure: the clock is passed in.

Which window the server has, nobody has shown (observed.md, "Limits"). So all three are counted along, by when requests
left: what the server's own counts then contradict, it has not; and what is beyond all that it may have, is others'.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from .window import DepartureTimes

SLACK = 0.03
"""Share of the limit by which a count may be off all the same: others shift a fixed window, refused may be counted."""


def slack(limit: int) -> float:
    """Tell by how many requests a count may be off: by one at least, for a bucket tells whole tokens."""
    return max(SLACK * limit, 1.0)


class Bounds(NamedTuple):
    """The least and the most that a server counts when a request arrives, that one included."""

    least: float
    most: float


class Expected(NamedTuple):
    """What each kind of window counts if it serves nobody else."""

    sliding: Bounds
    fixed: Bounds
    bucket: Bounds


class Departure(NamedTuple):
    """One request that has left.

    at: when; number: the how manieth of its location; held: how many had left within an interval by then, itself
    included; expected: what the server counts when it arrives.
    """

    at: float
    number: int
    held: int
    expected: Expected


class ServerModels:
    """Count along; a fixed window begins with its first request, a bucket is full at first."""

    def __init__(self) -> None:
        self._began = -math.inf
        self._in_window = 0
        self._late = 0
        self._before = 0
        self._over = -math.inf
        self._taken = 0.0
        self._taken_at = 0.0

    def left(self, departures: DepartureTimes, now: float, limit: int, interval: float, margin: float) -> Departure:
        """Count one that leaves now, the last of `departures`; two may be as much nearer there as the margin is."""
        if now >= self._began + interval:
            self._begin(now, departures, interval, margin)
        self._in_window += 1
        self._taken = max(0.0, self._taken - (now - self._taken_at) * limit / interval) + 1
        self._taken_at = now

        off = slack(limit)
        number, arrived = departures.number, departures.by(now - margin)  # those that left later may come after it
        less = number - arrived + off
        surely_in, maybe_in = departures.by(now - interval + margin), departures.by(now - interval - margin)
        expected = Expected(
            Bounds(arrived - surely_in - off, number - maybe_in),
            Bounds(self._in_window - less, self._in_window + off + (self._late if now > self._over else self._before)),
            Bounds(self._taken - less, self._taken + off),
        )
        return Departure(now, number, number - departures.by(now - interval), expected)

    def _begin(self, now: float, departures: DepartureTimes, interval: float, margin: float) -> None:
        """Begin a window anew; the server may have done so with what left last, or not have done so yet."""
        ended = self._began + interval
        self._late = departures.by(ended) - departures.by(ended - margin)
        self._before = self._in_window
        self._over = ended + margin
        self._began, self._in_window = now, 0

    def adopt_bucket(self, taken: float, now: float) -> None:
        """Take over what is gone from a bucket of which others have taken too: it is not held against them for ever."""
        self._taken, self._taken_at = taken, now

    def adopt_window(self, began: float, in_window: int) -> None:
        """Take over when a fixed window began, which others may have done, and what of ours is in it."""
        self._began, self._in_window = began, in_window
