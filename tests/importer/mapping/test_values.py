"""Texts become the values that fields take."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from growthhub_async.importer.mapping.values import read_flag, split_tags, value_of


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("vip", ["vip"]),
        ("a, b;c", ["a", "b", "c"]),
        ("* myContacts ::: vip ::: a, b", ["vip", "a, b"]),
        ("a,,a; ", ["a"]),
    ],
)
def test_tags_are_split_at_what_people_write_between_them(text: str, tags: list[str]) -> None:
    """Commas and semicolons, and what Google Contacts writes; doubles and built-in groups go."""
    assert split_tags(text) == tags


@given(st.text(",; \t\n:*"))
def test_tags_are_never_an_empty_list(text: str) -> None:
    """An empty list would take all tags off the contact (contract.md, "Request"), so the field stays unset."""
    tags = split_tags(text)
    assert tags is UNSET or (isinstance(tags, list) and all(tag.strip() for tag in tags) and tags)
    assert split_tags("* myContacts") is UNSET


@pytest.mark.parametrize(
    ("text", "flag"), [("Yes", True), (" TRUE ", True), ("1", True), ("no", False), ("Nein", False)]
)
def test_flags_are_read_in_words(text: str, flag: bool) -> None:
    """Yes and no in several languages, and as numbers."""
    assert read_flag(text) is flag
    assert value_of("dnd", text) is flag


def test_a_flag_that_is_neither_is_refused_without_showing_it() -> None:
    """Whether somebody may be called is not guessed."""
    with pytest.raises(ValueError, match="neither yes nor no") as raised:
        value_of("dnd", "secretly")
    assert "secretly" not in str(raised.value)


def test_of_several_emails_or_phones_in_a_cell_the_first_is_taken() -> None:
    """A contact has one of each; other fields keep the text."""
    assert value_of("email", "a@example.com ::: b@example.com") == "a@example.com"
    assert value_of("phone", "+1 202 555 0143 ::: +1 202 555 0144") == "+1 202 555 0143"
    assert value_of("city", "a ::: b") == "a ::: b"
