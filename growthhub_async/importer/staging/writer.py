"""Staged records written down, many at a time, as the job that is being made."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from ...outcome import ErrorReason, Problem, Status
from ..job import State, database
from ..rows import Row
from .duplicates import Holder

_AT_ONCE = 500
"""Records that are written together."""

_to_json = msgspec.json.Encoder().encode
_tags_of = msgspec.json.Decoder(list[str]).decode


class JobWriter:
    """A job in the making, under another name until it is whole; what fails is a JobError."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._made = path.with_name(f"{path.name}.reading")
        self._connection = database.create(self._made)
        self._records: list[tuple[Any, ...]] = []
        self._outcomes: list[tuple[Any, ...]] = []

    def begin_file(self, number: int, name: str, form: str, columns: list[str] | None) -> None:
        """Write a source; its fingerprint is given in the end."""
        values = (number, name, form, None if columns is None else _to_json(columns).decode(), "{}")
        with database.told(self._path):
            self._connection.execute("INSERT INTO files VALUES (?, ?, ?, ?, ?)", values)

    def end_file(self, number: int, fingerprint: Mapping[str, Any]) -> None:
        """Write what tells later whether a source has changed."""
        values = (_to_json(fingerprint).decode(), number)
        with database.told(self._path):
            self._connection.execute("UPDATE files SET fingerprint = ? WHERE file = ?", values)

    def record(self, me: Holder, row: Row, location_id: str, contact: bytes, tags: list[str]) -> None:
        """Write a record that is to be sent."""
        self._put(me, row, location_id, contact, _to_json(tags) if tags else None, State.WAITING, None)

    def invalid(self, me: Holder, row: Row, location_id: str | None, problems: list[Problem]) -> None:
        """Write a record that is wrong in itself, with its outcome."""
        self._outcomes.append((me.position, "; ".join(map(str, problems)), _to_json(problems)))
        self._put(me, row, location_id, None, None, State.ERROR, None)

    def duplicate(self, me: Holder, row: Row, location_id: str, standing: Holder) -> None:
        """Write a record that another one stands for."""
        self._put(me, row, location_id, None, None, State.DUPLICATE, standing.position)

    def contact_of(self, holder: Holder) -> tuple[bytes, list[str]]:
        """Return the contact and the tags of a record that is to be sent."""
        self._flush()
        with database.told(self._path):
            contact, tags = self._connection.execute(
                "SELECT contact, tags FROM records WHERE position = ?", (holder.position,)
            ).fetchone()
        return contact, _tags_of(tags) if tags is not None else []

    def becomes(self, holder: Holder, contact: bytes, tags: list[str]) -> None:
        """Change a record that is to be sent."""
        self._flush()
        with database.told(self._path):
            self._connection.execute(
                "UPDATE records SET contact = ?, tags = ? WHERE position = ?",
                (contact, _to_json(tags) if tags else None, holder.position),
            )

    def give_up(self, holder: Holder, standing: Holder) -> None:
        """Make a duplicate of a record that was to be sent."""
        self._flush()
        with database.told(self._path):
            self._connection.execute(
                "UPDATE records SET state = ?, stands = ?, contact = NULL, tags = NULL WHERE position = ?",
                (State.DUPLICATE, standing.position, holder.position),
            )

    def finish(self, about: Mapping[str, Any]) -> None:
        """Put the job in its place, whole; `about` is what it was made of."""
        self._flush()
        with database.told(self._path):
            self._connection.executemany(
                "INSERT INTO about VALUES (?, ?)", [(key, _to_json(value).decode()) for key, value in about.items()]
            )
        database.finish(self._connection, self._made, self._path)

    def abandon(self) -> None:
        """Leave nothing behind of what was not finished."""
        database.abandon(self._connection, self._made)

    def _put(
        self,
        me: Holder,
        row: Row,
        location_id: str | None,
        contact: bytes | None,
        tags: bytes | None,
        state: State,
        standing: int | None,
    ) -> None:
        readable = row.text is None
        self._records.append(
            (
                me.position,
                me.file,
                row.line,
                _to_json(row.cells) if readable else None,
                row.text,
                location_id,
                contact,
                tags,
                int(state),
                standing,
            )
        )
        if len(self._records) >= _AT_ONCE:
            self._flush()

    def _flush(self) -> None:
        if not self._records:
            return
        now = time.time()
        with database.told(self._path):
            self._connection.executemany(
                "INSERT INTO records (position, file, line, cells, text, location, contact, tags, state, stands)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                self._records,
            )
            for position, message, problems in self._outcomes:
                seq = self._connection.execute(
                    "INSERT INTO outcomes (position, run, settled_at, status, reason, message, retryable, problems,"
                    " attempts, duration, inferred) VALUES (?, 0, ?, ?, ?, ?, 0, ?, 0, 0, 0)",
                    (position, now, Status.ERROR, ErrorReason.INVALID, message, problems),
                ).lastrowid
                self._connection.execute("UPDATE records SET outcome = ? WHERE position = ?", (seq, position))
        self._records.clear()
        self._outcomes.clear()
