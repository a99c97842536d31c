"""The requests that a location's server may be counting now, as far as a client can know. Pure: the clock is passed in.

The server counts a request when it arrives. A place is taken when a request is let go, and counts without end until the
request has left; from then on it is kept for one interval and the margin (`margin.py`). So whatever window the server
has (fixed, sliding, a bucket that refills), it sees no more in it than the quota.
"""

from __future__ import annotations

from bisect import bisect_right


class DepartureTimes:
    """When requests left, all times in seconds; of those that were forgotten, only how many they were.

    `number` is how many have ever left.
    """

    __slots__ = ("_first", "_times", "number")

    def __init__(self) -> None:
        self.number = 0
        self._times: list[float] = []
        self._first = 0  # the number of the first in the list, counted from 0

    def add(self, now: float) -> None:
        """Note that one leaves."""
        self._times.append(now)
        self.number += 1

    def by(self, until: float) -> int:
        """Count all that have ever left up to then; of those that are forgotten it is not asked when."""
        return self._first + bisect_right(self._times, until)

    def at(self, number: int) -> float:
        """Tell when the one of that number left, counted from 0; it must not be forgotten."""
        return self._times[number - self._first]

    def forget(self, until: float) -> None:
        """Forget the times of those that left up to then, many at once."""
        if len(self._times) > _MANY and self._times[_MANY // 2] <= until:
            gone = bisect_right(self._times, until)
            del self._times[:gone]
            self._first += gone


_MANY = 512
"""Times that are kept in any case: to forget them one by one would cost more."""


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
        self.departures.add(now)
        self.departures.forget(now - 2.5 * self.interval)

    def give_back(self) -> None:
        """Note that one which was let go will never leave."""
        self.leaving -= 1
