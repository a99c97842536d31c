"""The day's quota of a location (observed.md, "Limits"). Pure: the clock is passed in, all times are in seconds.

Two counts are kept, and the one that leaves less decides. Our own: what was let go since the day began, which is
enough when the server says nothing and its day begins with our first request. The server's: what it says is left, less
all that is under way or was never heard of again, for nobody knows whether it has counted that. Within a day what is
left only falls, so the lowest that was heard counts, unless a request that left after it had been heard tells of more:
then the day has begun anew.

A day is spent until the server's reset, else until a day after our first request; a server that says that nothing is
left, and not until when, is asked again by one request now and then. The first of a new day goes alone, and the rest
when it was heard: who is wrong about the reset is refused once, and waits twice as long before he asks again.
"""

from __future__ import annotations

import math
from typing import Final

from .quota_facts import RateHeaders
from .settings import reserved

DAY: Final = 86_400.0
LATE: Final = 10.0
"""Seconds that our own day is longer than the server's: it begins when the first request arrives. What goes in them may
belong to the server's next day, and counts in ours."""
ASK_AGAIN = 600.0
"""Seconds after which a server that did not say when the day begins anew is asked."""
AT_LEAST = 10.0
"""Seconds that a refused day is waited for at least, twice as many each time it is refused again."""


class Day:
    """Count one location's day; `reserve` is the share of it that is left to other programs."""

    def __init__(self, limit: int, reserve: float = 0.0) -> None:
        self._most = limit
        self._reserve = reserve
        self._limit = self._kept = self._ours = 0
        self._allow(limit)
        self._sent = 0
        self._sent_late = 0
        self._ends = math.inf
        self._told: int | None = None
        self._lost = 0
        self._lost_at = -math.inf
        self._heard_at = -math.inf
        self._began_at = -math.inf
        self._spent_until = -math.inf
        self._alone = False
        self._refusals = 0

    @property
    def limit(self) -> int:
        """The requests that a day allows, as far as is known."""
        return self._limit

    @property
    def ours(self) -> int:
        """Those of them that are not kept for others."""
        return self._ours

    def used(self, now: float) -> int:
        """Count the requests of the day, all programs' where the server tells of them."""
        self._pass(now)
        remaining = self._remaining
        return max(self._sent, 0 if remaining is None else self._limit - remaining)

    def left(self, now: float) -> int:
        """Count the requests that this client may still send today."""
        return max(0, self._ours - self.used(now))

    def ends_in(self, now: float) -> float:
        """Tell in how many seconds the day ends; one that has not begun lasts a whole day."""
        self._pass(now)
        return DAY if self._ends == math.inf else self._ends - now

    def spent_until(self, now: float) -> float:
        """Tell until when the day is spent; a time that is past when it is not."""
        self._pass(now)
        return max(self._ends, self._spent_until) if self._sent >= self._ours else self._spent_until

    def free_at(self, now: float, under_way: int) -> float | None:
        """Tell when one more may go: `now`, a later time, or None when a reply to what is under way has to tell."""
        spent_until = self.spent_until(now)
        if spent_until > now:
            return spent_until
        if self._alone:
            return None if under_way else now
        remaining = self._remaining
        if remaining is not None and remaining - self._kept <= under_way:
            return None if under_way else now
        return now

    def surely_free(self, now: float, under_way: int) -> bool:
        """Tell whether one more may go at once, for next to nothing: False says no more than that `free_at` knows."""
        return (
            now < self._ends
            and self._spent_until == -math.inf
            and self._sent < self._ours
            and not self._alone
            and (self._told is None or self._told - self._lost - self._kept > under_way)
        )

    def take(self, now: float) -> None:
        """Let one go."""
        self._pass(now)
        if self._ends == math.inf:
            self._ends = now + DAY + LATE
        self._sent += 1
        if now >= self._ends - LATE:
            self._sent_late += 1

    def give_back(self) -> None:
        """Note that one which was let go will never leave."""
        self._sent = max(0, self._sent - 1)

    def unheard(self, now: float) -> None:
        """Note that a request which left tells nothing: the server may have counted it."""
        self._lost += 1
        self._lost_at = now

    def heard(
        self,
        headers: RateHeaders,
        departed_at: float,
        now: float,
        *,
        refused: bool = False,
        retry_after: float | None = None,
    ) -> None:
        """Learn from the reply to a request that left then; one that is refused may say when to come again."""
        self._pass(now)
        if not refused:
            self._refusals = 0
        if departed_at < self._began_at:
            return  # it tells of the day before
        self._alone = False
        remaining = headers.daily_remaining
        if remaining is None:
            self.unheard(now)
            return
        if self._told is not None and remaining > self._told:
            if departed_at < self._heard_at:
                return  # overtaken by one that knew more
            if self._limit - remaining < self._sent / 2:  # the day has begun anew, with this one or others before it
                self._sent, self._ends = 1, departed_at + DAY + LATE
        self._told = remaining
        self._heard_at = now
        if departed_at >= self._lost_at:
            self._lost = 0  # they are counted in it
        if headers.daily_limit is not None and headers.daily_limit >= self._sent:  # else it is contradicted
            self._allow(headers.daily_limit)
        if headers.daily_reset:  # a day that ends now is another that begins, or none
            self._ends = now + headers.daily_reset
        if remaining <= self._kept:
            self._spend(retry_after if headers.daily_reset is None else headers.daily_reset, now, refused=refused)

    @property
    def _remaining(self) -> int | None:
        """What is left by the server's count, if it says so: all that was lost may be counted."""
        return None if self._told is None else max(0, self._told - self._lost)

    def _allow(self, limit: int) -> None:
        """Let a day have so many, or as many as the settings allow."""
        limit = min(limit, self._most)
        if limit != self._limit:
            self._limit = limit
            self._kept = reserved(self._reserve, limit)
            self._ours = max(limit - self._kept, 1)

    def _spend(self, reset: float | None, now: float, *, refused: bool) -> None:
        seconds = ASK_AGAIN if reset is None else reset
        if refused and now >= self._spent_until:
            seconds = max(seconds, min(ASK_AGAIN, AT_LEAST * 2.0**self._refusals))
            self._refusals = min(self._refusals + 1, 10)
        self._spent_until = max(self._spent_until, now + seconds)

    def _pass(self, now: float) -> None:
        """Begin a new day when the old one is over, or may be."""
        if now < self._ends and (self._spent_until == -math.inf or now < self._spent_until):
            return
        over = now >= self._ends and now >= self._spent_until
        spent = self._sent >= self._ours
        if over:
            late = self._sent_late if now < self._ends + DAY else 0
            self._sent, self._sent_late = late, 0
            self._ends = self._ends + DAY if late else math.inf
        if over or -math.inf < self._spent_until <= now:
            self._alone = spent or self._spent_until > -math.inf
            self._spent_until = -math.inf
            self._told = None
            self._lost = 0
            self._began_at = now
