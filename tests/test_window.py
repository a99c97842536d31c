"""The requests that a location's server may be counting now."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from growthhub_async.sandbox.windows import FixedWindow, SlidingWindow, TokenBucket
from growthhub_async.window import BurstWindow, DepartureTimes


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


def test_a_window_remembers_two_intervals_and_not_for_ever() -> None:
    """What a reply is about left an interval ago at most, as a rule, and is compared with the interval before."""
    window = BurstWindow(100, 10.0)
    for number in range(100_000):
        window.take()
        window.left(number / 10)
        assert len(window.departures._times) <= 1_024
    assert window.departures.number == 100_000
    assert window.departures.by(9_999.9) - window.departures.by(9_979.9) == 200


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
