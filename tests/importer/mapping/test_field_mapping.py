"""What a person has decided is one value; what cannot be is refused when it is made, by its key."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given

from growthhub_async.importer import FieldMapping, ImportFileError, Join
from growthhub_async.importer.mapping.field_mapping import parse_flags

from .mappings import mappings


def test_a_flag_takes_python_and_wire_names_and_a_column_with_an_equals_sign() -> None:
    """The field is what stands after the last equals sign."""
    assert parse_flags(["a=b=firstName", "c=postal_code", "d="]) == {"a=b": "first_name", "c": "postal_code", "d": None}


@pytest.mark.parametrize(
    ("flag", "remedy"),
    [
        ("Mail", "not of the form"),
        ("=email", "not of the form"),
        ("X=emial", "did you mean email"),
        ("X=zzz", "custom:NAME"),
        ("X=custom:", "write the name, key or id"),
    ],
)
def test_a_flag_that_is_wrong_says_what_would_be_right(flag: str, remedy: str) -> None:
    """The message has the flag as it was written and a remedy."""
    with pytest.raises(ImportFileError, match=remedy) as raised:
        parse_flags([flag])
    assert flag in str(raised.value)


def test_two_flags_cannot_name_one_field() -> None:
    """One of the columns would be lost without a word."""
    with pytest.raises(ImportFileError, match="map only one"):
        parse_flags(["A=email", "B=email"])


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"columns": {"A": "emial"}}, 'm.toml: columns."A": a contact has no field emial; did you mean email?'),
        ({"columns": {"A": "email", "B": "email"}}, 'columns."B": column `A` is mapped to email, too'),
        ({"columns": {"A": "city"}, "join": {"city": Join(("B",))}}, "join.city: column `A` is mapped to it, too"),
        ({"columns": {"A": "city"}, "constants": {"city": "x"}}, "constants.city: column `A` is mapped to it, too"),
        ({"join": {"city": Join(("B",))}, "constants": {"city": "x"}}, "constants.city: join is mapped to it, too"),
        ({"defaults": {"city": "x"}, "constants": {"city": "x"}}, "constants.city: is always taken"),
        ({"constants": {"first_name": "x", "firstName": "y"}}, "constants.firstName: is there twice"),
        ({"join": {"dnd": Join(("A", "B"))}}, "join.dnd: is made of one column"),
        ({"join": {"location_id": Join(("A", "B"))}}, "join.location_id: is made of one column"),
        ({"join": {"city": Join(())}}, "join.city: must be columns, each once"),
        ({"join": {"city": Join(("A", "A"))}}, "join.city: must be columns, each once"),
        ({"join": {"tags": Join(("A", "B"), ",")}}, "join.tags: takes the tags of every column, without a separator"),
        ({"join": {"custom_fields": Join(("A", "B"))}}, "join.custom_fields: has parts"),
        ({"constants": {"dnd_settings": "x"}}, "constants.dnd_settings: has parts"),
        ({"constants": {"email": "a@example.com"}}, "constants.email: all records that share it would be one contact"),
        ({"defaults": {"phone": "+12055550142"}}, "defaults.phone: all records that share it would be one contact"),
        ({"constants": {"country": "Atlantis"}}, "constants.country: is not a country the API takes"),
        ({"constants": {"postal_code": 10115}}, "constants.postal_code: must be a string, not int"),
        ({"constants": {"tags": "a"}}, "constants.tags: must be a list of strings, not str"),
        ({"defaults": {"dnd": "yes"}}, "defaults.dnd: must be True or False, not str"),
        ({"defaults": {"custom:X": True}}, 'defaults."custom:X": field_value of CustomField must be'),
        ({"defaults": {"custom:X": float("nan")}}, 'defaults."custom:X": field_value of CustomField must be a finite'),
        ({"defaults": {"city": ""}}, "defaults.city: is empty"),
        ({"defaults": {"location_id": "a b"}}, "defaults.location_id: must be a location's id"),
        ({"empty": "keep"}, "m.toml: empty: must be skip or clear"),
        ({"split_at": ""}, "m.toml: split_at: is empty"),
    ],
)
def test_what_cannot_be_is_refused_by_its_key(given: dict[str, Any], message: str) -> None:
    """The message names what it was read from, the key and what would be right."""
    with pytest.raises(ImportFileError) as raised:
        FieldMapping(**given, origin="m.toml")
    assert message in str(raised.value)
    assert str(raised.value).startswith("m.toml: ")


def test_fields_are_known_by_their_wire_names() -> None:
    """They are kept as they are called in Python."""
    mapping = FieldMapping(columns={"A": "firstName"}, constants={"companyName": "x"})
    assert (mapping.columns, mapping.constants) == ({"A": "first_name"}, {"company_name": "x"})


def test_flags_go_before_what_the_mapping_says_of_the_same_column_and_field() -> None:
    """The column that had the field is not read any more, nor is it made by a join or a constant; tags stay."""
    mapping = FieldMapping(
        columns={"e-mail": "email", "B": "city", "C": "state"},
        join={"address1": Join(("D", "E"))},
        constants={"source": "x", "tags": ["a"]},
    )
    flagged = mapping.with_flags({"E-Mail": "city", "D": "address1", "E": "source", "F": "tags", "C": None})
    assert flagged.columns == {"B": None, "E-Mail": "city", "D": "address1", "E": "source", "F": "tags", "C": None}
    assert (flagged.join, flagged.constants) == ({}, {"tags": ["a"]})
    assert (flagged.where("C"), flagged.where("B")) == ('--map "C"', 'mapping: columns."B"')


def test_a_column_that_is_flagged_by_its_very_name_leaves_others_of_that_spelling() -> None:
    """A file may have both."""
    mapping = FieldMapping(columns={"Mail": "email", "mail": "city"})
    assert mapping.with_flags({"mail": None}).columns == {"Mail": "email", "mail": None}


@given(mappings())
def test_a_mapping_is_the_same_after_json(mapping: FieldMapping) -> None:
    """A job's file keeps it so."""
    assert msgspec.json.decode(msgspec.json.encode(mapping), type=FieldMapping) == mapping
