"""Cells or a JSON object to a record, as the columns were planned; what cannot be a field's value is a problem.

A cell is trimmed, and an empty one leaves its field unset. A JSON value is taken as it is, `null` included: only tags
and flags are read from a text too, and what is nested becomes what the API takes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import UNSET

from ...contact import Contact, DndSettings, InboundDndSettings
from ...custom_fields import CustomField
from ...outcome import Problem, Record
from .columns import CUSTOM, Column
from .values import read_flag, split_tags, value_of

_NESTED: dict[str, Any] = {
    "custom_fields": list[CustomField],
    "dnd_settings": DndSettings,
    "inbound_dnd_settings": InboundDndSettings,
}
_QUOTED_VALUE = re.compile(r"(?s)invalid enum value .*(?= - at `)")
_FROM_TEXT = {"tags": split_tags, "dnd": read_flag, "create_new_if_duplicate_allowed": read_flag}


def broken_record(line: int, problem: str) -> Record:
    """Make the record of a line that cannot be read; it settles as invalid."""
    return Record(contact=Contact(), ref=line, problems=(Problem("line", problem),))


def record_of_cells(line: int, cells: Sequence[str], columns: Sequence[Column]) -> Record:
    """Make a record of a row; cells that are missing are empty."""
    pairs = zip(columns, map(str.strip, cells), strict=False)
    return _record(line, ((column.field, cell) for column, cell in pairs if column.field and cell), value_of)


def record_of_object(line: int, values: Mapping[str, Any], columns: Iterable[Column]) -> Record:
    """Make a record of a JSON object."""
    taken = ((column.field, values[column.name]) for column in columns if column.field)
    return _record(line, taken, _json_value)


def _record(line: int, values: Iterable[tuple[str, Any]], read: Callable[[str, Any], Any]) -> Record:
    fields: dict[str, Any] = {}
    custom: list[CustomField] = []
    problems = []
    for field, value in values:
        try:
            if not field.startswith(CUSTOM):
                fields[field] = read(field, value)
            elif value is not None and value != "":
                custom.append(CustomField(field.removeprefix(CUSTOM), value))
        except (ValueError, TypeError) as error:
            problems.append(Problem(field, _without_values(str(error))))
    if custom:
        fields["custom_fields"] = [*(fields.get("custom_fields") or ()), *custom]
    return Record(contact=Contact(**fields), ref=line, problems=tuple(problems))


def _json_value(field: str, value: Any) -> Any:
    if isinstance(value, str) and field in _FROM_TEXT:
        return _FROM_TEXT[field](value) if value.strip() else UNSET
    if field in _NESTED and value is not None:
        return msgspec.convert(value, _NESTED[field])
    return value


def _without_values(message: str) -> str:
    """Shorten the one message that quotes a value: `invalid enum value "..." - at `$.Call.status``."""
    message = message[:1].lower() + message[1:]
    return _QUOTED_VALUE.sub("a value that is not taken", message)
