"""Values of typed formats as what JSON has: texts, numbers, flags, lists and objects."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

_MAX_INTEGER = 1 << 64
UNREADABLE = object()
"""What stands for a value that its own reader could not read."""
_DEPTH = 64
"""Lists and objects in each other."""


class ColumnName(NamedTuple):
    """The name of a column, and whether it means a field, so that its values matter."""

    name: str
    known: bool


def plain(value: Any, depth: int = _DEPTH) -> Any:
    """Make of a value what JSON has.

    Dates and times are ISO 8601, a time of midnight is left out of a date; what is no number is None. Raises ValueError
    saying what it is that cannot be text, such as bytes.
    """
    match value:
        case None | bool():
            return value
        case str():
            return _text(value)
        case int():
            return int(value) if -_MAX_INTEGER < value < _MAX_INTEGER else str(value)
        case float():
            return _number(value)
        case Decimal():
            return _decimal(value)
        case datetime():
            return value.date().isoformat() if _is_midnight(value) else value.isoformat()
        case date() | time():
            return value.isoformat()
        case timedelta():
            return value.total_seconds()
        case UUID():
            return str(value)
        case bytes() | bytearray() | memoryview():
            raise ValueError("holds bytes, which are no text; convert them where they come from")
    if value is UNREADABLE:
        raise ValueError("cannot be read as it stands; mend it where it comes from")
    if not depth:
        raise ValueError("is nested too deeply; flatten it where it comes from")
    match value:
        case Mapping():
            return {_key(key): plain(item, depth - 1) for key, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [plain(item, depth - 1) for item in value]
        case _:
            raise ValueError(f"holds a {type(value).__name__}, which is no text; convert it where it comes from")


def plain_cells(columns: Sequence[ColumnName], values: Iterable[Any]) -> tuple[list[Any], str | None]:
    """Make the cells of a row plain; what cannot be is None, and the first such in a known column is told."""
    cells = list(values)
    problem = None
    for index, value in enumerate(cells):
        kind = type(value)
        if value is None or kind is int or kind is bool or (kind is str and value.isascii()):
            continue
        try:
            cells[index] = plain(value)
        except ValueError as error:
            cells[index] = None
            name, known = columns[index]
            if known and problem is None:
                problem = f"the column `{name[:40]}` {error}"
    return cells, problem


def _text(value: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ValueError("holds half a character (a lone surrogate); mend it where it comes from") from None
    return str(value)


def _number(value: float) -> float | None:
    if math.isinf(value):
        raise ValueError("holds an infinite number")
    return None if math.isnan(value) else float(value)


def _decimal(value: Decimal) -> int | str | None:
    if value.is_nan():
        return None
    if not value.is_finite():
        raise ValueError("holds an infinite number")
    whole = value == value.to_integral_value()
    return plain(int(value)) if whole and value.adjusted() < 20 else str(value)


def _is_midnight(value: datetime) -> bool:
    return value.time() == time() and value.tzinfo is None


def _key(key: Any) -> str:
    match plain(key):
        case str() | int() as name:
            return str(name)
        case _:
            raise ValueError("holds an object whose names are no text")
