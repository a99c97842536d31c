"""A line of those who wait: first come, first served, those of a higher priority before all others."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import Callable

Place = asyncio.Future[None]


class Line:
    """Futures in the order of their turns; one that was cancelled is passed over."""

    def __init__(self) -> None:
        self._waiting: list[tuple[int, int, Place]] = []
        self._tickets = itertools.count()

    def __bool__(self) -> bool:
        while self._waiting and self._waiting[0][2].done():
            heapq.heappop(self._waiting)
        return bool(self._waiting)

    def __len__(self) -> int:
        return sum(not place.done() for _, _, place in self._waiting)

    def join(self, priority: int) -> Place:
        """Stand in line behind all of the same priority."""
        place: Place = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (-priority, next(self._tickets), place))
        return place

    async def wait(self, place: Place, give_back: Callable[[], None]) -> None:
        """Wait for the turn of a place; `give_back` is called when it came, but the waiter was cancelled."""
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled() and place.exception() is None:
                give_back()
            raise

    def call_next(self) -> bool:
        """Tell the first in line that it is its turn, if anybody is there."""
        if not self:
            return False
        heapq.heappop(self._waiting)[2].set_result(None)
        return True

    def send_away(self, error: Exception) -> None:
        """Tell everybody in line that there will be no turn."""
        waiting, self._waiting = self._waiting, []
        for _, _, place in waiting:
            if not place.done():
                place.set_exception(error)


class Slots:
    """So many at once and no more; the others wait in line."""

    def __init__(self, number: int) -> None:
        self._free = number
        self._line = Line()

    async def acquire(self, priority: int = 0) -> None:
        """Take a slot, as soon as one is free."""
        if self._free and not self._line:
            self._free -= 1
        else:
            await self._line.wait(self._line.join(priority), self.release)

    def release(self) -> None:
        """Hand a slot on."""
        if not self._line.call_next():
            self._free += 1
