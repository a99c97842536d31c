"""A location's quota, on a virtual clock."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from aiolimiter import AsyncLimiter
from hypothesis import given
from hypothesis import strategies as st

from growthhub_async.quota import BurstWindow, LocationQuota
from tests import virtual


def _now() -> float:
    return asyncio.get_running_loop().time()


async def _send(quota: LocationQuota, arrivals: list[float], latency: float = 0.3) -> None:
    await quota.acquire()
    arrivals.append(_now())
    await asyncio.sleep(latency)
    quota.landed()


def _most_in_a_window(arrivals: list[float], interval: float) -> int:
    return max(sum(start <= arrived < start + interval for arrived in arrivals) for start in arrivals)


@given(
    limit=st.integers(1, 5),
    steps=st.lists(st.tuples(st.sampled_from(["send", "land", "give back"]), st.floats(0, 8)), max_size=60),
)
def test_a_window_never_holds_more_than_its_limit(limit: int, steps: list[tuple[str, float]]) -> None:
    """Counted from any moment between a request's leaving and its landing, no interval holds more than the limit."""
    window = BurstWindow(limit, 10.0)
    now, on_the_way, landings = 0.0, 0, []
    for step, wait in steps:
        now += wait
        if step == "send" and window.room_at(now) == now:
            window.take()
            on_the_way += 1
        elif step == "land" and on_the_way:
            window.landed(now)
            on_the_way -= 1
            landings.append(now)
        elif step == "give back" and on_the_way:
            window.give_back()
            on_the_way -= 1
        assert on_the_way + sum(landed > now - 10.0 for landed in landings) <= limit


def test_a_window_says_when_there_will_be_room() -> None:
    """Full of landed requests it names the moment; full of requests on their way it cannot know."""
    window = BurstWindow(1, 10.0)
    window.take()
    assert window.room_at(5.0) is None
    window.landed(5.0)
    assert window.room_at(6.0) == pytest.approx(15.0, abs=0.01)
    assert window.room_at(15.01) == 15.01


def test_a_fresh_quota_is_used_at_once_and_then_window_by_window() -> None:
    """The first 100 leave together, the next 100 one interval after their replies, and no window is overrun."""

    async def main() -> list[float]:
        quota = LocationQuota(100, 10.0)
        arrivals: list[float] = []
        await asyncio.gather(*(_send(quota, arrivals) for _ in range(250)))
        return arrivals

    arrivals = virtual.run(main)
    assert arrivals[99] - arrivals[0] < 0.1
    assert arrivals[199] == pytest.approx(10.3, abs=0.1)
    assert arrivals[249] == pytest.approx(20.6, abs=0.1)
    assert _most_in_a_window(arrivals, 10.0) == 100


def test_a_leaky_bucket_would_overrun_the_window() -> None:
    """AsyncLimiter(100, 10) lets 199 go in its first 10 s: the reason for a window of our own."""

    async def main() -> list[float]:
        limiter = AsyncLimiter(100, 10)
        arrivals: list[float] = []
        for _ in range(250):
            await limiter.acquire()
            arrivals.append(_now())
        return arrivals

    assert _most_in_a_window(virtual.run(main), 10.0) == 199


def test_those_who_wait_go_in_the_order_they_came() -> None:
    """The line is first come, first served."""

    async def main() -> list[int]:
        quota = LocationQuota(1, 1.0)
        order: list[int] = []

        async def send(number: int) -> None:
            await quota.acquire()
            order.append(number)
            quota.landed()

        await asyncio.gather(*(send(number) for number in range(8)))
        return order

    assert virtual.run(main) == list(range(8))


def test_a_refusal_pauses_everybody_and_then_paces() -> None:
    """After a pause of 5 s nobody bursts: the next go one by one, an interval's share apart."""

    async def main() -> list[float]:
        quota = LocationQuota(10, 10.0)
        arrivals: list[float] = []
        quota.pause(5.0)
        await asyncio.gather(*(_send(quota, arrivals) for _ in range(4)))
        return arrivals

    assert virtual.run(main) == pytest.approx([5.0, 6.0, 7.0, 8.0], abs=0.01)


def test_a_pause_ends_and_bursts_come_back() -> None:
    """One interval after a pause the pace is lifted."""

    async def main() -> list[float]:
        quota = LocationQuota(10, 10.0)
        quota.pause(5.0)
        await asyncio.sleep(15.1)
        arrivals: list[float] = []
        await asyncio.gather(*(_send(quota, arrivals) for _ in range(10)))
        return arrivals

    assert max(virtual.run(main)) < 15.2


@pytest.mark.parametrize("when", [lambda: 0.0, lambda: 9.0, lambda: 10.001, lambda: 10.5])
def test_a_waiter_that_is_cancelled_leaves_no_hole(when: Callable[[], float]) -> None:
    """Whenever one in the line is cancelled, before its turn or at it, those behind it still go."""

    async def main() -> int:
        quota = LocationQuota(1, 10.0)
        arrivals: list[float] = []
        await _send(quota, arrivals, latency=0.0)
        first = asyncio.create_task(_send(quota, arrivals))
        second = asyncio.create_task(_send(quota, arrivals))
        asyncio.get_running_loop().call_later(when(), first.cancel)
        await asyncio.wait([first, second])
        return len(arrivals)

    assert virtual.run(main) in (2, 3)


def test_a_waiter_cancelled_in_its_turn_gives_its_place_back() -> None:
    """A place that was handed over and not used is free at once, not after an interval."""

    async def main() -> float:
        quota = LocationQuota(1, 10.0)
        await quota.acquire()
        first = asyncio.create_task(quota.acquire())
        second = asyncio.create_task(quota.acquire())
        await asyncio.sleep(1)
        quota.landed()
        timer = quota._timer  # when it fires, the place is the first's; cancelled right after, it has not run yet
        assert timer is not None
        asyncio.get_running_loop().call_at(timer.when() - virtual.LATE + 1e-9, first.cancel)
        await second
        assert first.cancelled()
        return _now()

    assert virtual.run(main) == pytest.approx(11.0, abs=0.01)
