"""An open file as a table of rows: its bytes, its encoding and its format settled."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import chain

from ..errors import ImportFileError
from ..rows import Row, Table
from .csv_table import FIRST_LINES, CsvTable
from .encoding import EncodedText
from .jsonl_table import JsonLinesTable
from .lines import Lines, Run
from .source import Source, open_source

_JSON_NAME = re.compile(r".*\.(jsonl|ndjson)(\.gz)?", re.IGNORECASE)
_JSON_ARRAY = re.compile(r"\[\s*(\{.*|\Z)", re.DOTALL)
_NOT_A_DELIMITER = ('"', " ", "\r", "\n", "\0")


class LinesTable:
    """A table of a file that is read line by line."""

    def __init__(self, source: Source, lines: Lines, rows: CsvTable | JsonLinesTable) -> None:
        self.name = source.name
        self.format = rows.format
        self.columns = rows.columns
        self.nested = rows.nested
        self._source = source
        self._lines = lines
        self._rows = rows

    @property
    def share_read(self) -> float | None:
        """How much of the file is in the rows read so far, 0 to 1; None when its size is not known."""
        share = self._source.share_read
        return None if share is None else share * self._lines.share_up_to(self._rows.line)

    def __iter__(self) -> Iterator[Row]:
        return iter(self._rows)


@contextmanager
def open_table(
    path: str,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    is_known: Callable[[str], bool],
    tell: Callable[[str], None],
) -> Iterator[Table]:
    """Open a file as a table: CSV or JSON Lines, plain or gzip; `-` is the standard input.

    `is_known` tells whether the name of a column means a field; `tell` is called with what a person should know about
    how the file is read, from the thread that reads it. Raises ImportFileError, here or while it is read, when the file
    as a whole cannot be used.
    """
    if delimiter is not None and (len(delimiter) != 1 or delimiter in _NOT_A_DELIMITER):
        raise ImportFileError(f"--delimiter {delimiter!r} is not one character; write one such as ';', or tab")
    with open_source(path) as source:
        lines = Lines(EncodedText(source.chunks(), encoding), tell)
        yield LinesTable(source, lines, _rows(source.name, lines, delimiter, is_known))


def _rows(name: str, lines: Lines, delimiter: str | None, is_known: Callable[[str], bool]) -> CsvTable | JsonLinesTable:
    runs = lines.runs()
    first = _first(runs)
    start = next((text.strip() for run in first for text in run.texts if text.strip()), None)
    if start is None:
        raise ImportFileError(f"{name} is empty; its first line must name the columns, as in First Name,Email,Phone")
    if _JSON_ARRAY.fullmatch(start):
        raise ImportFileError(f"{name} is one JSON array; write one object a line (`jq -c '.[]'` does it)")
    if start.startswith("{") or _JSON_NAME.fullmatch(name):
        return JsonLinesTable(chain(first, runs))
    try:
        return CsvTable(first, runs, delimiter, is_known)
    except ImportFileError as error:
        raise ImportFileError(f"{name}: {error}") from None


def _first(runs: Iterator[Run]) -> list[Run]:
    """Read so many runs that the delimiter can be judged by them."""
    first: list[Run] = []
    while sum(len(run.texts) for run in first) < FIRST_LINES and (run := next(runs, None)) is not None:
        first.append(run)
    return first
