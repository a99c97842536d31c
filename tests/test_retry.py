"""Whether an attempt is made again, and when."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from growthhub_async import ErrorReason
from growthhub_async.retry import (
    BACKOFF_CAP,
    MAX_RETRY_AFTER,
    RETRY_AFTER_JITTER,
    Retry,
    Settle,
    Standing,
    backoff,
    decide,
    give_up,
    parse_retry_after,
)
from growthhub_async.verdicts import Refused, Subject, Transient

NOON = 1_700_000_000.0  # Tue, 14 Nov 2023 22:13:20 GMT


def standing(**changes: Any) -> Standing:
    return Standing(**{"attempts": 1, "max_attempts": 5, "maybe_written": False, "repeatable": True} | changes)


def decided(failed: Refused | Transient, retry_after: float | None = None, **changes: Any) -> Retry | Settle:
    return decide(failed, standing(**changes), retry_after=retry_after, chance=0.5)


THROTTLED = Transient("429 slow down", maybe_written=False, excused=True)
LOST = Transient("the connection broke", maybe_written=True)
UNSENT = Transient("could not connect", maybe_written=False)


@given(attempt=st.integers(1, 10_000), chance=st.floats(0, 1))
def test_backoff_is_full_jitter_under_a_doubling_cap(attempt: int, chance: float) -> None:
    """Each wait is the chance's share of 0.5 s doubled with every attempt, and never more than the cap."""
    assert backoff(attempt, chance) == chance * min(BACKOFF_CAP, 0.5 * 2.0 ** min(attempt - 1, 100))


def test_a_transient_failure_is_tried_again_after_its_backoff() -> None:
    """The third attempt that fails is followed by another after half of 2 s, when the chance is a half."""
    assert decided(LOST, attempts=3, maybe_written=True) == Retry(1.0)


def test_the_last_attempt_settles_as_exhausted_when_nothing_was_written() -> None:
    """Attempts that surely wrote nothing end as `exhausted`, to be retried later."""
    settled = decided(UNSENT, attempts=5)
    assert settled == Settle(ErrorReason.EXHAUSTED, "could not connect (after 5 attempts)", retryable=True)


def test_the_last_attempt_settles_in_doubt_when_any_may_have_been_written() -> None:
    """One attempt of unknown fate is enough for `in_doubt`, whatever the last one was."""
    settled = decided(UNSENT, attempts=5, maybe_written=True)
    assert isinstance(settled, Settle)
    assert (settled.reason, settled.retryable) == (ErrorReason.IN_DOUBT, True)


def test_an_unknown_fate_is_not_repeated_where_that_could_double_the_contact() -> None:
    """Without a key to match by, the first attempt of unknown fate settles the record, not retryable."""
    settled = decided(LOST, maybe_written=True, repeatable=False)
    assert isinstance(settled, Settle)
    assert (settled.reason, settled.retryable) == (ErrorReason.IN_DOUBT, False)


def test_what_surely_was_not_written_is_repeated_even_without_a_key() -> None:
    """A refused connection or a 429 wrote nothing: the attempt is made again."""
    assert isinstance(decided(THROTTLED, repeatable=False), Retry)


def test_a_refusal_settles_at_once() -> None:
    """A refusal by rule is not tried again, and keeps its reason."""
    refused = Refused(ErrorReason.REJECTED, "422 email must be an email")
    assert decided(refused) == Settle(ErrorReason.REJECTED, refused.message, retryable=False, refused=refused)


def test_a_refusal_after_an_unknown_fate_is_in_doubt() -> None:
    """The earlier attempt may have written the contact: no later refusal can undo that."""
    settled = decided(Refused(ErrorReason.REJECTED, "403 no"), maybe_written=True, attempts=2)
    assert isinstance(settled, Settle)
    assert settled.reason is ErrorReason.IN_DOUBT


def test_retry_after_is_waited_for_in_full() -> None:
    """The server's own time comes first, with a little jitter on top of it and never below."""
    assert decided(LOST, retry_after=7.0) == Retry(7.0 + 0.5 * RETRY_AFTER_JITTER)


def test_a_wait_beyond_reason_settles_the_record() -> None:
    """A server that asks for hours is not waited for."""
    settled = decided(LOST, retry_after=MAX_RETRY_AFTER + 1)
    assert isinstance(settled, Settle)
    assert "asks to wait 601 s" in settled.message


def test_a_wait_past_the_deadline_settles_the_record() -> None:
    """There is no use in waiting for an attempt that could not be made any more."""
    assert isinstance(decided(LOST, retry_after=5.0, time_left=5.0), Settle)
    assert isinstance(decided(LOST, retry_after=5.0, time_left=6.0), Retry)


def test_a_429_is_not_the_records_fault() -> None:
    """It spends no attempt and waits for nothing here: the location's quota holds back everybody."""
    assert decided(THROTTLED, attempts=5, retry_after=MAX_RETRY_AFTER + 1) == Retry(0.0)


def test_a_429_at_the_end_of_a_run_settles_the_record() -> None:
    """A run that makes no further attempts tells it as cancelled, or in doubt for an earlier attempt."""
    ended = decided(THROTTLED, stopping=True)
    assert isinstance(ended, Settle)
    assert (ended.reason, ended.retryable) == (ErrorReason.CANCELLED, True)


@pytest.mark.parametrize(
    ("maybe_written", "repeatable", "reason", "retryable"),
    [
        (False, False, ErrorReason.CANCELLED, True),
        (True, True, ErrorReason.IN_DOUBT, True),
        (True, False, ErrorReason.IN_DOUBT, False),
    ],
)
def test_a_call_whose_quota_ends_first_is_told_by_what_may_have_been_written(
    maybe_written: bool, repeatable: bool, reason: ErrorReason, retryable: bool
) -> None:
    """One that was never sent is cancelled and can go again; an attempt of unknown fate leaves it in doubt."""
    where = standing(maybe_written=maybe_written, repeatable=repeatable)
    settled = give_up("the day is spent", where, ErrorReason.CANCELLED)
    assert settled == Settle(reason, "the day is spent", retryable=retryable)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7.0),
        (" 0 ", 0.0),
        ("2.5", 2.5),
        ("Tue, 14 Nov 2023 22:13:50 GMT", 30.0),
        ("Tue, 14 Nov 2023 22:13:50 -0000", 30.0),
        ("Tue, 14 Nov 2023 22:13:00 GMT", 0.0),
        (None, None),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1e9", None),
        ("nan", None),
        ("9" * 400, 1e9),
        ("Tue Nov 14 22:13:50 2023", 30.0),
        ("٣", None),
    ],
)
def test_retry_after_is_read_in_seconds_and_as_a_date(value: str | None, seconds: float | None) -> None:
    """Seconds and HTTP dates are read, a date that has passed is no wait, and anything else is ignored."""
    assert parse_retry_after(value, None, NOON) == seconds


@given(st.text())
def test_no_retry_after_is_an_exception(value: str) -> None:
    """Whatever a server writes, it is a number of seconds from 0 up, or nothing."""
    seconds = parse_retry_after(value, value, NOON)
    assert seconds is None or seconds >= 0


def test_a_date_is_read_by_the_servers_own_clock() -> None:
    """A clock of ours that is an hour off makes no wait of an hour: the reply's `Date` says when it was written."""
    until, written = "Tue, 14 Nov 2023 22:13:50 GMT", "Tue, 14 Nov 2023 22:13:43 GMT"
    assert parse_retry_after(until, written, NOON - 3600) == 7.0


def test_a_run_that_ends_makes_no_other_attempt() -> None:
    """What surely was not written is then cancelled, and what may have been is in doubt."""
    for maybe_written, reason in ((False, ErrorReason.CANCELLED), (True, ErrorReason.IN_DOUBT)):
        settled = decided(THROTTLED, stopping=True, maybe_written=maybe_written)
        assert isinstance(settled, Settle)
        assert settled.reason is reason


@pytest.mark.parametrize(
    ("of", "repeatable", "retryable"), [("token", True, True), ("token", False, False), (None, True, False)]
)
def test_a_refusal_after_an_unknown_fate_can_be_mended_when_it_is_not_of_the_record(
    of: Subject | None, repeatable: bool, retryable: bool
) -> None:
    """With another token the record can go again, if repeating it does no harm; refused itself, it cannot."""
    refused = Refused(ErrorReason.REJECTED if of is None else ErrorReason.UNAUTHORIZED, "no", of=of)
    settled = decided(refused, maybe_written=True, repeatable=repeatable)
    assert isinstance(settled, Settle)
    assert (settled.reason, settled.retryable) == (ErrorReason.IN_DOUBT, retryable)


def test_a_refused_token_after_an_unknown_fate_is_in_doubt_and_ends_the_run() -> None:
    """The record may have been written, and nothing more can be sent."""
    settled = decided(Refused(ErrorReason.UNAUTHORIZED, "401", of="token"), maybe_written=True)
    assert isinstance(settled, Settle)
    assert settled.reason is ErrorReason.IN_DOUBT
    assert settled.refused is not None
    assert settled.refused.token
