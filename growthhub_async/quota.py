"""A location's quota: how many requests may leave in a window, and who goes next (observed.md, "Limits").

The server counts a request when it arrives, at a moment the client does not see: somewhere between sending it and
having its reply. So a request keeps its place until one whole interval after its reply. However the server's window
runs (fixed, sliding, a bucket), it then never sees more than the quota.

A plain leaky bucket would not do: `AsyncLimiter(100, 10)` lets 100 through at once and 99 more while it drains, 199 in
its first 10 s. It is right for pacing, and paces a location that was refused all the same.
"""

from __future__ import annotations

import asyncio
from collections import deque

from aiolimiter import AsyncLimiter

CLOCK_SLACK = 0.001
"""Seconds added to the interval, for clocks that tick coarsely."""


class BurstWindow:
    """Count the requests that the server may be counting now; the clock is passed in, in seconds."""

    def __init__(self, limit: int, interval: float) -> None:
        self._limit = limit
        self._interval = interval + CLOCK_SLACK
        self._on_the_way = 0
        self._landed: deque[float] = deque()

    def room_at(self, now: float) -> float | None:
        """Tell when one more request may leave: `now`, a later time, or None until a request on its way has landed."""
        while self._landed and self._landed[0] + self._interval <= now:
            self._landed.popleft()
        if self._on_the_way + len(self._landed) < self._limit:
            return now
        return self._landed[0] + self._interval if self._landed else None

    def take(self) -> None:
        """Note that a request leaves."""
        self._on_the_way += 1

    def landed(self, now: float) -> None:
        """Note that a request which left has surely arrived, or never will."""
        self._on_the_way -= 1
        self._landed.append(now)

    def give_back(self) -> None:
        """Note that a place which was taken was not used."""
        self._on_the_way -= 1


class LocationQuota:
    """Let the requests of one location go in order of arrival, never more in a window than its quota.

    A refusal (429) pauses the location for all who wait, and paces it for one interval after: somebody else is spending
    the same quota, and bursts are what gets refused.
    """

    def __init__(self, limit: int, interval: float) -> None:
        self._window = BurstWindow(limit, interval)
        self._interval = interval
        self._pace = AsyncLimiter(1, interval / limit)
        self._paused_until = 0.0
        self._paced_until = 0.0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._timer: asyncio.TimerHandle | None = None

    async def acquire(self) -> None:
        """Wait for a place in the window; pair each with one `landed`."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        if not self._waiting and self._free_at(now) == now:
            self._window.take()
        else:
            await self._wait_in_line(loop)
        if loop.time() < self._paced_until:
            await self._keep_pace()

    def landed(self) -> None:
        """Free a place one interval from now: its request has its reply, or has failed."""
        self._window.landed(asyncio.get_running_loop().time())
        self._wake()

    def pause(self, seconds: float) -> None:
        """Let nobody go for so many seconds, and then at an even pace for one interval."""
        now = asyncio.get_running_loop().time()
        self._paused_until = max(self._paused_until, now + seconds)
        self._paced_until = self._paused_until + self._interval

    def _free_at(self, now: float) -> float | None:
        free_at = self._window.room_at(now)
        return None if free_at is None else max(free_at, self._paused_until)

    async def _wait_in_line(self, loop: asyncio.AbstractEventLoop) -> None:
        place: asyncio.Future[None] = loop.create_future()
        self._waiting.append(place)
        self._wake()
        try:
            await place
        except asyncio.CancelledError:
            if not place.cancelled():  # it was this one's turn already
                self._window.give_back()
                self._wake()
            raise

    async def _keep_pace(self) -> None:
        try:
            await self._pace.acquire()
        except asyncio.CancelledError:
            self._window.give_back()
            self._wake()
            raise

    def _wake(self) -> None:
        """Hand free places to those who wait longest, and set the timer for the next place to come free."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        while self._waiting:
            if self._waiting[0].cancelled():
                self._waiting.popleft()
                continue
            free_at = self._free_at(now)
            if free_at is None:
                return
            if free_at > now:
                self._timer = loop.call_at(free_at, self._wake)
                return
            self._window.take()
            self._waiting.popleft().set_result(None)
