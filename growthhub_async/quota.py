"""A location's quota: who goes next, and when (observed.md, "Limits").

Requests go in order of arrival, those of a higher priority first, and never more than the window allows (`window.py`,
`margin.py`). The server's headers may narrow what the settings say, never widen it. As long as a location has not
replied, no more go than a trial account allows, which is learnt so without a refusal.

Other programs that spend the same quota are made room for (`others.py`), and a location that they use goes at an even
pace. One that was refused is paused, and for one interval goes gently: bursts are what gets refused. Pause and pace are
part of when the next place is free, so that nobody is let go who then meets them.

A leaky bucket would not do: `AsyncLimiter(100, 10)` lets 100 through at once and 99 more while it drains, 199 in its
first 10 s; and who waits in one does not hear of a pause.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import random
from collections import deque
from typing import NamedTuple

from .margin import Margin
from .others import Others
from .rate_headers import RateHeaders
from .retry import MAX_RETRY_AFTER
from .window import BurstWindow

TRIAL_LIMIT = 25
"""Requests in an interval that every account has (observed.md, "Limits")."""

JITTER = 0.1
"""Seconds at most by which a pause is longer than it must be, so that programs do not come back together."""
EVEN = 1.05
"""How much faster than an even pace a location goes that others use too: replies then tell of them all the time."""
GENTLE = 4
"""How much faster than an even pace a location goes after a refusal: it is no burst, and soon up with the quota."""

Place = asyncio.Future[None]


class Departure(NamedTuple):
    """When a request left, the how manieth of its location it was, and how many of them counted then."""

    at: float
    number: int
    counted: int


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
        self._others = Others()
        self._refused: deque[float] = deque()
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

    def left(self) -> Departure:
        """Note that a request which was let go leaves now."""
        now = _now()
        self._window.left(now)
        departure = Departure(now, self._window.departed, self._window.counted)
        self._wake()
        return departure

    def give_back(self) -> None:
        """Note that a request which was let go will never leave."""
        self._window.give_back()
        self._wake()

    def heard(self, headers: RateHeaders, departure: Departure) -> None:
        """Learn from the reply to a request; of two replies the one to the later request counts."""
        self._make_room(headers, departure)
        if departure.at >= self._heard_of:
            self._heard_of = departure.at
            self._window.limit = min(self._limit, headers.limit or self._limit)
            self._window.interval = max(self._window.interval, headers.interval or 0.0)
        self._wake()

    def _make_room(self, headers: RateHeaders, departure: Departure) -> None:
        interval = self._window.interval
        if headers.limit is None or headers.remaining is None or not self._margin.covers(interval):
            return  # in a wild network nobody can tell whose the counts are
        now = _now()
        until = departure.at + self._margin.seconds(now, interval)
        later = self._window.departed_by(until) - departure.number  # they may have overtaken it
        while self._refused and self._refused[0] <= departure.at - interval:
            self._refused.popleft()
        until_now = self._window.departed - departure.number
        beyond = headers.limit - headers.remaining - departure.counted + len(self._refused)  # these may not count
        self._others.counted(beyond - later, beyond - until_now, departure.at, now, interval)

    def refused(self, retry_after: float | None) -> None:
        """Let nobody go for as long as the server asks, else until its window has passed; then go at an even pace."""
        now = _now()
        self._margin.refused(now)
        self._refused.append(now)
        if retry_after is None:
            passes_at = self._window.passes_at(now, self._margin.seconds(now, self._window.interval))
            retry_after = passes_at - now + random.random() * JITTER
        self._paused_until = max(self._paused_until, now + retry_after)
        self._paced_until = self._paused_until + self._window.interval
        if retry_after > MAX_RETRY_AFTER:
            self._send_away(retry_after)

    def paused_for(self) -> float:
        """Tell for how many seconds nobody may go, because the server said so."""
        return self._paused_until - _now()

    def _free_at(self, now: float) -> float | None:
        margin = self._margin.seconds(now, self._window.interval)
        interval = self._window.interval
        kept = self._others.room(now, interval)
        free_at = self._window.room_at(now, margin, kept)
        if free_at is None:
            return None
        free_at = max(free_at, self._paused_until)
        if not kept and free_at >= self._paced_until:
            return free_at
        pace = EVEN if kept else GENTLE
        return max(free_at, self._last_let_go + interval / (pace * max(self._window.limit - kept, 1)))

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
