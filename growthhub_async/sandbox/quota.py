"""A location's quota: the burst and the day together decide on a request, and the headers tell how much is left."""

from collections.abc import Callable, Mapping
from math import ceil
from types import MappingProxyType

from msgspec import Struct

from growthhub_async.sandbox.limits import Limits
from growthhub_async.sandbox.windows import FixedWindow, SlidingWindow, TokenBucket, Window

DAY = 86_400.0
_WINDOWS: Mapping[str, Callable[[int, float], Window]] = MappingProxyType(
    {"fixed": FixedWindow, "sliding": SlidingWindow, "token_bucket": TokenBucket}
)


class Decision(Struct, frozen=True):
    """What the quota says to one request: admitted or not, what is left afterwards, and seconds to wait if refused."""

    admitted: bool
    remaining: int
    day_remaining: int
    day_resets_in: float
    wait: float


class Quota:
    """Keep the limits of one location. The day is a window of 24 hours that begins with its first request."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        room = limits.requests_per_interval - limits.others_per_interval
        self._burst: Window = _WINDOWS[limits.window](room, limits.interval)
        self._day = FixedWindow(limits.requests_per_day, DAY)

    def day_used(self, now: float) -> int:
        """Return how many requests of the current day have been counted."""
        return self._day.used(now)

    def admit(self, now: float) -> Decision:
        """Decide on a request that arrives now, and count it; a refused one only if the limits say so."""
        wait = max(self._burst.wait(now), self._day.wait(now))
        admitted = wait == 0.0
        if admitted or self._limits.count_refused:
            self._burst.count(now)
            self._day.count(now)
        return Decision(
            admitted=admitted,
            remaining=self._burst.remaining(now),
            day_remaining=self._day.remaining(now),
            day_resets_in=self._day.resets_in(now),
            wait=wait,
        )


def rate_headers(limits: Limits, decision: Decision) -> Mapping[str, str]:
    """Return the rate headers of a response, spelt as the API spells them (observed.md, "Limits")."""
    headers: dict[str, str] = {}
    if limits.rate_headers:
        headers = {
            "X-RateLimit-Max": str(limits.requests_per_interval),
            "X-RateLimit-Remaining": str(decision.remaining),
            "X-RateLimit-Interval-Milliseconds": str(round(limits.interval * 1000)),
            "X-RateLimit-Limit-Daily": str(limits.requests_per_day),
            "X-RateLimit-Daily-Remaining": str(decision.day_remaining),
        }
    if limits.day_reset_header:
        headers["x-ratelimit-daily-reset"] = str(ceil(decision.day_resets_in * 1000))
    return headers
