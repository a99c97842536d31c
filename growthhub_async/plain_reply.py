"""A reply of the plainest kind, read at a glance: one that HTTP/1.1 servers send to almost every request.

It is in order to the letter, says its length, names no header twice, and is not encoded, and nothing else came with it.
Whatever is not so is none, and is left to a parser; what is, a parser would read no other way.

Most of a head is the same in every reply of a server. So its shape is remembered, by status: what did not change is
compared in long pieces, and only the values between these are read. A head of another shape is read line by line, and
each line that was read is remembered, to be looked up the next time.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import Final, Literal, TypeVar

from .transport import Reply

MOST = 65_536
"""Bytes of the longest body: what is longer comes in many pieces, and is better read as they come."""
MOST_IN_HEAD: Final = 8_000
"""Bytes of the longest head."""
MOST_HEADERS = 100
"""Headers that it has at the most; parsers allow 128, and 8,190 bytes of each."""
REMEMBERED = 4_096
"""Lines that are remembered at once; they are the short ones."""
LONGEST = 256
"""Bytes of the longest line that is remembered."""

_STATUS = re.compile(rb"HTTP/1\.1 ([2-5][0-9]{2}) [\t -~]*")
_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_LENGTH: Final = re.compile(r"[0-9]{1,6}")
_UNNAMED = re.compile(rb"[^:]*: ?")
_BODILESS = (204, 304)
_FRAMING = ("transfer-encoding", "content-encoding", "upgrade", "proxy-connection")
"""Headers that say how a reply is to be read."""


class Part(Enum):
    """Says that more of a reply has to come."""

    PART = 0


PART: Final = Part.PART


Head = tuple[int, dict[str, str], int]
"""The status and the headers of a plain reply, and where its body begins."""


def read_plain(data: bytes, most: int = MOST) -> Reply | Literal[Part.PART] | None:
    """Read a plain reply with a body of at most `most` bytes: PART for the first part of one, None for what is none.

    The names of its headers are in lower case.
    """
    shape = _shapes.get(data[9:12])
    try:
        status, headers, start = (shape and shape.read(data)) or _read_lines(data)
        length = int(headers["content-length"])
    except (ValueError, KeyError):
        return None
    missing = start + length - len(data)
    if length > most or missing < 0 or start > MOST_IN_HEAD:
        return None
    return PART if missing else Reply(status, headers, data[start:])


class _NotPlainError(ValueError):
    """A line is none of a plain reply."""


class _Statuses(dict[bytes, int]):
    """What status lines mean that were read: those of a final reply that has a body."""

    def __missing__(self, line: bytes) -> int:
        match = _STATUS.fullmatch(line)
        if match is None or int(match[1]) in _BODILESS:
            raise _NotPlainError
        return _remember(self, line, int(match[1]))


class _Names(dict[bytes, str]):
    """Names of headers that were read, in lower case; not those that say how to read a reply but by its length."""

    def __missing__(self, raw: bytes) -> str:
        if not _NAME.fullmatch(raw) or (name := raw.decode().lower()) in _FRAMING:
            raise _NotPlainError
        return _remember(self, raw, name)


class _Headers(dict[bytes, tuple[str, str]]):
    """Headers that were read, by their lines."""

    def __missing__(self, line: bytes) -> tuple[str, str]:
        raw, colon, rest = line.partition(b":")
        name, value = _names[raw], rest.strip(b" ").decode("ascii")
        if not colon or not value.isprintable():
            raise _NotPlainError
        if name == "connection" and value.lower() != "keep-alive":
            raise _NotPlainError
        if name == "content-length" and not _LENGTH.fullmatch(value):
            raise _NotPlainError
        return _remember(self, line, (name, value))


T = TypeVar("T")


def _remember(known: dict[bytes, T], line: bytes, meaning: T) -> T:
    if len(known) >= REMEMBERED:
        known.clear()
    if len(line) <= LONGEST:
        known[line] = meaning
    return meaning


_statuses = _Statuses()
_names = _Names()
_headers = _Headers()


def _read_lines(data: bytes) -> Head:
    """Read a head line by line, and learn its shape; raises ValueError for one that is not plain."""
    end = data.find(b"\r\n\r\n")
    if end < 0:
        raise _NotPlainError
    first, *lines = data[:end].split(b"\r\n")
    status = _statuses[first]
    headers = dict(map(_headers.__getitem__, lines))
    if not len(headers) == len(lines) <= MOST_HEADERS:
        raise _NotPlainError
    code = data[9:12]
    _shapes[code] = _Shape(status, first, lines, headers, _shapes.get(code))
    return status, headers, end + 4


class _Shape:
    """What is the same in the heads of one status, and between it the values that were not."""

    def __init__(
        self, status: int, first: bytes, lines: list[bytes], headers: dict[str, str], before: _Shape | None
    ) -> None:
        self._status = status
        self._lines = lines
        self._headers = headers
        self._varied: set[str] = set()
        if before is not None and list(before._headers) == list(headers):
            changed = {name for name, one, other in zip(headers, lines, before._lines, strict=True) if one != other}
            self._varied = (before._varied | changed) - {"connection"}
        self._values: list[tuple[bytes, str]] = []  # what comes before each, and its name
        known = first
        for name, line in zip(headers, lines, strict=True):
            known += b"\r\n"
            if name in self._varied:
                match = _UNNAMED.match(line)
                assert match is not None
                self._values.append((known + match[0], name))
                known = b""
            else:
                known += line
        self._rest = known + b"\r\n\r\n"

    def read(self, data: bytes) -> Head | None:
        """Read a head of this shape; None for another one, raises ValueError for one that is not plain."""
        headers = self._headers.copy()
        at = 0
        for known, name in self._values:
            if not data.startswith(known, at):
                return None
            at += len(known)
            end = data.find(b"\r\n", at)
            if end < 0:
                return None
            value = data[at:end].decode("ascii").strip(" ")
            if not value.isprintable() or (name == "content-length" and not _LENGTH.fullmatch(value)):
                return None
            headers[name] = value
            at = end
        return (self._status, headers, at + len(self._rest)) if data.startswith(self._rest, at) else None


_shapes: Final[dict[bytes, _Shape]] = {}
"""By the code of the status, which has its place in every head."""
