"""Contacts in a SQLite file: they survive a restart of the sandbox."""

import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import msgspec

from growthhub_async.sandbox.store import Contact, match_keys

_SCHEMA = """
CREATE TABLE IF NOT EXISTS contacts (
    position INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, location_id TEXT NOT NULL, body BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS contacts_by_location ON contacts (location_id, position);
CREATE TABLE IF NOT EXISTS match_keys (
    location_id TEXT NOT NULL, key TEXT NOT NULL, position INTEGER NOT NULL, PRIMARY KEY (location_id, key, position)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS match_keys_by_position ON match_keys (position);
"""
_FIND = """
SELECT body FROM contacts WHERE position = (SELECT min(position) FROM match_keys WHERE location_id = ? AND key = ?)
"""
_SAVE = """
INSERT INTO contacts (id, location_id, body) VALUES (?, ?, ?)
ON CONFLICT (id) DO UPDATE SET body = excluded.body RETURNING position
"""


class SqliteStore:
    """Keep contacts in a file that only its owner may read.

    Each write is a transaction of its own and waits for no disk: it outlives the process, though not a loss of power.
    """

    def __init__(self, path: Path) -> None:
        # SQLite gives its side files the mode of the database file.
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = OFF")
        self._connection.executescript(_SCHEMA)
        self._encoder = msgspec.json.Encoder()
        self._decoder = msgspec.json.Decoder(Contact)

    def get(self, contact_id: str) -> Contact | None:
        return self._one("SELECT body FROM contacts WHERE id = ?", contact_id)

    def find(self, location_id: str, key: str) -> Contact | None:
        return self._one(_FIND, location_id, key)

    def save(self, contact: Contact) -> None:
        location_id = contact["locationId"]
        self._connection.execute("BEGIN")
        with self._connection:
            row = (contact["id"], location_id, self._encoder.encode(contact))
            position = self._connection.execute(_SAVE, row).fetchone()[0]
            self._connection.execute("DELETE FROM match_keys WHERE position = ?", (position,))
            self._connection.executemany(
                "INSERT OR IGNORE INTO match_keys VALUES (?, ?, ?)",
                [(location_id, key, position) for key in match_keys(contact)],
            )

    def contacts(self, location_id: str) -> Iterator[Contact]:
        query = "SELECT body FROM contacts WHERE location_id = ? ORDER BY position"
        for (body,) in self._connection.execute(query, (location_id,)).fetchall():
            yield self._decoder.decode(body)

    def count(self, location_id: str) -> int:
        query = "SELECT count(*) FROM contacts WHERE location_id = ?"
        return int(self._connection.execute(query, (location_id,)).fetchone()[0])

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def _one(self, query: str, *parameters: str) -> Contact | None:
        row = self._connection.execute(query, parameters).fetchone()
        return None if row is None else self._decoder.decode(row[0])
