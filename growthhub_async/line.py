"""Lines of those who wait: first come, first served, those of a higher priority before all others."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections import deque
from collections.abc import Callable
from typing import Any

FEW = 32
"""Places in line that may be empty before it is closed up."""


class Place:
    """A place in line: `come(of)` is called once, when its turn has come or, with an `error`, when none will.

    Of equal priority, who has drawn an earlier ticket goes first.
    """

    __slots__ = ("come", "error", "of", "priority", "ticket", "waits")

    def __init__(self, priority: int, ticket: int, come: Callable[[Any], object], of: Any) -> None:
        self.priority = priority
        self.ticket = ticket
        self.come = come
        self.of = of
        self.waits = True
        self.error: Exception | None = None

    def settle(self, error: Exception | None = None) -> None:
        """Wait no more: the turn has come, or will not."""
        self.waits = False
        self.error = error
        self.come(self.of)

    def goes_before(self, other: Place) -> bool:
        """Tell who of two goes first."""
        return self.priority > other.priority or (self.priority == other.priority and self.ticket < other.ticket)


class Line:
    """Places in the order of their turns; one that was left is passed over."""

    def __init__(self) -> None:
        self._places: deque[Place] = deque()
        self._waiting = 0
        self._tickets = itertools.count()

    def __bool__(self) -> bool:
        places = self._places
        while places and not places[0].waits:
            places.popleft()
        return bool(places)

    def __len__(self) -> int:
        return self._waiting

    @property
    def priority(self) -> int:
        """The priority of the first in line; somebody must be there."""
        return self._places[0].priority

    def ticket(self) -> int:
        """Draw a ticket; who comes again with his own keeps his turn."""
        return next(self._tickets)

    def join(self, place: Place) -> None:
        """Stand in line."""
        self._waiting += 1
        places = self._places
        if not places or places[-1].goes_before(place):
            places.append(place)
        else:  # an urgent one, or one that comes again: it goes near the head
            after = (at for at, other in enumerate(places) if place.goes_before(other))
            places.insert(next(after, len(places)), place)

    def leave(self, place: Place) -> None:
        """Wait no more in a place whose turn has not come."""
        place.waits = False
        self._waiting -= 1
        if len(self._places) > 2 * self._waiting + FEW:  # most are empty: those behind a first who waits for days
            self._places = deque(waiting for waiting in self._places if waiting.waits)

    def call_next(self) -> bool:
        """Tell the first in line that it is its turn, if anybody is there."""
        if not self:
            return False
        self._waiting -= 1
        self._places.popleft().settle()
        return True

    def send_away(self, error: Exception) -> None:
        """Tell everybody in line that there will be no turn."""
        places, self._places = self._places, deque()
        self._waiting = 0
        for place in places:
            if place.waits:
                place.settle(error)


class Slots:
    """So many at once and no more, for many lines; those that could not be served are asked again in order.

    A line is asked again in its turn when a slot is released: those whose first has a higher priority before the
    others, and of these the one that has waited longest.
    """

    def __init__(self, number: int) -> None:
        self._free = number
        self._tickets = itertools.count()
        self._waiting: list[tuple[int, int, Callable[[int], None]]] = []

    @property
    def is_free(self) -> bool:
        """Whether there is one to be taken."""
        return self._free > 0

    def take(self) -> None:
        """Take a slot; one must be free."""
        self._free -= 1

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


class Room:
    """So many records at once: one reader takes a place for each, and whoever hands a record on gives it back."""

    def __init__(self, places: int) -> None:
        self._free = places
        self._waiting: asyncio.Future[None] | None = None

    def take(self) -> bool:
        """Take a place, if one is free."""
        if not self._free:
            return False
        self._free -= 1
        return True

    def give_back(self) -> None:
        """Give a place back."""
        self._free += 1
        if self._waiting is not None:
            if not self._waiting.done():
                self._waiting.set_result(None)
            self._waiting = None

    async def wait(self) -> None:
        """Wait until a place is free."""
        self._waiting = asyncio.get_running_loop().create_future()
        await self._waiting
