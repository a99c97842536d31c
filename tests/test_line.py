"""Who waits, and in which order they go."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from growthhub_async.line import Line, Place, Slots


class Waiting:
    """Who waits in line, and what came of it."""

    def __init__(self, line: Line, priority: int = 0, ticket: int | None = None) -> None:
        self.told = 0
        self.place = Place(priority, line.ticket() if ticket is None else ticket, self._come, self)
        line.join(self.place)

    @property
    def has_come(self) -> bool:
        return self.told > 0 and self.place.error is None

    def _come(self, of: Waiting) -> None:
        assert of is self
        assert not self.place.waits
        self.told += 1


def test_the_first_to_come_is_the_first_to_go_but_for_priority() -> None:
    """A higher priority passes all of a lower one, and nobody passes his equals."""
    line = Line()
    waiting = [Waiting(line, priority) for priority in [0, 0, 5, 1, 5]]
    assert line.priority == 5
    order: list[int] = []
    while line.call_next():
        order += [number for number, one in enumerate(waiting) if one.has_come and number not in order]
    assert order == [2, 4, 3, 0, 1]


def test_a_place_that_was_left_is_passed_over() -> None:
    """The line is as long as those are many who still wait, and calls the next of them."""
    line = Line()
    first, second = Waiting(line), Waiting(line)
    line.leave(first.place)
    assert (len(line), bool(line)) == (1, True)
    assert line.call_next()
    assert (first.told, second.told) == (0, 1)
    assert (len(line), bool(line), line.call_next()) == (0, False, False)


def test_everybody_in_line_can_be_sent_away() -> None:
    """They are told the reason, once, and the line is empty; who had left is told nothing."""
    line = Line()
    gone, *waiting = [Waiting(line) for _ in range(3)]
    line.leave(gone.place)
    error = ValueError("no turn")
    line.send_away(error)
    assert (bool(line), len(line)) == (False, 0)
    assert [(one.told, one.place.error) for one in waiting] == [(1, error)] * 2
    assert gone.told == 0


def test_who_comes_again_with_his_ticket_keeps_his_turn() -> None:
    """He goes before all who came after him, though he joins behind them."""
    line = Line()
    ticket = line.ticket()
    later = Waiting(line)
    again = Waiting(line, ticket=ticket)
    line.call_next()
    assert (again.has_come, later.has_come) == (True, False)


def test_a_line_behind_one_who_waits_for_days_does_not_grow() -> None:
    """Those who left behind him are forgotten, and not counted."""
    line = Line()
    first = Waiting(line)
    for _ in range(1_000):
        line.leave(Waiting(line).place)
    assert len(line) == 1
    assert len(line._places) < 100
    line.call_next()
    assert first.has_come


@given(priorities=st.lists(st.integers(0, 3), max_size=200), chance=st.randoms(use_true_random=False))
def test_a_line_keeps_its_order_whoever_leaves(priorities: list[int], chance: Random) -> None:
    """Whoever came, left or came again, those who are left go by priority, and by ticket among equals."""
    line = Line()
    waiting: list[Waiting] = []
    for priority in priorities:
        waiting.append(Waiting(line, priority))
        if chance.random() < 0.3:
            one = waiting.pop(chance.randrange(len(waiting)))
            line.leave(one.place)
            if chance.random() < 0.5:
                waiting.append(Waiting(line, one.place.priority, one.place.ticket))
    called: list[Waiting] = []
    while line.call_next():
        called += [one for one in waiting if one.told and one not in called]
    keys = [(-one.place.priority, one.place.ticket) for one in called]
    assert keys == sorted(keys)
    assert len(called) == len(waiting)


def _take(slots: Slots) -> bool:
    if free := slots.is_free:
        slots.take()
    return free


def test_no_more_slots_are_taken_than_there_are() -> None:
    """One that is released can be taken again."""
    slots = Slots(2)
    assert [_take(slots) for _ in range(3)] == [True, True, False]
    slots.release()
    assert _take(slots)
    assert not _take(slots)


def test_lines_that_wait_for_a_slot_are_asked_again_in_turn() -> None:
    """A released slot goes to the line of the highest priority, then to the one that has waited longest."""
    slots = Slots(1)
    slots.take()
    asked: list[str] = []

    def line(name: str) -> Callable[[int], None]:
        return lambda _: asked.append(name) if _take(slots) else None

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
    slots.ask_again(lambda _: asked.append("taken" if _take(slots) else "none"), 0)
    slots.release()
    assert asked == ["not now", "taken"]
