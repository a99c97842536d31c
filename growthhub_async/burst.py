"""The burst quota of a location: when the next request may go (observed.md, "Limits"). Pure: the clock is passed in.

Never more go than the window allows (`window.py`, `margin.py`), less what is kept for other programs. The server's
headers may narrow what the settings say, never widen it. As long as a location has not replied, no more go than a trial
account allows, which is learnt so without a refusal.

Other programs that spend the same quota are made room for (`others.py`), and a location that they use goes at an even
pace. One that was refused is paused, and for one interval goes gently: bursts are what gets refused. Pause and pace are
part of when the next place is free, so that nobody is let go who then meets them. One that is refused again and again
is paused for longer each time.

A leaky bucket would not do: `AsyncLimiter(100, 10)` lets 100 through at once and 99 more while it drains, 199 in its
first 10 s; and who waits in one does not hear of a pause.
"""

from __future__ import annotations

import math
from collections import deque
from typing import NamedTuple

from .margin import Margin
from .others import Others
from .rate_headers import MAX_DAY, RateHeaders
from .window import BurstWindow

TRIAL_LIMIT = 25
"""Requests in an interval that every account has (observed.md, "Limits")."""

JITTER = 0.1
"""Seconds at most by which a pause is longer than it must be, so that programs do not come back together."""
EVEN = 1.05
"""How much faster than an even pace a location goes that others use too: replies then tell of them all the time."""
GENTLE = 4
"""How much faster than an even pace a location goes after a refusal: it is no burst, and soon up with the quota."""
LONGEST_PAUSE = 300.0
"""Seconds at most for which a location is paused that is refused again and again without a word for how long."""


class Departure(NamedTuple):
    """When a request left, the how manieth of its location it was, and how many of them counted then."""

    at: float
    number: int
    counted: int


class Burst:
    """Count the places of one location; `reserve` is the share of them that is left to other programs."""

    def __init__(self, limit: int, interval: float, margin: Margin, reserve: float = 0.0) -> None:
        self._limit = limit
        self._reserve = reserve
        self._window = BurstWindow(min(limit, TRIAL_LIMIT), interval)
        self._margin = margin
        self._heard_of = -1.0
        self._others = Others()
        self._refused: deque[float] = deque()
        self._refused_since: float | None = None
        self._rounds = 0
        self._paused_until = 0.0
        self._paced_until = 0.0
        self._last_let_go = 0.0

    @property
    def limit(self) -> int:
        """The requests that an interval allows, as far as is known."""
        return self._window.limit

    @property
    def interval(self) -> float:
        """Seconds in which so many are allowed."""
        return self._window.interval

    @property
    def ours(self) -> int:
        """The requests of an interval that are not kept for others; until a reply tells, what the settings say."""
        limit = self._limit if self._heard_of < 0 else self._window.limit
        return max(limit - self._kept(limit), 1)

    @property
    def paused_until(self) -> float:
        """Until when nobody may go because the server refused somebody; a time that is past when all may."""
        return self._paused_until

    def used(self, now: float) -> int:
        """Count the places that are taken."""
        return self._window.used(now, self._margin.seconds(now, self._window.interval))

    def refused_for(self, now: float) -> float:
        """Tell for how many seconds every request has been refused."""
        return 0.0 if self._refused_since is None else now - self._refused_since

    def free_at(self, now: float) -> float | None:
        """Tell when one more may go: `now`, a later time, or None until one that was let go has left."""
        margin = self._margin.seconds(now, self._window.interval)
        interval = self._window.interval
        others = self._others.room(now, interval)
        kept = max(others, self._kept(self._window.limit))
        free_at = self._window.room_at(now, margin, kept)
        if free_at is None:
            return None
        free_at = max(free_at, self._paused_until)
        if not others and free_at >= self._paced_until:
            return free_at
        pace = EVEN if others else GENTLE
        return max(free_at, self._last_let_go + interval / (pace * max(self._window.limit - kept, 1)))

    def take(self, now: float) -> None:
        """Let one go."""
        self._window.take()
        self._last_let_go = now

    def give_back(self) -> None:
        """Note that one which was let go will never leave."""
        self._window.give_back()

    def left(self, now: float) -> Departure:
        """Note that one which was let go leaves now."""
        self._window.left(now)
        return Departure(now, self._window.departed, self._window.counted)

    def heard(self, headers: RateHeaders, departure: Departure, now: float) -> None:
        """Learn from what a reply says of the quota; of two replies the one to the later request counts."""
        self._make_room(headers, departure, now)
        if departure.at >= self._heard_of:
            self._heard_of = departure.at
            self._window.limit = min(self._limit, headers.limit or self._limit)
            self._window.interval = max(self._window.interval, headers.interval or 0.0)

    def admitted(self) -> None:
        """Note that the quota let a request pass."""
        self._refused_since = None
        self._rounds = 0

    def refused(self, departure: Departure, now: float, retry_after: float | None, chance: float) -> None:
        """Let nobody go for as long as the server asks, else until its window has passed; then go at a gentle pace.

        `chance` is a random number from 0 to 1.
        """
        self._margin.refused(now)
        self._refused.append(now)
        self._refused_since = now if self._refused_since is None else self._refused_since
        if departure.at >= self._paused_until:
            self._rounds += 1  # it left after the last pause, if there was one
        if retry_after is None or retry_after > MAX_DAY:
            passes_at = self._window.passes_at(now, self._margin.seconds(now, self._window.interval))
            retry_after = passes_at - now
        longer = self._window.interval * 2.0 ** min(self._rounds - 1, 20) if self._rounds > 1 else 0.0
        pause = max(retry_after, min(longer, LONGEST_PAUSE)) + chance * JITTER
        self._paused_until = max(self._paused_until, now + pause)
        self._paced_until = self._paused_until + self._window.interval

    def _kept(self, limit: int) -> int:
        return math.ceil(self._reserve * limit)

    def _make_room(self, headers: RateHeaders, departure: Departure, now: float) -> None:
        interval = self._window.interval
        if headers.limit is None or headers.remaining is None or not self._margin.covers(interval):
            return  # in a wild network nobody can tell whose the counts are
        until = departure.at + self._margin.seconds(now, interval)
        later = self._window.departed_by(until) - departure.number  # they may have overtaken it
        while self._refused and self._refused[0] <= departure.at - interval:
            self._refused.popleft()
        until_now = self._window.departed - departure.number
        beyond = headers.limit - headers.remaining - departure.counted + len(self._refused)  # these may not count
        self._others.counted(beyond - later, beyond - until_now, departure.at, now, interval)
