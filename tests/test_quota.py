"""A location's quota, on a virtual clock."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from aiolimiter import AsyncLimiter

from growthhub_async.margin import UNKNOWN, Margin
from growthhub_async.quota import EVEN, GENTLE, JITTER, TRIAL_LIMIT, Departure, LocationQuota, Quotas
from growthhub_async.rate_headers import SILENT, RateHeaders
from tests import virtual


def _now() -> float:
    return asyncio.get_running_loop().time()


def _quota(limit: int, interval: float = 10.0, *, heard: bool = True) -> LocationQuota:
    """Make the quota of a location that has replied already, unless it has not."""
    quota = LocationQuota(limit, interval, Margin())
    if heard:
        quota.heard(SILENT, Departure(0.0, 0, 0))
    return quota


async def _send(quota: LocationQuota, left: list[float]) -> None:
    await quota.acquire()
    left.append(quota.left().at)


def _most_in_a_window(times: list[float], interval: float) -> int:
    return max(sum(start <= time < start + interval for time in times) for start in times)


def test_a_quota_is_used_at_once_and_then_window_by_window() -> None:
    """The first 100 leave together, the next 100 one interval and a margin later, and no window is overrun."""

    async def main() -> list[float]:
        quota = _quota(100)
        left: list[float] = []
        await asyncio.gather(*(_send(quota, left) for _ in range(250)))
        return left

    left = virtual.run(main)
    assert left[99] == 0.0
    assert left[100] == pytest.approx(10 + UNKNOWN, abs=0.01)
    assert left[249] == pytest.approx(2 * (10 + UNKNOWN), abs=0.01)
    assert _most_in_a_window(left, 10.0) == 100


def test_before_its_first_reply_a_location_gets_what_a_trial_account_allows() -> None:
    """No more than 25 leave until a reply has told what the account is; then the rest does."""

    async def main() -> tuple[int, int]:
        quota = _quota(100, heard=False)
        left: list[float] = []
        sending = asyncio.gather(*(_send(quota, left) for _ in range(100)))
        await asyncio.sleep(1)
        before = len(left)
        quota.heard(RateHeaders(limit=100), Departure(0.0, 1, 1))
        await sending
        return before, len(left)

    assert virtual.run(main) == (TRIAL_LIMIT, 100)


def test_a_trial_account_is_learnt_from_its_first_reply() -> None:
    """The server's limit narrows the window, and is kept from then on."""

    async def main() -> list[float]:
        quota = _quota(100, heard=False)
        left: list[float] = []
        sending = asyncio.gather(*(_send(quota, left) for _ in range(60)))
        await asyncio.sleep(1)
        quota.heard(RateHeaders(limit=25, interval=10.0), Departure(0.0, 1, 1))
        await sending
        return left

    assert _most_in_a_window(virtual.run(main), 10.0) == 25


def test_headers_never_widen_what_the_settings_say() -> None:
    """A server that allows more than was asked for gets what was asked for, in an interval that is no shorter."""

    async def main() -> list[float]:
        quota = _quota(10)
        quota.heard(RateHeaders(limit=1_000, interval=0.1), Departure(0.0, 1, 1))
        left: list[float] = []
        await asyncio.gather(*(_send(quota, left) for _ in range(25)))
        return left

    assert _most_in_a_window(virtual.run(main), 10.0) == 10


def test_the_reply_to_the_later_request_counts() -> None:
    """Replies overtake each other: an old one that says more does not widen what a newer one said."""

    async def main() -> list[float]:
        quota = _quota(100)
        quota.heard(RateHeaders(limit=25), Departure(5.0, 1, 1))
        quota.heard(RateHeaders(limit=100), Departure(4.0, 1, 1))
        left: list[float] = []
        await asyncio.gather(*(_send(quota, left) for _ in range(60)))
        return left

    assert _most_in_a_window(virtual.run(main), 10.0) == 25


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
        quota = _quota(1, 1.0)
        order: list[int] = []

        async def send(number: int, priority: int) -> None:
            await quota.acquire(priority)
            order.append(number)
            quota.left()

        await asyncio.gather(*(send(number, priority=number == 6) for number in range(8)))
        return order

    assert virtual.run(main) == [0, 6, 1, 2, 3, 4, 5, 7]


def test_a_refusal_pauses_everybody_and_then_paces() -> None:
    """After a pause nobody bursts: those who waited and those who come go one by one for an interval."""

    async def main() -> list[float]:
        quota = _quota(10)
        left: list[float] = []
        for _ in range(10):
            await _send(quota, left)
        waiting = asyncio.gather(*(_send(quota, left) for _ in range(3)))
        await asyncio.sleep(1)
        quota.refused(20.0)
        await asyncio.gather(waiting, _send(quota, left))
        return left[10:]

    assert virtual.run(main) == pytest.approx([21 + n / GENTLE for n in range(4)], abs=0.01)


def test_a_second_refusal_holds_those_who_were_paced() -> None:
    """Nobody leaves during a pause, whatever he waited for when it was told."""

    async def main() -> list[float]:
        quota = _quota(10)
        left: list[float] = []
        quota.refused(5.0)
        sending = asyncio.gather(*(_send(quota, left) for _ in range(4)))
        await asyncio.sleep(5.1)
        quota.refused(60.0)
        await sending
        return left

    assert virtual.run(main) == pytest.approx([5.0, *(65.1 + n / GENTLE for n in range(3))], abs=0.01)


def test_a_refusal_that_names_no_time_pauses_until_a_place_comes_free() -> None:
    """Without `Retry-After` the location waits until the oldest of its requests has left every window."""

    async def main() -> float:
        quota = _quota(10)
        await asyncio.sleep(3)
        await _send(quota, [])
        await asyncio.sleep(1)
        quota.refused(None)
        await quota.acquire()
        return _now()

    freed_at = 3 + 10 + 2 * UNKNOWN  # the refusal has made the margin twice as wide
    assert freed_at <= virtual.run(main) <= freed_at + JITTER + 0.01


def test_others_are_made_room_for() -> None:
    """A server that has counted more than was sent has others to serve: they keep their share, and bursts end."""

    async def main() -> list[float]:
        quota = _quota(100)
        left: list[float] = []
        for _ in range(10):
            await _send(quota, left)
        quota.heard(RateHeaders(limit=100, remaining=60), Departure(0.0, 10, 10))
        await asyncio.gather(*(_send(quota, left) for _ in range(80)))
        return left

    left = virtual.run(main)
    assert _most_in_a_window(left, 10.0) <= 70
    assert left[20] - left[10] == pytest.approx(10 * 10 / (70 * EVEN), abs=0.1)


def test_in_a_wild_network_nobody_is_held_to_be_an_other() -> None:
    """Where requests overtake each other by more than the margin, a count proves nothing."""

    async def main() -> list[float]:
        quota = LocationQuota(100, 10.0, wild)
        quota.heard(RateHeaders(limit=100, remaining=60), Departure(0.0, 10, 10))
        left: list[float] = []
        await asyncio.gather(*(_send(quota, left) for _ in range(90)))
        return left

    wild = Margin()
    for seconds in (0.1, 5.0) * 10:
        wild.connected(seconds, 0.0)
    assert max(virtual.run(main)) == 0.0


def test_requests_that_may_have_overtaken_prove_no_others() -> None:
    """A count that what left a moment later explains is nobody else's."""

    async def main() -> list[float]:
        quota = _quota(100)
        left: list[float] = []
        for _ in range(50):
            await _send(quota, [])
        quota.heard(RateHeaders(limit=100, remaining=50), Departure(0.0, 1, 1))
        await asyncio.gather(*(_send(quota, left) for _ in range(50)))
        return left

    assert max(virtual.run(main)) < 0.1


def test_a_pause_ends_and_bursts_come_back() -> None:
    """One interval after a pause the pace is lifted."""

    async def main() -> list[float]:
        quota = _quota(10)
        quota.refused(5.0)
        await asyncio.sleep(15.1)
        left: list[float] = []
        await asyncio.gather(*(_send(quota, left) for _ in range(10)))
        return left

    assert max(virtual.run(main)) < 15.2


def test_a_place_that_is_given_back_is_free_at_once() -> None:
    """A request that never left costs nothing."""

    async def main() -> float:
        quota = _quota(1)
        await quota.acquire()
        waiting = asyncio.create_task(quota.acquire())
        await asyncio.sleep(1)
        quota.give_back()
        await waiting
        return _now()

    assert virtual.run(main) == pytest.approx(1.0, abs=0.01)


@pytest.mark.parametrize("when", [lambda: 0.0, lambda: 9.0, lambda: 10.251, lambda: 10.5])
def test_a_waiter_that_is_cancelled_leaves_no_hole(when: Callable[[], float]) -> None:
    """Whenever one in the line is cancelled, before its turn or after it, the one behind it still goes."""

    async def main() -> int:
        quota = _quota(1)
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
        quota = _quota(1)
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

    assert virtual.run(main) == pytest.approx(10 + UNKNOWN, abs=0.01)


def test_each_location_has_its_own_quota() -> None:
    """The same location is the same quota, another one another."""
    quotas = Quotas(100, 10.0)
    assert quotas.of("loc1") is quotas.of("loc1")
    assert quotas.of("loc1") is not quotas.of("loc2")
