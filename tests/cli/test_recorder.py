"""Outcomes become numbers: failures by reason, the rate, what is left."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from growthhub_async import ErrorReason, Outcome, OutcomeError, Status, Summary
from growthhub_async.cli.recorder import Failure, Failures, Rate, numbers
from growthhub_async.cli.waits import Waits


def _failed(line: int, message: str, reason: ErrorReason = ErrorReason.INVALID) -> Outcome:
    error = OutcomeError(reason=reason, message=message, retryable=False)
    return Outcome(position=line - 2, status=Status.ERROR, ref=line, error=error)


def test_failures_are_counted_by_reason_and_message() -> None:
    """The most frequent come first, each with the line it was met at first; what succeeded is no failure."""
    failures = Failures()
    failures.add(Outcome(position=0, status=Status.CREATED, ref=2))
    for line, message in [(3, "a"), (4, "b"), (5, "b"), (6, "c")]:
        failures.add(_failed(line, message))
    failures.add(_failed(7, "no", ErrorReason.REJECTED))
    assert failures.most_frequent(ErrorReason.INVALID, 2) == [Failure("b", 2, 4), Failure("a", 1, 3)]
    assert failures.most_frequent(ErrorReason.REJECTED, 9) == [Failure("no", 1, 7)]
    assert failures.most_frequent(ErrorReason.EXHAUSTED, 9) == []


def test_messages_that_are_all_different_do_not_pile_up() -> None:
    """Memory is bounded whatever a server says; those met first are still counted."""
    failures = Failures()
    for line in range(2, 1_000):
        failures.add(_failed(line, f"message {line}"))
    failures.add(_failed(1_000, "message 2"))
    assert len(failures.most_frequent(ErrorReason.INVALID, 1_000)) == 20
    assert failures.most_frequent(ErrorReason.INVALID, 1) == [Failure("message 2", 2, 2)]


def test_the_first_cancelled_line_is_where_to_go_on() -> None:
    """The first of the file, not of those that were told; other failures do not count."""
    failures = Failures()
    failures.add(_failed(3, "no"))
    assert failures.first_cancelled is None
    for line in (9, 7, 8):
        failures.add(_failed(line, "the run ended", ErrorReason.CANCELLED))
    assert failures.first_cancelled == 7


def test_the_rate_is_that_of_the_last_seconds() -> None:
    """A quick beginning is forgotten after ten seconds."""
    rate = Rate(now=100.0)
    assert rate.at(100.0, 0) == 0.0
    assert rate.at(101.0, 50) == 50.0
    assert [rate.at(100.0 + second, 50 + 5 * (second - 1)) for second in range(2, 30)][-1] == 5.0


@given(st.lists(st.tuples(st.floats(0.0, 5.0), st.integers(0, 100)), min_size=1))
def test_the_rate_is_never_negative_nor_above_what_was_done(steps: list[tuple[float, int]]) -> None:
    """However irregularly it is asked for."""
    now, done = 0.0, 0
    rate = Rate(now)
    for seconds, more in steps:
        now, done = now + seconds, done + more
        assert rate.at(now, done) >= 0.0


def test_what_is_left_is_estimated_from_the_share_of_the_file() -> None:
    """A quarter of the file had 100 records, so there are 400; 50 are done, and 350 are left at 10 a second."""
    taken = numbers(Summary(read=100, created=30, updated=15, error=5), 10.0, 100, 0.25)
    assert (taken.done, taken.created, taken.updated, taken.error) == (50, 30, 15, 5)
    assert (taken.share, taken.seconds_left) == (50 / 400, 35.0)


@pytest.mark.parametrize(("records_read", "share_read"), [(0, 0.0), (10, None), (0, 0.5)])
def test_what_is_left_is_not_known_without_a_share(records_read: int, share_read: float | None) -> None:
    """A pipe has no size, and nothing can be said before the first record."""
    taken = numbers(Summary(), 1.0, records_read, share_read)
    assert (taken.share, taken.seconds_left) == (None, None)


def test_a_run_that_stands_still_has_no_time_left_to_tell() -> None:
    """Nothing is divided by a rate of nought."""
    taken = numbers(Summary(read=10), 0.0, 10, 0.5)
    assert (taken.share, taken.seconds_left) == (0.0, None)


def test_what_is_left_takes_as_long_as_the_quota_says_at_least() -> None:
    """The rate of a first burst promises too much, and one that is nought nothing; a slower rate is right."""
    read = Summary(read=100, created=50)
    assert numbers(read, 10.0, 100, 0.25, at_least=3_600.0).seconds_left == 3_600.0
    assert numbers(read, 0.0, 100, 0.25, at_least=3_600.0).seconds_left == 3_600.0
    assert numbers(read, 10.0, 100, 0.25, at_least=5.0).seconds_left == 35.0


def test_the_rate_of_who_waits_promises_nothing() -> None:
    """It falls for ten seconds and would tell of years."""
    now = datetime.now(UTC)
    waits = Waits(1, 1, now, now, True)
    taken = numbers(Summary(read=100, created=50), 0.001, 100, 0.25, at_least=60.0, waits=waits)
    assert (taken.seconds_left, taken.waits) == (60.0, waits)
    assert numbers(Summary(read=100, created=50), 0.001, 100, 0.25, waits=waits).seconds_left is None


@given(st.integers(0, 10_000), st.integers(1, 10_000), st.floats(0.001, 1.0), st.floats(0.0, 1e6))
def test_the_share_done_is_between_nought_and_one(done: int, read: int, share: float, rate: float) -> None:
    """Whatever the estimate is worth."""
    taken = numbers(Summary(read=read, created=done), rate, read, share)
    assert taken.share is not None
    assert 0.0 <= taken.share <= 1.0
    assert taken.seconds_left is None or taken.seconds_left >= 0.0
