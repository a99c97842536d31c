"""JSON Lines to records: one object a line, its keys read like the names of columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Any

import msgspec

from ..outcome import Record
from .columns import Column, Ignored, Overrides, bind_overrides, plan_columns
from .lines import Line
from .mapping import broken_record, record_of_object

_SHAPES = 256
"""Sets of keys whose plan is kept; objects of a file mostly have the same keys."""
_TOLD = 100
"""Unknown keys that are told of, each once."""


class JsonLinesReader:
    """Read records, telling of keys that mean nothing as they are met, and in the end of mapped ones never met."""

    def __init__(self, lines: Iterable[Line], overrides: Overrides, tell: Callable[[str], None]) -> None:
        self._lines = lines
        self._overrides = overrides
        self._tell = tell
        self._told: set[str] = set()
        self._met: set[str] = set()
        self._columns = lru_cache(maxsize=_SHAPES)(self._plan)

    def __iter__(self) -> Iterator[Record]:
        for line in self._lines:
            if line.problem is not None:
                yield broken_record(line.number, line.problem)
            elif line.text.strip():
                yield self._record(line)
        for name in self._overrides.keys() - self._met:
            self._tell(f"--map: no line has the key `{name}`")

    def _record(self, line: Line) -> Record:
        try:
            values: Any = msgspec.json.decode(line.text)
        except msgspec.DecodeError as error:
            return broken_record(line.number, f"is not JSON: {error}")
        except RecursionError:
            return broken_record(line.number, "is nested too deeply; write one flat object a line")
        if not isinstance(values, dict):
            return broken_record(line.number, "is no JSON object; write one object a line, in braces")
        return record_of_object(line.number, values, self._columns(tuple(values)))

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
