"""When an import goes so wrong that it had better end."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from growthhub_async.importer import ImportFileError, MaxErrors


@pytest.mark.parametrize(
    ("text", "bound", "written"),
    [
        ("0", MaxErrors(number=0), "0"),
        ("100", MaxErrors(number=100), "100"),
        (" 2000 ", MaxErrors(number=2_000), "2,000"),
        ("5%", MaxErrors(share=0.05), "5%"),
        ("2.5 %", MaxErrors(share=0.025), "2.5%"),
        ("0%", MaxErrors(share=0.0), "0%"),
        ("100%", MaxErrors(share=1.0), "100%"),
    ],
)
def test_a_bound_is_a_number_or_a_share(text: str, bound: MaxErrors, written: str) -> None:
    """And is told as it was written."""
    assert MaxErrors.parse(text) == bound
    assert str(bound) == written


@pytest.mark.parametrize("text", ["", "-1", "some", "1.5", "101%", "%", "5%%", "1e3", "٣", "1_000"])
def test_what_is_neither_is_refused(text: str) -> None:
    """With how it is written."""
    with pytest.raises(ImportFileError, match="write a number such as 100, or a share such as 5%"):
        MaxErrors.parse(text)


@given(st.text(max_size=8))
def test_nothing_else_is_raised(text: str) -> None:
    """Whatever is written."""
    with contextlib.suppress(ImportFileError):
        MaxErrors.parse(text)


def test_a_number_may_be_reached() -> None:
    """And is exceeded by one more, however few have settled."""
    bound = MaxErrors.parse("3")
    assert not bound.exceeded(3, 3)
    assert bound.exceeded(4, 4)
    assert MaxErrors.parse("0").exceeded(1, 1)


def test_a_share_is_judged_when_enough_have_settled() -> None:
    """The first record alone says nothing of the rest."""
    bound = MaxErrors.parse("5%")
    assert not bound.exceeded(99, 99)
    assert not bound.exceeded(5, 100)
    assert bound.exceeded(6, 100)
    assert not bound.exceeded(50, 1_000)


def test_a_share_of_all_there_are_is_judged_at_once() -> None:
    """Be they few."""
    bound = MaxErrors.parse("50%")
    assert not bound.exceeded(1, 2, all_known=True)
    assert bound.exceeded(2, 3, all_known=True)
    assert not MaxErrors.parse("0%").exceeded(0, 0, all_known=True)
