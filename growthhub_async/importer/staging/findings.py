"""What the reading of an import's files has found: counted, with examples, in bounded memory."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

import msgspec

from ...outcome import Problem

_MESSAGES = 500
"""Messages that are told apart."""


class Place(NamedTuple):
    """Where a record is: the name of its file, and the line it begins at."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}, line {self.line:,}"


class Found(NamedTuple):
    """One problem: how many records have it, and where the first of them is."""

    message: str
    records: int
    first: Place


class Findings(msgspec.Struct, kw_only=True):
    """The numbers of a reading; `requests` and `tag_requests` are those to be sent, by location."""

    read: int = 0
    invalid: int = 0
    duplicates: int = 0
    requests: Counter[str] = msgspec.field(default_factory=Counter)
    tag_requests: Counter[str] = msgspec.field(default_factory=Counter)
    with_tags: int = 0
    problems: dict[str, Found] = msgspec.field(default_factory=dict)
    first_duplicates: list[tuple[Place, Place]] = msgspec.field(default_factory=list)

    @property
    def valid(self) -> int:
        """How many records can be sent as they are, those that others stand for included."""
        return self.read - self.invalid

    def add_invalid(self, problems: list[Problem], place: Place) -> None:
        """Count a record that is wrong in itself, by each of its problems."""
        self.invalid += 1
        for message in map(str, problems):
            known = self.problems.get(message)
            if known is not None:
                self.problems[message] = known._replace(records=known.records + 1)
            elif len(self.problems) < _MESSAGES:
                self.problems[message] = Found(message, 1, place)

    def most_frequent(self, number: int) -> list[Found]:
        """Return the problems that most records have."""
        return sorted(self.problems.values(), key=lambda found: -found.records)[:number]
