"""CSV rows with the line each begins at; a broken row costs itself, never the rest of the file.

A quote that is never closed would swallow every row up to the next quote. So when a row is broken, the lines after its
first are read again; and until a row as wide as the header has come, a narrower one is held to be a piece of the broken
row and not a contact.

A run of lines is parsed as a whole, as far as its rows are whole; a row that is not, be it broken or only cut where the
run ends, is parsed alone, line by line.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any

from ..rows import Row
from .lines import MAX_LINE, Line, Run, runs_of

MAX_ROW = MAX_LINE
"""Characters in one row, which may be many lines."""
_SMALL_ROW = 1 << 14
"""Characters in a broken row whose lines may be read again however often they were."""
_AT_ONCE = 4_096
"""Lines parsed at once; where many rows are broken, as many may be copied for each."""

_BAD_QUOTE = "has a quote that is not closed, or text after a closed one; write a quote inside quotes twice"
_PERHAPS_A_PIECE = "may be a piece of the broken row before it; mend that one, then import both"


def parsed(lines: Iterable[str], delimiter: str, *, strict: bool) -> Any:
    """Parse lines as CSV whose cells may be as large as a row; `strict` raises csv.Error for broken quotes."""
    csv.field_size_limit(max(csv.field_size_limit(), MAX_ROW))
    return csv.reader(lines, delimiter=delimiter, skipinitialspace=True, strict=strict)


class CsvReader:
    """Read the rows of a CSV file, header first. Blank rows, and those of empty cells only, are skipped.

    `line` is the last that has been read.
    """

    def __init__(self, runs: Iterable[Run], delimiter: str) -> None:
        self.line = 0
        self._lines = _Rereadable(runs)
        self._delimiter = delimiter

    def header(self) -> Row | None:
        """Read the first row; None when there is none."""
        while self._lines.more():
            if (row := self._row_alone()) is not None:
                return row
        return None

    def rows(self, width: int) -> Iterator[Row]:
        """Read the others, each judged against the `width` of the header.

        A wider one is broken even where the cells beyond are empty: the values before them may be in the wrong columns.
        """
        doubtful = False
        while self._lines.more():
            first, texts = self._lines.clean()
            done = 0
            parser = parsed(texts, self._delimiter, strict=True)
            with suppress(csv.Error):
                for cells in parser:
                    self.line = number = first + done
                    done = parser.line_num
                    if not cells or not (cells[0].strip() or any(map(str.strip, cells))):
                        continue
                    row = Row(number, cells)
                    if len(cells) != width or doubtful:
                        row = self._judged(row, width, doubtful, texts[number - first : done])
                        doubtful = doubtful and row.problem is not None
                    yield row
            self._lines.take(done)
            if done < len(texts) or not texts:
                alone = self._row_alone()
                if alone is None:
                    continue
                if alone.problem is None:
                    alone = self._judged(alone, width, doubtful, self._lines.texts)
                doubtful = not alone.cells or (doubtful and alone.problem is not None)
                yield alone

    def _judged(self, row: Row, width: int, doubtful: bool, texts: Iterable[str]) -> Row:
        if len(row.cells) > width:
            return row._replace(problem=self._too_wide(len(row.cells), width), text="".join(texts))
        if doubtful and len(row.cells) < width:
            return row._replace(problem=_PERHAPS_A_PIECE, text="".join(texts))
        return row

    def _row_alone(self) -> Row | None:
        """Read one row from its first line on, whole or broken; None when it is blank."""
        self._lines.forget()
        try:
            cells = next(parsed(self._lines, self._delimiter, strict=True))
        except csv.Error:
            first = self._lines.first
            row = Row(first.number, [], self._lines.problem or _BAD_QUOTE, first.text)
            self._lines.go_back()
        else:
            problem = self._lines.problem
            row = Row(self._lines.first.number, cells, problem, "".join(self._lines.texts) if problem else None)
        self.line = row.line
        return row if row.problem is not None or any(map(str.strip, row.cells)) else None

    def _too_wide(self, cells: int, width: int) -> str:
        return f"has {cells} cells, the header {width}; put a value that has {self._delimiter!r} in it in quotes"


class _Rereadable(Iterator[str]):
    """Hand out lines, many at once or one by one, and remember those of the row at hand."""

    def __init__(self, runs: Iterable[Run]) -> None:
        self._runs = iter(runs)
        self._again: deque[Run] = deque()
        self._run = Run(1, [])
        self._next = 0
        self._row: list[Line] = []
        self._size = 0
        self._frontier = 0

    def more(self) -> bool:
        """Tell whether there is another line."""
        while self._next >= len(self._run.texts):
            run = self._again.popleft() if self._again else next(self._runs, None)
            if run is None:
                return False
            self._run, self._next = run, 0
        return True

    def clean(self) -> tuple[int, list[str]]:
        """Return the next lines up to one that has a problem, and the number of the first; they are not taken yet."""
        if self._run.problem is not None:
            return self._run.number, []
        return self._run.number + self._next, self._run.texts[self._next : self._next + _AT_ONCE]

    def take(self, lines: int) -> None:
        """Take so many of them."""
        self._next += lines

    def __next__(self) -> str:
        if not self.more():
            raise StopIteration
        text = self._run.texts[self._next]
        self._row.append(Line(self._run.number + self._next, text, self._run.problem))
        self._next += 1
        self._size += len(text)
        if self._size > MAX_ROW:
            raise csv.Error("too long")
        return text

    @property
    def first(self) -> Line:
        return self._row[0]

    @property
    def problem(self) -> str | None:
        return next((line.problem for line in self._row if line.problem is not None), None)

    @property
    def texts(self) -> list[str]:
        return [line.text for line in self._row]

    def forget(self) -> None:
        self._row.clear()
        self._size = 0

    def go_back(self) -> None:
        """Hand out the lines after the first again; those of a large row once only, or time had no bounds."""
        if self._size > _SMALL_ROW and self.first.number < self._frontier:
            return
        self._frontier = max(self._frontier, self._row[-1].number)
        rest = self._run._replace(number=self._run.number + self._next, texts=self._run.texts[self._next :])
        self._again.extendleft(reversed([*runs_of(self._row[1:]), rest]))
        self._run, self._next = Run(1, []), 0
