"""The files of an import as they are read: what a person hears of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from ..importer import Column, FieldMapping, Table
from ..importer.mapping import ColumnMapper, KeyMapper
from .columns_text import about
from .guard import UsageError
from .screen import Screen

_EVERY = 2.0
"""Seconds between two lines about how far the reading is."""


class Heard:
    """Say on the screen how files are read; the clock tells seconds."""

    def __init__(
        self, screen: Screen, *, needs_location: bool = False, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._screen = screen
        self._needs_location = needs_location
        self._first: ColumnMapper | KeyMapper | None = None
        self._clock = clock
        self._said_at = clock()

    @property
    def template(self) -> FieldMapping:
        """How the columns of the first file were understood, for a person to edit."""
        assert self._first is not None, "no file was opened"
        return self._first.template()

    @property
    def columns(self) -> Sequence[Column]:
        """The columns of the first file."""
        return () if self._first is None else self._first.columns

    def opened(self, table: Table, mapper: ColumnMapper | KeyMapper) -> None:
        """Say how a file is understood; raises UsageError when none of its records would have a location."""
        self._first = self._first or mapper
        for line in about(table.name, table.format, mapper.columns, mapper.mapping):
            self._screen.say(line)
        if self._needs_location and table.columns is not None and not _names_locations(mapper):
            raise UsageError("there is no location; name it with --location, or set GROWTHHUB_LOCATION_ID")

    def told(self, text: str) -> None:
        """Say what a person should know."""
        self._screen.say(text)

    def progressed(self, read: int, share: float | None) -> None:
        """Say how far the reading is, now and then."""
        now = self._clock()
        if now - self._said_at >= _EVERY:
            self._said_at = now
            known = "" if share is None else f", {share:.0%} of the files"
            self._screen.say(f"reading: {read:,} records{known}")


def _names_locations(mapper: ColumnMapper | KeyMapper) -> bool:
    given = mapper.mapping.constants.keys() | mapper.mapping.defaults.keys()
    return "location_id" in given or any(column.field == "location_id" for column in mapper.columns)
