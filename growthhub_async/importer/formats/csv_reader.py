"""CSV rows with the line each begins at; a broken row costs itself, never the rest of the file.

A quote that is never closed would swallow every row up to the next quote. So when a row is broken, the lines after its
first are read again; and until a row as wide as the header has come, a narrower one is held to be a piece of the broken
row and not a contact.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterable, Iterator

from ..rows import Row
from .lines import MAX_LINE, Line

MAX_ROW = MAX_LINE
"""Characters in one row, which may be many lines."""
_SMALL_ROW = 1 << 14
"""Characters in a broken row whose lines may be read again however often they were."""

_BAD_QUOTE = "has a quote that is not closed, or text after a closed one; write a quote inside quotes twice"
_PERHAPS_A_PIECE = "may be a piece of the broken row before it; mend that one, then import both"


def parsed(lines: Iterable[str], delimiter: str, *, strict: bool) -> Iterator[list[str]]:
    """Parse lines as CSV whose cells may be as large as a row; `strict` raises csv.Error for broken quotes."""
    csv.field_size_limit(max(csv.field_size_limit(), MAX_ROW))
    return csv.reader(lines, delimiter=delimiter, skipinitialspace=True, strict=strict)


class CsvReader:
    """Read the rows of a CSV file, header first. Blank rows, and those of empty cells only, are skipped."""

    def __init__(self, lines: Iterator[Line], delimiter: str) -> None:
        self._lines = _Rereadable(lines)
        self._delimiter = delimiter
        self._parser = self._new_parser()

    def header(self) -> Row | None:
        """Read the first row; None when there is none."""
        return next(self._rows(), None)

    def rows(self, width: int) -> Iterator[Row]:
        """Read the others, each judged against the `width` of the header.

        A wider one is broken even where the cells beyond are empty: the values before them may be in the wrong columns.
        """
        doubtful = False
        for row in self._rows():
            if row.problem is not None:
                doubtful = doubtful or not row.cells
                yield row
            elif len(row.cells) > width:
                yield row._replace(problem=self._too_wide(len(row.cells), width), text=self._lines.text)
            elif doubtful and len(row.cells) < width:
                yield row._replace(problem=_PERHAPS_A_PIECE, text=self._lines.text)
            else:
                doubtful = False
                yield row

    def _rows(self) -> Iterator[Row]:
        while True:
            self._lines.forget()
            try:
                cells = next(self._parser)
            except StopIteration:
                return
            except csv.Error:
                yield self._broken()
            else:
                if self._lines.problem or any(map(str.strip, cells)):
                    problem = self._lines.problem
                    yield Row(self._lines.first, cells, problem, self._lines.text if problem else None)

    def _broken(self) -> Row:
        row = Row(self._lines.first, [], self._lines.problem or _BAD_QUOTE, self._lines.first_text)
        self._lines.go_back()
        self._parser = self._new_parser()
        return row

    def _new_parser(self) -> Iterator[list[str]]:
        return parsed(self._lines, self._delimiter, strict=True)

    def _too_wide(self, cells: int, width: int) -> str:
        return f"has {cells} cells, the header {width}; put a value that has {self._delimiter!r} in it in quotes"


class _Rereadable(Iterator[str]):
    """Hand out lines, and remember those of the row at hand."""

    def __init__(self, lines: Iterator[Line]) -> None:
        self._lines = lines
        self._again: deque[Line] = deque()
        self._taken: list[Line] = []
        self._size = 0
        self._frontier = 0

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else next(self._lines)
        self._taken.append(line)
        self._size += len(line.text)
        if self._size > MAX_ROW:
            raise csv.Error("too long")
        return line.text

    @property
    def first(self) -> int:
        return self._taken[0].number

    @property
    def problem(self) -> str | None:
        return next((line.problem for line in self._taken if line.problem is not None), None)

    @property
    def text(self) -> str:
        return "".join(line.text for line in self._taken)

    @property
    def first_text(self) -> str:
        return self._taken[0].text

    def forget(self) -> None:
        self._taken.clear()
        self._size = 0

    def go_back(self) -> None:
        """Hand out the lines after the first again; those of a large row once only, or time had no bounds."""
        if self._size <= _SMALL_ROW or self.first >= self._frontier:
            self._frontier = max(self._frontier, self._taken[-1].number)
            self._again.extendleft(reversed(self._taken[1:]))
