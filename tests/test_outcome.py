"""What goes in and comes out: how a record, an outcome and a summary read, count and print."""

from __future__ import annotations

import gc
import weakref
from collections import Counter
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.pretty import pretty_repr

from growthhub_async import (
    Contact,
    ErrorReason,
    Outcome,
    OutcomeError,
    Problem,
    Record,
    Status,
    StoredContact,
    Summary,
    TextField,
)
from growthhub_async.outcome import Dropped
from growthhub_async.reply import StoredCustomField
from growthhub_async.tally import Tally

PERSONAL = ("ada@example.com", "Lovelace", "row 7")

errors = st.builds(
    OutcomeError, reason=st.sampled_from(ErrorReason), message=st.just("refused"), retryable=st.booleans()
)
drops = st.builds(Dropped, field=st.sampled_from(["phone", "gender"]), sent=st.just("a"), kept=st.none())
outcomes = st.one_of(
    st.builds(Outcome, position=st.integers(0), status=st.just(Status.ERROR), error=errors, attempts=st.integers(0, 9)),
    st.builds(
        Outcome,
        position=st.integers(0),
        status=st.sampled_from([Status.CREATED, Status.UPDATED]),
        attempts=st.integers(1, 9),
        inferred=st.booleans(),
        dropped=st.lists(drops, max_size=3).map(tuple),
    ),
)


def refused() -> OutcomeError:
    return OutcomeError(
        reason=ErrorReason.REJECTED,
        message="422 ada@example.com is taken",
        retryable=False,
        problems=(Problem("email", "Lovelace"),),
    )


def test_statuses_and_reasons_are_their_words() -> None:
    """A status or a reason prints, compares and encodes as the word it is documented by."""
    assert [str(status) for status in Status] == ["created", "updated", "error"]
    assert [str(r) for r in ErrorReason] == [
        "invalid",
        "rejected",
        "unauthorized",
        "exhausted",
        "in_doubt",
        "cancelled",
        "drift",
    ]
    assert msgspec.json.encode(Status.CREATED) == b'"created"'


def test_every_reason_is_explained() -> None:
    """The docstring of `ErrorReason` says of each reason what it means."""
    lines = (ErrorReason.__doc__ or "").splitlines()
    explained = [words[0] for words in (line.split(maxsplit=1) for line in lines[2:]) if len(words) == 2]
    assert explained == [str(reason) for reason in ErrorReason]


def test_a_problem_reads_field_first() -> None:
    """A problem prints as `field: what is wrong`."""
    assert str(Problem("phone", "is not a phone number")) == "phone: is not a phone number"


def test_an_error_reads_reason_first() -> None:
    """An outcome's error prints as `reason: message`."""
    assert str(refused()) == "rejected: 422 ada@example.com is taken"


@given(st.lists(outcomes, max_size=30))
def test_a_summary_adds_up(settled: list[Outcome]) -> None:
    """Once all that was read has settled: read = created + updated + error, and the reasons add up to the errors."""
    tally = Tally()
    for outcome in settled:
        tally.read += 1
        tally.add(outcome)
    summary = tally.summary()
    assert summary.read == len(settled) == summary.created + summary.updated + summary.error
    assert summary.created == sum(outcome.status == "created" for outcome in settled)
    assert summary.updated == sum(outcome.status == "updated" for outcome in settled)
    assert summary.requests == sum(outcome.attempts for outcome in settled)
    assert summary.inferred == sum(outcome.inferred for outcome in settled)
    assert summary.dropped == sum(bool(outcome.dropped) for outcome in settled)
    assert summary.dropped_by_field == Counter(drop.field for outcome in settled for drop in outcome.dropped)
    assert sum(summary.errors_by_reason.values()) == summary.error
    for reason, count in summary.errors_by_reason.items():
        assert count == sum(outcome.error is not None and outcome.error.reason == reason for outcome in settled) > 0


def test_a_summary_is_a_record_of_its_moment() -> None:
    """Counting on does not change a summary that was taken before, nor does one run's summary change another's."""
    tally = Tally()
    before = tally.summary()
    tally.read += 1
    tally.add(Outcome(position=0, status=Status.ERROR, error=refused()))
    assert before == Summary() == Tally().summary()
    assert Summary().errors_by_reason is not Summary().errors_by_reason


@pytest.mark.parametrize("show", [repr, str, pretty_repr])
def test_no_record_shows_personal_data(show: Callable[[object], str]) -> None:
    """A record's repr names the fields that are set; neither what they hold nor the caller's ref is in it."""
    shown = show(Record(contact=Contact(email="ada@example.com", last_name="Lovelace"), ref="row 7"))
    assert "email=" in shown
    assert not any(value in shown for value in PERSONAL)


@pytest.mark.parametrize("show", [repr, str, pretty_repr])
def test_no_outcome_shows_personal_data(show: Callable[[object], str]) -> None:
    """An outcome's repr says where and how, and nothing of the contact, the ref or the server's message."""
    contact = StoredContact(id="c1", email="ada@example.com", last_name="Lovelace")
    created = Outcome(position=3, status=Status.CREATED, contact=contact, contact_id="c1", ref="row 7")
    failed = Outcome(position=4, status=Status.ERROR, error=refused(), ref="row 7")
    for outcome, words in ((created, ("3", "created")), (failed, ("4", "error"))):
        shown = show(outcome)
        assert all(word in shown for word in words)
        assert not any(value in shown for value in PERSONAL)


@pytest.mark.parametrize("show", [repr, pretty_repr])
def test_no_error_shows_personal_data(show: Callable[[object], str]) -> None:
    """The repr of an error is its reason; the server's message, which may quote the contact, takes a str()."""
    shown = show(refused())
    assert "rejected" in shown
    assert not any(value in shown for value in PERSONAL)


def test_the_collector_does_not_follow_what_is_kept_of_contacts() -> None:
    """A million outcomes that are kept cost no time for looking through them: trees have no cycles."""
    contact = Contact(email="ada@example.com", tags=["vip"], custom_fields=[TextField("f1", "blue")])
    stored = StoredContact(id="c1", tags=["vip"], custom_fields=[StoredCustomField(id="f1", value=["blue"])])
    assert not any(map(gc.is_tracked, (contact, stored)))
    assert msgspec.json.decode(msgspec.json.encode(stored), type=StoredContact) == stored


def test_a_ref_that_holds_its_outcome_is_no_leak() -> None:
    """A ref is the caller's own, and may lead back in spite of its type: records and outcomes are collected."""

    class Row:
        outcome: Any = None
        record: Any = None

    row: Any = Row()
    row.record = Record(contact=Contact(), ref=row)
    row.outcome = Outcome(position=0, status=Status.ERROR, ref=row)
    alive = weakref.ref(row)
    del row
    gc.collect()
    assert alive() is None
