"""The files of an import as they are read: what a person hears of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

from ..importer import Column, Table
from .columns_text import about
from .screen import Screen

_EVERY = 2.0
"""Seconds between two lines about how far the reading is."""


class ReadingStoppedError(Exception):
    """Ctrl-C came while the files were read: nothing was sent, and no job was made."""


class Heard:
    """Say on the screen how files are read; `stop` ends the reading at the next record or so."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._stopped = threading.Event()
        self._said_at = time.monotonic()

    def stop(self) -> None:
        """End the reading."""
        self._stopped.set()

    def opened(self, table: Table, columns: Sequence[Column]) -> None:
        """Say how a file is understood."""
        for line in about(table, columns):
            self._screen.say(line)

    def told(self, text: str) -> None:
        """Say what a person should know."""
        self._screen.say(text)

    def progressed(self, read: int, share: float | None) -> None:
        """Say how far the reading is, now and then; raises ReadingStoppedError once it is to end."""
        if self._stopped.is_set():
            raise ReadingStoppedError
        now = time.monotonic()
        if now - self._said_at >= _EVERY:
            self._said_at = now
            known = "" if share is None else f", {share:.0%} of the files"
            self._screen.say(f"reading: {read:,} records{known}")
