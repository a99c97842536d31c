"""Time is cut into few buckets of a length that people count in, and pauses are left out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from growthhub_async.importer.report.timeline import MOST_BUCKETS, Grid, grid_of

_SPANS = st.lists(
    st.tuples(st.floats(0, 3e9), st.floats(0, 3e6)).map(lambda span: (span[0], span[0] + span[1])),
    min_size=1,
    max_size=90,
)


@given(_SPANS, st.floats(0, 100))
def test_every_moment_of_a_span_is_in_a_bucket(spans: list[tuple[float, float]], at_least: float) -> None:
    """And there are never too many, nor one that is in two stretches, nor one shorter than was asked for."""
    grid = grid_of(spans, at_least)
    assert grid.seconds >= at_least
    assert sum(map(len, grid.stretches)) <= MOST_BUCKETS
    for since, until in spans:
        assert any(
            {int(since // grid.seconds), int(until // grid.seconds)} <= set(stretch) for stretch in grid.stretches
        )
    for before, after in zip(grid.stretches, grid.stretches[1:], strict=False):
        assert after.start - before.stop > 2


@pytest.mark.parametrize(
    ("seconds", "at_least", "length"),
    [(0, 0, 1), (90, 0, 1), (100, 10, 10), (200, 0, 2), (3_000, 10, 30), (9_000, 10, 120), (430_000, 10, 3_600)],
)
def test_the_shortest_length_that_is_enough(seconds: float, at_least: float, length: int) -> None:
    """An hour of a run is seen in half minutes, five days in hours."""
    assert grid_of([(0.0, seconds)], at_least).seconds == length


def test_a_pause_is_left_out_when_it_is_longer_than_two_buckets() -> None:
    """A shorter one is seen as what it is: buckets in which nothing happened."""
    assert grid_of([(0.0, 9.5), (13.0, 19.5)], 1) == Grid(1, [range(10), range(13, 20)])
    assert grid_of([(0.0, 9.5), (12.0, 19.5)], 1) == Grid(1, [range(20)])


def test_days_of_a_pause_do_not_make_the_buckets_longer() -> None:
    """Two runs of half a minute, a week apart, are seen in seconds."""
    assert grid_of([(0.0, 30.0), (604_800.0, 604_830.0)], 1).seconds == 1


def test_years_of_a_broken_clock_are_few_buckets_too() -> None:
    """A run may seem to last from 1970 until now."""
    grid = grid_of([(0.0, 1.8e9)], 10)
    assert sum(map(len, grid.stretches)) <= MOST_BUCKETS


def test_spans_that_overlap_are_one_stretch() -> None:
    """A clock that was set back makes them; the order in which they are given does not matter."""
    assert grid_of([(20.0, 25.0), (0.0, 50.0)], 1) == Grid(1, [range(51)])
