"""CSV as a table: the delimiter found, the header read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import chain

from ..errors import ImportFileError
from ..rows import Row
from .csv_reader import CsvReader
from .delimiter import sniff_delimiter
from .lines import Line

_SEPARATOR_LINE = re.compile(r'sep=([^"\s]|\t)\s*', re.IGNORECASE)
"""What Excel writes and reads as a first line: it names the delimiter."""
_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_NUMBER = re.compile(r"\+?\(?[0-9][0-9 ()/.-]{5,}")
_DELIMITER_NAMES = {",": "a comma", ";": "a semicolon", "\t": "a tab", "|": "a bar"}


class CsvTable:
    """The rows of a CSV file; raises ImportFileError for a header that cannot be used.

    `first_lines` are what the delimiter is judged by, when none is given; the others follow in `lines`. `is_known`
    tells whether the name of a column means a field.
    """

    def __init__(
        self,
        first_lines: Sequence[Line],
        lines: Iterator[Line],
        delimiter: str | None,
        is_known: Callable[[str], bool],
    ) -> None:
        named = _SEPARATOR_LINE.fullmatch(first_lines[0].text)
        if named:
            first_lines = first_lines[1:]
            delimiter = delimiter or named[1]
        self.delimiter = delimiter or _sniffed(first_lines, is_known)
        self.format = f"CSV, {_DELIMITER_NAMES.get(self.delimiter, self.delimiter)} between cells"
        self._reader = CsvReader(chain(first_lines, lines), self.delimiter)
        self.columns = _names(self._reader.header())

    def __iter__(self) -> Iterator[Row]:
        return self._reader.rows(len(self.columns))


def _sniffed(lines: Sequence[Line], is_known: Callable[[str], bool]) -> str:
    return sniff_delimiter([line.text for line in lines], lambda name: is_known(name.strip()))


def _names(header: Row | None) -> list[str]:
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
    return names
