"""What other programs spend of a location's quota, as far as the server's counts tell. Pure: the clock is passed in.

A reply says how many requests the server had counted when its own arrived. What is beyond those that this client had
sent by then is others'. Requests overtake each other, and a busy program sends later than it knows: so others are held
to be there only when the count is beyond all that has been sent up to the reply. Once they are, the most that a reply
makes likely within an interval is held to be their spending. How much that has changed since is not known: the older
the newest reply, the more room is left to them.
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
        self._likely: deque[tuple[float, int]] = deque()
        self._noticed_at = -math.inf
        self._newest = -math.inf

    def counted(self, likely: int, surely: int, left_at: float, now: float, interval: float) -> None:
        """Note that by the reply to a request which left then so many requests are others', or none at all."""
        self._newest = max(self._newest, left_at)
        if surely > 0:
            self._noticed_at = now
        while self._likely and self._likely[-1][1] <= likely:
            self._likely.pop()  # what came before and was no more will never be the most again
        self._likely.append((now, likely))
        while self._likely[0][0] < now - interval:
            self._likely.popleft()

    def room(self, now: float, interval: float) -> int:
        """Tell how many places are to be left to others."""
        if now - self._noticed_at > FORGOTTEN * interval:
            return 0
        spending = max(0, self._likely[0][1])
        age = min(now - self._newest, interval)
        drift = math.sqrt(2 * max(spending, 1) * age / interval)
        return spending + math.ceil(CAUTION * drift)
