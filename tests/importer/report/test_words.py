"""Numbers and times as people write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from growthhub_async.importer.report import words


@pytest.mark.parametrize(
    ("part", "whole", "told"),
    [
        (0, 0, "0 %"),
        (0, 7, "0 %"),
        (1, 3, "33 %"),
        (1, 30, "3.3 %"),
        (1, 10_000, "< 0.1 %"),
        (99_999, 100_000, "99.9 %"),
        (995, 1_000, "99.5 %"),
        (999, 10_000, "10 %"),
        (7, 7, "100 %"),
    ],
)
def test_a_share(part: int, whole: int, told: str) -> None:
    """No line ends before its sign."""
    assert words.percent(part, whole) == told.replace(" %", "\u00a0%")


@given(st.integers(1, 10**7), st.integers(1, 10**7))
def test_only_what_is_all_is_told_as_all(part: int, more: int) -> None:
    """One record that failed of a million is not nothing, and the others are not all."""
    assert not words.percent(part, part + more).startswith(("100", "0\u00a0"))


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0, "0 s"),
        (0.0421, "42 ms"),
        (1, "1 s"),
        (2.34, "2.3 s"),
        (59.6, "1 min"),
        (99, "1 min 39 s"),
        (3_600, "1 h"),
        (10_049, "2 h 47 min"),
        (86_399, "1 d"),
        (273_700, "3 d 4 h"),
        (86_400 + 59, "1 d"),
    ],
)
def test_a_duration(seconds: float, told: str) -> None:
    """The two largest units are enough, and no line ends within."""
    assert words.duration(seconds) == told.replace(" ", "\u00a0")


@pytest.mark.parametrize(
    ("value", "told"), [(0, "0"), (9.27, "9.3"), (3.0, "3"), (12.6, "13"), (1_234_567, "1,234,567")]
)
def test_a_number(value: float, told: str) -> None:
    """Small ones that are not whole have a place."""
    assert words.number(value) == told


@pytest.mark.parametrize(
    ("times", "seconds", "told"),
    [
        (96, 10, "9.6/s"),
        (20, 10, "2/s"),
        (9, 10, "54/min"),
        (5, 120_000, "3.6/d"),
        (30, 86_400, "1.2/h"),
        (0, 9, "0/s"),
        (3, 0, "0/s"),
    ],
)
def test_how_often(times: float, seconds: float, told: str) -> None:
    """What is rare is counted in a longer time, for none of it would be seen in a second."""
    assert words.rate(times, seconds) == told


@pytest.mark.parametrize(("value", "told"), [(1, "1 reply"), (0, "0 replies"), (1_000, "1,000 replies")])
def test_how_many(value: int, told: str) -> None:
    """One is one."""
    assert words.counted(value, "reply", "replies") == told


@pytest.mark.parametrize(
    ("later", "told"),
    [
        (timedelta(seconds=20), "on 3 Nov 2026 at 09:05"),
        (timedelta(hours=2), "on 3 Nov 2026 from 09:05 to 11:05"),
        (timedelta(days=2), "from 3 Nov 2026, 09:05 to 5 Nov 2026, 09:05"),
    ],
)
def test_a_span(later: timedelta, told: str) -> None:
    """A day is named once."""
    since = datetime(2026, 11, 3, 9, 5, tzinfo=UTC)
    assert words.between(since, since + later) == told


def test_a_unix_time_is_put_on_the_clock_of_the_machine() -> None:
    """It is the same moment, and knows its zone."""
    assert words.local(1_800_000_000.5).timestamp() == 1_800_000_000.5
