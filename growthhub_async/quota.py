"""A location's quota: who goes next, and when (observed.md, "Limits").

Requests go in order of arrival, those of a higher priority first, and never more than the window allows (`window.py`,
`margin.py`). The server's headers may narrow what the settings say, never widen it. As long as a location has not
replied, no more go than a trial account allows, which is learnt so without a refusal.

A location that was refused all the same is paused, and then paced for one interval: somebody else is spending the
same quota, and bursts are what gets refused. Pause and pace are part of when the next place is free, so that nobody is
let go who then meets them.

A leaky bucket would not do: `AsyncLimiter(100, 10)` lets 100 through at once and 99 more while it drains, 199 in its
first 10 s; and who waits in one does not hear of a pause.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools

from .margin import Margin
from .rate_headers import RateHeaders
from .retry import MAX_RETRY_AFTER
from .window import BurstWindow

TRIAL_LIMIT = 25
"""Requests in an interval that every account has (observed.md, "Limits")."""

Place = asyncio.Future[None]


class LongPauseError(Exception):
    """The server asks to wait for longer than anybody is kept waiting; nobody of the location goes."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"the server asks to wait {seconds:,.0f} s")


class LocationQuota:
    """Let the requests of one location go. Every `acquire` is followed by one `left` or one `give_back`."""

    def __init__(self, limit: int, interval: float, margin: Margin) -> None:
        self._limit = limit
        self._window = BurstWindow(min(limit, TRIAL_LIMIT), interval)
        self._margin = margin
        self._heard_of = -1.0
        self._paused_until = 0.0
        self._paced_until = 0.0
        self._last_let_go = 0.0
        self._waiting: list[tuple[int, int, Place]] = []
        self._tickets = itertools.count()
        self._timer: asyncio.TimerHandle | None = None

    async def acquire(self, priority: int = 0) -> None:
        """Wait until a request may go; raises LongPauseError when that is not to be waited for."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        if self._paused_until - now > MAX_RETRY_AFTER:
            raise LongPauseError(self._paused_until - now)
        if not self._waiting and self._free_at(now) == now:
            self._let_go(now)
        else:
            await self._wait_in_line(loop, priority)

    def left(self) -> float:
        """Note that a request which was let go leaves now; returns that time."""
        now = _now()
        self._window.left(now)
        self._wake()
        return now

    def give_back(self) -> None:
        """Note that a request which was let go will never leave."""
        self._window.give_back()
        self._wake()

    def heard(self, headers: RateHeaders, left_at: float) -> None:
        """Learn from the reply to a request that left then; of two replies the one to the later request counts."""
        if left_at < self._heard_of:
            return
        self._heard_of = left_at
        self._window.limit = min(self._limit, headers.limit or self._limit)
        self._window.interval = max(self._window.interval, headers.interval or 0.0)
        self._wake()

    def refused(self, retry_after: float | None) -> None:
        """Let nobody go for as long as the server asks, else until its window has passed; then go at an even pace."""
        now = _now()
        self._margin.refused(now)
        seconds = self._window.interval if retry_after is None else retry_after
        self._paused_until = max(self._paused_until, now + seconds)
        self._paced_until = self._paused_until + self._window.interval
        if seconds > MAX_RETRY_AFTER:
            self._send_away(seconds)

    def paused_for(self) -> float:
        """Tell for how many seconds nobody may go, because the server said so."""
        return self._paused_until - _now()

    def _free_at(self, now: float) -> float | None:
        margin = self._margin.seconds(now, self._window.interval)
        free_at = self._window.room_at(now, margin)
        if free_at is None:
            return None
        free_at = max(free_at, self._paused_until)
        if free_at >= self._paced_until:
            return free_at
        return max(free_at, self._last_let_go + self._window.interval / self._window.limit)

    def _let_go(self, now: float) -> None:
        self._window.take()
        self._last_let_go = now

    async def _wait_in_line(self, loop: asyncio.AbstractEventLoop, priority: int) -> None:
        place: Place = loop.create_future()
        heapq.heappush(self._waiting, (-priority, next(self._tickets), place))
        self._wake()
        try:
            await place
        except asyncio.CancelledError:
            if not place.cancelled():  # it was this one's turn already
                self.give_back()
            raise

    def _send_away(self, seconds: float) -> None:
        """Let nobody wait in a line that does not move."""
        waiting, self._waiting = self._waiting, []
        for _, _, place in waiting:
            if not place.done():
                place.set_exception(LongPauseError(seconds))

    def _wake(self) -> None:
        """Hand free places to those whose turn it is, and set the timer for the next place to come free."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if not self._waiting:
            return
        loop = asyncio.get_running_loop()
        now = loop.time()
        while self._waiting:
            if self._waiting[0][2].cancelled():
                heapq.heappop(self._waiting)
                continue
            free_at = self._free_at(now)
            if free_at is None:
                return
            if free_at > now:
                self._timer = loop.call_at(free_at, self._wake)
                return
            self._let_go(now)
            heapq.heappop(self._waiting)[2].set_result(None)


class Quotas:
    """The quotas of all locations of a client, and the margin of the network they share."""

    def __init__(self, limit: int, interval: float) -> None:
        self.margin = Margin()
        self._limit = limit
        self._interval = interval
        self._by_location: dict[str, LocationQuota] = {}

    def of(self, location_id: str) -> LocationQuota:
        """Give the quota of a location."""
        quota = self._by_location.get(location_id)
        if quota is None:
            quota = self._by_location[location_id] = LocationQuota(self._limit, self._interval, self.margin)
        return quota


def _now() -> float:
    return asyncio.get_running_loop().time()
