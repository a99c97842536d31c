"""What other programs spend of a location's quota, as far as the server's counts tell. Pure: the clock is passed in.

A reply says how many requests the server had counted when its own arrived. What is beyond those that this client can
have sent by then is others'. Requests overtake each other, so most replies prove too little; the most that any proved
within an interval is held to be the others' spending. How much that has changed since is not known: the older the
newest reply, the more room is left to them.
"""

from __future__ import annotations

import math
from collections import deque

CAUTION = 1.2
"""How many standard deviations of the others' spending, since the newest reply, are left to them."""
FORGOTTEN = 3
"""Intervals after which others that were not noticed again are held to be gone."""


class Others:
    """The spending of others in the windows of one location."""

    def __init__(self) -> None:
        self._proved: deque[tuple[float, int]] = deque()
        self._noticed_at = -math.inf
        self._newest = -math.inf

    def proved(self, count: int, left_at: float, now: float, interval: float) -> None:
        """Note that the reply to a request which left then proves `count` requests of others, or none at all."""
        self._newest = max(self._newest, left_at)
        if count > 0:
            self._noticed_at = now
        while self._proved and self._proved[-1][1] <= count:
            self._proved.pop()  # what came before and proved no more will never be the most again
        self._proved.append((now, count))
        while self._proved[0][0] < now - interval:
            self._proved.popleft()

    def room(self, now: float, interval: float) -> int:
        """Tell how many places are to be left to others."""
        if now - self._noticed_at > FORGOTTEN * interval:
            return 0
        spending = max(0, self._proved[0][1])
        age = min(now - self._newest, interval)
        drift = math.sqrt(2 * max(spending, 1) * age / interval)
        return spending + math.ceil(CAUTION * drift)
