"""A job as it goes becomes numbers: the rate, the share, what is left."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from growthhub_async.cli.recorder import Rate, numbers
from growthhub_async.cli.waits import Waits
from growthhub_async.importer import Counts

COUNTS = Counts(read=400, created=30, updated=15, error=5, duplicate=50, unsent=300)


def test_the_rate_is_that_of_the_last_seconds() -> None:
    """A quick beginning is forgotten after ten seconds."""
    rate = Rate(now=100.0)
    assert rate.at(100.0, 0) == 0.0
    assert rate.at(101.0, 50) == 50.0
    assert [rate.at(100.0 + second, 50 + 5 * (second - 1)) for second in range(2, 30)][-1] == 5.0


@given(st.lists(st.tuples(st.floats(0.0, 5.0), st.integers(0, 100)), min_size=1))
def test_the_rate_is_never_negative(steps: list[tuple[float, int]]) -> None:
    """However irregularly it is asked for."""
    now, done = 0.0, 0
    rate = Rate(now)
    for seconds, more in steps:
        now, done = now + seconds, done + more
        assert rate.at(now, done) >= 0.0


def test_what_is_done_is_what_is_not_left() -> None:
    """Duplicates are done: nothing is sent for them."""
    taken = numbers(COUNTS, 10.0, allowed=20.0, unsent={"loc1": 300})
    assert (taken.done, taken.share, taken.seconds_left) == (100, 0.25, 30.0)
    assert (taken.counts, taken.rate, taken.allowed, taken.unsent) == (COUNTS, 10.0, 20.0, {"loc1": 300})


def test_of_no_records_all_are_done() -> None:
    """Nothing is divided by nought."""
    none = Counts(read=0, created=0, updated=0, error=0, duplicate=0, unsent=0)
    assert numbers(none, 0.0, allowed=0.0, unsent={}).share == 1.0


def test_a_run_that_stands_still_has_no_time_left_to_tell() -> None:
    """Nothing is divided by a rate of nought."""
    assert numbers(COUNTS, 0.0, allowed=1.0, unsent={}).seconds_left is None


def test_what_is_left_takes_as_long_as_the_quota_says_at_least() -> None:
    """The rate of a first burst promises too much, and one that is nought nothing; a slower rate is right."""
    assert numbers(COUNTS, 10.0, allowed=1.0, at_least=3_600.0, unsent={}).seconds_left == 3_600.0
    assert numbers(COUNTS, 0.0, allowed=1.0, at_least=3_600.0, unsent={}).seconds_left == 3_600.0
    assert numbers(COUNTS, 10.0, allowed=1.0, at_least=5.0, unsent={}).seconds_left == 30.0


def test_the_rate_of_who_waits_promises_nothing() -> None:
    """It falls for ten seconds and would tell of years."""
    now = datetime.now(UTC)
    waits = Waits(1, 1, now, now, True)
    taken = numbers(COUNTS, 0.001, allowed=1.0, at_least=60.0, waits=waits, unsent={})
    assert (taken.seconds_left, taken.waits) == (60.0, waits)
    assert numbers(COUNTS, 0.001, allowed=1.0, waits=waits, unsent={}).seconds_left is None
