from typing import Any

import pytest

from growthhub_async.sandbox import Behaviour, CustomField, Location
from growthhub_async.sandbox.custom_fields import described, merged

FIELDS = (
    CustomField(id="f1", name="Colour", field_key="contact.colour"),
    CustomField(id="f2", name="Size", field_key="contact.size", data_type="NUMERICAL"),
)
RED = {"id": "f1", "value": "red"}


def at(**switches: Any) -> Location:
    """Return a location with both fields and these switches."""
    return Location(custom_fields=FIELDS, behaviour=Behaviour(**switches))


def test_fields_are_merged_one_by_one() -> None:
    """A field in a request replaces its value; the others keep theirs."""
    stored = [RED, {"id": "f2", "value": 1}]
    assert merged(stored, [{"id": "f2", "field_value": 2}], at()) == [RED, {"id": "f2", "value": 2}]
    assert merged([RED], [{"id": "f2", "field_value": 2}], at()) == [RED, {"id": "f2", "value": 2}]


def test_an_unknown_id_vanishes_without_a_word() -> None:
    """A field the location does not have is not stored, and the rest is."""
    entries = [{"id": "unknown", "field_value": 3}, {"id": "f2", "field_value": 2}]
    assert merged([], entries, at()) == [{"id": "f2", "value": 2}]


@pytest.mark.parametrize(("switch", "stored"), [("dropped", []), ("written", [RED])])
def test_a_key_with_the_prefix_is_dropped(switch: Any, stored: list[Any]) -> None:
    """A `key` that begins with `contact.` loses its value without a word, unless the switch says otherwise."""
    entry = {"id": "f1", "key": "contact.colour", "field_value": "red"}
    assert merged([], [entry], at(prefixed_custom_key=switch)) == stored
    assert merged([], [entry | {"key": "colour"}], at(prefixed_custom_key=switch)) == [RED]


def test_an_entry_without_a_value_changes_nothing() -> None:
    """An entry that has no `field_value` leaves the stored value."""
    assert merged([RED], [{"id": "f1"}], at()) == [RED]


@pytest.mark.parametrize(
    ("value", "switches", "left"),
    [
        (None, {"empty_text": "ignored"}, []),
        (None, {"null": "ignored"}, [RED]),
        ("", {"null": "ignored"}, []),
        ("", {"empty_text": "ignored"}, [RED]),
    ],
)
def test_null_and_empty_text_clear_or_not(value: str | None, switches: dict[str, Any], left: list[Any]) -> None:
    """`null` and `""` take a value away or leave it, each by its own switch."""
    assert merged([RED], [{"id": "f1", "field_value": value}], at(**switches)) == left


def test_fields_are_described_by_their_wire_names() -> None:
    """A field is listed with the names the API uses."""
    assert described(FIELDS[1:]) == [
        {"id": "f2", "name": "Size", "fieldKey": "contact.size", "dataType": "NUMERICAL", "picklistOptions": ()}
    ]
