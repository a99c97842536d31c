"""The requests that a location's server may be counting now."""

from __future__ import annotations

import itertools
from bisect import bisect_right

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from growthhub_async.sandbox.windows import FixedWindow, SlidingWindow, TokenBucket
from growthhub_async.window import EXACT, RESOLUTION, BurstWindow, DepartureTimes


def test_a_window_says_when_there_will_be_room() -> None:
    """Full of requests that have left it names the moment; full of those that have not it cannot know."""
    window = BurstWindow(1, 10.0)
    window.take()
    assert window.used(5.0, margin=0.5) == 1
    assert window.room_at(5.0, margin=0.5) is None
    window.left(5.0)
    assert window.room_at(6.0, margin=0.5) == 15.5
    assert window.room_at(15.5, margin=0.5) == 15.5


def test_a_window_that_is_narrowed_waits_for_as_many_as_it_has_too_many() -> None:
    """With two fewer places, the third of those that have left has to expire."""
    window = BurstWindow(3, 10.0)
    for left_at in (1.0, 2.0, 3.0):
        window.take()
        window.left(left_at)
    window.limit = 1
    assert window.room_at(4.0, margin=0.0) == 13.0


def test_what_is_given_back_counts_no_more() -> None:
    """A place whose request never left is free."""
    window = BurstWindow(1, 10.0)
    window.take()
    window.give_back()
    assert window.room_at(0.0, margin=0.0) == 0.0
    assert window.used(0.0, margin=0.0) == 0


@settings(max_examples=300)
@given(
    kind=st.sampled_from([FixedWindow, SlidingWindow, TokenBucket]),
    limit=st.integers(1, 5),
    margin=st.floats(0.01, 1),
    waits=st.lists(st.tuples(st.floats(0, 4), st.floats(0, 1), st.floats(0, 1)), max_size=40),
)
def test_no_server_sees_its_window_overrun(
    kind: type[FixedWindow | SlidingWindow | TokenBucket],
    limit: int,
    margin: float,
    waits: list[tuple[float, float, float]],
) -> None:
    """Whatever window the server has, a greedy client is never refused, as long as delays differ by no more than the
    margin: requests leave when they may, some late, and arrive after any delay within it.
    """
    window = BurstWindow(limit, 10.0)
    server = kind(limit, 10.0)
    now = 0.0
    arrivals: list[float] = []
    for wait, leaving, delay in waits:
        free_at = window.room_at(now, margin + 0.001)
        assert free_at is not None
        now = max(now + wait, free_at) if wait > 1 else free_at  # at the first moment, or some time later
        window.take()
        now += leaving  # it takes a while to connect
        window.left(now)
        arrivals.append(now + delay * margin)
    for arrived in sorted(arrivals):
        assert server.remaining(arrived)
        server.count(arrived)


@pytest.mark.parametrize("margin", [0.0, 0.3])
def test_a_full_window_leaves_no_place_unused(margin: float) -> None:
    """One interval and the margin after a burst, the whole quota is there again."""
    window = BurstWindow(100, 10.0)
    for burst in range(3):
        now = burst * (10.0 + margin)
        for _ in range(100):
            assert window.room_at(now, margin) == now
            window.take()
            window.left(now)
        assert window.room_at(now, margin) == now + 10.0 + margin


def test_departures_are_counted_when_their_times_are_forgotten() -> None:
    """How many have left is known for ever; when, as far back as anybody asks."""
    departures = DepartureTimes()
    for time in range(1_000):
        departures.add(float(time))
    departures.forget(799.0)
    assert departures.number == 1_000
    assert [departures.by(until) for until in (799.0, 800.0, 5_000.0)] == [800, 801, 1_000]
    assert departures.at(900) == 900.0


def test_one_that_leaves_when_all_are_forgotten_is_kept() -> None:
    """Also if it leaves in the same moment as the last of them."""
    departures = DepartureTimes()
    for time in range(1_000):
        departures.add(float(time))
    departures.forget(999.0)
    departures.add(999.0)
    assert (departures.by(998.0), departures.by(999.0), departures.at(1_000)) == (1_000, 1_001, 999.0)


def test_all_that_leave_in_one_moment_are_kept_as_one() -> None:
    """A loop whose clock stands still while it works takes no more memory for them."""
    departures = DepartureTimes()
    for number in range(3_000):
        departures.add(float(number // 1_000))
    assert len(departures._times) == len(departures._numbers) == 3
    assert [departures.at(number) for number in (0, 999, 1_000, 2_999)] == [0.0, 0.0, 1.0, 2.0]


def test_a_window_remembers_two_intervals_and_not_for_ever() -> None:
    """What a reply is about left an interval ago at most, as a rule, and is compared with the interval before."""
    window = BurstWindow(100, 10.0)
    for number in range(100_000):
        window.take()
        window.left(number / 10)
        assert len(window.departures._times) <= 1_024
    assert window.departures.number == 100_000
    assert window.departures.by(9_999.9) - window.departures.by(9_979.9) == 200


def _left_at(steps: list[float], before: int) -> tuple[DepartureTimes, list[float]]:
    """Let some leave an interval of 10 s before the others, which leave after these steps, and tell when they left."""
    times = [*itertools.accumulate([0.001] * before), *itertools.accumulate([30.0, *steps])]
    departures = DepartureTimes()
    for time in times:
        departures.add(time, RESOLUTION * 10.0)
    return departures, times


steps = st.lists(
    st.sampled_from([0.0, 0.0001, 0.0004, 0.001, 0.0011, 0.3]) | st.floats(0.0, 0.01), min_size=1, max_size=60
)


@given(steps, st.data())
def test_as_long_as_they_are_few_all_are_kept_exactly(steps: list[float], data: st.DataObject) -> None:
    """However many leave in one moment, and however near the moments are."""
    departures, times = _left_at(steps, before=5)
    until = data.draw(st.sampled_from(times) | st.floats(29.0, 31.0))
    assert departures.by(until) == bisect_right(times, until)
    assert [departures.at(number) for number in range(departures.number)] == times


@settings(deadline=None, max_examples=50)
@given(steps, st.data())
def test_of_too_many_to_keep_none_is_held_to_have_left_too_early(steps: list[float], data: st.DataObject) -> None:
    """Each counts as one that left when it did, or later by no more than the resolution."""
    departures, times = _left_at(steps, before=EXACT + 1)
    assert departures.number == len(times)
    for number in range(EXACT, len(times)):
        assert times[number] <= departures.at(number) <= times[number] + RESOLUTION * 10.0
    until = data.draw(st.sampled_from(times[EXACT:]) | st.floats(29.0, 31.0))
    at_least = bisect_right(times, until - RESOLUTION * 10.0 - 1e-9)
    assert at_least <= departures.by(until) <= bisect_right(times, until)


def test_what_is_kept_is_bounded_however_many_leave() -> None:
    """Of 300,000 that leave in 30 s at moments of their own, those of the last 25 s are kept in 25,000 moments."""
    window = BurstWindow(1_000_000, 10.0)
    for number in range(300_000):
        window.take()
        window.left(number / 10_000)
    assert len(window.departures._times) == len(window.departures._numbers) < 25_000 + EXACT
    assert window.used(30.0, margin=0.0) == pytest.approx(100_000, abs=11)


def test_a_window_says_when_fewer_places_are_taken() -> None:
    """Of three that left a second apart the second has to expire before fewer than two are taken."""
    window = BurstWindow(100, 10.0)
    for left_at in (1.0, 2.0, 3.0):
        window.take()
        window.left(left_at)
    assert window.below_at(2, 4.0, margin=0.0) == 12.0
    assert window.below_at(4, 4.0, margin=0.0) == 4.0


def test_a_window_passes_when_its_oldest_place_comes_free() -> None:
    """And an interval from now where none is taken."""
    window = BurstWindow(2, 10.0)
    assert window.passes_at(5.0, margin=0.5) == 15.0
    window.take()
    window.left(6.0)
    assert window.passes_at(7.0, margin=0.5) == window.passes_at(16.2, margin=0.5) == 16.5
