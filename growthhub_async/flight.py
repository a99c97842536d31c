"""One attempt on its way: when it leaves it is counted, and what it brings is learnt from."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

from .answers import THROTTLED
from .call import Call
from .clock import Clock
from .quota import LocationQuota
from .quota_facts import SILENT, Departure
from .rate_headers import read_rate_headers
from .retry import parse_retry_after
from .server_clock import ServerClock
from .transport import Reply


class Flight:
    """An attempt that has a place in its location's quota, and keeps it until it is `over`."""

    __slots__ = ("_clock", "_departure", "_quota", "_server_clock", "call", "done", "handle", "of")

    done: Callable[[Any, Any], None]
    """Of one that no task waits for: called with `of` when it is over."""
    of: Any
    handle: object
    """What the transport knows it by."""

    def __init__(self, call: Call[Any], quota: LocationQuota, clock: Clock, server_clock: ServerClock) -> None:
        self.call = call
        self._quota = quota
        self._clock = clock
        self._server_clock = server_clock
        self._departure: Departure | None = None

    def leave(self) -> None:
        """Note that the request leaves now."""
        if self._departure is not None:  # a transport that sends twice is wrong, and makes one wrong count of it
            return
        departure = self._departure = self._quota.left()
        call = self.call
        call.left(departure.at)
        if call.history is not None:
            call.history.leaves(departure.at, time.time())

    def over(self, answer: object) -> None:
        """Learn what an answer, if there was one, says of the location's quota, and let who waits have the place."""
        departure = self._departure
        if departure is None:
            self._quota.give_back()
        elif isinstance(answer, Reply):
            self._server_clock.heard(answer.headers.get("date"), departure.at, self._clock.now())
            self._learn(departure, answer)
        else:
            self._quota.returned(departure, None)

    def _learn(self, departure: Departure, reply: Reply) -> None:
        headers = read_rate_headers(reply.headers)
        if reply.status == THROTTLED:
            self._quota.returned(departure, headers, throttled=True, retry_after=retry_after_of(reply))
        elif reply.status >= 500 and headers == SILENT:
            self._quota.returned(departure, None)  # from a server on the way: it says nothing of the quota
        else:
            self._quota.returned(departure, headers)


class Flights:
    """The attempts of a client that are on their way.

    `holds` while one has landed that is not judged yet: who has its place by that goes when what it brought is known.
    """

    def __init__(self, clock: Clock, server_clock: ServerClock) -> None:
        self._clock = clock
        self._server_clock = server_clock
        self._number = 0
        self._idle: asyncio.Event | None = None
        self.holds = False

    @property
    def are_closed(self) -> bool:
        """Whether no further attempt is to be made."""
        return self._idle is not None

    def make(self, call: Call[Any], quota: LocationQuota) -> Flight:
        """Make an attempt of a call that has its place."""
        return Flight(call, quota, self._clock, self._server_clock)

    def take_off(self, flight: Flight) -> None:
        """Count one that is made; it will `land`."""
        flight.call.attempts += 1
        self._number += 1

    def land(self, flight: Flight, answer: object, *, is_judged: bool = True) -> None:
        """End an attempt; whoever has its place then goes at once, but not before what it brought is judged."""
        self._number -= 1
        if self._idle is not None and not self._number:
            self._idle.set()
        self.holds = not is_judged
        try:
            flight.over(answer)
        finally:
            self.holds = False

    def close(self) -> None:
        """Note that no further attempt is to be made."""
        self._idle = asyncio.Event()

    async def all_landed(self) -> None:
        """Wait, once closed, until none is on its way."""
        if self._idle is not None and self._number:
            await self._idle.wait()


def retry_after_of(reply: Reply) -> float | None:
    """Tell how many seconds a reply asks to wait, if it does."""
    return parse_retry_after(reply.headers.get("retry-after"), reply.headers.get("date"), time.time())
