"""How much longer than its interval a place in the window is kept, for a network that delays unevenly.

A place is free for the server one interval after its request arrived; the client knows when it left. If the first
request took long to arrive and the one that takes its place is quick, the two are nearer to each other there than here,
by the difference of their delays. That difference is what the margin has to cover.

It is learnt from the times in which connections are made: each is a way there and a way back, so the slowest of them
less the fastest is twice the difference of two single ways, if the slowest and the fastest possible are among them.
Half of it would do then; the fewer have been made, the more of it is taken. A refusal widens the margin of its
location, and calm narrows it again. It never costs more than a share of the interval: beyond that, a refusal now and
then is cheaper.
"""

from __future__ import annotations

import math
from typing import Final

LEAST = 0.01
"""Seconds, for timers and loops that are late."""
UNKNOWN = 0.25
"""Seconds, as long as too few connections have been made to know better."""
ENOUGH = 25
"""Connections that are enough to know better: of many made at once the first to be there are the fastest."""
REMEMBERED = 600.0
"""Seconds for which a connection counts, and up to as many again."""
MOST: Final = 0.06
"""The share of the interval that a margin may cost."""
CALM = 60.0
"""Seconds in which half of what a refusal added is given up."""


class Connects:
    """The connections made in some time. All count: of many made at once, the last to be there are the slowest."""

    def __init__(self) -> None:
        self.made = 0
        self.fastest = math.inf
        self.slowest = -math.inf

    def add(self, seconds: float) -> None:
        """Count one more."""
        self.made += 1
        self.fastest = min(self.fastest, seconds)
        self.slowest = max(self.slowest, seconds)


class Jitter:
    """How unevenly the network to one server delays, as far as connections tell; the clock is passed in, in seconds."""

    def __init__(self) -> None:
        self.spread = UNKNOWN
        self._now = Connects()
        self._before = Connects()
        self._since = 0.0

    def connected(self, seconds: float, now: float) -> None:
        """Learn from the making of a connection, which took so long."""
        if now - self._since > REMEMBERED:
            self._now, self._before, self._since = Connects(), self._now, now
        self._now.add(seconds)
        trips = max(self._now.slowest, self._before.slowest) - min(self._now.fastest, self._before.fastest)
        made = self._now.made + self._before.made
        self.spread = trips * min(1.0, 0.5 + 1.5 / math.sqrt(made)) if made >= ENOUGH else max(trips, UNKNOWN)


class Margin:
    """The margin of one location; what it was refused widens no other's."""

    def __init__(self, jitter: Jitter) -> None:
        self._jitter = jitter
        self._added = 0.0
        self._refused_at = 0.0
        self._spread = self._interval = self._seconds = -1.0  # what was told last, and of what

    def refused(self, now: float) -> None:
        """Learn from a request that was refused although it kept the quota: be twice as careful."""
        self._added = self._added_at(now) + max(self._jitter.spread, LEAST)
        self._refused_at = now

    def seconds(self, now: float, interval: float) -> float:
        """Tell the margin for an interval."""
        spread = self._jitter.spread
        if self._added or spread != self._spread or interval != self._interval:
            self._spread, self._interval = spread, interval
            self._seconds = min(max(spread + self._added_at(now), LEAST), MOST * interval)
        return self._seconds

    def covers(self, interval: float) -> bool:
        """Tell whether all the unevenness of the network that is known of is within what the margin may cost."""
        return self._jitter.spread <= MOST * interval

    def _added_at(self, now: float) -> float:
        return self._added * 0.5 ** ((now - self._refused_at) / CALM) if self._added else 0.0
