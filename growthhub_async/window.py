"""The requests that a location's server may be counting now, as far as a client can know. Pure: the clock is passed in.

The server counts a request when it arrives. A place is taken when a request is let go, and counts without end until the
request has left; from then on it is kept for one interval and the margin (`margin.py`). So whatever window the server
has (fixed, sliding, a bucket that refills), it sees no more in it than the quota.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from typing import Final

EXACT: Final = 8_192
"""Moments that are kept each for itself: all of them, but where limits are out of reach."""
RESOLUTION: Final = 1e-4
"""Share of the interval within which those that left are kept together beyond that."""
_MANY = 512
"""Requests that are kept in any case: to forget them one by one would cost more."""


class DepartureTimes:
    """When requests left, all times in seconds; of those that were forgotten, only how many they were.

    `number` is how many have ever left. Those that left in one moment are kept together. Beyond `EXACT` moments so are
    all that left within the resolution after the first of them, as if they had left with the last: they are held to
    have left too late by no more than that, and never too early. So what is kept of 2.5 intervals is bounded, however
    many requests a second leave: by `EXACT` moments and a few hundred, and 25,000 that are a `RESOLUTION` apart.
    """

    __slots__ = ("_began", "_forgotten", "_kept_until", "_numbers", "_times", "number")

    def __init__(self) -> None:
        self.number = 0
        self._times: list[float] = []  # of each moment kept, its end
        self._numbers: list[int] = []  # how many had left by then
        self._began = -math.inf  # when the first of the last moment left
        self._forgotten = 0
        self._kept_until = -math.inf  # what left before that is too little to be forgotten

    def add(self, now: float, resolution: float = 0.0) -> None:
        """Note that one leaves."""
        self.number += 1
        if now == self._began or (len(self._times) > EXACT and now - self._began <= resolution):
            self._times[-1] = now
            self._numbers[-1] = self.number
        else:
            self._times.append(now)
            self._numbers.append(self.number)
            self._began = now

    def by(self, until: float) -> int:
        """Count all that have ever left up to then; of those that are forgotten it is not asked when."""
        moments = bisect_right(self._times, until)
        return self._numbers[moments - 1] if moments else self._forgotten

    def at(self, number: int) -> float:
        """Tell when the one of that number left, counted from 0; it must not be forgotten."""
        return self._times[bisect_right(self._numbers, number)]

    def forget(self, until: float) -> None:
        """Forget the times of those that left up to then, many at once."""
        if until < self._kept_until or self.number - self._forgotten <= _MANY:
            return
        self._kept_until = self.at(self._forgotten + _MANY // 2)
        if self._kept_until <= until:
            moments = bisect_right(self._times, until)
            self._forgotten = self._numbers[moments - 1]
            del self._times[:moments], self._numbers[:moments]
            if not self._times:
                self._began = -math.inf


class BurstWindow:
    """Count places, all times in seconds."""

    def __init__(self, limit: int, interval: float) -> None:
        self.limit = limit
        self.interval = interval
        self.departures = DepartureTimes()
        self.leaving = 0

    def used(self, now: float, margin: float) -> int:
        """Count the places that are taken."""
        return self.leaving + self.departures.number - self.departures.by(now - self.interval - margin)

    def room_at(self, now: float, margin: float, kept: int = 0) -> float | None:
        """Tell when one more may go: `now`, a later time, or None until one that was let go has left.

        `kept` places are not used; one is left to us all the same.
        """
        return self.below_at(max(self.limit - kept, 1), now, margin)

    def below_at(self, places: int, now: float, margin: float) -> float | None:
        """Tell when fewer than so many places are taken: `now`, a later time, or None as in `room_at`."""
        expired = self.departures.by(now - self.interval - margin)
        over = self.leaving + self.departures.number - expired - places
        if over < 0:
            return now
        last = expired + over
        return self.departures.at(last) + self.interval + margin if last < self.departures.number else None

    def passes_at(self, now: float, margin: float) -> float:
        """Tell when a window that the server may have open now has surely passed in part: when a place comes free."""
        oldest = self.departures.by(now - self.interval - margin)
        if oldest == self.departures.number:
            return now + self.interval
        return self.departures.at(oldest) + self.interval + margin

    def take(self) -> None:
        """Let one go."""
        self.leaving += 1

    def left(self, now: float) -> None:
        """Note that one which was let go has left; those of two intervals and a half are remembered."""
        self.leaving -= 1
        self.departures.add(now, RESOLUTION * self.interval)
        self.departures.forget(now - 2.5 * self.interval)

    def give_back(self) -> None:
        """Note that one which was let go will never leave."""
        self.leaving -= 1
