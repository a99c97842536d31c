"""A location's quota: who goes next, and when (observed.md, "Limits").

Requests go in order of arrival, those of a higher priority first, as the burst (`burst.py`) and the day (`day.py`)
allow. A location waits alone: no other hears of it. Who is let go leaves at once: he has a place in his location's
quota and one of the client's slots, and takes neither while he waits for the other.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from .burst import Burst
from .clock import Clock
from .day import ASK_AGAIN, Day
from .estimate import Estimate, estimate
from .line import Line, Place, Slots
from .margin import Jitter
from .outcome import ErrorReason
from .quota_facts import Departure, RateHeaders
from .rate_headers import MAX_DAY
from .retry import MAX_RETRY_AFTER
from .settings import Settings
from .statistics import LocationStatistics

LONGEST_WAIT = MAX_DAY
"""Seconds: whoever would have to wait for longer than a day and a bit does not wait for a day."""

logger = logging.getLogger("growthhub_async")


class QuotaSpentError(Exception):
    """The location lets nobody go for longer than anybody is to be kept waiting; the text says why.

    With "stop" that is a spent day, or a pause of more than ten minutes: its records are cancelled. With "wait" it is a
    server that has refused everything for more than a day: they are exhausted.
    """

    def __init__(self, text: str, *, stops: bool) -> None:
        super().__init__(text)
        self.reason = ErrorReason.CANCELLED if stops else ErrorReason.EXHAUSTED


class LocationQuota:
    """Let the requests of one location go. Every `acquire` is followed by `give_back`, or by `left` and `returned`."""

    def __init__(
        self,
        settings: Settings,
        jitter: Jitter,
        slots: Slots,
        location_id: str,
        *,
        clock: Clock | None = None,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._location_id = location_id
        self._clock = clock or Clock()
        self._chance = chance
        self._burst = Burst(settings.requests_per_interval, settings.interval, jitter, settings.reserve)
        self._day = Day(settings.requests_per_day, settings.reserve)
        self._stops = settings.on_daily_quota == "stop"
        self._line = Line()
        self._slots = slots
        self._asked: tuple[int, int] | None = None
        self._needs_a_departure = False
        self._was_woken = False
        self._leaving = 0
        self._in_flight = 0
        self._throttled = 0
        self._told_until = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._closed: Exception | None = None

    def ticket(self) -> int:
        """Draw a ticket: who comes again with his own keeps his turn."""
        return self._line.ticket()

    async def acquire(self, priority: int = 0, ticket: int | None = None) -> None:
        """Wait until a request may go; raises QuotaSpentError when that is not to be waited for."""
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        place = Place(priority, self.ticket() if ticket is None else ticket, _come, turn)
        self.ask(place)
        if place.waits:
            try:
                await turn
            except BaseException:
                self.leave(place)
                raise
        if place.error is not None:
            raise place.error

    def ask(self, place: Place) -> None:
        """Settle a place when a request may go, be it at once, or with a QuotaSpentError where `acquire` raises it."""
        now = self._clock.now()
        if not self._line and self._slots.is_free and self._surely_free(now):
            self._let_go(now)
            place.settle()
        elif error := self._not_waited_for(now):
            place.settle(error)
        elif not self._line and self._slots.is_free and self._free_at(now) == now:
            self._let_go(now)
            place.settle()
        else:
            self._line.join(place)
            if self._asked is None or place.priority > self._asked[0]:
                self._wake()  # else the line waits for a slot, and no less for this one

    def leave(self, place: Place) -> None:
        """Give up a place, whether its turn has come or not."""
        if place.waits:
            self._line.leave(place)
        elif place.error is None:
            self.give_back()

    def left(self) -> Departure:
        """Note that a request which was let go leaves now."""
        self._leaving -= 1
        self._in_flight += 1
        departure = self._burst.left(self._clock.now())
        if self._needs_a_departure:
            self._wake()
        return departure

    def give_back(self) -> None:
        """Note that a request which was let go will never leave."""
        self._leaving -= 1
        self._burst.give_back()
        self._day.give_back()
        self._release_slot()

    def returned(
        self,
        departure: Departure,
        headers: RateHeaders | None,
        *,
        throttled: bool = False,
        retry_after: float | None = None,
    ) -> None:
        """Note that a request which left is over, and learn from its reply, if there is one that tells anything.

        `throttled` when the quota refused it, and for how many seconds the server then asks to wait.
        """
        self._in_flight -= 1
        if headers is None:
            self._day.unheard(self._clock.now())
        else:
            self._learn(departure, headers, throttled=throttled, retry_after=retry_after)
        self._release_slot()

    def send_away(self, error: Exception) -> None:
        """Send everybody away who waits; who comes later may wait again."""
        self._line.send_away(error)
        self._wake()

    def close(self, error: Exception) -> None:
        """Send everybody away who waits or comes, until it is opened again."""
        self._closed = error
        self._wake()

    def open(self) -> None:
        """Let requests come again."""
        self._closed = None

    def statistics(self) -> LocationStatistics:
        """Freeze how things stand."""
        now = self._clock.now()
        held_for = max(self._burst.paused_until, self._day.spent_until(now)) - now
        for_day = self._day.spent_until(now) > now
        return LocationStatistics(
            in_flight=self._in_flight,
            waiting=len(self._line),
            window_used=self._burst.used(now),
            window_limit=self._burst.limit,
            day_used=self._day.used(now),
            day_limit=self._day.limit,
            paused_until=_at(held_for) if held_for > 0 else None,
            paused_for=("day" if for_day else "refusal") if held_for > 0 else None,
            throttled=self._throttled,
        )

    def estimate(self, requests: int, now: float) -> Estimate:
        """Estimate how long so many more requests take, with nobody before them in line."""
        return estimate(
            requests,
            starts_in=max(0.0, self._burst.paused_until - now),
            per_interval=self._burst.ours,
            interval=self._burst.interval,
            per_day=self._day.ours,
            left_today=self._day.left(now),
            day_ends_in=self._day.ends_in(now),
        )

    def _learn(self, departure: Departure, headers: RateHeaders, *, throttled: bool, retry_after: float | None) -> None:
        now = self._clock.now()
        self._burst.heard(headers, departure, now)
        self._day.heard(headers, departure.at, now, refused=throttled, retry_after=retry_after)
        if not throttled:
            self._burst.admitted()
            return
        self._throttled += 1
        if headers.daily_remaining != 0:
            self._burst.refused(departure, now, retry_after, self._chance())

    def _free_at(self, now: float) -> float | None:
        day_free_at = self._day.free_at(now, self._leaving + self._in_flight)
        burst_free_at = self._burst.free_at(now)
        return None if day_free_at is None or burst_free_at is None else max(day_free_at, burst_free_at)

    def _surely_free(self, now: float) -> bool:
        """Tell whether one more may go at once, for next to nothing: False says only that it has to be looked at."""
        if self._closed is not None or not self._burst.surely_free(now):
            return False
        return self._day.surely_free(now, self._leaving + self._in_flight)

    def _let_go(self, now: float) -> None:
        self._slots.take()
        self._leaving += 1
        self._burst.take(now)
        self._day.take(now)

    def _not_waited_for(self, now: float) -> Exception | None:
        if self._closed is not None:
            return self._closed
        if self._burst.paused_until <= now and self._day.spent_until(now) <= now:
            return None
        text = self._why_not_waited_for(now)
        return None if text is None else QuotaSpentError(text, stops=self._stops)

    def _why_not_waited_for(self, now: float) -> str | None:
        """Say why nobody is kept waiting, if so."""
        spent_for = self._day.spent_until(now) - now
        if spent_for > 0 and self._stops:
            again = f"{_at(spent_for):%Y-%m-%d %H:%M} UTC"
            return f"the day's quota of the location is spent; it begins anew at {again}"
        longest = MAX_RETRY_AFTER if self._stops else LONGEST_WAIT
        paused_for = max(spent_for, self._burst.paused_until - now)
        if paused_for > 0 and self._burst.refused_for(now) > longest:
            return f"the server has refused every request for {longest:,.0f} s"
        if paused_for > longest:
            return f"the server asks to wait {paused_for:,.0f} s"
        return None

    def _release_slot(self) -> None:
        """Give a slot back, which may be this line's turn, and let those go who need no more than what was learnt."""
        self._was_woken = False
        self._slots.release()
        if not self._was_woken:
            self._wake()

    def _wake(self) -> None:
        """Hand free places to those whose turn it is, and see to it that the next is handed on when it comes free."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._needs_a_departure = False
        self._was_woken = True
        now = self._clock.now()
        while self._line:
            if self._slots.is_free and self._surely_free(now):
                self._let_go(now)
                self._line.call_next()
                continue
            if error := self._not_waited_for(now):
                self._line.send_away(error)
                return
            if not self._slots.is_free:
                self._ask_for_slot()
                return
            free_at = self._free_at(now)
            if free_at is None:
                self._needs_a_departure = True
                return
            if free_at > now:
                self._tell_of_wait(now)
                self._timer = asyncio.get_running_loop().call_at(free_at, self._wake)
                return
            self._let_go(now)
            self._line.call_next()

    def _ask_for_slot(self) -> None:
        """Be woken when a slot is free; once for all who wait here, unless it has become more urgent."""
        priority = self._line.priority
        if self._asked is None or priority > self._asked[0]:
            self._asked = priority, self._slots.ask_again(self._slot_is_free, priority)

    def _slot_is_free(self, ticket: int) -> None:
        if self._asked is not None and ticket == self._asked[1]:  # else it was asked for more urgently after that
            self._asked = None
            self._wake()

    def _tell_of_wait(self, now: float) -> None:
        """Log once that the day is spent, however often it is found to be so still."""
        spent_until = self._day.spent_until(now)
        if spent_until <= now:
            return
        if now >= self._told_until:
            until = f"{_at(spent_until - now):%Y-%m-%d %H:%M} UTC"
            logger.warning("location %s: the day's quota is spent; waiting until %s", self._location_id, until)
        self._told_until = spent_until + ASK_AGAIN


class Quotas:
    """The quotas of all locations of a client, and what they share: its slots, and the jitter of its network."""

    def __init__(self, settings: Settings) -> None:
        self.jitter = Jitter()
        self.clock = Clock()
        self._settings = settings
        self._slots = Slots(settings.concurrency)
        self._by_location: dict[str, LocationQuota] = {}

    def of(self, location_id: str) -> LocationQuota:
        """Give the quota of a location."""
        quota = self._by_location.get(location_id)
        if quota is None:
            quota = self._by_location[location_id] = self._make(location_id)
        return quota

    def estimate(self, location_id: str, requests: int) -> Estimate:
        """Estimate how long so many more requests of a location take, also of one that has not been used."""
        used = self._by_location.get(location_id)
        return (
            self._make(location_id).estimate(requests, now=0.0)
            if used is None
            else used.estimate(requests, self.clock.now())
        )

    def close(self, error: Exception) -> None:
        """Send away all who wait for a quota."""
        for quota in self._by_location.values():
            quota.close(error)

    def open(self) -> None:
        """Let requests come again, on the loop that is running."""
        self.clock.open()
        for quota in self._by_location.values():
            quota.open()

    def statistics(self) -> dict[str, LocationStatistics]:
        """Freeze how things stand with each location that has been used."""
        return {location_id: quota.statistics() for location_id, quota in self._by_location.items()}

    def _make(self, location_id: str) -> LocationQuota:
        return LocationQuota(self._settings, self.jitter, self._slots, location_id, clock=self.clock)


def _at(seconds: float) -> datetime:
    """Tell the time of day so many seconds from now."""
    return datetime.now(UTC) + timedelta(seconds=seconds)


def _come(turn: asyncio.Future[None]) -> None:
    if not turn.done():
        turn.set_result(None)
