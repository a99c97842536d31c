"""The requests that a location's server may be counting now, as far as a client can know. Pure: the clock is passed in.

The server counts a request when it arrives. A place is taken when a request is let go, and counts without end until the
request has left; from then on it is kept for one interval and the margin (`margin.py`). So whatever window the server
has (fixed, sliding, a bucket that refills), it sees no more in it than the quota.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque


class BurstWindow:
    """Count places, all times in seconds."""

    def __init__(self, limit: int, interval: float) -> None:
        self.limit = limit
        self.interval = interval
        self.departed = 0
        self._leaving = 0
        self._left: deque[float] = deque()

    def used(self, now: float, margin: float) -> int:
        """Count the places that are taken."""
        self._forget(now, margin)
        return self._leaving + len(self._left)

    @property
    def counted(self) -> int:
        """How many that have left may still count."""
        return len(self._left)

    def room_at(self, now: float, margin: float, kept: int = 0) -> float | None:
        """Tell when one more may go: `now`, a later time, or None until one that was let go has left.

        `kept` places are not used; one is left to us all the same.
        """
        self._forget(now, margin)
        over = self._leaving + len(self._left) - max(self.limit - kept, 1)
        if over < 0:
            return now
        return self._left[over] + self.interval + margin if over < len(self._left) else None

    def departed_by(self, until: float) -> int:
        """Count all that have ever left up to then; of those that no longer count, it is not asked when."""
        return self.departed - len(self._left) + bisect_right(self._left, until)

    def passes_at(self, now: float, margin: float) -> float:
        """Tell when a window that the server may have open now has surely passed in part: when a place comes free."""
        self._forget(now, margin)
        return self._left[0] + self.interval + margin if self._left else now + self.interval

    def take(self) -> None:
        """Let one go."""
        self._leaving += 1

    def left(self, now: float) -> None:
        """Note that one which was let go has left."""
        self._leaving -= 1
        self._left.append(now)
        self.departed += 1

    def give_back(self) -> None:
        """Note that one which was let go will never leave."""
        self._leaving -= 1

    def _forget(self, now: float, margin: float) -> None:
        expired = now - self.interval - margin
        while self._left and self._left[0] <= expired:
            self._left.popleft()
