"""Custom fields of a contact: what a body may hold, and how it is merged into what is stored."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from growthhub_async.sandbox.location import Behaviour, CustomField, Location

_PREFIX = "contact."


def custom_field_problems(entries: Any, location: Location) -> list[str]:
    """Return the problems of `customFields`; values are checked against their field only if the location says so."""
    if not isinstance(entries, list):
        return []
    fields = {field.id: field for field in location.custom_fields}
    checked = location.behaviour.custom_field_types == "checked"
    problems: list[str] = []
    for index, entry in enumerate(entries):
        where = f"customFields.{index}"
        if not isinstance(entry, dict):
            problems.append(f"each value in nested property customFields must be either object or array at {index}")
            continue
        problems += _entry_problems(where, entry)
        field = fields.get(entry["id"]) if checked and isinstance(entry.get("id"), str) else None
        value = entry.get("field_value")
        if field and value is not None and not _TAKES[field.data_type](value):
            problems.append(f"{where}.field_value must be a valid value for {field.data_type}")
    return problems


def merged(stored: list[dict[str, Any]], entries: list[dict[str, Any]], location: Location) -> list[dict[str, Any]]:
    """Return a contact's custom fields after an upsert, in the form `{id, value}`.

    Each entry replaces the value of its field; the others are left alone. Entries with an unknown id are dropped
    without a word (observed.md, "What an upsert does to a contact").
    """
    values = {item["id"]: item["value"] for item in stored}
    known = {field.id for field in location.custom_fields}
    for entry in entries:
        if entry["id"] in known and "field_value" in entry and _key_accepted(entry, location.behaviour):
            _put(values, entry["id"], entry["field_value"], location.behaviour)
    return [{"id": field_id, "value": value} for field_id, value in values.items()]


def described(fields: tuple[CustomField, ...]) -> list[dict[str, Any]]:
    """Return custom fields as `GET /locations/{id}/customFields` lists them."""
    return [
        {
            "id": field.id,
            "name": field.name,
            "fieldKey": field.field_key,
            "dataType": field.data_type,
            "picklistOptions": field.picklist_options,
        }
        for field in fields
    ]


def _entry_problems(where: str, entry: dict[str, Any]) -> list[str]:
    problems = [
        f"{where}.property {name} should not exist" for name in entry if name not in ("id", "key", "field_value")
    ]
    if not isinstance(entry.get("id"), str):
        problems.append(f"{where}.id must be a string")
    if not isinstance(entry.get("key", ""), str):
        problems.append(f"{where}.key must be a string")
    if isinstance(entry.get("field_value"), bool):
        problems.append(f"{where}.field_value must be a string, a number, an array or an object")
    return problems


def _key_accepted(entry: dict[str, Any], behaviour: Behaviour) -> bool:
    return behaviour.prefixed_custom_key == "written" or not entry.get("key", "").startswith(_PREFIX)


def _put(values: dict[str, Any], field_id: str, value: Any, behaviour: Behaviour) -> None:
    if value is None or value == "":
        switch = behaviour.null if value is None else behaviour.empty_text
        if switch == "clears":
            values.pop(field_id, None)
    else:
        values[field_id] = value


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _number(value: Any) -> bool:
    return isinstance(value, int | float)


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _text_or_texts(value: Any) -> bool:
    return _text(value) or _texts(value)


def _uploads(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(upload, dict) for upload in value.values())


# contract.md, "Custom field kinds and their `field_value`".
_TAKES: Mapping[str, Callable[[Any], bool]] = MappingProxyType(
    dict.fromkeys(("TEXT", "LARGE_TEXT", "SINGLE_OPTIONS", "RADIO", "PHONE", "DATE"), _text)
    | dict.fromkeys(("NUMERICAL", "MONETORY"), _number)
    | {"CHECKBOX": _text_or_texts, "MULTIPLE_OPTIONS": _texts, "FILE_UPLOAD": _uploads}
)
