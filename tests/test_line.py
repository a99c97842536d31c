"""Who waits, and in which order they go."""

from __future__ import annotations

import asyncio

import pytest

from growthhub_async.line import Line, Slots

pytestmark = pytest.mark.anyio


async def _yield() -> None:
    await asyncio.sleep(0)


async def test_the_first_to_come_is_the_first_to_go_but_for_priority() -> None:
    """A higher priority passes all of a lower one, and nobody passes his equals."""
    line = Line()
    places = {number: line.join(priority) for number, priority in enumerate([0, 0, 5, 1, 5])}
    order = []
    while line.call_next():
        order += [number for number, place in places.items() if place.done() and number not in order]
    assert order == [2, 4, 3, 0, 1]


async def test_one_that_was_cancelled_is_passed_over() -> None:
    """The line is as long as those are many who still wait, and calls the next of them."""
    line = Line()
    first, second = line.join(0), line.join(0)
    first.cancel()
    assert (len(line), bool(line)) == (1, True)
    assert line.call_next()
    assert second.done()
    assert (len(line), bool(line), line.call_next()) == (0, False, False)


async def test_who_is_cancelled_in_his_turn_gives_it_back_once() -> None:
    """A turn that came and is not used goes back; who never had one, or was sent away, gives nothing back."""
    given_back: list[str] = []
    line = Line()
    called = asyncio.create_task(line.wait(line.join(0), lambda: given_back.append("called")))
    waiting = asyncio.create_task(line.wait(line.join(0), lambda: given_back.append("waiting")))
    sent_away = asyncio.create_task(line.wait(line.join(0), lambda: given_back.append("sent away")))
    await _yield()
    line.call_next()
    waiting.cancel()
    line.send_away(ValueError("no turn"))
    for task in (called, sent_away):
        task.cancel()
    await asyncio.wait([called, waiting, sent_away])
    assert given_back == ["called"]


async def test_everybody_in_line_can_be_sent_away() -> None:
    """They get the reason, and the line is empty."""
    line = Line()
    places = [line.join(0) for _ in range(3)]
    places[0].cancel()
    line.send_away(ValueError("no turn"))
    assert not line
    for place in places[1:]:
        with pytest.raises(ValueError, match="no turn"):
            await place


async def test_no_more_have_a_slot_than_there_are_and_priority_is_kept() -> None:
    """Of many that want one of two slots two have one at a time, those of a higher priority first."""
    slots = Slots(2)
    having, most, order = 0, 0, []

    async def use(number: int, priority: int) -> None:
        nonlocal having, most
        await slots.acquire(priority)
        having += 1
        most = max(most, having)
        order.append(number)
        await _yield()
        having -= 1
        slots.release()

    async with asyncio.TaskGroup() as users:
        for number in range(8):
            users.create_task(use(number, priority=number == 7))
    assert most == 2
    assert order[:3] == [0, 1, 7]
    assert sorted(order) == list(range(8))


async def test_a_slot_whose_taker_was_cancelled_is_handed_on() -> None:
    """Whether he waited or had been called already, nobody waits for him."""
    slots = Slots(1)
    await slots.acquire()
    called, waiting, last = (asyncio.create_task(slots.acquire()) for _ in range(3))
    await _yield()
    waiting.cancel()
    slots.release()
    called.cancel()
    await asyncio.wait_for(last, 1)
    slots.release()
    await asyncio.wait_for(slots.acquire(), 1)
    assert called.cancelled()
