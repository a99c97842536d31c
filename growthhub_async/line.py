"""Lines of those who wait: first come, first served, those of a higher priority before all others."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import Callable

Place = asyncio.Future[None]

FEW = 32
"""Places in line that may be empty before it is closed up."""


class Line:
    """Futures in the order of their turns; one that was cancelled is passed over."""

    def __init__(self) -> None:
        self._places: list[tuple[int, int, Place]] = []
        self._waiting = 0
        self._tickets = itertools.count()

    def __bool__(self) -> bool:
        self._pass_over()
        return bool(self._places)

    def __len__(self) -> int:
        return self._waiting

    @property
    def priority(self) -> int:
        """The priority of the first in line; somebody must be there."""
        return -self._places[0][0]

    def ticket(self) -> int:
        """Draw a ticket; of equal priority, who has drawn earlier goes first, also when he joins again."""
        return next(self._tickets)

    def join(self, priority: int, ticket: int) -> Place:
        """Stand in line behind all of the same priority that have an earlier ticket."""
        place: Place = asyncio.get_running_loop().create_future()
        heapq.heappush(self._places, (-priority, ticket, place))
        self._waiting += 1
        return place

    async def wait(self, place: Place, give_back: Callable[[], None]) -> None:
        """Wait for the turn of a place; `give_back` is called when it came, but the waiter was cancelled."""
        try:
            await place
        except asyncio.CancelledError:
            if place.cancelled():
                self._waiting -= 1
                self._close_up()
            elif place.done() and place.exception() is None:
                give_back()
            raise

    def call_next(self) -> bool:
        """Tell the first in line that it is its turn, if anybody is there."""
        if not self:
            return False
        heapq.heappop(self._places)[2].set_result(None)
        self._waiting -= 1
        return True

    def send_away(self, error: Exception) -> None:
        """Tell everybody in line that there will be no turn."""
        places, self._places = self._places, []
        for _, _, place in places:
            if not place.done():
                place.set_exception(error)
                self._waiting -= 1

    def _pass_over(self) -> None:
        while self._places and self._places[0][2].done():
            heapq.heappop(self._places)

    def _close_up(self) -> None:
        """Give up the empty places when they are the most: those behind a first who waits for days."""
        if len(self._places) > 2 * self._waiting + FEW:
            self._places = [waiting for waiting in self._places if not waiting[2].done()]
            heapq.heapify(self._places)


class Slots:
    """So many at once and no more, for many lines; those that could not be served are asked again in order.

    A line is asked again in its turn when a slot is released: those whose first has a higher priority before the
    others, and of these the one that has waited longest.
    """

    def __init__(self, number: int) -> None:
        self._free = number
        self._tickets = itertools.count()
        self._waiting: list[tuple[int, int, Callable[[int], None]]] = []

    def take(self) -> bool:
        """Take a slot, if one is free."""
        if not self._free:
            return False
        self._free -= 1
        return True

    def ask_again(self, line: Callable[[int], None], priority: int) -> int:
        """Call `line` when a slot has been released and it is its turn, with the ticket that is returned now."""
        ticket = next(self._tickets)
        heapq.heappush(self._waiting, (-priority, ticket, line))
        return ticket

    def release(self) -> None:
        """Give a slot back, and let a line that waits for it have it."""
        self._free += 1
        while self._free and self._waiting:
            _, ticket, line = heapq.heappop(self._waiting)
            line(ticket)
