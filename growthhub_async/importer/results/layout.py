"""Which columns each result file has, and the rows that outcomes make.

First come the columns of all files of the job as they were, then ours, whose names begin with `growthhub_`. A column of
the input with the name of one of ours is left out: it is that of an earlier import, whose failed file was mended.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

import msgspec

from ...outcome import Status
from ..job import JobFile, JobView, Settled, Source
from .cells import guarded, text_of

MOST_KEYS = 2_000
"""Columns that are made of the keys of records that have keys of their own; the others share one."""

POSITION = "growthhub_position"
TEXT = "growthhub_text"
MORE = "growthhub_more"
_CONTACT_ID = "growthhub_contact_id"
_LOCATION_ID = "growthhub_location_id"
_FILE = "growthhub_file"
_LINE = "growthhub_line"
_INFERRED = "growthhub_inferred"
_WHY = (
    "growthhub_reason",
    "growthhub_message",
    "growthhub_retryable",
    "growthhub_attempts",
    "growthhub_http_status",
    "growthhub_trace_id",
)
_DRIFT = ("growthhub_field", "growthhub_sent", "growthhub_kept")
_STANDING = ("growthhub_duplicate_of_line", "growthhub_duplicate_of_file")
_OURS = frozenset(
    {POSITION, TEXT, _CONTACT_ID, _LOCATION_ID, _FILE, _LINE, _INFERRED, *_WHY, *_DRIFT, *_STANDING},
)

_LONGEST_NAME = 100
_LIKE_A_VALUE = re.compile(r".*[@\0\ufffd].*|[-+0-9 ()/.]*|\s.*|.*\s", re.DOTALL)
"""Keys that cannot name a column: our own reader would take them for a contact, or trim them."""

_keys_of = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


class Kind(StrEnum):
    """The files of rows; each is named `<job>.<kind>.csv`."""

    CREATED = "created"
    UPDATED = "updated"
    FAILED = "failed"
    DROPPED = "dropped"
    DUPLICATES = "duplicates"


class Keys(NamedTuple):
    """The names under which the records of a file have values, and whether there are others that name no column."""

    names: list[str]
    more: bool


class _Way(NamedTuple):
    """Where the cells of one file go: by their index, or by their key, to the number of a column."""

    slots: Mapping[Any, int]
    straight: bool
    text: int | str | None


class Layout:
    """The columns of the result files of one job; `inputs` are those of its files."""

    def __init__(self, files: Sequence[JobFile], keys: Mapping[int, Keys], *, several_locations: bool) -> None:
        self.has_more = any(met.more for met in keys.values())
        self._left_out = _OURS | {MORE} if self.has_more else _OURS
        self._slots: dict[tuple[str, int], int] = {}
        self._ways = {file.file: self._way(file, keys) for file in files}
        self.inputs = [name for name, _ in self._slots]
        if self.has_more:
            self.inputs.append(MORE)
        self._width = len(self.inputs)
        self._names = {file.file: guarded(file.name) for file in files}
        self._several_files = len(files) > 1
        self._several_locations = several_locations

    def header(self, kind: Kind) -> list[str]:
        """Name the columns of a file."""
        place = [POSITION, *([_FILE] if self._several_files else []), _LINE]
        location = [_LOCATION_ID] if self._several_locations else []
        ours = {
            Kind.CREATED: [_CONTACT_ID, *location, *place, _INFERRED],
            Kind.UPDATED: [_CONTACT_ID, *location, *place, _INFERRED],
            Kind.FAILED: [*_WHY, _CONTACT_ID, POSITION, _FILE, _LINE, TEXT],
            Kind.DROPPED: [_CONTACT_ID, *_DRIFT, *place],
            Kind.DUPLICATES: [*_STANDING, *place],
        }
        return [*self.inputs, *ours[kind]]

    def slots_of(self, file: int) -> Mapping[Any, int]:
        """Tell in which of `inputs` the cells of a file are: by their index, or by their key."""
        return self._ways[file].slots

    def input_row(self, file: int, cells: list[Any] | dict[str, Any] | None) -> list[str]:
        """Put the cells of a record under `inputs`."""
        way = self._ways[file]
        if way.straight and cells is not None:
            row = [cell if cell.__class__ is str else text_of(cell) for cell in cells]
            return row + [""] * (self._width - len(row))
        row = [""] * self._width
        if isinstance(cells, dict):
            self._fill(row, way, cells)
        elif cells is not None:
            for index, cell in enumerate(cells):
                if index in way.slots:
                    row[way.slots[index]] = text_of(cell)
        return row

    def text_of(self, file: int, cells: list[Any] | dict[str, Any] | None, text: str | None) -> str:
        """Return what stood there where there are no cells; also of a record that has it from an earlier import."""
        at = self._ways[file].text
        if text is None and cells and at is not None:
            if isinstance(cells, dict):
                text = text_of(cells.get(str(at)))
            elif isinstance(at, int) and at < len(cells):
                text = text_of(cells[at])
        return guarded(text) if text else ""

    def rows(self, settled: Settled) -> list[tuple[Kind, list[Any]]]:
        """Make the rows of an outcome, and tell which file each is for."""
        row = self.input_row(settled.file, settled.cells)
        contact_id = guarded(settled.contact_id) if settled.contact_id else ""
        made: list[tuple[Kind, list[Any]]] = []
        if settled.status == Status.ERROR:
            why = (
                settled.reason,
                guarded(settled.message),
                _flag(settled.retryable),
                settled.attempts,
                settled.http_status,
                guarded(settled.trace_id),
            )
            text = self.text_of(settled.file, settled.cells, settled.text)
            place = (settled.position, self._names[settled.file], settled.line)
            made.append((Kind.FAILED, [*row, *why, contact_id, *place, text]))
        else:
            location = [guarded(settled.location_id)] if self._several_locations else []
            place = self._place(settled.position, settled.file, settled.line)
            kind = Kind.CREATED if settled.status == Status.CREATED else Kind.UPDATED
            made.append((kind, [*row, contact_id, *location, *place, _flag(settled.inferred)]))
        for drop in settled.dropped:
            drift = (guarded(drop.field), guarded(drop.sent), guarded(drop.kept))
            place = self._place(settled.position, settled.file, settled.line)
            made.append((Kind.DROPPED, [*row, contact_id, *drift, *place]))
        return made

    def duplicate_row(self, duplicate: Source, standing: Source) -> list[Any]:
        """Make the row of a record that another one stands for."""
        row = self.input_row(duplicate.file, duplicate.cells)
        place = self._place(duplicate.position, duplicate.file, duplicate.line)
        return [*row, standing.line, self._names[standing.file], *place]

    def _place(self, position: int, file: int, line: int) -> tuple[Any, ...]:
        return (position, self._names[file], line) if self._several_files else (position, line)

    def _fill(self, row: list[str], way: _Way, cells: dict[str, Any]) -> None:
        more = {}
        for key, value in cells.items():
            slot = way.slots.get(key)
            if slot is not None:
                row[slot] = text_of(value)
            elif key not in self._left_out:
                more[key] = value
        if more:
            row[-1] = text_of(more)

    def _way(self, file: JobFile, keys: Mapping[int, Keys]) -> _Way:
        if file.columns is None:
            slots = {name: self._slot(name, 0) for name in keys[file.file].names if name not in self._left_out}
            return _Way(slots, False, TEXT)
        met: Counter[str] = Counter()
        by_index: dict[int, int] = {}
        for index, name in enumerate(file.columns):
            if name not in self._left_out:
                by_index[index] = self._slot(name, met[name])
                met[name] += 1
        straight = list(by_index.items()) == [(index, index) for index in range(len(file.columns))]
        return _Way(by_index, straight, file.columns.index(TEXT) if TEXT in file.columns else None)

    def _slot(self, name: str, occurrence: int) -> int:
        """Return the column of the n-th of a file's columns of a name, which files share."""
        return self._slots.setdefault((name, occurrence), len(self._slots))


def layout_of(view: JobView) -> Layout:
    """Settle the columns for a job; where records have keys of their own, all records are read for it."""
    files = view.files()
    shared: set[str] = set()
    keys = {file.file: _keys_met(view, file.file, shared) for file in files if file.columns is None}
    return Layout(files, keys, several_locations=_has_several_locations(view))


def _keys_met(view: JobView, file: int, shared: set[str]) -> Keys:
    """Find the keys of a file's records; `shared` are those of all files that name a column."""
    names: dict[str, None] = {}
    others = False
    query = "SELECT cells FROM records WHERE file = ? AND cells IS NOT NULL ORDER BY position"
    for (cells,) in view.select(query, (file,)):
        keys = _keys_of(cells).keys()
        if keys <= names.keys():
            continue
        for name in keys:
            if name in names or name in _OURS:
                continue
            if name in shared or (len(shared) < MOST_KEYS and _can_name_a_column(name)):
                names[name] = None
                shared.add(name)
            else:
                others = True
    return Keys(list(names), others)


def _can_name_a_column(key: str) -> bool:
    return len(key) <= _LONGEST_NAME and key.isprintable() and not _LIKE_A_VALUE.fullmatch(key)


def _has_several_locations(view: JobView) -> bool:
    """Tell whether contacts go to several locations; what is never sent does not count, whatever it names."""
    query = "SELECT min(location), max(location) FROM records WHERE contact IS NOT NULL"
    first, last = next(view.select(query))
    return bool(first != last)


def _flag(value: bool) -> str:
    return "true" if value else "false"
