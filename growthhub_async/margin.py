"""How much longer than its interval a place in the window is kept, for a network that delays unevenly.

A place is free for the server one interval after its request arrived; the client knows when it left. If the first
request took long to arrive and the one that takes its place is quick, the two are nearer to each other there than here,
by the difference of their delays. That difference is what the margin has to cover.

It is learnt from the times in which connections are made: each is a way there and a way back, so the slowest of them
less the fastest is twice the difference of two single ways, if the slowest and the fastest possible are among them.
Half of it would do then; the fewer have been made, the more of it is taken. A refusal widens the margin, and calm
narrows it again. It never costs more than a share of the interval: beyond that, a refusal now and then is cheaper.
"""

from __future__ import annotations

import math
from collections import deque

LEAST = 0.01
"""Seconds, for timers and loops that are late."""
UNKNOWN = 0.25
"""Seconds, as long as too few connections have been made to know better."""
ENOUGH = 8
"""Connections that are enough to know better."""
MOST = 0.06
"""The share of the interval that a margin may cost."""
CALM = 60.0
"""Seconds in which half of what a refusal added is given up."""


class Margin:
    """The margin of one server's network; the clock is passed in, in seconds."""

    def __init__(self) -> None:
        self._connects: deque[float] = deque(maxlen=100)
        self._spread = UNKNOWN
        self._added = 0.0
        self._refused_at = 0.0

    def connected(self, seconds: float) -> None:
        """Learn from the making of a connection."""
        self._connects.append(seconds)
        trips = max(self._connects) - min(self._connects)
        made = len(self._connects)
        self._spread = trips * min(1.0, 0.5 + 2 / math.sqrt(made)) if made >= ENOUGH else max(trips, UNKNOWN)

    def refused(self, now: float) -> None:
        """Learn from a request that was refused although it kept the quota: be twice as careful."""
        self._added = self._added_at(now) + max(self._spread, LEAST)
        self._refused_at = now

    def seconds(self, now: float, interval: float) -> float:
        """Tell the margin for an interval."""
        return min(max(self._spread + self._added_at(now), LEAST), MOST * interval)

    def covers(self, interval: float) -> bool:
        """Tell whether all the unevenness of the network that is known of is within what the margin may cost."""
        return self._spread <= MOST * interval

    def _added_at(self, now: float) -> float:
        return self._added * 0.5 ** ((now - self._refused_at) / CALM) if self._added else 0.0
