"""Rows to records: which column is which field is settled once for a table, or once for each set of keys."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

from ...outcome import Record
from ..errors import ImportFileError
from ..rows import Row, Table
from .columns import Column, Ignored, Overrides, bind_overrides, can_match, listed, plan_columns, require_columns
from .record import broken_record, record_of_cells, record_of_object

_SHAPES = 256
"""Sets of keys whose plan is kept; objects of a file mostly have the same keys."""
_TOLD = 100
"""Unknown keys that are told of, each once."""


class ColumnMapper:
    """Map rows that all have the same columns; raises ImportFileError when nothing in them can match a contact."""

    def __init__(self, names: Sequence[str], overrides: Overrides, *, nested: bool) -> None:
        require_columns(overrides, names)
        self.columns: Sequence[Column] = plan_columns(names, bind_overrides(overrides, names), nested=nested)
        if not can_match(self.columns):
            raise ImportFileError(
                "no column is an email, a phone, a first or a last name, and a contact needs one of them; there is"
                f' {listed(names)}; say what one is, as in --map "{names[0]}=email"'
            )

    def record(self, row: Row) -> Record:
        """Make the record of a row."""
        if row.problem is not None:
            return broken_record(row.line, row.problem)
        assert isinstance(row.cells, list)
        return record_of_cells(row.line, row.cells, self.columns)

    def end(self) -> None:
        """Note that there are no more rows."""


class KeyMapper:
    """Map rows that have keys of their own, telling of unknown keys as they are met, and of mapped ones never met."""

    columns: Sequence[Column] = ()

    def __init__(self, overrides: Overrides, tell: Callable[[str], None]) -> None:
        self._overrides = overrides
        self._tell = tell
        self._told: set[str] = set()
        self._met: set[str] = set()
        self._plan_of = lru_cache(maxsize=_SHAPES)(self._plan)

    def record(self, row: Row) -> Record:
        """Make the record of a row."""
        if row.problem is not None:
            return broken_record(row.line, row.problem)
        assert isinstance(row.cells, dict)
        return record_of_object(row.line, row.cells, self._plan_of(tuple(row.cells)))

    def end(self) -> None:
        """Note that there are no more rows."""
        for name in self._overrides.keys() - self._met:
            self._tell(f"--map: no line has the key `{name}`")

    def _plan(self, keys: tuple[str, ...]) -> list[Column]:
        bound = bind_overrides(self._overrides, keys)
        self._met |= {name for name in self._overrides if bind_overrides({name: None}, keys)}
        columns = plan_columns(keys, bound, nested=True)
        for column in columns:
            self._tell_of(column)
        return columns

    def _tell_of(self, column: Column) -> None:
        if column.ignored is Ignored.UNKNOWN and column.name not in self._told and len(self._told) < _TOLD:
            self._told.add(column.name)
            question = f"; did you mean {column.about}?" if column.about else ""
            self._tell(f"the key `{column.name}` is ignored{question}")


def mapper_for(table: Table, overrides: Overrides, tell: Callable[[str], None]) -> ColumnMapper | KeyMapper:
    """Choose how the rows of a table are mapped; raises ImportFileError when its columns cannot be used."""
    if table.columns is None:
        return KeyMapper(overrides, tell)
    try:
        return ColumnMapper(table.columns, overrides, nested=table.nested)
    except ImportFileError as error:
        raise ImportFileError(f"{table.name}: {error}") from None
