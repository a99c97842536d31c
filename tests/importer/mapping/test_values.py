"""Texts become the values that fields take."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import get_args, get_type_hints
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from growthhub_async import Contact
from growthhub_async.importer.mapping.unreadable import Unreadable
from growthhub_async.importer.mapping.values import Habits, read_flag, reader_of, split_tags, text_of


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
    assert reader_of("dnd", Habits())(text) is flag


def test_a_flag_that_is_neither_is_refused_without_showing_it() -> None:
    """Whether somebody may be called is not guessed."""
    with pytest.raises(Unreadable, match="neither yes nor no") as raised:
        reader_of("dnd", Habits())("secretly")
    assert "secretly" not in str(raised.value)


def test_of_several_emails_or_phones_in_a_cell_the_first_is_taken() -> None:
    """A contact has one of each; other fields keep the text."""
    assert reader_of("email", Habits())("a@example.com ::: b@example.com") == "a@example.com"
    assert reader_of("phone", Habits())("+1 202 555 0143 ::: +1 202 555 0144") == "+1 202 555 0143"
    assert reader_of("city", Habits())("a ::: b") == "a ::: b"


def test_tags_are_split_at_what_was_chosen_and_nothing_else() -> None:
    """A tag may then hold a comma."""
    assert split_tags("a, b|c", "|") == ["a, b", "c"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (10115, "10115"),
        (12055550142.0, "12055550142"),
        (3.5, "3.5"),
        (Decimal("1.50"), "1.50"),
        (date(1990, 9, 25), "1990-09-25"),
        (UUID(int=5), "00000000-0000-0000-0000-000000000005"),
    ],
)
def test_numbers_and_dates_are_written_where_a_text_is_wanted(value: object, text: str) -> None:
    """Spreadsheets and databases have them, and each has one plain spelling."""
    assert text_of(value) == text


@pytest.mark.parametrize("value", [True, ["a"], {"a": 1}, float("nan"), 10**50, Decimal("Infinity"), b"a", object()])
def test_what_has_no_one_spelling_is_no_text(value: object) -> None:
    """It is refused by its kind."""
    with pytest.raises(Unreadable):
        text_of(value)


def test_a_moment_is_the_day_somebody_was_born() -> None:
    """Spreadsheets have days as moments."""
    assert reader_of("date_of_birth", Habits())(datetime(1990, 9, 25, 0, 0)) == "1990-09-25"


@pytest.mark.parametrize("field", Contact.__struct_fields__)
@pytest.mark.parametrize("empty", ["", "  ", None])
def test_an_empty_cell_leaves_every_field_unset(field: str, empty: str | None) -> None:
    """Nothing is sent for what is not there."""
    assert reader_of(field, Habits())(empty) is UNSET


@pytest.mark.parametrize("field", Contact.__struct_fields__)
def test_an_empty_cell_clears_what_may_be_null_but_never_what_a_contact_is_matched_by(field: str) -> None:
    """Those that may be null are those of the contract; null is sent for them."""
    cleared = reader_of(field, Habits(clear=True))("")
    may_be_null = type(None) in get_args(get_type_hints(Contact)[field])
    kept = field in ("email", "phone", "location_id", "create_new_if_duplicate_allowed")
    assert cleared is (None if may_be_null and not kept else UNSET)


@pytest.mark.parametrize("field", Contact.__struct_fields__)
def test_null_in_a_row_with_keys_is_sent_where_it_may_be(field: str) -> None:
    """It was written on purpose; where the API takes none it is left out."""
    may_be_null = type(None) in get_args(get_type_hints(Contact)[field])
    assert reader_of(field, Habits(keyed=True))(None) is (None if may_be_null else UNSET)


def test_an_empty_text_in_a_row_with_keys_is_handed_on_unless_it_clears() -> None:
    """The client leaves it out, or sends it when it is told to."""
    assert reader_of("city", Habits(keyed=True))(" ") == " "
    assert reader_of("city", Habits(keyed=True, clear=True))(" ") is None
    assert reader_of("country", Habits(keyed=True, clear=True))("") is UNSET


def test_an_empty_list_takes_all_tags_off_only_where_it_was_written_on_purpose() -> None:
    """A row with keys of its own has it on purpose; a cell of a table is empty."""
    assert reader_of("tags", Habits(keyed=True))([]) == []
    assert reader_of("tags", Habits())([]) is UNSET
    assert reader_of("tags", Habits(keyed=True))([None, " "]) is UNSET
    assert reader_of("tags", Habits())(["a", 5, " "]) == ["a", "5"]
