"""A location that is played in one thread, without a loop: the real burst quota against the sandbox's own windows."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Iterable, Iterator
from random import Random
from typing import Any

from growthhub_async.burst import Burst
from growthhub_async.margin import Jitter
from growthhub_async.quota_facts import Departure, RateHeaders
from growthhub_async.sandbox.windows import FixedWindow, SlidingWindow, TokenBucket

Kind = type[FixedWindow | SlidingWindow | TokenBucket]
KINDS: tuple[Kind, ...] = (FixedWindow, SlidingWindow, TokenBucket)

ONE_WAY = (0.02, 0.12)
PROCESSING = (0.2, 1.4)


class Play:
    """Send `contacts` as soon as they may go, each until it is taken; others come at their own times.

    Every delay is drawn from the seed. `arrivals` are ours that were taken, `refusals` those that were not.
    """

    def __init__(
        self, kind: Kind, contacts: int, others: Iterable[float] = (), *, limit: int = 100, seed: int = 1
    ) -> None:
        network = Jitter()
        self.burst = Burst(limit, 10.0, network)
        self.arrivals: list[float] = []
        self.refusals: list[float] = []
        self.granted: list[float] = []
        self.noticed: list[float] = []
        self._limit = limit
        self._server = kind(limit, 10.0)
        self._waiting = contacts
        self._others: Iterator[float] = iter(others)
        self._chance = Random(seed)
        self._events: list[tuple[float, int, Callable[..., None], tuple[Any, ...]]] = []
        self._ticket = itertools.count()
        self._timer = -1.0
        for _ in range(20):
            network.connected(self._way() + self._way(), 0.0)

    def run(self) -> Play:
        """Play until all are written."""
        contacts = self._waiting
        self._next_other()
        self._at(0.0, self._wake)
        while len(self.arrivals) < contacts:
            now, _, event, arguments = heapq.heappop(self._events)
            event(now, *arguments)
        return self

    def _at(self, when: float, event: Callable[..., None], *arguments: Any) -> None:
        heapq.heappush(self._events, (when, next(self._ticket), event, arguments))

    def _way(self) -> float:
        return self._chance.uniform(*ONE_WAY)

    def _wake(self, now: float) -> None:
        while self._waiting:
            free_at = self.burst.free_at(now)
            if free_at is None:
                return
            if free_at > now:
                if free_at != self._timer:
                    self._timer = free_at
                    self._at(free_at, self._wake)
                return
            self._waiting -= 1
            self.burst.take(now)
            self._at(now + self._way(), self._arrive, self.burst.left(now))

    def _arrive(self, now: float, departure: Departure) -> None:
        taken = self._server.remaining(now) > 0
        if taken:
            self._server.count(now)
        (self.arrivals if taken else self.refusals).append(now)
        processing = self._chance.uniform(*PROCESSING) if taken else 0.0
        remaining = self._server.remaining(now)
        self._at(now + processing + self._way(), self._hear, departure, taken, remaining)

    def _hear(self, now: float, departure: Departure, taken: bool, remaining: int) -> None:
        self.burst.heard(RateHeaders(limit=self._limit, remaining=remaining, interval=10.0), departure, now)
        if taken:
            self.burst.admitted()
        else:
            self._waiting += 1
            self.burst.refused(departure, now, None, self._chance.random())
        if self.burst.others_are_there(now):
            self.noticed.append(now)
        self._wake(now)

    def _next_other(self) -> None:
        when = next(self._others, None)
        if when is not None:
            self._at(when, self._serve_another)

    def _serve_another(self, now: float) -> None:
        if self._server.remaining(now) > 0:
            self._server.count(now)
            self.granted.append(now)
        self._next_other()


def at_random(rate: float, seed: int, start: float = 0.0, end: float = 1e9) -> Iterator[float]:
    """Give the times of a program that sends so many requests a second in the mean."""
    chance, now = Random(seed), start
    while now < end:
        now += chance.expovariate(rate)
        yield now
