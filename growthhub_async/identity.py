"""Who must wait for whom: records that share an email or a phone go one at a time, in the order they were read.

Nothing stops the server from making two contacts of two upserts that arrive together (observed.md, "What an upsert does
to a contact"), so they are never sent together.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import Any, Generic, TypeVar

from msgspec import UNSET

from .contact import Contact

RECENT = 8_192
"""Keys that are remembered after those who had them have left."""

_NOT_DIGITS = re.compile(r"[^0-9]+")

_PHONE_TAIL = 6
"""Digits by which phones are held to be alike.

"020 7946 0999", "+44 20 7946 0999" and "0044 (0)20..." may be one phone to the server, which knows the location's
country. Their last digits are the same however they are written. Two phones that share them by chance merely go one
after the other.
"""


def identity_keys(contact: Contact, location_id: str) -> tuple[str, ...]:
    """Name what a contact could be matched by in its location; none when it has neither email nor phone."""
    keys = []
    if contact.email is not UNSET and contact.email:
        keys.append(f"{location_id} {contact.email.strip().casefold()}")
    if contact.phone is not UNSET and contact.phone:
        keys.append(f"{location_id} {_NOT_DIGITS.sub('', contact.phone)[-_PHONE_TAIL:]}")
    return tuple(keys)


class Turn:
    """One record's turn at its keys: it has come when `ahead`, the number of records it waits for, is 0.

    `follows` when another of its keys was there just before it, or still is.
    """

    __slots__ = ("_behind", "_gone", "ahead", "follows", "keys")

    def __init__(self, keys: tuple[str, ...]) -> None:
        self.keys = keys
        self.ahead = 0
        self.follows = False
        self._behind: list[Any] = []  # of its own kind
        self._gone = False


T = TypeVar("T", bound=Turn)


class IdentityGuard(Generic[T]):
    """Give every record its turn. It keeps what is in line now, and some keys of those who were."""

    def __init__(self) -> None:
        self._last_in_line: dict[str, T] = {}
        self._recent: dict[str, None] = {}

    def enter(self, turn: T) -> bool:
        """Line up behind the records that share a key, and tell whether the turn has come at once."""
        for key in turn.keys:
            before = self._last_in_line.get(key)
            turn.follows = turn.follows or before is not None or key in self._recent
            if before is not None and before is not turn and turn not in before._behind:
                before._behind.append(turn)
                turn.ahead += 1
            self._last_in_line[key] = turn
        return turn.ahead == 0

    def leave(self, turn: T) -> list[T]:
        """Leave the line, and return those whose turn has come by that.

        One that leaves before its turn has come keeps its place until then: those behind it still wait for those ahead.
        """
        if turn.ahead:
            turn._gone = True
            return []
        come: list[T] = []
        leaving = [turn]
        while leaving:
            left = leaving.pop()
            for key in left.keys:
                if self._last_in_line.get(key) is left:
                    del self._last_in_line[key]
                self._remember(key)
            for behind in left._behind:
                behind.ahead -= 1
                if behind.ahead == 0:
                    (leaving if behind._gone else come).append(behind)
            left._behind.clear()
        return come

    def _remember(self, key: str) -> None:
        self._recent.pop(key, None)  # so that it is the newest
        self._recent[key] = None
        if len(self._recent) > RECENT:
            for old in list(islice(self._recent, RECENT // 2)):
                del self._recent[old]
