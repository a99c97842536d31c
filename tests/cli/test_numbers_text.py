"""Numbers as people write them."""

from __future__ import annotations

import pytest

from growthhub_async.cli.numbers_text import counted, duration


@pytest.mark.parametrize(
    ("number", "written"), [(0, "0 records"), (1, "1 record"), (2, "2 records"), (1_000_000, "1,000,000 records")]
)
def test_what_is_counted_is_one_or_several(number: int, written: str) -> None:
    """Thousands are set apart."""
    assert counted(number, "record") == written


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (0.4, "0:00"),
        (59.6, "1:00"),
        (61, "1:01"),
        (3_600, "1:00:00"),
        (10_020, "2:47:00"),
        (86_400, "1 day, 0:00:00"),
        (183_661, "2 days, 3:01:01"),
    ],
)
def test_a_time_is_written_as_short_as_it_is(seconds: float, written: str) -> None:
    """Hours and days only where there are some."""
    assert duration(seconds) == written
