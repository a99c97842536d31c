"""Rows and JSON objects become records; what does not fit is a problem of theirs, by field and without the value."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec import UNSET

from growthhub_async import Contact, CustomField, Record
from growthhub_async.importer import FieldMapping, Join
from growthhub_async.importer.mapping import ColumnMapper
from growthhub_async.importer.mapping.record import broken_record
from growthhub_async.importer.rows import Row

from ..reading import fields, problems, unheard
from .mapped import of_cells, of_object

ID = "6dvNaf7VhkQ9snc5vnjJ"


def test_cells_are_trimmed_and_empty_ones_left_unset() -> None:
    """Nothing is sent for what is not there, tags least of all; what has no field is not read."""
    record = of_cells({"Email": " ada@example.com ", "First Name": "", "Tags": " ; ", "City": "  ", "Notes": "x"})
    assert record == Record(contact=Contact(email="ada@example.com"), ref=7)


def test_cells_that_are_missing_are_empty() -> None:
    """A row may end early."""
    mapper = ColumnMapper("a.csv", ["Email", "City"], FieldMapping(), unheard)
    assert mapper.record(Row(3, ["ada@example.com"])).contact.city is UNSET


def test_empty_cells_clear_where_that_is_wanted_and_can_be() -> None:
    """What a contact is matched by stays, and so does what the API takes no null for, custom fields among it."""
    cells = {"Email": "", "Phone": "", "City": "", "Country": "", "Tags": "", "DND": None, "Age": " "}
    assert fields(of_cells(cells, FieldMapping(empty="clear"))) == {"lastName": None, "city": None, "dnd": None}
    assert fields(of_cells(cells)) == {}


def test_several_columns_are_joined_with_a_space_or_what_was_given() -> None:
    """Empty ones leave no separator, and numbers are written."""
    mapping = FieldMapping(join={"address1": Join(("A", "B", "C")), "date_of_birth": Join(("Y", "M", "D"), "-")})
    cells = {"A": "Main St ", "B": None, "C": 5, "Y": "1990", "M": "09", "D": "25"}
    assert fields(of_cells(cells, mapping)) == {"address1": "Main St 5", "dateOfBirth": "1990-09-25"}
    assert fields(of_cells(dict.fromkeys(cells, ""), mapping)) == {}


def test_tags_and_options_of_several_columns_are_united() -> None:
    """Each column is split for itself, and doubles go."""
    mapping = FieldMapping(join={"tags": Join(("A", "B")), "custom:Hobbies": Join(("C", "D"))}, split_at="|")
    assert fields(of_cells({"A": "x|y, z", "B": "x|w", "C": "a", "D": "B|a"}, mapping)) == {
        "tags": ["x", "y, z", "w"],
        "customFields": [{"id": "hobbies1", "field_value": ["A", "B"]}],
    }


def test_a_constant_is_the_value_of_every_record_and_constant_tags_are_added() -> None:
    """A column of that name is not read, but that of the tags is."""
    mapping = FieldMapping(constants={"source": "fair", "tags": ["fair", "vip"], "custom:Colour": "red"})
    assert fields(of_cells({"Source": "web", "Tags": "vip,old"}, mapping)) == {
        "source": "fair",
        "tags": ["vip", "old", "fair"],
        "customFields": [{"id": "colour1", "field_value": "Red"}],
    }
    assert of_cells({"Tags": ""}, mapping).contact.tags == ["fair", "vip"]


@pytest.mark.parametrize("empty", ["skip", "clear"])
def test_a_default_is_the_value_of_the_records_that_have_none(empty: Any) -> None:
    """An empty cell is none, and so is one that would have cleared the field."""
    mapping = FieldMapping(defaults={"country": "DE", "city": "Berlin", "custom:Age": "1.5"}, empty=empty)
    assert fields(of_cells({"Country": "", "City": "Bonn", "Age": 5}, mapping))["country"] == "DE"
    assert fields(of_cells({"Country": "", "City": "Bonn", "Age": 5}, mapping))["city"] == "Bonn"
    assert of_cells({"City": "", "Age": ""}, mapping).contact.custom_fields == [CustomField("age1", 1.5)]
    assert of_cells({"City": "", "Age": "5"}, mapping).contact.city == "Berlin"


def test_a_cell_that_cannot_be_its_fields_value_is_a_problem_of_the_record() -> None:
    """The other cells are kept, and the problem names the field."""
    record = of_cells({"Email": "a@example.com", "DND": "perhaps", "City": ["x"], "Age": "old"})
    assert problems(record) == [
        "dnd: is neither yes nor no; write true or false",
        "city: is a list, where a text is wanted",
        "custom:Age: is no number; write it like 1234.5",
    ]
    assert record.contact == Contact(email="a@example.com")


def test_what_json_or_the_api_cannot_hold_in_a_custom_field_is_a_problem() -> None:
    """A number must be finite, and a list is one of texts."""
    mapping = FieldMapping(columns={"A": f"custom:{ID}"})
    assert problems(of_cells({"Age": float("inf")})) == [
        "custom:Age: field_value of CustomField must be a finite number"
    ]
    assert problems(of_object({"A": [1]}, mapping, None))[0].startswith(
        f"custom:{ID}: field_value of CustomField must be"
    )


def test_a_cell_that_is_json_can_hold_what_has_parts() -> None:
    """So what was written into a table from JSON can be read again; other text is a problem."""
    custom = [{"id": "x", "field_value": ["a"]}]
    cells = {"Custom Fields": json.dumps(custom), "dndSettings": '{"Call":{"status":"active"}}'}
    assert fields(of_cells(cells)) == {"customFields": custom, "dndSettings": {"Call": {"status": "active"}}}
    (problem,) = problems(of_cells({"Custom Fields": "secret"}))
    assert problem == "custom_fields: is no JSON; write it as a JSON source has it"


def test_json_values_are_taken_as_they_are() -> None:
    """Null passes, lists pass, an empty list of tags too: it was written on purpose."""
    record = of_object({"firstName": None, "email": " a@example.com", "tags": [], "dnd": True, "Phone Number": ""})
    assert fields(record) == {"firstName": None, "email": " a@example.com", "tags": [], "dnd": True, "phone": ""}
    assert problems(record) == []


def test_null_is_left_out_where_the_api_takes_none() -> None:
    """Many writers put null for every key that has no value."""
    values = {
        "tags": None,
        "country": None,
        "companyName": None,
        "customFields": None,
        "dndSettings": None,
        "Age": None,
    }
    assert of_object(values) == Record(contact=Contact(), ref=7)


def test_tags_and_flags_may_be_texts_in_json() -> None:
    """They are read as those of a cell, and empty ones leave the field unset."""
    assert fields(of_object({"tags": "a,b", "dnd": "no"})) == {"tags": ["a", "b"], "dnd": False}
    assert fields(of_object({"tags": " ", "dnd": ""})) == {}


def test_nested_values_become_what_the_api_takes() -> None:
    """Custom fields and do-not-disturb settings, by their names in Python or on the wire."""
    custom = [{"id": "x", "field_value": ["a"]}, {"id": "y", "field_value": 3.5}]
    settings = {"Call": {"status": "active"}}
    for name in ("customFields", "custom_fields"):
        assert fields(of_object({name: custom, "dndSettings": settings})) == {
            "customFields": custom,
            "dndSettings": settings,
        }


def test_a_custom_field_that_is_mapped_is_added_to_those_in_the_object() -> None:
    """Both ways can be used in one object; null and empty texts add none."""
    mapping = FieldMapping(columns={"A": f"custom:{ID}", "B": f"custom:{ID[::-1]}"})
    values = {"customFields": [{"id": "x", "field_value": "1"}], "A": ["p"], "B": None}
    assert of_object(values, mapping, None).contact.custom_fields == [CustomField("x", "1"), CustomField(ID, ["p"])]


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"customFields": "secret"}, "custom_fields: is no JSON; write it as a JSON source has it"),
        ({"customFields": 5}, "custom_fields: expected `array`, got `int`"),
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
        ({"tags": [["secret"]]}, "tags: is a list, where a text is wanted"),
        ({"city": {"secret": 1}}, "city: is an object, where a text is wanted"),
    ],
)
def test_a_wrong_value_is_a_problem_that_does_not_show_it(values: dict[str, Any], problem: str) -> None:
    """The problem says where it is and what would be right; the record is still there."""
    record = of_object({"email": "a@example.com", **values})
    assert problems(record) == [problem]
    assert record.contact.email == "a@example.com"


def test_a_broken_line_is_a_record_that_settles_as_invalid() -> None:
    """It holds no contact, the line it is on, and one problem."""
    record = broken_record(5, "is not JSON")
    assert (record.contact, record.ref, problems(record)) == (Contact(), 5, ["line: is not JSON"])
