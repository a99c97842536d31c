"""A file of text as a table: CSV, JSON Lines or a JSON array, told from how it begins."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import chain

from ..errors import ImportFileError
from ..rows import Row
from .csv_table import FIRST_LINES, CsvTable
from .encoding import EncodedText
from .json_array import JsonArray
from .json_begin import find_array
from .jsonl_table import JsonLinesTable
from .lines import Lines, Run
from .source import Source

_JSON_NAME = re.compile(r".*\.(jsonl|ndjson)(\.gz|\.zst)?", re.IGNORECASE)


class LinesTable:
    """A table of a file that is read line by line."""

    def __init__(self, source: Source, lines: Lines, rows: CsvTable | JsonLinesTable) -> None:
        self.format = rows.format
        self.columns = rows.columns
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


class ArrayTable:
    """A table of a file that is one JSON array."""

    format = "JSON array"
    columns = None

    def __init__(self, source: Source, array: JsonArray) -> None:
        self._source = source
        self._array = array

    @property
    def share_read(self) -> float | None:
        """How much of the file is in the rows read so far, 0 to 1; None when its size is not known."""
        share = self._source.share_read
        return None if share is None else share * self._array.share_handed_out

    def __iter__(self) -> Iterator[Row]:
        return iter(self._array)


@contextmanager
def open_text(
    source: Source,
    text: EncodedText,
    delimiter: str | None,
    is_known: Callable[[str], bool],
    tell: Callable[[str], None],
) -> Iterator[LinesTable | ArrayTable]:
    """Open a file of text; see `open_table`."""
    array = find_array(text, is_known)
    if array is not None:
        yield ArrayTable(source, JsonArray(source.name, text, array.begin, wrapped=array.wrapped))
        return
    lines = Lines(text, tell)
    yield LinesTable(source, lines, _rows(source.name, lines, delimiter, is_known))


def _rows(name: str, lines: Lines, delimiter: str | None, is_known: Callable[[str], bool]) -> CsvTable | JsonLinesTable:
    runs = lines.runs()
    first = _first(runs)
    start = next((text.strip() for run in first for text in run.texts if text.strip()), None)
    if start is None:
        raise ImportFileError(f"{name} is empty; its first line must name the columns, as in First Name,Email,Phone")
    if start == "{":
        raise ImportFileError(f"{name} is JSON over several lines; write one object a line (`jq -c .` does it)")
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
