"""What a server counts of a location's requests when nobody else sends any. Pure: the clock is passed in.

Which window the server has, nobody has shown (observed.md, "Limits"). So all three are counted along, by when requests
left: what the server's own counts then contradict, it has not; and what is beyond all that it may have, is others'.
"""

from __future__ import annotations

import math

from .quota_facts import Departure
from .window import DepartureTimes

SLACK = 0.03
"""Share of the limit by which a count may be off all the same: others shift a fixed window, refused may be counted."""


def slack(limit: int) -> float:
    """Tell by how many requests a count may be off: by one at least, for a bucket tells whole tokens."""
    return max(SLACK * limit, 1.0)


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
        self._looked: tuple[float, int, float, float] | None = None
        self._off = 0.0
        self._arrived = 0
        self._expired = 0
        self._surely_in = 0
        self._maybe_in = 0

    def left(self, departures: DepartureTimes, now: float, limit: int, interval: float, margin: float) -> Departure:
        """Count one that leaves now, the last of `departures`; two may be as much nearer there as the margin is."""
        if now >= self._began + interval:
            self._begin(now, departures, interval, margin)
        self._in_window += 1
        if now != self._taken_at:
            self._taken = max(0.0, self._taken - (now - self._taken_at) * limit / interval)
            self._taken_at = now
        self._taken += 1
        if self._looked != (now, limit, interval, margin):
            self._look(departures, now, limit, interval, margin)

        off, number = self._off, departures.number
        less = number - self._arrived + off
        return Departure(
            now,
            number,
            number - self._expired,
            self._arrived - self._surely_in - off,
            number - self._maybe_in,
            self._in_window - less,
            self._in_window + off + (self._late if now > self._over else self._before),
            self._taken - less,
            self._taken + off,
        )

    def _look(self, departures: DepartureTimes, now: float, limit: int, interval: float, margin: float) -> None:
        """Look how many had left when it matters; it is the same for all that leave in one moment."""
        self._off = slack(limit)
        self._arrived = departures.by(now - margin)  # those that left later may come after it
        self._expired = departures.by(now - interval)
        self._surely_in, self._maybe_in = departures.by(now - interval + margin), departures.by(now - interval - margin)
        same_for_the_next = self._arrived < departures.number
        self._looked = (now, limit, interval, margin) if same_for_the_next else None

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
