"""What errors say, counted: messages that differ only in a place or a value are one."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice

import msgspec

_LONGEST = 300
_TOLD_APART = 2_000
"""Messages of all reasons together; what comes later is counted, and not told apart."""

_ADDRESS = re.compile(r"[^\s@<>\"'(),;:=]+@[^\s@<>\"'(),;:=]+")
_NUMBER = re.compile(r"\+?\d(?:[ ().\-/]{0,2}\d){6,}")
_WHERE = re.compile(r"\b(line|byte|column|character|char|position) [\d,]*\d")


class Counted(msgspec.Struct):
    """One message so far: its records, and the positions of some of them."""

    text: str
    records: int
    positions: list[int]


def generalised(message: str) -> str:
    """Take out of a message what is of one record only; an address or a long number may be somebody's."""
    text = _WHERE.sub(r"\1 …", _NUMBER.sub("…", _ADDRESS.sub("…", message[: 4 * _LONGEST])))
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def most_frequent(groups: Iterable[tuple[str, int, list[int]]], most: int, examples: int) -> tuple[list[Counted], int]:
    """Return the messages that most records have, and how many records have none of those.

    A group is a message, how many records have it, and where some of them are; the largest groups come first.
    """
    counted: dict[str, Counted] = {}
    others = 0
    for message, records, positions in groups:
        text = generalised(message)
        known = counted.get(text)
        if known is not None:
            known.records += records
            known.positions = sorted({*known.positions, *positions})[:examples]
        elif len(counted) < _TOLD_APART:
            counted[text] = Counted(text, records, positions[:examples])
        else:
            others += records
    by_records = sorted(counted.values(), key=lambda message: -message.records)
    listed = by_records[:most]
    return listed, others + sum(message.records for message in islice(by_records, most, None))
