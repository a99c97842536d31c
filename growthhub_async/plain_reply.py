"""A reply of the plainest kind, read at a glance: one that HTTP/1.1 servers send to almost every request.

It is in order to the letter, says its length, and is not encoded, and nothing else came with it. Whatever is not so is
none, and is left to a parser; what is, a parser would read no other way.
"""

from __future__ import annotations

import re
from collections.abc import ItemsView, Iterator, Mapping
from enum import Enum
from functools import lru_cache
from typing import Any, Final, Literal

from multidict import CIMultiDict

from .transport import Reply

MOST = 65_536
"""Bytes of the longest: what is longer comes in many pieces, and is better read as they come."""

_HEAD = re.compile(rb"HTTP/1\.1 ([2-5][0-9]{2}) [\t -~]*((?:\r\n[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t -~]*)+)\r\n\r\n")
_LENGTH = re.compile(rb"[\t ]*([0-9]{1,6})[\t ]*\r\n")
_KEPT_ALIVE = re.compile(rb"[\t ]*keep-alive[\t ]*\r\n")
_BODILESS = (b"204", b"304")
_FRAMING = (b"\r\ntransfer-encoding:", b"\r\ncontent-encoding:", b"\r\nupgrade:")


class Part(Enum):
    """Says that more of a reply has to come."""

    PART = 0


PART: Final = Part.PART


def read_plain(data: bytes, most: int = MOST) -> Reply | Literal[Part.PART] | None:
    """Read a plain reply with a body of at most `most` bytes: PART for the first part of one, None for what is none."""
    head = _HEAD.match(data)
    if head is None:
        return None
    status, lines = head.groups()
    lower = lines.lower() + b"\r\n"
    at = lower.find(b"\r\ncontent-length:")
    length = _LENGTH.match(lower, at + 17) if at >= 0 else None
    if length is None or not _is_simple(status, lower, at + 17):
        return None
    start = head.end()
    ends = start + int(length[1])
    if ends - start > most or len(data) > ends:
        return None
    return Reply(int(status), PlainHeaders(lines, lower), data[start:]) if len(data) == ends else PART


def _is_simple(status: bytes, lower: bytes, after: int) -> bool:
    """Tell whether nothing but its one length says where a reply ends, and the connection is kept."""
    if status in _BODILESS or lower.find(b"\r\ncontent-length:", after) >= 0:
        return False
    for name in _FRAMING:
        if name in lower:
            return False
    at = lower.find(b"\r\nconnection:")
    return at < 0 or (_KEPT_ALIVE.match(lower, at + 13) is not None and lower.find(b"\r\nconnection:", at + 13) < 0)


class PlainHeaders(Mapping[str, str]):
    """Headers that are looked up where they came, and only taken apart when all are asked for."""

    __slots__ = ("_lines", "_lower")

    def __init__(self, lines: bytes, lower: bytes) -> None:
        self._lines = lines
        self._lower = lower

    def get(self, name: str, default: Any = None) -> Any:
        """Give the value of the first of that name, in any case."""
        key = _key(name)
        at = self._lower.find(key)
        if at < 0:
            return default
        start = at + len(key)
        return self._lines[start : self._lower.find(b"\r", start)].strip(b"\t ").decode("ascii")

    def __getitem__(self, name: str) -> str:
        return self._apart()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._apart())

    def __len__(self) -> int:
        return len(self._apart())

    def items(self) -> ItemsView[str, str]:
        """Give all, also those that have the same name."""
        return self._apart().items()

    def _apart(self) -> CIMultiDict[str]:
        lines = (line.partition(":") for line in self._lines.decode("ascii").split("\r\n")[1:])
        return CIMultiDict((name, value.strip("\t ")) for name, _, value in lines)


@lru_cache(maxsize=256)
def _key(name: str) -> bytes:
    return f"\r\n{name.lower()}:".encode()
