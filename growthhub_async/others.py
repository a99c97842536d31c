"""What other programs spend of a location's quota, as far as the server's counts tell. Pure: the clock is passed in.

A reply says how many requests the server had counted when its own arrived. What is beyond all that this client can have
sent by then (`server_models.py`) is others'. Once they were noticed, the newest reply, that to the request which left
last, says what the server counted; what has been sent since is known, and what others have sent since is a guess that
grows with the age of the news. What becomes free meanwhile depends on the window the server has, and that shows too:

- Sliding: what left an interval ago. As many of others' requests leave the window as come into it, in the mean.
- A count that is less than what was sent within an interval is no sliding window's. A bucket refills evenly, so no more
  is held to be free than that; nothing is lost by waiting there.
- A count that falls by more than either explains is a fixed window's that has begun anew: nothing becomes free in it,
  and all of it does at its end. Others are left what they spend in the rest of it.

The shares and cautions below are those that did best in `benchmarks.quota` beside a second program, over many seeds.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

from .quota_facts import Departure, News
from .server_models import ServerModels, slack
from .window import BurstWindow, DepartureTimes

FORGOTTEN = 3
"""Intervals after which others that were not noticed again are held to be gone."""
SLIDING_CAUTION = 1.6
"""How many standard deviations of what others may have sent since the news are left free for them."""
BUCKET_CAUTION = 2.0
"""The same for a bucket, of which nothing is lost that is left free."""
FIXED_CAUTION = 0.6
"""The same for a fixed window, in which only the last requests can be refused."""
NOISE = 2.0
"""Variance of a count, in requests: they overtake each other."""
LEAST_SPENDING = 0.1
"""Share of the limit that others who were noticed are held to spend in an interval at least."""
LEAST_AGE = 0.05
"""Share of the interval as which news counts that is fresher: who knows all at once leaves others their chance too."""
NEW = 2.2
"""Intervals for which others are new: what they send is not made up for yet by what leaves the window."""
NEW_AGE = 0.2
"""Share of the interval for which it is not made up for at most."""
EVEN = 1.3
"""How much faster than an even pace requests may go: bursts tell nothing of others for the rest of an interval."""
CATCHING_UP = 2.5
"""The same for a sliding window whose others are not new: what becomes free late is used soon."""
FALL: Final = 0.1
"""Share of the limit by which a count falls more than can be explained when a fixed window has begun anew."""
STARTED: Final = 0.3
"""Share of the limit that a fixed window has not counted yet when the first reply to a request in it comes."""
REMEMBERED = 2.5
"""Intervals for which a fixed window that was seen to begin anew is held to be one."""


class Room(NamedTuple):
    """How many places are free, how many requests a second may go, and when that changes without a reply."""

    free: float
    pace: float
    changes_at: float


class Others:
    """The spending of others in the window of one location; `window` is what this client has sent."""

    def __init__(self, window: BurstWindow) -> None:
        self._window = window
        self._models = ServerModels()
        self._noticed_at = -math.inf
        self._noticed_first = -math.inf
        self._news: News | None = None
        self._sliding = True
        self._fixed: FixedWindow | None = None

    def left(self, now: float, margin: float) -> Departure:
        """Note that a request of this client leaves, which the window has counted already."""
        return self._models.left(self._window.departures, now, self._window.limit, self._window.interval, margin)

    def counted(
        self, limit: int, remaining: int, departure: Departure, now: float, margin: float, refused: int
    ) -> bool:
        """Learn from what a reply says is left; of this client's requests so many were refused within an interval.

        Tell whether it shows others.
        """
        count = limit - remaining
        if count < departure.sliding_least - refused:
            self._sliding = False
        shows_others = not _ours_alone(count, departure) and count > self._alone_at_most(
            count, departure, limit, min(now, departure.at + margin), refused
        )
        if shows_others:
            self.notice(now)
            self._adopt_bucket(count, departure, limit, now)
        before = self._news
        if before is None or departure.number > before.number:
            self._news = news = News(departure.at, departure.number, count, count - departure.held)
            if before is not None:
                self._follow(before, news, limit, margin)
        return shows_others

    def _alone_at_most(
        self, count: int, departure: Departure, limit: int, overtaken_until: float, refused: int
    ) -> float:
        """Tell what a server that serves nobody else counts at most, of those that may count so little."""
        models = departure.sliding, departure.fixed, departure.bucket
        possible = [known.most for known in models if count >= known.least - refused]
        fixed = self._fixed_at(departure.at)
        if fixed is not None and departure.at > fixed.began_by:
            possible.append(departure.number - self._window.departures.by(fixed.began_after) + slack(limit))
        overtaking = max(self._window.departures.by(overtaken_until) - departure.number, 0)
        return max(possible, default=departure.sliding_most) + overtaking

    def _adopt_bucket(self, count: int, departure: Departure, limit: int, now: float) -> None:
        """Take over what others have taken of a bucket, which would be held against them for ever."""
        refilled = (now - departure.at) * limit / self._window.interval
        sent_since = self._window.departures.number - departure.number
        self._models.adopt_bucket(max(count - refilled, 0) + sent_since, now)

    def notice(self, now: float) -> None:
        """Note that others are there."""
        if not self.are_there(now):
            self._noticed_first = now
        self._noticed_at = now

    def are_there(self, now: float) -> bool:
        """Tell whether others were noticed of late, and something is known of what they do."""
        return self._news is not None and now - self._noticed_at <= FORGOTTEN * self._window.interval

    def are_long_gone(self, now: float) -> bool:
        """Tell whether they will not be there before they are noticed again."""
        return now - self._noticed_at > FORGOTTEN * self._window.interval

    def room(self, now: float, margin: float, kept: int) -> Room:
        """Tell what is free while others are there, for whom `kept` places are left at least."""
        assert self._news is not None
        fixed = self._fixed_at(now)
        if fixed is not None:
            return fixed.room(self._news, self._window, now, kept)
        return self._rolling_room(self._news, now, margin / 2, kept)  # free places make up for a place too early

    def _rolling_room(self, news: News, now: float, margin: float, kept: int) -> Room:
        window, interval = self._window, self._window.interval
        ours = window.used(now, margin)
        expired = window.departures.by(now - interval - margin)
        age = min(max(now - news.at, LEAST_AGE * interval), interval)
        theirs = float(max(news.theirs, 0))
        caution = SLIDING_CAUTION
        if not self._sliding:
            gone = max(expired - window.departures.by(news.at - interval), 0)
            refilled = min(gone, ours * age / interval)
            theirs = max(news.theirs + gone - refilled, 0.0)
            caution = BUCKET_CAUTION
        rate = max(theirs, LEAST_SPENDING * window.limit) / interval
        guess = caution * math.sqrt(2 * rate * age + NOISE)
        new = now - self._noticed_first < NEW * interval
        if new:
            guess += rate * min(age, NEW_AGE * interval)
        pace = CATCHING_UP if self._sliding and not new else EVEN
        changes_at = window.departures.at(expired) if expired < window.departures.number else now
        return Room(
            free=window.limit - ours - max(theirs + guess, kept),
            pace=pace * max(window.limit - max(theirs, kept), 1) / interval,
            changes_at=changes_at + interval + margin,
        )

    def _follow(self, before: News, news: News, limit: int, margin: float) -> None:
        """Look whether a fixed window has begun anew between two requests, or should have and did not."""
        fell = before.counted + news.number - before.number - news.counted
        if fell <= FALL * limit and self._fixed is None:
            return
        interval, departures = self._window.interval, self._window.departures
        fixed = self._fixed_at(news.at)
        if fell > FALL * limit and fell > self._explained(before, news, limit, margin) + FALL * limit:
            theirs = before.theirs if fixed is None else fixed.theirs(before, departures)
            rate = max(theirs, 0) / interval
            mean = rate if fixed is None else 0.6 * fixed.rate + 0.4 * rate
            self._fixed = FixedWindow(before.at, news.at, mean)
            self._models.adopt_window(news.at, departures.number - departures.by(before.at))
        elif fixed is not None and fixed.ends(interval) + margin < news.at and news.counted > STARTED * limit:
            self._fixed = None  # it should have begun anew and did not

    def _explained(self, before: News, news: News, limit: int, margin: float) -> float:
        """Tell by how much a count may fall between two requests when no window begins anew."""
        interval, departures = self._window.interval, self._window.departures
        passed = news.at - before.at
        if self._sliding and passed >= interval / 4:
            return math.inf
        expired = departures.by(news.at - interval + margin) - departures.by(before.at - interval - margin)
        explained = max(limit * passed / interval, expired + 2 * max(before.theirs, 0) * passed / interval)
        overtaken = sum(departures.by(one.at + margin) - departures.by(one.at - margin) for one in (before, news))
        return explained + overtaken

    def _fixed_at(self, now: float) -> FixedWindow | None:
        fixed = self._fixed
        return fixed if fixed is not None and now - fixed.began_by < REMEMBERED * self._window.interval else None


def _ours_alone(count: int, departure: Departure) -> bool:
    """Tell whether a window that serves nobody else counts as many."""
    return (
        departure.sliding_least <= count <= departure.sliding_most
        or departure.fixed_least <= count <= departure.fixed_most
        or departure.bucket_least <= count <= departure.bucket_most
    )


class FixedWindow(NamedTuple):
    """A window that began between two moments, and how many requests a second others send, in the mean of some."""

    began_after: float
    began_by: float
    rate: float

    def ends(self, interval: float) -> float:
        """Tell by when it has ended."""
        return self.began_by + interval

    def theirs(self, news: News, departures: DepartureTimes) -> int:
        """Count what others had sent in it by the news."""
        return news.counted - (news.number - departures.by(self.began_after))

    def room(self, news: News, window: BurstWindow, now: float, kept: int) -> Room:
        """Tell what is free in it, or in the next one when it has ended."""
        departures, interval = window.departures, window.interval
        ends, known_at, theirs, before = self.ends(interval), news.at, self.theirs(news, departures), self.began_after
        if now >= ends:
            before = known_at = ends
            ends, theirs = ends + interval, 0
        ours = departures.number - departures.by(before) + window.leaving
        rate = max(self.rate, LEAST_SPENDING * window.limit / interval)
        rest = max(ends - known_at, 0.0)
        guess = FIXED_CAUTION * math.sqrt(rate * min(now - known_at, rest) + NOISE)
        free = window.limit - ours - max(theirs + rate * rest + guess, kept)
        return Room(free=free, pace=EVEN * max(free, 1.0) / max(ends - now, interval / 20), changes_at=ends)
