"""The burst quota of a location: when the next request may go (observed.md, "Limits"). Pure: the clock is passed in.

Never more go than the window allows (`window.py`, `margin.py`), less what is kept for other programs. The server's
headers may narrow what the settings say, never widen it.

Who has heard nothing of a location yet sends no more than a trial account allows until a reply has come: so a trial
account is learnt without a refusal. The last few of the first burst wait until one of the others was answered, by when
other programs may have shown. Who has heard nothing of it for an interval sends a few ahead, which tell whether
others spend the same quota by now. They are made room for (`others.py`), and a location that they use does not burst.

A location that was refused is paused, and for one interval goes gently: bursts are what gets refused. Pause and pace
are part of when the next place is free, so that nobody is let go who then meets them. One that is refused again and
again is paused for longer each time.

A leaky bucket would not do: `AsyncLimiter(100, 10)` lets 100 through at once and 99 more while it drains, 199 in its
first 10 s; and who waits in one does not hear of a pause.
"""

from __future__ import annotations

import math
from collections import deque

from .margin import MOST, Jitter, Margin
from .others import Others
from .quota_facts import Departure, RateHeaders
from .rate_headers import MAX_DAY
from .settings import reserved
from .window import BurstWindow

TRIAL_LIMIT = 25
"""Requests in an interval that every account has (observed.md, "Limits")."""
SCOUTS = 0.1
"""Share of the limit that goes first when nothing has been heard for an interval: few, so that others show."""
HELD_BACK = 0.04
"""Share of the limit that goes last in a first burst, when more than a trial account's requests were answered."""
QUICK = 0.25
"""Share of the interval within which a server replies that is worth waiting for: a slow one tells too late."""

JITTER = 0.1
"""Seconds at most by which a pause is longer than it must be, so that programs do not come back together."""
GENTLE = 8
"""How much faster than an even pace a location goes after a refusal: it is no burst, and soon up with the quota."""
LONGEST_PAUSE = 120.0
"""Seconds at most for which a location is paused that is refused again and again without a word for how long."""
SURELY = 0.99
"""Share of the interval for which what was heard is surely news: the last hundredth is for what floats lose."""
LOOK_AGAIN = 0.02
"""Seconds after which it is asked again at the earliest when a place is free that is not free yet."""


class Burst:
    """Count the places of one location; `reserve` is the share of them that is left to other programs."""

    def __init__(self, limit: int, interval: float, jitter: Jitter, reserve: float = 0.0) -> None:
        self._limit = limit
        self._interval = interval
        self._reserve = reserve
        self._window = BurstWindow(limit, interval)
        self._kept = self._share_kept(limit)
        self._margin = Margin(jitter)
        self._others = Others(self._window)
        self._heard_of = 0
        self._heard_of_at = -math.inf
        self._latency = math.inf
        self._refused: deque[float] = deque()
        self._refused_since: float | None = None
        self._rounds = 0
        self._paused_until = 0.0
        self._paced_until = 0.0
        self._last_let_go = -math.inf
        self._spare = 0
        self._spare_until = -math.inf

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
        """The requests of an interval that are not kept for others."""
        return max(self._window.limit - self._kept, 1)

    @property
    def paused_until(self) -> float:
        """Until when nobody may go because the server refused somebody; a time that is past when all may."""
        return self._paused_until

    def used(self, now: float) -> int:
        """Count the places that are taken."""
        return self._window.used(now, self._margin.seconds(now, self._window.interval))

    def others_are_there(self, now: float) -> bool:
        """Tell whether other programs were seen to spend the quota too."""
        return self._others.are_there(now)

    def refused_for(self, now: float) -> float:
        """Tell for how many seconds every request has been refused."""
        return 0.0 if self._refused_since is None else now - self._refused_since

    def surely_free(self, now: float) -> bool:
        """Tell whether one more may go at once, for next to nothing: False says no more than that `free_at` knows."""
        return self._spare > 0 and now < self._spare_until

    def free_at(self, now: float) -> float | None:
        """Tell when one more may go: `now`, a later time, or None until one that was let go has left."""
        if self.surely_free(now):
            return now
        margin = self._margin.seconds(now, self._window.interval)
        free_at = self._window.room_at(now, margin, self._kept)
        if free_at is None:
            return None
        there = self.others_are_there(now)
        with_others = self._beside_others_at(now, margin) if there else self._unheard_at(now, margin)
        if with_others is None:
            return None
        free_at = max(free_at, with_others, self._paused_until)
        if there:
            return free_at
        if free_at < self._paced_until:
            return max(free_at, self._last_let_go + self._window.interval / (GENTLE * self.ours))
        if free_at == now:
            self._count_spare(now)
        return free_at

    def take(self, now: float) -> None:
        """Let one go."""
        self._window.take()
        self._last_let_go = now
        self._spare -= 1

    def give_back(self) -> None:
        """Note that one which was let go will never leave."""
        self._window.give_back()

    def left(self, now: float) -> Departure:
        """Note that one which was let go leaves now."""
        self._window.left(now)
        return self._others.left(now, self._margin.seconds(now, self._window.interval))

    def heard(self, headers: RateHeaders, departure: Departure, now: float) -> None:
        """Learn from what a reply says of the quota; of two replies the one to the later request counts."""
        self._notice_others(headers, departure, now)
        if departure.number < self._heard_of:
            return
        self._heard_of, self._heard_of_at = departure.number, departure.at
        self._latency = now - departure.at
        if headers.limit != self._window.limit or headers.interval != self._window.interval:
            self._narrow(headers)

    def admitted(self) -> None:
        """Note that the quota let a request pass."""
        self._refused_since = None
        self._rounds = 0

    def refused(self, departure: Departure, now: float, retry_after: float | None, chance: float) -> None:
        """Let nobody go for as long as the server asks, else until its window has passed; then go at a gentle pace.

        `chance` is a random number from 0 to 1.
        """
        interval = self._window.interval
        self._spare = 0
        while self._refused and self._refused[0] <= now - 2 * interval:
            self._refused.popleft()
        self._refused.append(now)
        if departure.at >= self._paused_until:  # it left after the last pause, if there was one
            self._new_refusal(departure.at, now)
        if retry_after is None or retry_after > MAX_DAY:
            retry_after = self._window.passes_at(now, self._margin.seconds(now, interval)) - now
        longer = interval * 2.0 ** min(self._rounds - 1, 20) if self._rounds > 1 else 0.0
        pause = max(retry_after, min(longer, LONGEST_PAUSE) * (1 - chance / 2)) + chance * JITTER
        self._paused_until = max(self._paused_until, now + pause)
        self._paced_until = self._paused_until + interval

    def _new_refusal(self, departed_at: float, now: float) -> None:
        """Note the first refusal of those that left since a pause."""
        if self._refused_since is None or departed_at > self._paused_until + self._window.interval:
            self._refused_since = now  # what was refused before a quiet time says nothing of the time since
            self._rounds = 0
        self._rounds += 1
        if not self.others_are_there(now):
            self._margin.refused(now)
        if self._margin.covers(self._window.interval):
            self._others.notice(now)

    def _narrow(self, headers: RateHeaders) -> None:
        """Let as many go in an interval as the server says, if the settings do not say fewer in a longer one."""
        limit, interval = self._window.limit, self._window.interval
        if headers.limit is not None:
            limit = min(self._limit, headers.limit)
        if headers.interval is not None:
            interval = max(self._interval, headers.interval)
        if limit != self._window.limit or interval != self._window.interval:
            self._window.limit, self._window.interval = limit, interval
            self._kept = self._share_kept(limit)
            self._spare = 0

    def _count_spare(self, now: float) -> None:
        """Count how many more may surely go, and until when, unless what is heard meanwhile narrows the quota.

        None of what would have to be asked for them can change in that time: nobody is paused nor paced, others are
        not there, enough has been heard of what left within the last interval, and whatever the margin will be, that
        many places are free.
        """
        window = self._window
        few = window.limit <= TRIAL_LIMIT
        if self._heard_of > (0 if few else TRIAL_LIMIT) and self._others.are_long_gone(now):
            self._spare = self.ours - window.used(now, MOST * window.interval)
            self._spare_until = math.inf if few else self._heard_of_at + SURELY * window.interval

    def _share_kept(self, limit: int) -> int:
        return reserved(self._reserve, limit)

    def _beside_others_at(self, now: float, margin: float) -> float | None:
        """Tell when one more may go while others are there; one goes in any interval, to hear of them."""
        room = self._others.room(now, margin, self._kept)
        if room.free >= 1:
            return max(now, self._last_let_go + 1 / room.pace)
        if self._window.leaving:
            return None
        ask_at = self._last_let_go + self._window.interval
        return now if ask_at <= now else min(max(room.changes_at, now + LOOK_AGAIN), ask_at)

    def _unheard_at(self, now: float, margin: float) -> float | None:
        """Tell when one more may go as long as little has been heard of what was sent within an interval."""
        window, limit = self._window, self._window.limit
        if not self._heard_of:
            return window.below_at(max(TRIAL_LIMIT - self._share_kept(TRIAL_LIMIT), 1), now, margin)
        if limit <= TRIAL_LIMIT:
            return now  # so few may as well go together
        if self._latency > QUICK * window.interval or not self._margin.covers(window.interval):
            return now  # in a wild network nothing is to be heard of others
        if self._heard_of_at <= now - window.interval:
            return window.below_at(math.ceil(SCOUTS * limit), now, margin)
        if self._heard_of <= TRIAL_LIMIT:
            first = max(limit - math.ceil(HELD_BACK * limit), TRIAL_LIMIT + 1)  # one that tells more goes with them
            return window.below_at(first, now, margin)
        return now

    def _notice_others(self, headers: RateHeaders, departure: Departure, now: float) -> None:
        interval = self._window.interval
        if headers.limit is None or headers.remaining is None or not self._margin.covers(interval):
            return  # in a wild network nobody can tell whose the counts are
        refused = sum(at > departure.at - interval for at in self._refused) if self._refused else 0
        margin = self._margin.seconds(now, interval)
        if self._others.counted(headers.limit, headers.remaining, departure, now, margin, refused):
            self._spare = 0
