"""Axes have their ticks at numbers that people count in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from growthhub_async.importer.report.scales import latency_ticks, ticks, time_ticks


@given(st.floats(0, 1e12), st.integers(2, 8))
def test_ticks_reach_from_nought_to_the_most(most: float, number: int) -> None:
    """They are whole, evenly apart, and not too many; the last one is no further beyond the most than a step."""
    scale = ticks(most, number)
    assert scale[0] == 0
    assert all(tick == int(tick) for tick in scale)
    assert len({after - before for before, after in pairwise(scale)}) == 1
    assert 2 <= len(scale) <= number + 2
    assert scale[-1] >= most * (1 - 1e-6)
    assert scale[-2] < max(most, 1)


@pytest.mark.parametrize(
    ("most", "scale"), [(0, [0, 1]), (1, [0, 1]), (3, [0, 1, 2, 3]), (1_200, [0, 250, 500, 750, 1_000, 1_250])]
)
def test_steps_are_round(most: float, scale: list[float]) -> None:
    """Of what is counted there are no halves."""
    assert ticks(most, 5) == scale


def _minutes(count: int) -> list[float]:
    return [datetime(2026, 11, 3, 23, 52, tzinfo=UTC).timestamp() + 60.0 * minute for minute in range(count)]


def test_times_are_round_on_the_local_clock() -> None:
    """A clock that is five and a half hours ahead has its quarters when others have theirs, but not its hours."""
    india = timezone(timedelta(hours=5, minutes=30))
    assert time_ticks(_minutes(60), 800.0, lambda at: datetime.fromtimestamp(at, india)) == [8, 23, 38, 53]
    assert time_ticks(_minutes(120), 3_600.0, lambda at: datetime.fromtimestamp(at, india)) == [38, 98]
    assert time_ticks(_minutes(120), 3_600.0, lambda at: datetime.fromtimestamp(at, UTC)) == [8, 68]


def test_days_are_ticks_too() -> None:
    """A tick may be further apart than a day."""
    hours = [datetime(2026, 11, 3, 6, tzinfo=UTC).timestamp() + 3_600.0 * hour for hour in range(100)]
    assert time_ticks(hours, 50_000.0, lambda at: datetime.fromtimestamp(at, UTC)) == [18, 42, 66, 90]


def test_latencies_have_ticks_in_each_decade() -> None:
    """They begin and end within the axis."""
    assert latency_ticks(0.04, 2.0) == pytest.approx([0.05, 0.1, 0.2, 0.5, 1, 2])
    assert latency_ticks(0.04, 2.0, (1,)) == pytest.approx([0.1, 1])
