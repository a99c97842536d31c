"""Rate windows: pure state machines that take the time, in seconds, as an argument.

Time must not run backwards. `remaining` and `wait` only look; `count` takes one request into account.
"""

from collections import deque
from typing import Protocol


class Window(Protocol):
    """What a quota needs of a window, whatever its kind."""

    def remaining(self, now: float) -> int:
        """Return how many more requests would be admitted at this moment."""
        ...

    def wait(self, now: float) -> float:
        """Return the seconds until a request is admitted, if none is counted in between; 0 when one is now."""
        ...

    def count(self, now: float) -> None:
        """Take one request into account, admitted or not."""
        ...


class FixedWindow:
    """At most `limit` requests between the first request of a window and its end `interval` seconds later."""

    def __init__(self, limit: int, interval: float) -> None:
        self._limit = limit
        self._interval = interval
        self._ends = float("-inf")
        self._used = 0

    def used(self, now: float) -> int:
        """Return how many requests the window open at this moment has counted."""
        return self._used if now < self._ends else 0

    def resets_in(self, now: float) -> float:
        """Return the seconds until the open window ends; a whole interval when none is open."""
        return self._ends - now if now < self._ends else self._interval

    def remaining(self, now: float) -> int:
        return max(0, self._limit - self.used(now))

    def wait(self, now: float) -> float:
        return 0.0 if self.remaining(now) else self._ends - now

    def count(self, now: float) -> None:
        if now >= self._ends:
            self._ends = now + self._interval
            self._used = 0
        self._used += 1


class SlidingWindow:
    """At most `limit` requests in any `interval` seconds."""

    def __init__(self, limit: int, interval: float) -> None:
        self._limit = limit
        self._interval = interval
        self._times: deque[float] = deque()

    def remaining(self, now: float) -> int:
        while self._times and self._times[0] + self._interval <= now:
            self._times.popleft()
        return max(0, self._limit - len(self._times))

    def wait(self, now: float) -> float:
        if self.remaining(now):
            return 0.0
        return self._times[-self._limit] + self._interval - now

    def count(self, now: float) -> None:
        self._times.append(now)


class TokenBucket:
    """A bucket of `limit` tokens, full at first, that takes `interval` seconds to fill; a request takes one."""

    def __init__(self, limit: int, interval: float) -> None:
        self._limit = limit
        self._rate = limit / interval
        self._tokens = float(limit)
        self._filled_at: float | None = None

    def remaining(self, now: float) -> int:
        self._refill(now)
        # A rounding error must not keep the token of a caller who waited exactly as long as told.
        return int(self._tokens + 1e-9)

    def wait(self, now: float) -> float:
        return 0.0 if self.remaining(now) else (1.0 - self._tokens) / self._rate

    def count(self, now: float) -> None:
        self._refill(now)
        self._tokens = max(0.0, self._tokens - 1.0)

    def _refill(self, now: float) -> None:
        if self._filled_at is not None:
            self._tokens = min(self._limit, self._tokens + (now - self._filled_at) * self._rate)
        self._filled_at = now
