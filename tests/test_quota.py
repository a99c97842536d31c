"""The line at a location's quota, on a virtual clock."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from aiolimiter import AsyncLimiter

from growthhub_async import ErrorReason
from growthhub_async.burst import GENTLE, LONGEST_PAUSE
from growthhub_async.day import AT_LEAST, DAY, LATE
from growthhub_async.line import Slots
from growthhub_async.margin import UNKNOWN, Jitter
from growthhub_async.quota import LONGEST_WAIT, LocationQuota, Quotas, QuotaSpentError
from growthhub_async.rate_headers import SILENT, RateHeaders
from growthhub_async.retry import MAX_RETRY_AFTER
from growthhub_async.settings import Settings
from tests import virtual


def _now() -> float:
    return asyncio.get_running_loop().time()


async def _quota(limit: int, interval: float = 10.0, **settings: Any) -> LocationQuota:
    """Make the quota of a location that has replied already, so long ago that the reply is in no window any more, and
    so slowly that nobody waits for the next.
    """
    limits = Settings(requests_per_interval=limit, interval=interval, **{"concurrency": 1_000} | settings)
    quota = LocationQuota(limits, Jitter(), Slots(limits.concurrency), "loc1", chance=lambda: 0.0)
    await quota.acquire()
    departure = quota.left()
    await asyncio.sleep(interval / 2)
    quota.returned(departure, SILENT)
    await asyncio.sleep(interval + UNKNOWN - _now())
    return quota


async def _exchange(quota: LocationQuota, headers: RateHeaders | None = None, **refusal: Any) -> float:
    """Send a request and hear its reply at once; tell when it left."""
    await quota.acquire()
    departure = quota.left()
    quota.returned(departure, headers, **refusal)
    return departure.at


async def _send(quota: LocationQuota, left: list[float]) -> None:
    await quota.acquire()
    left.append(quota.left().at)


def _most_in_a_window(times: list[float], interval: float) -> int:
    return max(sum(start <= time < start + interval for time in times) for start in times)


START = 10 + UNKNOWN
"""When a test begins, after the first reply."""


def test_a_quota_is_used_at_once_and_then_window_by_window() -> None:
    """The first 100 leave together, the next 100 one interval and a margin later, and no window is overrun."""

    async def main() -> list[float]:
        quota = await _quota(100)
        left: list[float] = []
        await asyncio.gather(*(_send(quota, left) for _ in range(250)))
        return left

    left = virtual.run(main)
    assert left[99] == pytest.approx(START, abs=0.01)
    assert left[100] == pytest.approx(2 * START, abs=0.01)
    assert left[249] == pytest.approx(3 * START, abs=0.01)
    assert _most_in_a_window(left, 10.0) == 100


def test_a_leaky_bucket_would_overrun_the_window() -> None:
    """AsyncLimiter(100, 10) lets 199 go in its first 10 s: the reason for a window of our own."""

    async def main() -> list[float]:
        limiter = AsyncLimiter(100, 10)
        left: list[float] = []
        for _ in range(250):
            await limiter.acquire()
            left.append(_now())
        return left

    assert _most_in_a_window(virtual.run(main), 10.0) == 199


def test_those_who_wait_go_in_the_order_they_came_but_for_priority() -> None:
    """The line is first come, first served; a higher priority passes it."""

    async def main() -> list[int]:
        quota = await _quota(1, 1.0)
        order: list[int] = []

        async def send(number: int, priority: int) -> None:
            await quota.acquire(priority)
            order.append(number)
            quota.left()

        await asyncio.gather(*(send(number, priority=number == 6) for number in range(8)))
        return order

    assert virtual.run(main) == [0, 6, 1, 2, 3, 4, 5, 7]


def test_a_place_that_is_given_back_is_free_at_once() -> None:
    """A request that never left costs nothing."""

    async def main() -> float:
        quota = await _quota(1)
        await quota.acquire()
        waiting = asyncio.create_task(quota.acquire())
        await asyncio.sleep(1)
        quota.give_back()
        await waiting
        return _now()

    assert virtual.run(main) == pytest.approx(START + 1, abs=0.01)


@pytest.mark.parametrize("when", [lambda: 0.0, lambda: 9.0, lambda: 10.251, lambda: 10.5])
def test_a_waiter_that_is_cancelled_leaves_no_hole(when: Callable[[], float]) -> None:
    """Whenever one in the line is cancelled, before its turn or after it, the one behind it still goes."""

    async def main() -> int:
        quota = await _quota(1)
        left: list[float] = []
        await _send(quota, left)
        first = asyncio.create_task(_send(quota, left))
        second = asyncio.create_task(_send(quota, left))
        asyncio.get_running_loop().call_later(when(), first.cancel)
        await asyncio.wait([first, second])
        return len(left)

    assert virtual.run(main) in (2, 3)


def test_a_waiter_cancelled_in_its_turn_gives_its_place_back() -> None:
    """A place that was handed over and not used is free at once, not after an interval."""

    async def main() -> float:
        quota = await _quota(1)
        await _send(quota, [])
        first = asyncio.create_task(quota.acquire())
        second = asyncio.create_task(quota.acquire())
        await asyncio.sleep(1)
        timer = quota._timer  # when it fires, the place is the first's; cancelled right after, it has not run yet
        assert timer is not None
        asyncio.get_running_loop().call_at(timer.when() - virtual.LATE + 1e-9, first.cancel)
        await second
        assert first.cancelled()
        return _now()

    assert virtual.run(main) == pytest.approx(2 * START, abs=0.01)


def test_who_comes_when_a_place_is_free_already_passes_nobody() -> None:
    """The timer that hands the place to the first in line is a little late: who comes before it fires is not first."""

    async def main() -> bool:
        quota = await _quota(1)
        await _exchange(quota, SILENT)
        first = asyncio.create_task(quota.acquire())
        await asyncio.sleep(1)
        assert quota._timer is not None
        quota._timer.cancel()  # as late as can be
        await asyncio.sleep(10)
        later = asyncio.create_task(quota.acquire())
        await first
        gone = later.done()
        later.cancel()
        await asyncio.wait([later])
        return gone

    assert not virtual.run(main)


def test_a_refusal_holds_those_who_wait_and_those_who_come() -> None:
    """Nobody of the location leaves during a pause; then they go one after the other."""

    async def main() -> list[float]:
        quota = await _quota(10)
        for _ in range(9):
            await _send(quota, [])
        await quota.acquire()
        refused = quota.left()
        waiting = asyncio.gather(*(_exchange(quota, SILENT) for _ in range(3)))
        await asyncio.sleep(1)
        quota.returned(refused, SILENT, throttled=True, retry_after=20.0)
        last = await _exchange(quota, SILENT)
        return [*await waiting, last]

    assert virtual.run(main) == pytest.approx([START + 21 + n / GENTLE for n in range(4)], abs=0.01)


def test_a_spent_day_is_waited_for_and_told_once(caplog: pytest.LogCaptureFixture) -> None:
    """Until the reset nobody goes; then one goes alone, and the rest when it was heard."""
    caplog.set_level(logging.WARNING)

    async def main() -> list[float]:
        quota = await _quota(100)
        await _exchange(quota, RateHeaders(daily_limit=200_000, daily_remaining=0, daily_reset=5 * 3_600))
        left: list[float] = []

        async def first() -> None:
            await quota.acquire()
            departure = quota.left()
            left.append(departure.at)
            await asyncio.sleep(1)
            quota.returned(departure, RateHeaders(daily_limit=200_000, daily_remaining=199_999))

        await asyncio.gather(first(), *(_send(quota, left) for _ in range(3)))
        return left

    reset = START + 5 * 3_600
    assert virtual.run(main) == pytest.approx([reset, *[reset + 1] * 3], abs=0.01)
    [told] = [record.getMessage() for record in caplog.records]
    assert told.startswith("location loc1: the day's quota is spent; waiting until ")


def test_a_spent_day_that_is_not_waited_for_sends_everybody_away() -> None:
    """With `on_daily_quota="stop"` those who wait and those who come hear it at once; the next day they may go."""

    async def main() -> list[float]:
        quota = await _quota(100, requests_per_day=3, on_daily_quota="stop")
        await _exchange(quota)
        await _exchange(quota)
        waiting = asyncio.create_task(quota.acquire())
        with pytest.raises(QuotaSpentError, match=r"the day's quota .* is spent; it begins anew at \d{4}-"):
            await waiting
        with pytest.raises(QuotaSpentError) as raised:
            await quota.acquire()
        assert raised.value.reason is ErrorReason.CANCELLED
        assert quota.statistics().paused_for == "day"
        spent_at = _now()
        await asyncio.sleep(DAY + LATE)
        await quota.acquire()
        return [spent_at]

    assert virtual.run(main) == pytest.approx([START], abs=0.01)


def test_the_last_of_a_day_leave_although_their_day_is_spent_by_them() -> None:
    """Who was let go leaves, however many fill the day together; who comes after them waits for the next."""

    async def main() -> list[float]:
        quota = await _quota(100, requests_per_day=6)  # one of them is sent already
        return [await _exchange(quota, SILENT) for _ in range(6)]

    left = virtual.run(main)
    assert left[:5] == pytest.approx([START] * 5, abs=0.01)
    assert left[5] == pytest.approx(DAY + LATE, abs=0.01)


def test_who_comes_after_the_last_of_a_day_is_sent_away_at_once(caplog: pytest.LogCaptureFixture) -> None:
    """With `on_daily_quota="stop"` nobody waits for what is in flight, and no log says that somebody waits."""

    async def main() -> list[int]:
        quota = await _quota(2, requests_per_day=4, on_daily_quota="stop")
        settled = await asyncio.gather(*(quota.acquire() for _ in range(2)))
        waiting = [asyncio.create_task(quota.acquire()) for _ in range(3)]
        await asyncio.sleep(1)
        quota.left()
        quota.left()
        await asyncio.wait(waiting)
        return [len(settled), sum(isinstance(task.exception(), QuotaSpentError) for task in waiting)]

    with caplog.at_level(logging.WARNING, "growthhub_async"):
        assert virtual.run(main) == [2, 2]
    assert caplog.records == []


def test_a_day_whose_end_is_not_told_is_asked_for_and_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    """One that finds it spent again and again logs no line each time."""

    async def main() -> int:
        quota = await _quota(100)
        refused = 0
        while _now() < 20_000:
            await _exchange(quota, RateHeaders(daily_limit=100, daily_remaining=0), throttled=True)
            refused += 1
        return refused

    with caplog.at_level(logging.WARNING, "growthhub_async"):
        assert 20 < virtual.run(main) < 40
    assert len(caplog.records) == 1


def test_a_location_takes_no_place_while_it_waits_for_a_slot() -> None:
    """With one slot, who is urgent goes next, whatever number waits: their places were not given to them already."""

    async def main() -> float:
        quota = await _quota(100, concurrency=1)

        async def exchange(priority: int) -> None:
            await quota.acquire(priority)
            departure = quota.left()
            await asyncio.sleep(0.5)
            quota.returned(departure, SILENT)

        import_tasks = [asyncio.create_task(exchange(0)) for _ in range(300)]
        await asyncio.sleep(0.6)
        before = _now()
        await exchange(1)
        took = _now() - before
        for task in import_tasks:
            task.cancel()
        await asyncio.wait(import_tasks)
        return took

    assert virtual.run(main) <= 1.01


def test_locations_share_the_slots_in_turn() -> None:
    """One that has a thousand in line takes no more of two slots than one that has ten."""

    async def main() -> tuple[float, float]:
        limits = Settings(concurrency=2)
        slots = Slots(limits.concurrency)
        many, few = (LocationQuota(limits, Jitter(), slots, name) for name in ("many", "few"))

        async def exchange(quota: LocationQuota) -> float:
            await quota.acquire()
            departure = quota.left()
            await asyncio.sleep(0.01)
            quota.returned(departure, SILENT)
            return _now()

        async def run(quota: LocationQuota, number: int) -> float:
            return max(await asyncio.gather(*(exchange(quota) for _ in range(number))))

        return tuple(await asyncio.gather(run(many, 90), run(few, 10)))

    many_done, few_done = virtual.run(main)
    assert few_done < 0.25 < many_done


def test_a_location_that_waits_for_a_slot_once_more_is_asked_once_more() -> None:
    """It hears of each slot that another location releases, not of the first alone."""

    async def main() -> None:
        limits = Settings(concurrency=1)
        slots = Slots(limits.concurrency)
        one, other = (LocationQuota(limits, Jitter(), slots, name) for name in ("one", "other"))
        for _ in range(2):
            await one.acquire()
            waiting = asyncio.create_task(other.acquire())
            await asyncio.sleep(1)
            one.returned(one.left(), SILENT)
            await waiting
            other.returned(other.left(), SILENT)

    virtual.run(main)


def test_a_location_whose_wait_for_a_slot_has_become_urgent_is_next() -> None:
    """Who is urgent there passes the locations that asked before, though his own had asked already."""

    async def main() -> list[str]:
        limits = Settings(concurrency=1)
        slots = Slots(limits.concurrency)
        holder, *locations = (LocationQuota(limits, Jitter(), slots, name) for name in ("holder", "one", "other"))
        order: list[str] = []

        async def send(quota: LocationQuota, name: str, priority: int) -> None:
            await quota.acquire(priority)
            order.append(name)
            quota.returned(quota.left(), SILENT)

        await holder.acquire()
        waiting = []
        for quota, name, priority in (
            (locations[0], "first", 0),
            (locations[1], "second", 0),
            (locations[1], "urgent", 1),
        ):
            waiting.append(asyncio.create_task(send(quota, name, priority)))
            await asyncio.sleep(1)
        holder.returned(holder.left(), SILENT)
        await asyncio.gather(*waiting)
        return order

    assert virtual.run(main)[0] == "urgent"


def test_who_comes_again_with_his_ticket_goes_before_those_who_came_after_him() -> None:
    """A record that was refused keeps its turn."""

    async def main() -> list[str]:
        quota = await _quota(1)
        order = []

        async def send(name: str, ticket: int) -> None:
            await quota.acquire(0, ticket)
            order.append(name)
            quota.returned(quota.left(), SILENT)

        first = quota.ticket()
        await _exchange(quota, SILENT)
        later = asyncio.create_task(send("later", quota.ticket()))
        await asyncio.sleep(1)
        await asyncio.gather(send("first", first), later)
        return order

    assert virtual.run(main) == ["first", "later"]


def test_a_closed_quota_sends_everybody_away_until_it_is_opened() -> None:
    """Those who wait and those who come hear why."""

    async def main() -> None:
        quota = await _quota(1)
        await _exchange(quota, SILENT)
        waiting = asyncio.create_task(quota.acquire())
        await asyncio.sleep(1)
        quota.close(ZeroDivisionError())
        with pytest.raises(ZeroDivisionError):
            await waiting
        with pytest.raises(ZeroDivisionError):
            await quota.acquire()
        quota.open()
        await _exchange(quota, SILENT)

    virtual.run(main)


def test_a_429_for_the_day_leaves_the_burst_alone() -> None:
    """It is the day that is waited for, and afterwards nobody goes gently for it."""

    async def main() -> list[float]:
        quota = await _quota(100)
        spent = RateHeaders(daily_limit=100, daily_remaining=0, daily_reset=10.0)
        await _exchange(quota, spent, throttled=True)
        await _exchange(quota, RateHeaders(daily_limit=100, daily_remaining=99))
        left: list[float] = []
        await asyncio.gather(*(_send(quota, left) for _ in range(50)))
        return left

    assert virtual.run(main) == pytest.approx([START + 10] * 50, abs=0.01)


@pytest.mark.parametrize(("reset", "asked", "waits"), [(0.001, None, AT_LEAST), (None, 30.0, 30.0)])
def test_a_429_for_the_day_says_when_to_come_again(reset: float | None, asked: float | None, waits: float) -> None:
    """A reset that is at hand is not believed of a refusal, and without one `Retry-After` is."""

    async def main() -> float:
        quota = await _quota(100)
        spent = RateHeaders(daily_limit=100, daily_remaining=0, daily_reset=reset)
        await _exchange(quota, spent, throttled=True, retry_after=asked)
        return await _exchange(quota, SILENT)

    assert virtual.run(main) == pytest.approx(START + waits, abs=0.01)


def test_a_429_for_the_day_that_asks_for_days_sends_everybody_away() -> None:
    """Nobody waits for a week, whatever it is that asks for it."""

    async def main() -> None:
        quota = await _quota(100)
        spent = RateHeaders(daily_limit=100, daily_remaining=0)
        await _exchange(quota, spent, throttled=True, retry_after=7 * DAY)
        with pytest.raises(QuotaSpentError, match="the server asks to wait") as raised:
            await quota.acquire()
        assert raised.value.reason is ErrorReason.EXHAUSTED

    virtual.run(main)


def test_one_that_passes_ends_the_pauses_that_grew() -> None:
    """The next refusal is the first again, and is waited for no longer than it asks."""

    async def main() -> float:
        quota = await _quota(100)
        for _ in range(3):
            await _exchange(quota, SILENT, throttled=True, retry_after=1.0)
        await _exchange(quota, SILENT)
        refused_at = await _exchange(quota, SILENT, throttled=True, retry_after=1.0)
        return await _exchange(quota, SILENT) - refused_at

    assert virtual.run(main) == pytest.approx(1, abs=0.01)


def test_a_request_that_never_left_costs_nothing_of_the_day() -> None:
    """The last that the server has left, and we have, can still go when one was given back."""

    async def main() -> float:
        quota = await _quota(100, requests_per_day=3)
        await _exchange(quota, RateHeaders(daily_limit=3, daily_remaining=1))
        await quota.acquire()
        quota.give_back()
        return await _exchange(quota, SILENT)

    assert virtual.run(main) == pytest.approx(START, abs=0.01)


def test_each_day_that_is_spent_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """A run of days tells of every one of them."""

    async def main() -> None:
        quota = await _quota(100, requests_per_day=2)
        await _exchange(quota, SILENT)
        await _exchange(quota, SILENT)
        await asyncio.sleep(3_600)
        await _exchange(quota, SILENT)
        await _exchange(quota, SILENT)

    with caplog.at_level(logging.WARNING, "growthhub_async"):
        virtual.run(main)
    assert len(caplog.records) == 2


@pytest.mark.parametrize("asked", [MAX_RETRY_AFTER - 1, MAX_RETRY_AFTER + 1])
def test_a_pause_that_is_longer_than_anybody_waits_sends_everybody_away(asked: float) -> None:
    """With "stop" a server that asks for more ends the wait with its reason; one that asks for less is obeyed."""

    async def main() -> float:
        quota = await _quota(100, on_daily_quota="stop")
        await _exchange(quota, SILENT, throttled=True, retry_after=asked)
        if asked > MAX_RETRY_AFTER:
            with pytest.raises(QuotaSpentError, match="the server asks to wait") as raised:
                await quota.acquire()
            assert raised.value.reason is ErrorReason.CANCELLED
            await asyncio.sleep(2)
        return await _exchange(quota, SILENT)

    assert virtual.run(main) == pytest.approx(START + asked, abs=0.01)


def test_with_wait_a_pause_of_a_day_is_waited_for() -> None:
    """A server that asks for a day gets it."""

    async def main() -> float:
        quota = await _quota(100)
        await _exchange(quota, SILENT, throttled=True, retry_after=DAY)
        return await _exchange(quota, SILENT)

    assert virtual.run(main) == pytest.approx(START + DAY, abs=0.01)


def test_a_refusal_after_a_quiet_time_is_the_first_of_its_own() -> None:
    """What was refused a day before says nothing of the time in which nothing was sent: nobody is sent away for it."""

    async def main() -> None:
        quota = await _quota(100, on_daily_quota="stop")
        await _exchange(quota, SILENT, throttled=True)
        await asyncio.sleep(DAY)
        await _exchange(quota, SILENT, throttled=True)
        await _exchange(quota, SILENT)

    virtual.run(main)


@pytest.mark.parametrize(
    ("on_daily_quota", "longest"), [("stop", MAX_RETRY_AFTER), ("wait", LONGEST_WAIT)], ids=["stop", "wait"]
)
def test_a_location_that_refuses_everything_is_given_up_and_asked_again_later(
    on_daily_quota: str, longest: float
) -> None:
    """The pauses grow, few requests are spent, an end comes; and when it lets one pass, all is well again."""

    async def main() -> tuple[float, int]:
        quota = await _quota(100, on_daily_quota=on_daily_quota)
        refused = 0

        async def be_refused() -> None:
            nonlocal refused
            while True:
                await _exchange(quota, SILENT, throttled=True)
                refused += 1

        with pytest.raises(QuotaSpentError, match="has refused every request"):
            await be_refused()
        ended_at = _now()
        await asyncio.sleep(LONGEST_PAUSE + 1)
        await _exchange(quota, SILENT)
        await _exchange(quota, SILENT)
        return ended_at, refused

    ended_at, refused = virtual.run(main)
    assert longest < ended_at - START < longest + 700
    assert refused < 10 + longest / 100


def test_statistics_tell_how_things_stand() -> None:
    """In flight, in line, the window, the day, the pause and the 429s."""

    async def main() -> None:
        quota = await _quota(10, requests_per_day=1_000)
        refused = []
        for _ in range(10):
            await quota.acquire()
            refused.append(quota.left())
        waiting = [asyncio.create_task(quota.acquire()) for _ in range(3)]
        await asyncio.sleep(1)
        calm = quota.statistics()
        assert (calm.in_flight, calm.waiting, calm.window_used, calm.window_limit) == (10, 3, 10, 10)
        assert (calm.day_used, calm.day_limit, calm.paused_until, calm.throttled) == (11, 1_000, None, 0)
        told = RateHeaders(daily_limit=500, daily_remaining=80, daily_reset=100.0)
        quota.returned(refused.pop(), told, throttled=True, retry_after=30.0)
        quota.returned(refused.pop(), None)
        paused = quota.statistics()
        assert (paused.in_flight, paused.day_used, paused.day_limit, paused.throttled) == (8, 421, 500, 1)
        assert paused.paused_until is not None
        assert (calm.paused_for, paused.paused_for) == (None, "refusal")
        assert (paused.paused_until - datetime.now(UTC)).total_seconds() == pytest.approx(30, abs=1)
        with pytest.raises(AttributeError):
            paused.throttled = 0  # type: ignore[misc]
        for task in waiting:
            task.cancel()
        await asyncio.wait(waiting)
        assert quota.statistics().waiting == 0

    virtual.run(main)


def test_statistics_tell_until_when_a_spent_day_holds() -> None:
    """A day that is spent holds the location as a pause does."""

    async def main() -> None:
        quota = await _quota(10)
        await _exchange(quota, RateHeaders(daily_limit=100, daily_remaining=0, daily_reset=60.0))
        held_until = quota.statistics().paused_until
        assert held_until is not None
        assert (held_until - datetime.now(UTC)).total_seconds() == pytest.approx(60, abs=1)

    virtual.run(main)


def test_an_estimate_knows_what_the_quota_knows() -> None:
    """What is reserved is not planned with, and what was spent of the day is missed."""

    async def main() -> tuple[int, float]:
        quota = await _quota(100, reserve=0.2)
        fresh = quota.estimate(81, _now())
        assert fresh.a_day == 160_000
        await _exchange(quota, RateHeaders(daily_limit=200_000, daily_remaining=40_050, daily_reset=70.0))
        return quota.estimate(51, _now()).today, fresh.seconds

    assert virtual.run(main) == (50, 10.0)


def test_each_location_has_its_own_quota() -> None:
    """The same location is the same quota, another one another."""
    quotas = Quotas(Settings())
    first = quotas.of("loc1")
    assert quotas.of("loc1") is first
    assert quotas.of("loc2") is not first


def test_locations_keep_their_turns_whatever_urgent_came_between() -> None:
    """Who was passed by somebody urgent of another location still has his turn, and the other not one more for it."""

    async def main() -> tuple[int, int]:
        limits = Settings(concurrency=4)
        slots = Slots(limits.concurrency)
        one, other = (LocationQuota(limits, Jitter(), slots, name) for name in ("one", "other"))
        done = {one: 0, other: 0}

        async def exchange(quota: LocationQuota, priority: int = 0) -> None:
            await quota.acquire(priority)
            departure = quota.left()
            await asyncio.sleep(0.1)
            quota.returned(departure, SILENT)
            done[quota] += 1

        waiting = [asyncio.create_task(exchange(quota)) for quota in (one, other) for _ in range(90)]
        for _ in range(10):
            await asyncio.sleep(0.05)
            await exchange(one, priority=1)
        before = dict(done)
        await asyncio.sleep(0.5)
        for task in waiting:
            task.cancel()
        await asyncio.wait(waiting)
        return done[one] - before[one], done[other] - before[other]

    of_one, of_other = virtual.run(main)
    assert abs(of_one - of_other) <= 1
