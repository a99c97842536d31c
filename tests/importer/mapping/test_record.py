"""Rows and JSON objects become records; what does not fit is a problem of theirs, by field and without the value."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from growthhub_async import Contact, CustomField, Record
from growthhub_async.importer.mapping.columns import Column, plan_columns
from growthhub_async.importer.mapping.record import broken_record, record_of_cells, record_of_object

from ..reading import fields, problems


def _of_json(values: dict[str, Any]) -> Record:
    return record_of_object(7, values, plan_columns(list(values), {}, nested=True))


def test_cells_are_trimmed_and_empty_ones_left_unset() -> None:
    """Nothing is sent for what is not there, tags least of all."""
    columns = plan_columns(["Email", "First Name", "Tags", "City", "Notes"], {})
    record = record_of_cells(3, [" ada@example.com ", "", " ; ", "  ", "x"], columns)
    assert record == Record(contact=Contact(email="ada@example.com"), ref=3)


def test_cells_that_are_missing_are_empty() -> None:
    """A row may end early."""
    assert record_of_cells(3, ["ada@example.com"], plan_columns(["Email", "City"], {})).contact.city is UNSET


def test_custom_fields_are_made_of_the_columns_that_are_mapped_to_them() -> None:
    """Each becomes a custom field by its id, with text; empty cells make none."""
    columns = [Column("A", "custom:id1"), Column("B", "custom:id2"), Column("C", "custom:id3")]
    assert record_of_cells(2, ["x", "", "y"], columns).contact.custom_fields == [
        CustomField("id1", "x"),
        CustomField("id3", "y"),
    ]


def test_a_cell_that_cannot_be_its_fields_value_is_a_problem_of_the_record() -> None:
    """The other cells are kept, and the problem names the field."""
    record = record_of_cells(2, ["a@example.com", "perhaps"], plan_columns(["Email", "DND"], {}))
    assert problems(record) == ["dnd: is neither yes nor no; write true or false"]
    assert record.contact == Contact(email="a@example.com")


def test_json_values_are_taken_as_they_are() -> None:
    """Null passes, lists pass, an empty list of tags too: it was written on purpose."""
    record = _of_json({"firstName": None, "email": "a@example.com", "tags": [], "dnd": True, "Phone Number": ""})
    assert fields(record) == {"firstName": None, "email": "a@example.com", "tags": [], "dnd": True, "phone": ""}
    assert problems(record) == []


def test_tags_and_flags_may_be_texts_in_json() -> None:
    """They are read as those of a cell, and empty ones leave the field unset."""
    assert fields(_of_json({"tags": "a,b", "dnd": "no"})) == {"tags": ["a", "b"], "dnd": False}
    assert fields(_of_json({"tags": " ", "dnd": ""})) == {}


def test_nested_values_become_what_the_api_takes() -> None:
    """Custom fields and do-not-disturb settings, by their names in Python or on the wire."""
    custom = [{"id": "x", "field_value": ["a"]}, {"id": "y", "field_value": 3.5}]
    settings = {"Call": {"status": "active"}}
    for name in ("customFields", "custom_fields"):
        assert fields(_of_json({name: custom, "dndSettings": settings})) == {
            "customFields": custom,
            "dndSettings": settings,
        }


def test_a_custom_field_that_is_mapped_is_added_to_those_in_the_object() -> None:
    """Both ways can be used in one object; null and empty texts add none."""
    columns = [Column("customFields", "custom_fields"), Column("A", "custom:y"), Column("B", "custom:z")]
    values = {"customFields": [{"id": "x", "field_value": "1"}], "A": ["p"], "B": None}
    assert record_of_object(1, values, columns).contact.custom_fields == [
        CustomField("x", "1"),
        CustomField("y", ["p"]),
    ]


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"customFields": "secret"}, "custom_fields: expected `array`, got `str`"),
        (
            {"customFields": [{"id": 1, "field_value": "secret"}]},
            "custom_fields: expected `str`, got `int` - at `$[0].id`",
        ),
        ({"customFields": [{"id": "x"}]}, "custom_fields: object missing required field `field_value` - at `$[0]`"),
        (
            {"dndSettings": {"Call": {"status": "secret - at `x`"}}},
            "dnd_settings: a value that is not taken - at `$.Call.status`",
        ),
        ({"dnd": "secret"}, "dnd: is neither yes nor no; write true or false"),
    ],
)
def test_a_wrong_nested_value_is_a_problem_that_does_not_show_it(values: dict[str, Any], problem: str) -> None:
    """The problem says where it is and what would be right; the record is still there."""
    record = _of_json({"email": "a@example.com", **values})
    assert problems(record) == [problem]
    assert record.contact.email == "a@example.com"


@given(
    st.dictionaries(
        st.sampled_from(["email", "tags", "dnd", "customFields", "dndSettings", "inboundDndSettings", "custom"]),
        st.recursive(
            st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
            lambda values: st.one_of(
                st.lists(values, max_size=3),
                st.dictionaries(st.sampled_from(["id", "field_value", "Call", "all", "status"]), values, max_size=3),
            ),
            max_leaves=8,
        ),
    )
)
def test_no_json_value_ever_raises(values: dict[str, Any]) -> None:
    """Whatever is in an object, it makes a record."""
    columns = [
        Column(c.name, "custom:x") if c.name == "custom" else c for c in plan_columns(list(values), {}, nested=True)
    ]
    assert record_of_object(1, values, columns).ref == 1


def test_a_broken_line_is_a_record_that_settles_as_invalid() -> None:
    """It holds no contact, the line it is on, and one problem."""
    record = broken_record(5, "is not JSON")
    assert (record.contact, record.ref, problems(record)) == (Contact(), 5, ["line: is not JSON"])
