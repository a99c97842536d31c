"""Each column is read as one field or ignored for a reason that can be told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from growthhub_async.importer.errors import ImportFileError
from growthhub_async.importer.mapping.columns import (
    Column,
    Ignored,
    bind_overrides,
    can_match,
    listed,
    parse_overrides,
    plan_columns,
    require_columns,
)

NAMES = st.one_of(
    st.sampled_from(["Email", "E-Mail", "email 2", "Mail", "Phone", "Work Phone", "Record ID", "Tags", "Emial", ""]),
    st.text(max_size=8),
)


@given(st.lists(NAMES, max_size=10), st.booleans())
def test_every_column_has_a_field_or_a_reason_and_no_field_has_two_columns(names: list[str], nested: bool) -> None:
    """The plan has the columns in their order, and is the same however often it is made."""
    columns = plan_columns(names, {}, nested=nested)
    assert [column.name for column in columns] == names
    assert all((column.field is None) != (column.ignored is None) for column in columns)
    fields = [column.field for column in columns if column.field]
    assert len(fields) == len(set(fields))


def test_the_closest_name_has_the_field_and_of_equals_the_first() -> None:
    """A company's exact name beats a synonym that comes before it; two synonyms go by their order."""
    assert plan_columns(["Business Name", "Company Name"], {}) == [
        Column("Business Name", ignored=Ignored.TAKEN, about="Company Name"),
        Column("Company Name", field="company_name"),
    ]
    assert plan_columns(["Firma", "Business"], {})[0].field == "company_name"


def test_each_kind_of_column_that_is_ignored_is_told_apart() -> None:
    """What is ignored quietly, what is asked about, and what cannot be in a cell."""
    columns = plan_columns(["Record ID", "Email 2", "Emial", "Notes", "Custom Fields"], {})
    assert [(column.ignored, column.about) for column in columns] == [
        (Ignored.FOREIGN, None),
        (Ignored.SECOND, "email"),
        (Ignored.UNKNOWN, "email"),
        (Ignored.UNKNOWN, None),
        (Ignored.NESTED, "custom_fields"),
    ]
    assert plan_columns(["Custom Fields"], {}, nested=True)[0].field == "custom_fields"


def test_a_mapping_by_hand_overrides_every_name() -> None:
    """A column that is mapped takes its field from the one that is called like it; one mapped to nothing is ignored."""
    overrides = parse_overrides(["Work Mail=email", "Notes=custom:abc", "Phone="])
    assert plan_columns(["Email", "Work Mail", "Notes", "Phone"], overrides) == [
        Column("Email", ignored=Ignored.TAKEN, about="Work Mail"),
        Column("Work Mail", field="email"),
        Column("Notes", field="custom:abc"),
        Column("Phone", ignored=Ignored.BY_HAND),
    ]


def test_a_mapping_takes_python_and_wire_names_and_a_column_with_an_equals_sign() -> None:
    """The field is what stands after the last equals sign."""
    assert parse_overrides(["a=b=firstName", "c=postal_code"]) == {"a=b": "first_name", "c": "postal_code"}


@pytest.mark.parametrize(
    ("mapping", "remedy"),
    [
        ("Mail", "not of the form"),
        ("=email", "not of the form"),
        ("X=emial", "did you mean email"),
        ("X=zzz", "custom:ID"),
        ("X=custom:", "write the id"),
        ("X=custom:a b", "write the id"),
        ("X=custom_fields", "is no text"),
    ],
)
def test_a_mapping_that_is_wrong_says_what_would_be_right(mapping: str, remedy: str) -> None:
    """The message has the mapping as it was written and a remedy."""
    with pytest.raises(ImportFileError, match=remedy) as raised:
        parse_overrides([mapping])
    assert mapping in str(raised.value)


def test_two_columns_cannot_be_mapped_to_one_field() -> None:
    """One of them would be lost without a word."""
    with pytest.raises(ImportFileError, match="map only one"):
        parse_overrides(["A=email", "B=email"])


def test_a_mapped_column_is_found_by_its_name_in_any_spelling() -> None:
    """The exact name is found first, then one that differs in case, accents or punctuation."""
    assert bind_overrides({"e-mail": "email", "x": None}, ["E-Mail", "Email"]) == {"E-Mail": "email"}
    assert bind_overrides({"Email": "email"}, ["E-Mail", "Email"]) == {"Email": "email"}


def test_a_mapped_column_that_is_not_there_is_an_error_with_a_suggestion() -> None:
    """Near names are suggested; otherwise the columns are listed."""
    with pytest.raises(ImportFileError, match="did you mean `Vorname`"):
        require_columns({"Vornahme": "first_name"}, ["Vorname", "Ort"])
    with pytest.raises(ImportFileError, match="it has `Vorname`, `Ort`"):
        require_columns({"Mail": "email"}, ["Vorname", "Ort"])


def test_a_contact_needs_a_column_to_be_matched_by() -> None:
    """A name alone does not count; an email, a phone, a first or a last name does."""
    assert not can_match(plan_columns(["Name", "City"], {}))
    assert can_match(plan_columns(["Vorname"], {}))


def test_many_columns_are_listed_shortly() -> None:
    """A wide file does not fill the screen."""
    assert listed(["a", "b" * 50]) == f"`a`, `{'b' * 40}`"
    assert listed([str(number) for number in range(25)]).endswith("`19` and 5 more")
