"""A failed file read back, after somebody mended what was wrong in it: what is to be sent again, and as what.

It may come from a spreadsheet: with another delimiter, in another encoding, with columns in another order or gone. A
line is known by its position in the job, and what is the same as in the job counts as not changed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from ..errors import ImportFileError
from ..formats import open_table
from ..job import JobFile, JobView, State
from ..rows import Row, Table
from .layout import MORE, POSITION, TEXT, Kind, Layout, layout_of

MOST_TOLD = 20
"""Lines that are told of; of the others the number is told."""
_AT_ONCE = 1_000

_decode = msgspec.json.Decoder().decode


class Again(NamedTuple):
    """A record that is to be sent again: as it was, or with the cells that somebody mended."""

    position: int
    cells: list[Any] | dict[str, Any] | None


def retryable(view: JobView) -> Iterator[Again]:
    """Yield the errors for which sending the same again can help, by position; what was yielded may be changed."""
    last = -1
    while positions := [position for (position,) in view.select(_RETRYABLE, (last, _AT_ONCE))]:
        last = positions[-1]
        for position in positions:
            yield Again(position, None)


def read_failed(
    view: JobView,
    path: Path | None,
    tell: Callable[[str], None],
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
) -> Iterator[Again]:
    """Yield what is to be sent again of the errors in a failed file, in its order; without a file, all `retryable`.

    A line that nobody changed counts when its error is retryable, a changed one in any case; a line that was taken out
    does not. A cell that was emptied has no value: of an object its key is gone. Where the record had a list or an
    object, a cell that is one in JSON is taken as such; any other changed cell is text. `tell` is called with what
    cannot be used, line by line. Raises ImportFileError when the file as a whole cannot be read.
    """
    if path is None:
        yield from retryable(view)
        return
    layout = layout_of(view)
    known = set(layout.header(Kind.FAILED))
    with open_table(str(path), encoding=encoding, delimiter=delimiter, is_known=known.__contains__, tell=tell) as table:
        if table.columns is None:
            raise ImportFileError(
                f"{path} is {table.format}; the failed file is a CSV file, such as contacts.failed.csv"
            )
        lines = _Lines(view, layout, table, table.columns, tell)
        yield from lines
        lines.end()


class _Unusable(Exception):
    """A line that cannot be used; the message says why, and what would be right."""


class _Failed(NamedTuple):
    """A record that is an error, as the job has it."""

    position: int
    file: JobFile
    cells: list[Any] | dict[str, Any] | None
    text: str | None
    retryable: bool


class _Lines:
    """The lines of a failed file, each matched with its record."""

    def __init__(
        self, view: JobView, layout: Layout, table: Table, columns: Sequence[str], tell: Callable[[str], None]
    ) -> None:
        self._view = view
        self._layout = layout
        self._table = table
        self._width = len(columns)
        self._tell = tell
        self._untold = 0
        self._told = 0
        self._files = {file.file: file for file in view.files()}
        self._met = bytearray(view.about()["read"])
        self._position = _index(columns, POSITION)
        self._text = _index(columns, TEXT)
        self._slots = self._slots_of(columns)

    def __iter__(self) -> Iterator[Again]:
        if self._position is None:
            self._tell(
                f"{self._table.name} has no column `{POSITION}`, which says which record a line is of; put it back, or"
                " import the file as one of its own"
            )
            return
        for row in self._table:
            try:
                again = self._again(row)
            except _Unusable as error:
                self._tell_of(row, str(error))
            else:
                if again is not None:
                    yield again

    def end(self) -> None:
        """Tell of how many lines was not told."""
        if self._untold:
            self._tell(f"{self._table.name}: {self._untold:,} more lines cannot be used")

    def _tell_of(self, row: Row, what: str) -> None:
        if self._told < MOST_TOLD:
            self._told += 1
            self._tell(f"{self._table.name}, line {row.line:,}: {what}")
        else:
            self._untold += 1

    def _again(self, row: Row) -> Again | None:
        assert isinstance(row.cells, list)
        if row.problem is not None and len(row.cells) != self._width:
            raise _Unusable(row.problem)
        failed = self._failed(row.cells)
        changed = self._changed(failed, row.cells)
        if changed and row.problem is not None:  # what is damaged is no mending
            raise _Unusable(row.problem)
        cells = self._mended(row, failed, changed) if changed else None
        if cells is None and not changed and self._has_new_text(failed, row.cells):
            raise _Unusable(f"what stands in `{TEXT}` is not read; put its values in the columns before it")
        self._met[failed.position] = True
        return Again(failed.position, cells) if cells is not None or failed.retryable else None

    def _failed(self, given: Sequence[str]) -> _Failed:
        position = _position_of(_cell(given, self._position))
        if position is None:
            raise _Unusable(f"has no number in `{POSITION}`; put it back, or import the line in a file of its own")
        found = next(self._view.select(_RECORD, (position,)), None)
        if found is None or position >= len(self._met):
            raise _Unusable(f"has a number in `{POSITION}` that is of no record; put the right one back")
        if self._met[position]:
            raise _Unusable("is of a record that an earlier line is of; import a new contact in a file of its own")
        file, cells, text, state, can_help = found
        if state != State.ERROR:
            raise _Unusable(f"is of a record that is no error (it is {State(state).name.lower()}); it stays as it is")
        return _Failed(position, self._files[file], None if cells is None else _decode(cells), text, bool(can_help))

    def _changed(self, failed: _Failed, given: Sequence[str]) -> dict[int, str]:
        """Find the cells that are not as they were written, by the number of their column in the layout."""
        written = self._layout.input_row(failed.file.file, failed.cells)
        trimmed = failed.file.columns is not None
        return {
            slot: given[index]
            for index, slot in self._slots
            if index < len(given) and given[index] != written[slot] and not _same(written[slot], given[index], trimmed)
        }

    def _mended(self, row: Row, failed: _Failed, changed: dict[int, str]) -> list[Any] | dict[str, Any] | None:
        """Put the changed cells where they belong in the record; None when that leaves it as it was."""
        columns = failed.file.columns
        names = {slot: key for key, slot in self._layout.slots_of(failed.file.file).items()}
        if columns is None:
            cells: Any = dict(failed.cells or {})
        else:
            cells = [*(failed.cells or ()), *[""] * (len(columns) - len(failed.cells or ()))]
        before = cells.copy()
        for slot, text in changed.items():
            name = self._layout.inputs[slot]
            if slot in names:
                _put(cells, names[slot], text)
            elif columns is None and name != MORE:
                _put(cells, name, text)
            elif text.strip():
                self._tell_of(row, f"what is new in `{name}` is not read: the record has no such column")
        return cells if cells != before else None

    def _has_new_text(self, failed: _Failed, given: Sequence[str]) -> bool:
        if self._text is None or self._text >= len(given):
            return False
        written = self._layout.text_of(failed.file.file, failed.cells, failed.text)
        return not _same(written, given[self._text], trimmed=True)

    def _slots_of(self, columns: Sequence[str]) -> list[tuple[int, int]]:
        """Match the columns of the file with those of the layout, and tell of those that only one of them has."""
        inputs = self._layout.inputs
        wanted = {occurrence: slot for slot, occurrence in enumerate(_occurrences(inputs))}
        slots = [(index, wanted.pop(name, None)) for index, name in enumerate(_occurrences(columns))]
        ours = set(self._layout.header(Kind.FAILED)) - set(inputs)
        for index, slot in slots:
            if slot is None and columns[index] not in ours:
                self._tell(f"{self._table.name}: the column `{columns[index][:40]}` is new, and is not read")
        for name, _ in wanted:
            self._tell(f"{self._table.name}: the column `{name[:40]}` is gone; its values stay as they were")
        return [(index, slot) for index, slot in slots if slot is not None]


_RETRYABLE = (
    "SELECT r.position FROM records r JOIN outcomes o ON o.seq = r.outcome"
    f" WHERE r.position > ? AND r.state = {State.ERROR:d} AND o.retryable ORDER BY r.position LIMIT ?"
)
_RECORD = (
    "SELECT r.file, r.cells, r.text, r.state, o.retryable FROM records r LEFT JOIN outcomes o ON o.seq = r.outcome"
    " WHERE r.position = ?"
)
_NUMBER = re.compile(r"[0-9]{1,18}")


def _put(cells: Any, key: Any, text: str) -> None:
    """Put a changed text where a value was, or take the key of an object away that has none any more."""
    if isinstance(cells, dict):
        if text.strip():
            cells[key] = _typed(text, cells.get(key))
        else:
            cells.pop(key, None)
    else:
        cells[key] = _typed(text, cells[key])


def _typed(text: str, before: Any) -> Any:
    if isinstance(before, list | dict):
        try:
            value = _decode(text)
        except (msgspec.DecodeError, RecursionError):
            return text
        if isinstance(value, list | dict):
            return value
    return text


def _same(written: str, given: str, trimmed: bool) -> bool:
    """Tell whether a cell says what was written, though a spreadsheet or an editor may have saved it in between."""
    written, given = (text.replace("\r\n", "\n").replace("\r", "\n") for text in (written, given))
    if trimmed:
        written, given = written.strip(), given.strip()
    return written == given or _is_resaved(written, given)


_DIGITS = re.compile(r"\+?0*([1-9][0-9]{0,40})")
_SCIENTIFIC = re.compile(r"([1-9])(?:[.,]([0-9]{1,40}))?E\+([0-9]{1,3})", re.IGNORECASE)


def _is_resaved(written: str, given: str) -> bool:
    """Tell whether a spreadsheet makes the one of the other: `+0049151` to 49151 or 4.9E+10, true to TRUE."""
    if written in ("true", "false"):
        return given.lower() == written
    number = _DIGITS.fullmatch(written)
    if number is None:
        return False
    if given == number[1]:
        return True
    short = _SCIENTIFIC.fullmatch(given)
    if short is None:
        return False
    digit, decimals, exponent = short.groups(default="")
    mantissa = f"{digit}.{decimals}" if decimals else digit
    return f"{int(number[1]):.{len(decimals)}E}" == f"{mantissa}E+{int(exponent):02}"


def _position_of(text: str) -> int | None:
    return int(text) if _NUMBER.fullmatch(text) else None


def _cell(cells: Sequence[str], index: int | None) -> str:
    return cells[index].strip() if index is not None and index < len(cells) else ""


def _index(columns: Sequence[str], name: str) -> int | None:
    return columns.index(name) if name in columns else None


def _occurrences(names: Sequence[str]) -> list[tuple[str, int]]:
    """Tell of each name the how many-th of its name it is, from 0."""
    met: Counter[str] = Counter()
    numbered = []
    for name in names:
        numbered.append((name, met[name]))
        met[name] += 1
    return numbered
