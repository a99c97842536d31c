"""Bytes to physical lines of text: `\\n`, `\\r\\n` and `\\r` end a line, and each line knows its number.

Where the encoding is neither given nor marked, the first line that is not plain ASCII decides: when it is valid UTF-8
the file is UTF-8, otherwise it is Windows-1252, what Excel writes on Windows, and that guess is told. A later line that
contradicts the decision is a problem of that line, so a wrong guess is never silent.

Lines come in runs, as many at a time as were received: what is the same for all of them is done once.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from .encoding import EncodedText

MAX_LINE = 1 << 20
"""Bytes of UTF-8 in one line; a longer one is cut, and is a problem."""

_WINDOWS = "cp1252"
_REPLACEMENT = "\ufffd"


class Line(NamedTuple):
    """One physical line with its end, its number counted from 1, and what is wrong with it."""

    number: int
    text: str
    problem: str | None


class Run(NamedTuple):
    """Lines one after the other with their ends, and the number of the first; one line alone when it has a problem."""

    number: int
    texts: list[str]
    problem: str | None = None


class Lines:
    """The lines of a source, read once, and the share of what was received that is in some of them."""

    def __init__(self, text: EncodedText, tell: Callable[[str], None]) -> None:
        self._text = text
        self._decoder = LineDecoder(text.encoding, tell)
        self._received = 0
        # The block that was handed out last: bytes before it, its bytes, the number of its first line, its lines.
        self._before, self._size, self._number, self._count = 0, 0, 1, 0

    def runs(self) -> Iterator[Run]:
        """Read the lines, a run at a time."""
        for block in blocks(self._counted(), MAX_LINE):
            self._number += self._count
            self._before += self._size
            self._size = len(block)
            texts = self._decoder.decode_all(block)
            if texts is not None:
                self._count = len(texts)
                yield Run(self._number, texts)
            else:
                raws = block.splitlines(keepends=True)
                self._count = len(raws)
                yield from runs_of(self._decoder.decode(number, raw) for number, raw in enumerate(raws, self._number))

    def share_up_to(self, line: int) -> float:
        """Estimate how much of the bytes received so far is in the lines up to this one, 0 to 1."""
        if not self._count:
            return 0.0
        in_block = min(1.0, max(0.0, (line + 1 - self._number) / self._count))
        return (self._before + self._size * in_block) / self._received

    def _counted(self) -> Iterator[bytes]:
        for chunk in self._text:
            self._received += len(chunk)
            yield chunk


def blocks(chunks: Iterable[bytes], limit: int) -> Iterator[bytes]:
    """Cut a stream of bytes where lines end.

    The end of a line of more than `limit` bytes may be missing, so that memory is bounded; more than `limit` are left.
    """
    rest = b""
    for chunk in chunks:
        data = rest + chunk
        # A \r at the end may be followed by its \n.
        end = max(data.rfind(b"\n"), data.rfind(b"\r", 0, max(0, len(data) - 1))) + 1
        if end:
            yield data[:end]
        rest = data[end:]
        if not rest.endswith(b"\r"):
            rest = rest[: limit + 1]
    if rest:
        yield rest


def runs_of(lines: Iterable[Line]) -> Iterator[Run]:
    """Put together what has no problem."""
    number, texts = 0, list[str]()
    for line in lines:
        if line.problem is None:
            number = number if texts else line.number
            texts.append(line.text)
            continue
        if texts:
            yield Run(number, texts)
            texts = []
        yield Run(line.number, [line.text], line.problem)
    if texts:
        yield Run(number, texts)


class LineDecoder:
    """Decode lines, deciding on the encoding at the first one that needs it."""

    def __init__(self, encoding: str | None, tell: Callable[[str], None]) -> None:
        self._name = (encoding or "utf-8").upper()
        self._decided = encoding is not None
        self._guessed_windows = False
        self._tell = tell

    def decode_all(self, block: bytes) -> list[str] | None:
        """Make lines of a block of them; None when they have to be looked at one by one."""
        if len(block) > MAX_LINE or b"\0" in block:
            return None
        if not block.isascii() and (self._guessed_windows or not self._decided):
            return None
        try:
            text = block.decode()
        except UnicodeDecodeError:
            return None
        # Unlike str.splitlines, this takes no other character for the end of a line.
        return None if _REPLACEMENT in text else list(io.StringIO(text, newline=""))

    def decode(self, number: int, raw: bytes) -> Line:
        """Make a line of its bytes; one that cannot be decoded keeps its shape and has a problem."""
        if len(raw) > MAX_LINE:
            text = raw[: MAX_LINE + 1].decode(errors="replace")
            return Line(number, text, f"is longer than {MAX_LINE:,} bytes; shorten it")
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
