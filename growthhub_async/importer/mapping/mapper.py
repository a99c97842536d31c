"""The door: the rows of a table to records, each with the line it begins at as its `ref`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import msgspec

from ...outcome import Record
from ...settings import is_id
from ..errors import ImportFileError
from ..rows import Row
from .binding import Bindings, DefinitionsOf, Shape
from .columns import Column, Ignored, can_match, found_as, lay_out, require_columns
from .custom import CustomFields
from .field_mapping import FieldMapping
from .names import listed
from .record import RecordMaker, broken_record
from .targets import MATCHABLE, NOT_NULLABLE, is_custom

_SHAPES = 256
"""Sets of keys whose layout is kept; objects of a file mostly have the same keys."""
_TOLD = 100
"""Unknown keys that are told of, each once."""
_MET = 1000
"""Keys that are remembered, for the mapping that is written for editing."""


class ColumnMapper:
    """Map rows that all have the same columns; raises ImportFileError when nothing in them can match a contact."""

    def __init__(
        self,
        file: str,
        names: Sequence[str],
        mapping: FieldMapping,
        tell: Callable[[str], None],
        definitions_of: DefinitionsOf | None = None,
    ) -> None:
        require_columns(file, names, mapping)
        unbound = lay_out(names, mapping, CustomFields(None))
        located = any(use.field == "location_id" for use in unbound.uses)
        self._bindings = Bindings(mapping, definitions_of, keyed=False, located=located)
        self.mapping = self._bindings.mapping
        self._shape = self._bindings.shape(names)
        self.columns: Sequence[Column] = self._shape.layout.columns
        if (
            not can_match(self._shape.layout)
            and not MATCHABLE & (self.mapping.constants | self.mapping.defaults).keys()
        ):
            example = next(filter(str.strip, names), "Mail")
            raise ImportFileError(
                f"{file}: no column is an email, a phone, a first or a last name, and a contact needs one of them; it"
                f' has {listed(names) or "none"}; say what one is, as in --map "{example}=email"'
            )
        _tell_uncleared({column.field for column in self.columns if column.field}, self.mapping, tell)
        self._maker = self._bindings.maker(self._shape, None)

    def record(self, row: Row) -> Record:
        """Make the record of a row."""
        if row.problem is not None:
            return broken_record(row.line, row.problem)
        cells = row.cells
        assert isinstance(cells, list)
        maker = self._maker if self._shape.location_place is None else _maker_of(self._bindings, self._shape, cells)
        return maker.record(row.line, cells)

    def end(self) -> None:
        """Note that there are no more rows."""

    def template(self) -> FieldMapping:
        """Write down how every column was understood, for a person to edit."""
        return _template(self.mapping, self.columns)


class KeyMapper:
    """Map rows that have keys of their own, telling of unknown keys as they are met, and of mapped ones never met."""

    columns: Sequence[Column] = ()

    def __init__(
        self,
        mapping: FieldMapping,
        tell: Callable[[str], None],
        definitions_of: DefinitionsOf | None = None,
    ) -> None:
        self._bindings = Bindings(mapping, definitions_of, keyed=True, located=True)
        self.mapping = self._bindings.mapping
        self._tell = tell
        self._told: set[str] = set()
        self._met: dict[str, Column] = {}
        self._unmet = dict(self.mapping.named())
        self._uncleared: set[str] = set()
        self._shape_of = lru_cache(maxsize=_SHAPES)(self._new_shape)

    def record(self, row: Row) -> Record:
        """Make the record of a row."""
        if row.problem is not None:
            return broken_record(row.line, row.problem)
        assert isinstance(row.cells, dict)
        shape = self._shape_of(tuple(row.cells))
        values = list(row.cells.values())
        return _maker_of(self._bindings, shape, values).record(row.line, values)

    def end(self) -> None:
        """Note that there are no more rows."""
        for name, where in self._unmet.items():
            self._tell(f"{where}: no line has the key `{name}`")

    def template(self) -> FieldMapping:
        """Write down how every key that was met was understood, for a person to edit."""
        return _template(self.mapping, list(self._met.values()))

    def _new_shape(self, keys: tuple[str, ...]) -> Shape:
        shape = self._bindings.shape(keys)
        self._unmet = {name: where for name, where in self._unmet.items() if found_as(name, keys) is None}
        for column in shape.layout.columns:
            if len(self._met) < _MET:
                self._met.setdefault(column.name, column)
            self._tell_of(column)
        fields = {column.field for column in shape.layout.columns if column.field} - self._uncleared
        _tell_uncleared(fields, self.mapping, self._tell)
        self._uncleared |= fields
        return shape

    def _tell_of(self, column: Column) -> None:
        if column.ignored is Ignored.UNKNOWN and column.name not in self._told and len(self._told) < _TOLD:
            self._told.add(column.name)
            question = f"; did you mean {column.about}?" if column.about else ""
            self._tell(f"the key `{column.name}` is ignored{question}")


def mapper_for(
    name: str,
    columns: Sequence[str] | None,
    mapping: FieldMapping,
    tell: Callable[[str], None],
    definitions_of: DefinitionsOf | None = None,
) -> ColumnMapper | KeyMapper:
    """Choose how the rows of a table are mapped, by its name and columns; raises ImportFileError when they cannot be.

    `definitions_of` takes a location's id, None for the default location, and gives its custom fields, or None when
    they are not known. It is asked once for the default location, and for each other that a record names; when there
    are very many of those, perhaps again.
    """
    if columns is None:
        return KeyMapper(mapping, tell, definitions_of)
    return ColumnMapper(name, columns, mapping, tell, definitions_of)


def _maker_of(bindings: Bindings, shape: Shape, values: Sequence[Any]) -> RecordMaker:
    """Find what makes the records of a row's location; what cannot be one is left for the check of records to tell."""
    place = shape.location_place
    named = values[place] if place is not None and place < len(values) else None
    location = named.strip() if isinstance(named, str) else None
    return bindings.maker(shape, location if is_id(location) else None)


def _template(mapping: FieldMapping, columns: Sequence[Column]) -> FieldMapping:
    found: dict[str, str | None] = {}
    for column in columns:
        if not column.name.strip() or column.field in mapping.join:
            continue
        if column.field is None:
            found.setdefault(column.name, None)
        elif column.field not in found.values():
            found[column.name] = column.field
    unmet = {
        name: field
        for name, field in mapping.columns.items()
        if found_as(name, list(found)) is None and (field is None or field not in found.values())
    }
    return msgspec.structs.replace(mapping, columns=found | unmet, origin="mapping", flagged=())


def _tell_uncleared(fields: set[str], mapping: FieldMapping, tell: Callable[[str], None]) -> None:
    """Tell which fields keep what a contact has although empty cells are to clear it."""
    if mapping.empty != "clear":
        return
    kept = sorted(field for field in fields if field in NOT_NULLABLE or is_custom(field))
    if kept:
        tell(f"{', '.join(kept)}: empty cells are left out, though empty is `clear`; the API takes no null there")
