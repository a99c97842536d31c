"""The line at a location's quota when its day is spent, on a virtual clock."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime

import pytest

from growthhub_async import ErrorReason
from growthhub_async.day import AT_LEAST, DAY, LATE
from growthhub_async.quota import QuotaSpentError
from growthhub_async.quota_facts import SILENT, RateHeaders
from tests import virtual
from tests.quoting import START
from tests.quoting import exchange as _exchange
from tests.quoting import location_quota as _quota
from tests.quoting import now as _now
from tests.quoting import send as _send


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


def test_a_refusal_after_a_quiet_time_is_the_first_of_its_own() -> None:
    """What was refused a day before says nothing of the time in which nothing was sent: nobody is sent away for it."""

    async def main() -> None:
        quota = await _quota(100, on_daily_quota="stop")
        await _exchange(quota, SILENT, throttled=True)
        await asyncio.sleep(DAY)
        await _exchange(quota, SILENT, throttled=True)
        await _exchange(quota, SILENT)

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
