"""A sheet of an Excel workbook as a table; everything in it as text, as it would be in a CSV file.

openpyxl reads it row by row. python-calamine is many times faster, but gives an empty cell for an error such as #N/A,
and ends the whole process where a sheet has a value in its last corner.
"""

from __future__ import annotations

import re
import warnings
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from itertools import islice
from typing import Any, BinaryIO

from ..errors import ImportFileError
from ..rows import Row
from .extras import hinted, translated
from .header import column_names
from .source import Source
from .values import ColumnName, plain

_REMEDY = "open it in Excel and save it anew"
_LAST_ROW = 1_048_576
_ERRORS = frozenset(
    ["#N/A", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#NULL!", "#GETTING_DATA", "#SPILL!", "#CALC!"]
)
_AT_ONCE = 256
_EXACT = 1e15
"""Excel keeps no more digits than this, and shows a larger number otherwise."""
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
"""How a workbook writes a character that XML cannot have, or that it would change."""
_SHEETS = 10
"""Sheets that are told by name."""


class ExcelTable:
    """The rows of a sheet, its header first; empty ones are skipped. `line` is the number of the last one read."""

    def __init__(
        self,
        name: str,
        sheet: str,
        rows: Iterator[tuple[int, list[str]]],
        last: int | None,
        is_known: Callable[[str], bool],
    ) -> None:
        first = next(rows, None)
        if first is None:
            raise ImportFileError(f"{name}: the sheet `{sheet}` is empty; name another with --sheet")
        self.format = f"Excel, sheet `{sheet}`"
        self.line, header = first
        try:
            self.columns = column_names(self.line, header, unit="row")
        except ImportFileError as error:
            raise ImportFileError(f"{name}, sheet `{sheet}`: {error}") from None
        self._columns = [ColumnName(name, is_known(name)) for name in self.columns]
        self._rows = rows
        self._last = last if last is not None and last > self.line else None

    @property
    def share_read(self) -> float | None:
        """How much of the sheet is in the rows read so far, 0 to 1; None when it does not say how long it is."""
        return min(1.0, self.line / self._last) if self._last else None

    def __iter__(self) -> Iterator[Row]:
        for line, cells in self._rows:
            self.line = line
            yield Row(line, cells, self._problem(cells))

    def _problem(self, cells: list[str]) -> str | None:
        """Tell what is wrong with a row, whose errors are emptied where their column does not matter."""
        if len(cells) > len(self._columns):
            return f"has a value right of its {len(self._columns)} columns; give it a name in the header, or remove it"
        for index, (cell, (name, known)) in enumerate(zip(cells, self._columns, strict=False)):
            if cell.startswith("#") and cell in _ERRORS:
                if known:
                    return f"has the error {cell} in the column `{name[:40]}`; mend the formula, or empty the cell"
                cells[index] = ""
        return None


@contextmanager
def open_excel(
    source: Source, sheet: str | None, is_known: Callable[[str], bool], tell: Callable[[str], None]
) -> Iterator[ExcelTable]:
    """Open a sheet of a workbook, by its name; else the first that has anything in it, those that are hidden last.

    An error such as #N/A is a problem of its row where it is in a column whose name `is_known`.
    Raises ImportFileError when it is no workbook of Excel, has no such sheet, or its reader is not installed.
    """
    with source.file() as path, path.open("rb") as file:
        _require_workbook(source.name, file)
        with hinted(source.name, "Excel", "excel"):
            import openpyxl
        with _reading(source.name, words=True):
            workbook = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
            hidden_last = sorted(workbook.worksheets, key=lambda each: each.sheet_state != "visible")
            sheets = {each.title: each for each in hidden_last}
            last = {each.title: each.max_row for each in hidden_last}
        try:
            chosen = _named(source.name, sheet, list(sheets)) if sheet else _first_filled(source.name, sheets)
            if len(sheets) > 1 and not sheet:
                others = ", ".join(f"`{each}`" for each in list(sheets)[:_SHEETS] if each != chosen)
                tell(f"the sheet `{chosen}` is read, and not {others}; --sheet names another")
            yield ExcelTable(source.name, chosen, _rows(source.name, sheets[chosen]), last[chosen], is_known)
        finally:
            workbook.close()


def _require_workbook(name: str, file: BinaryIO) -> None:
    try:
        with zipfile.ZipFile(file) as archive:
            parts = archive.namelist()
    except Exception:
        raise ImportFileError(f"{name} is broken, or no workbook of Excel; {_REMEDY}") from None
    if any(part.startswith("xl/") and part.endswith(".bin") and "workbook" in part for part in parts):
        raise ImportFileError(f"{name} is a binary workbook; open it in Excel and save it as .xlsx")
    if not any(part.lstrip("/").startswith("xl/") for part in parts):
        raise ImportFileError(f"{name} is an archive and no workbook of Excel; unpack it first")
    file.seek(0)


def _named(name: str, sheet: str, sheets: list[str]) -> str:
    found = [each for each in sheets if each.casefold() == sheet.strip().casefold()]
    if not found:
        listed = ", ".join(f"`{each}`" for each in sheets[:_SHEETS])
        raise ImportFileError(f"--sheet: {name} has no sheet `{sheet}`; it has {listed or 'none'}")
    return found[0]


def _first_filled(name: str, sheets: Mapping[str, Any]) -> str:
    for title, sheet in sheets.items():
        if next(_rows(name, sheet), None) is not None:
            return title
    raise ImportFileError(f"{name} has no sheet with anything in it; the first row must name the columns")


def _rows(name: str, sheet: Any) -> Iterator[tuple[int, list[str]]]:
    """Read the rows that have something in them, each up to its last cell that has, with their numbers."""
    sheet.reset_dimensions()  # what the file says of them may be wrong, and would cut rows off
    rows = enumerate(sheet.iter_rows(max_row=_LAST_ROW, values_only=True), start=1)
    while True:
        with _reading(name, words=False):
            some = [(number, _texts(values)) for number, values in islice(rows, _AT_ONCE)]
        if not some:
            return
        yield from ((number, texts) for number, texts in some if texts)


def _texts(values: Iterable[Any]) -> list[str]:
    texts = [_text(value) for value in values]
    while texts and not texts[-1].strip():
        texts.pop()
    return texts


def _text(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case float() if value.is_integer() and abs(value) < _EXACT:
            return str(int(value))
        case timedelta():
            return _hours(value)
        case str():
            return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), value) if "_x" in value else value
        case _:
            return str(plain(value))


def _hours(duration: timedelta) -> str:
    minutes, seconds = divmod(round(duration.total_seconds()), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"


@contextmanager
def _reading(name: str, *, words: bool) -> Iterator[None]:
    """Translate what openpyxl raises, and hold back its warnings of what is not read in any case."""
    with warnings.catch_warnings(), translated(name, "workbook of Excel", _REMEDY, words=words):
        warnings.filterwarnings("ignore", module="openpyxl")
        yield
