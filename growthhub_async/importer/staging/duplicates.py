"""Which records of an import are about one contact: those that share an email or a phone in one location.

The keys of a million records do not fit into memory, so they are kept in a temporary database, as hashes.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence
from hashlib import blake2b
from typing import Literal, NamedTuple

import msgspec
from msgspec import UNSET

from ...contact import Contact

DuplicatesPolicy = Literal["merge", "first", "last", "error"]
"""What becomes of several records of one contact.

merge   they become one: later values replace earlier ones, tags are united
first   the first is sent
last    the last is sent
error   the first is sent, the others are errors
"""

_NOT_DIGITS = re.compile(r"[^0-9]+")


def match_keys(contact: Contact) -> list[int]:
    """Hash what a contact is matched by in its location (observed.md, "What an upsert does to a contact").

    None for one that asks to be new whoever is there.
    """
    if contact.create_new_if_duplicate_allowed is True:
        return []
    keys = []
    if contact.email is not UNSET and contact.email:
        keys.append(f"{contact.location_id} {contact.email.strip().casefold()}")
    if contact.phone is not UNSET and contact.phone:
        keys.append(f"{contact.location_id} {_digits(contact.phone)}")
    return [int.from_bytes(blake2b(key.encode(), digest_size=8).digest(), "big", signed=True) for key in keys]


class Holder(NamedTuple):
    """A record that holds a key: its position, the number of its file and its line."""

    position: int
    file: int
    line: int


class Identities:
    """Which record holds each key."""

    def __init__(self) -> None:
        self._connection = sqlite3.connect("", isolation_level=None)  # a file that nobody sees, gone in the end
        self._connection.executescript(
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -8192;"
            "CREATE TABLE holders (key INTEGER PRIMARY KEY, position INTEGER, file INTEGER, line INTEGER);"
            "CREATE TABLE replaced (position INTEGER PRIMARY KEY);"
            "CREATE TABLE tagged (position INTEGER PRIMARY KEY); BEGIN"
        )
        self._execute = self._connection.execute

    def close(self) -> None:
        """Forget all of it."""
        self._connection.close()

    def holders(self, keys: Sequence[int]) -> list[Holder]:
        """Return the records that hold any of the keys, in their order."""
        rows = self._execute(_FIND[len(keys)], keys).fetchall()
        return sorted({Holder(*row) for row in rows if not self._is_replaced(row[0])}) if rows else []

    def hold(self, keys: Sequence[int], holder: Holder) -> None:
        """Let a record hold keys, whoever held them before."""
        for key in keys:
            self._execute("INSERT OR REPLACE INTO holders VALUES (?, ?, ?, ?)", (key, *holder))

    def replace(self, holder: Holder) -> None:
        """Note that a record holds nothing any more."""
        self._execute("INSERT OR IGNORE INTO replaced VALUES (?)", (holder.position,))

    def tag(self, holder: Holder) -> bool:
        """Note that tags are to be added to a record's contact; tells whether that is new."""
        return self._execute("INSERT OR IGNORE INTO tagged VALUES (?)", (holder.position,)).rowcount > 0

    def is_tagged(self, holder: Holder) -> bool:
        """Tell whether tags are to be added to a record's contact."""
        found = self._execute("SELECT 1 FROM tagged WHERE position = ?", (holder.position,)).fetchone()
        return found is not None

    def _is_replaced(self, position: int) -> bool:
        return self._execute("SELECT 1 FROM replaced WHERE position = ?", (position,)).fetchone() is not None


_FIND = {
    1: "SELECT position, file, line FROM holders WHERE key = ?",
    2: "SELECT position, file, line FROM holders WHERE key IN (?, ?)",
}


def merged(earlier: Contact, later: Contact) -> Contact:
    """Make one contact of two: what the later one says holds, tags are united, custom fields merge by their id.

    That is what sending one after the other does, but for the tags, of which only the later ones would be left.
    """
    changes = {name: getattr(later, name) for name in later.set_fields()}
    if isinstance(earlier.tags, list) and isinstance(later.tags, list):
        changes["tags"] = list(dict.fromkeys(earlier.tags + later.tags))
    if isinstance(earlier.custom_fields, list) and isinstance(later.custom_fields, list):
        by_id = {field.id: field for field in [*earlier.custom_fields, *later.custom_fields]}
        changes["custom_fields"] = list(by_id.values())
    return msgspec.structs.replace(earlier, **changes)


def _digits(phone: str) -> str:
    digits = _NOT_DIGITS.sub("", phone)
    return f"+{digits}" if phone.lstrip().startswith("+") else f"+{digits[2:]}" if digits.startswith("00") else digits
