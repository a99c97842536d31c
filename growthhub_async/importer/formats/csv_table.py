"""CSV as a table: the delimiter found, the header read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, islice

from ..errors import ImportFileError
from ..rows import Row
from .csv_reader import CsvReader
from .delimiter import sniff_delimiter
from .header import column_names
from .lines import Run

_SEPARATOR_LINE = re.compile(r'sep=([^"\s]|\t)\s*', re.IGNORECASE)
"""What Excel writes and reads as a first line: it names the delimiter."""
_DELIMITER_NAMES = {",": "a comma", ";": "a semicolon", "\t": "a tab", "|": "a bar"}
FIRST_LINES = 20
"""Lines by which the delimiter is judged."""


class CsvTable:
    """The rows of a CSV file; raises ImportFileError for a header that cannot be used.

    The delimiter is judged by the `first` runs, when none is given. `is_known` tells whether the name of a column means
    a field.
    """

    def __init__(
        self, first: Sequence[Run], rest: Iterator[Run], delimiter: str | None, is_known: Callable[[str], bool]
    ) -> None:
        named = _SEPARATOR_LINE.fullmatch(first[0].texts[0])
        if named:
            first = [Run(first[0].number + 1, first[0].texts[1:]), *first[1:]]
            delimiter = delimiter or named[1]
        self.delimiter = delimiter or _sniffed(first, is_known)
        self.format = f"CSV, {_DELIMITER_NAMES.get(self.delimiter, self.delimiter)} between cells"
        self._reader = CsvReader(chain(first, rest), self.delimiter)
        self.columns = _names(self._reader.header())

    @property
    def line(self) -> int:
        """The last line that has been read."""
        return self._reader.line

    def __iter__(self) -> Iterator[Row]:
        return self._reader.rows(len(self.columns))


def _sniffed(runs: Sequence[Run], is_known: Callable[[str], bool]) -> str:
    texts = islice(chain.from_iterable(run.texts for run in runs), FIRST_LINES)
    return sniff_delimiter(list(texts), lambda name: is_known(name.strip()))


def _names(header: Row | None) -> list[str]:
    if header is None:
        raise ImportFileError("there is no line that names the columns, such as First Name,Email,Phone")
    if header.problem is not None:
        raise ImportFileError(f"line {header.line}, the names of the columns, {header.problem}")
    return column_names(header.line, header.cells)
