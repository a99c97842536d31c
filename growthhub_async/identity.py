"""Who must wait for whom: records that share an email or a phone go one at a time, in the order they were read.

Nothing stops the server from making two contacts of two upserts that arrive together (observed.md, "What an upsert does
to a contact"), so they are never sent together.
"""

from __future__ import annotations

import re
from typing import Any, Final, Generic, TypeVar

from msgspec import UNSET

from .contact import Contact

RECENT: Final = 8_192
"""Keys that are remembered at most after those who had them have left, and half of them at least."""

_NOT_DIGITS: Final = re.compile(r"[^0-9]+")

_PHONE_TAIL: Final = 6
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
        tail = contact.phone[-_PHONE_TAIL:]
        if not (tail.isascii() and tail.isdigit()):
            tail = _NOT_DIGITS.sub("", contact.phone)[-_PHONE_TAIL:]
        keys.append(f"{location_id} {tail}")
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
        self._behind: tuple[Any, ...] = ()  # of its own kind; one a key at most, for the next is behind that one
        self._gone = False


T = TypeVar("T", bound=Turn)


class IdentityGuard(Generic[T]):
    """Give every record its turn. It keeps what is in line now, and some keys of those who were."""

    def __init__(self) -> None:
        self._last_in_line: dict[str, T] = {}
        self._recent: dict[str, None] = {}
        self._less_recent: dict[str, None] = {}

    def enter(self, turn: T) -> bool:
        """Line up behind the records that share a key, and tell whether the turn has come at once."""
        for key in turn.keys:
            before = self._last_in_line.setdefault(key, turn)
            if before is turn:
                if key in self._recent or key in self._less_recent:
                    turn.follows = True
                continue
            turn.follows = True
            if turn not in before._behind:
                before._behind += (turn,)
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
        self._give_up_places(turn)
        return self._move_up(turn) if turn._behind else []

    def _move_up(self, left: T) -> list[T]:
        """Return those behind whose turn has come; who is gone before it leaves now, and those behind him move up."""
        come: list[T] = []
        leaving = [left]
        while leaving:
            left = leaving.pop()
            for behind in left._behind:
                behind.ahead -= 1
                if behind.ahead == 0:
                    (leaving if behind._gone else come).append(behind)
            left._behind = ()
            if left._gone:
                self._give_up_places(left)
        return come

    def _give_up_places(self, left: T) -> None:
        """Leave the keys to those who are behind, or remember them where nobody is."""
        for key in left.keys:
            last = self._last_in_line.pop(key, None)
            if last is left:
                self._recent[key] = None
            elif last is not None:
                self._last_in_line[key] = last
        if len(self._recent) >= RECENT // 2:  # the older half is forgotten at once, which costs less than one by one
            self._recent, self._less_recent = {}, self._recent
