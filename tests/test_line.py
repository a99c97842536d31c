"""Who waits, and in which order they go."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from random import Random

import pytest

from growthhub_async.line import Line, Slots


async def _yield() -> None:
    await asyncio.sleep(0)


def _join(line: Line, priority: int = 0) -> asyncio.Future[None]:
    return line.join(priority, line.ticket())


async def _wait(line: Line, given_back: list[str] | None = None) -> None:
    await line.wait(_join(line), lambda: None if given_back is None else given_back.append("given back"))


@pytest.mark.anyio
async def test_the_first_to_come_is_the_first_to_go_but_for_priority() -> None:
    """A higher priority passes all of a lower one, and nobody passes his equals."""
    line = Line()
    places = {number: _join(line, priority) for number, priority in enumerate([0, 0, 5, 1, 5])}
    assert line.priority == 5
    order = []
    while line.call_next():
        order += [number for number, place in places.items() if place.done() and number not in order]
    assert order == [2, 4, 3, 0, 1]


@pytest.mark.anyio
async def test_one_that_was_cancelled_is_passed_over() -> None:
    """The line is as long as those are many who still wait, and calls the next of them."""
    line = Line()
    first, second = asyncio.create_task(_wait(line)), asyncio.create_task(_wait(line))
    await _yield()
    first.cancel()
    await _yield()
    assert (len(line), bool(line)) == (1, True)
    assert line.call_next()
    await second
    assert (len(line), bool(line), line.call_next()) == (0, False, False)


@pytest.mark.anyio
async def test_who_is_cancelled_in_his_turn_gives_it_back_once() -> None:
    """A turn that came and is not used goes back; who never had one, or was sent away, gives nothing back."""
    given_back: list[str] = []
    line = Line()
    called = asyncio.create_task(line.wait(_join(line), lambda: given_back.append("called")))
    waiting = asyncio.create_task(line.wait(_join(line), lambda: given_back.append("waiting")))
    sent_away = asyncio.create_task(line.wait(_join(line), lambda: given_back.append("sent away")))
    await _yield()
    line.call_next()
    waiting.cancel()
    line.send_away(ValueError("no turn"))
    for task in (called, sent_away):
        task.cancel()
    await asyncio.wait([called, waiting, sent_away])
    assert given_back == ["called"]


@pytest.mark.anyio
async def test_everybody_in_line_can_be_sent_away() -> None:
    """They get the reason, and the line is empty."""
    line = Line()
    gone, *waiting = [asyncio.create_task(_wait(line)) for _ in range(3)]
    await _yield()
    gone.cancel()
    await asyncio.wait([gone])
    line.send_away(ValueError("no turn"))
    assert (bool(line), len(line)) == (False, 0)
    for task in waiting:
        with pytest.raises(ValueError, match="no turn"):
            await task


@pytest.mark.anyio
async def test_who_comes_again_with_his_ticket_keeps_his_turn() -> None:
    """He goes before all who came after him, though he joins behind them."""
    line = Line()
    ticket = line.ticket()
    later = _join(line)
    again = line.join(0, ticket)
    line.call_next()
    assert (again.done(), later.done()) == (True, False)


@pytest.mark.anyio
async def test_a_line_behind_one_who_waits_for_days_does_not_grow() -> None:
    """Those who were cancelled behind him are forgotten, and not counted."""
    line = Line()
    first = _join(line)
    for _ in range(1_000):
        waiting = asyncio.create_task(_wait(line))
        await _yield()
        waiting.cancel()
        await asyncio.wait([waiting])
    assert len(line) == 1
    assert len(line._places) < 100
    line.call_next()
    assert first.done()


@pytest.mark.anyio
async def test_a_line_that_is_closed_up_keeps_its_order() -> None:
    """However many were cancelled and whoever they were, the rest go by priority."""
    line = Line()
    chance = Random(1)
    waiting = {}
    for _ in range(300):
        priority = chance.randrange(1_000)
        waiting[asyncio.create_task(line.wait(line.join(priority, line.ticket()), lambda: None))] = priority
    await _yield()
    cancelled = chance.sample(list(waiting), 280)
    for task in cancelled:
        task.cancel()
    await asyncio.wait(cancelled)
    priorities = []
    while line:
        priorities.append(line.priority)
        line.call_next()
    await asyncio.gather(*(task for task in waiting if task not in cancelled))
    assert priorities == sorted((waiting[task] for task in waiting if task not in cancelled), reverse=True)


def test_no_more_slots_are_taken_than_there_are() -> None:
    """One that is released can be taken again."""
    slots = Slots(2)
    assert [slots.take() for _ in range(3)] == [True, True, False]
    slots.release()
    assert slots.take()
    assert not slots.take()


def test_lines_that_wait_for_a_slot_are_asked_again_in_turn() -> None:
    """A released slot goes to the line of the highest priority, then to the one that has waited longest."""
    slots = Slots(1)
    slots.take()
    asked: list[str] = []

    def line(name: str) -> Callable[[int], None]:
        return lambda _: asked.append(name) if slots.take() else None

    for name, priority in (("first", 0), ("second", 0), ("urgent", 3)):
        slots.ask_again(line(name), priority)
    for number in range(3):
        assert len(asked) == number
        slots.release()
    assert asked == ["urgent", "first", "second"]


def test_a_slot_that_a_line_cannot_use_goes_to_the_next() -> None:
    """Whose place is gone meanwhile takes none, and nobody behind him waits for that."""
    slots = Slots(1)
    slots.take()
    asked: list[str] = []
    slots.ask_again(lambda _: asked.append("not now"), 0)
    slots.ask_again(lambda _: asked.append("taken" if slots.take() else "none"), 0)
    slots.release()
    assert asked == ["not now", "taken"]
