"""The line at a location's quota, on a virtual clock."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from aiolimiter import AsyncLimiter

from growthhub_async import ErrorReason
from growthhub_async.burst import GENTLE, LONGEST_PAUSE
from growthhub_async.day import DAY
from growthhub_async.quota import LONGEST_WAIT, Quotas, QuotaSpentError
from growthhub_async.quota_facts import SILENT, RateHeaders
from growthhub_async.retry import MAX_RETRY_AFTER
from growthhub_async.settings import Settings
from tests import virtual
from tests.quoting import START
from tests.quoting import exchange as _exchange
from tests.quoting import location_quota as _quota
from tests.quoting import most_in_a_window as _most_in_a_window
from tests.quoting import now as _now
from tests.quoting import send as _send


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
