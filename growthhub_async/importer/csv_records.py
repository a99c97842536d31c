"""CSV to records: the delimiter found, the header understood, the rows mapped."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import chain

from ..outcome import Record
from .columns import (
    Column,
    Overrides,
    bind_overrides,
    can_match,
    is_known,
    listed,
    plan_columns,
    require_columns,
)
from .csv_reader import CsvReader, Row
from .delimiter import sniff_delimiter
from .errors import ImportFileError
from .lines import Line
from .mapping import broken_record, record_of_cells

_SEPARATOR_LINE = re.compile(r'sep=([^"\s]|\t)\s*', re.IGNORECASE)
"""What Excel writes and reads as a first line: it names the delimiter."""
_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_NUMBER = re.compile(r"\+?\(?[0-9][0-9 ()/.-]{5,}")


class CsvRecords:
    """The records of a CSV file; raises ImportFileError for a header that cannot be used.

    `first_lines` are what the delimiter is judged by, when none is given; the others follow in `lines`.
    """

    def __init__(
        self, first_lines: Sequence[Line], lines: Iterator[Line], delimiter: str | None, overrides: Overrides
    ) -> None:
        named = _SEPARATOR_LINE.fullmatch(first_lines[0].text)
        if named:
            first_lines = first_lines[1:]
            delimiter = delimiter or named[1]
        self.delimiter = delimiter or _sniffed(first_lines, overrides)
        self._reader = CsvReader(chain(first_lines, lines), self.delimiter)
        self.columns = _understood(self._reader.header(), overrides)

    def __iter__(self) -> Iterator[Record]:
        for row in self._reader.rows(len(self.columns)):
            if row.problem is not None:
                yield broken_record(row.line, row.problem)
            else:
                yield record_of_cells(row.line, row.cells, self.columns)


def _sniffed(lines: Sequence[Line], overrides: Overrides) -> str:
    def known(name: str) -> bool:
        return is_known(name.strip(), overrides)

    return sniff_delimiter([line.text for line in lines], known)


def _understood(header: Row | None, overrides: Overrides) -> list[Column]:
    if header is None:
        raise ImportFileError("there is no line that names the columns, such as First Name,Email,Phone")
    if header.problem is not None:
        raise ImportFileError(f"line {header.line}, the names of the columns, {header.problem}")
    names = [cell.strip() for cell in header.cells]
    if any(_ADDRESS.fullmatch(name) or _NUMBER.fullmatch(name) for name in names):
        raise ImportFileError(
            f"line {header.line} looks like a contact, and must name the columns; put a line such as"
            " First Name,Email,Phone above it"
        )
    require_columns(overrides, names)
    columns = plan_columns(names, bind_overrides(overrides, names))
    if not can_match(columns):
        raise ImportFileError(
            "no column is an email, a phone, a first or a last name, and a contact needs one of them; there is"
            f' {listed(names)}; say what one is, as in --map "{names[0]}=email"'
        )
    return columns
