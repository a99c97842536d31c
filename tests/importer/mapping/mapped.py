"""Map rows as the tests write them: a table's cells by their columns, or objects."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from growthhub_async import CustomFieldDefinition, Record
from growthhub_async.importer import FieldMapping
from growthhub_async.importer.mapping import ColumnMapper, KeyMapper
from growthhub_async.importer.rows import Row

from ..reading import unheard

COLOUR = CustomFieldDefinition(
    id="colour1",
    name="Colour",
    field_key="contact.colour",
    data_type="SINGLE_OPTIONS",
    picklist_options=["Red", "Light Blue"],
)
AGE = CustomFieldDefinition(id="age1", name="Age", field_key="contact.age", data_type="NUMERICAL")
HOBBIES = CustomFieldDefinition(
    id="hobbies1",
    name="Hobbies",
    field_key="contact.hobbies",
    data_type="MULTIPLE_OPTIONS",
    picklist_options=["A", "B"],
)
MOBILE = CustomFieldDefinition(id="mobile1", name="Second Mobile", field_key="contact.mobile", data_type="PHONE")
DEFINITIONS = [COLOUR, AGE, HOBBIES, MOBILE]


def known(location: str | None) -> Sequence[CustomFieldDefinition]:
    """Give the same custom fields for every location."""
    return DEFINITIONS


def of_cells(
    cells: Mapping[str, Any],
    mapping: FieldMapping | None = None,
    definitions_of: Callable[[str | None], Sequence[CustomFieldDefinition] | None] | None = known,
) -> Record:
    """Map one row of a table with these columns."""
    mapper = ColumnMapper("a.csv", ["Last Name", *cells], mapping or FieldMapping(), unheard, definitions_of)
    return mapper.record(Row(7, ["", *cells.values()]))


def of_object(
    values: dict[str, Any],
    mapping: FieldMapping | None = None,
    definitions_of: Callable[[str | None], Sequence[CustomFieldDefinition] | None] | None = known,
) -> Record:
    """Map one row with keys of its own."""
    return KeyMapper(mapping or FieldMapping(), unheard, definitions_of).record(Row(7, values))
