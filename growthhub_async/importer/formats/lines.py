"""Bytes to physical lines of text: `\\n`, `\\r\\n` and `\\r` end a line, and each line knows its number.

The encoding is the one that is given; else what a byte order mark says (UTF-8, UTF-16, UTF-32); else the first line
that is not plain ASCII decides: when it is valid UTF-8 the file is UTF-8, otherwise it is Windows-1252, what Excel
writes on Windows, and that guess is told. A later line that contradicts the decision is a problem of that line, so a
wrong guess is never silent.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import NamedTuple

from ..errors import ImportFileError

MAX_LINE = 1 << 20
"""Bytes of UTF-8 in one line; a longer one is cut, and is a problem."""

_WINDOWS = "cp1252"
_REPLACEMENT = "\ufffd"
_BYTE_ORDER_MARKS = (  # UTF-32 first: its little-endian mark begins like that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class Line(NamedTuple):
    """One physical line with its end, its number counted from 1, and what is wrong with it."""

    number: int
    text: str
    problem: str | None


class Lines:
    """The lines of a source, read once, and the share of what was received that has been handed out."""

    def __init__(self, chunks: Iterator[bytes], encoding: str | None, tell: Callable[[str], None]) -> None:
        first = next(chunks, b"")
        named = _canonical(encoding) if encoding else _marked(first)
        chunks = chain([first], chunks)
        self._chunks = chunks if named in (None, "utf-8") else _transcoded(chunks, named)
        self._decoder = LineDecoder(named, tell)
        self._received = 0
        self._handed_out = 0

    @property
    def share_handed_out(self) -> float:
        """How much of the bytes received so far are in lines that have been handed out, 0 to 1."""
        return self._handed_out / self._received if self._received else 0.0

    def __iter__(self) -> Iterator[Line]:
        for number, raw in enumerate(split_lines(self._counted(), MAX_LINE), start=1):
            self._handed_out += len(raw)
            yield self._decoder.decode(number, raw.removeprefix(codecs.BOM_UTF8) if number == 1 else raw)

    def _counted(self) -> Iterator[bytes]:
        for chunk in self._chunks:
            self._received += len(chunk)
            yield chunk


def split_lines(chunks: Iterable[bytes], limit: int) -> Iterator[bytes]:
    """Cut a stream of bytes into lines that keep their ends.

    A line of more than `limit` bytes comes as its first `limit + 1`, so that memory is bounded.
    """
    rest = b""
    for chunk in chunks:
        pieces = (rest + chunk).splitlines(keepends=True)
        # The last piece may go on in the next chunk; so may one that ends in \r, whose \n is still to come.
        rest = pieces.pop() if pieces and not pieces[-1].endswith(b"\n") else b""
        for piece in pieces:
            yield piece[: limit + 1]
        if not rest.endswith(b"\r"):
            rest = rest[: limit + 1]
    if rest:
        yield rest[: limit + 1]


class LineDecoder:
    """Decode lines one by one, deciding on the encoding at the first line that needs one."""

    def __init__(self, encoding: str | None, tell: Callable[[str], None]) -> None:
        self._name = (encoding or "utf-8").upper()
        self._decided = encoding is not None
        self._guessed_windows = False
        self._tell = tell

    def decode(self, number: int, raw: bytes) -> Line:
        """Make a line of its bytes; one that cannot be decoded keeps its shape and has a problem."""
        if len(raw) > MAX_LINE:
            return Line(number, raw.decode(errors="replace"), f"is longer than {MAX_LINE:,} bytes; shorten it")
        if b"\0" in raw:
            return Line(number, raw.decode(errors="replace"), "has a NUL character; remove it, or name the --encoding")
        if raw.isascii():
            return Line(number, raw.decode("ascii"), None)
        if not self._decided:
            self._decide(number, raw)
        return self._decode_windows(number, raw) if self._guessed_windows else self._decode_utf8(number, raw)

    def _decide(self, number: int, raw: bytes) -> None:
        self._decided = _is(raw, "utf-8") or _is(raw, _WINDOWS)
        self._guessed_windows = self._decided and not _is(raw, "utf-8")
        if self._guessed_windows:
            self._tell(
                f"line {number} is not UTF-8: the file is read as Windows-1252; if it is not that, use --encoding"
            )

    def _decode_utf8(self, number: int, raw: bytes) -> Line:
        text = raw.decode(errors="replace")
        lost = _REPLACEMENT in text
        problem = (
            f"has characters that cannot be decoded as {self._name}; mend the line, or name the --encoding"
            if lost
            else None
        )
        return Line(number, text, problem)

    def _decode_windows(self, number: int, raw: bytes) -> Line:
        problem = None
        if _is(raw, "utf-8"):
            problem = "is UTF-8, but an earlier line is not; name the --encoding"
        elif not _is(raw, _WINDOWS):
            problem = "is neither UTF-8 nor Windows-1252; mend the line, or name the --encoding"
        return Line(number, raw.decode(_WINDOWS, errors="replace"), problem)


def _is(raw: bytes, encoding: str) -> bool:
    try:
        raw.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _marked(head: bytes) -> str | None:
    return next((name for mark, name in _BYTE_ORDER_MARKS if head.startswith(mark)), None)


def _canonical(encoding: str) -> str:
    try:
        "".encode(encoding)  # refuses what is a codec but no encoding of text, such as base64
        name = codecs.lookup(encoding).name
    except (LookupError, ValueError, UnicodeError):
        raise ImportFileError(f"--encoding {encoding} is not known; write utf-8, utf-16, cp1252 or the like") from None
    return "utf-8" if name == "utf-8-sig" else name


def _transcoded(chunks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    for chunk in chunks:
        yield decoder.decode(chunk).encode(errors="replace")
    yield decoder.decode(b"", final=True).encode(errors="replace")
