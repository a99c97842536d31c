"""The lines of many locations at the slots of one client, on a virtual clock."""

from __future__ import annotations

import asyncio

from growthhub_async.line import Slots
from growthhub_async.margin import Jitter
from growthhub_async.quota import LocationQuota
from growthhub_async.quota_facts import SILENT
from growthhub_async.settings import Settings
from tests import virtual
from tests.quoting import location_quota as _quota
from tests.quoting import now as _now


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
