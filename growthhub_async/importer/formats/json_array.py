"""A JSON array as rows, one for each of its elements, read as a stream; a broken element costs itself.

Where the form of an element is so broken that its end cannot be told, the next is looked for at the beginnings of
lines. Where there are none to go by, the array cannot be read on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ..errors import ImportFileError
from ..rows import Row
from .json_elements import BETWEEN_OBJECTS, MAX_ELEMENT, BrokenElement, beginning_of_next, element_end, has_swallowed
from .json_object import broken_object, row_of_object

_GAP = re.compile(rb"[ \t\r\n,]*+")
_OTHER_ARRAY = re.compile(rb"\[\s*\{")
_OVERLAP = 100
"""Bytes that are looked at again, since what is looked for may be cut by the end of a chunk."""

_CUT_OFF = "has no end: the file is cut off here; get a complete one"
_NOT_CLOSED = "is where the array ends, without its `]`: the file may be cut off; get a complete one"
_AFTER_END = "is after the end of the array, and is not read; write one array"
_OTHER = "has another array of objects, which is not read; import it by itself"


class JsonArray:
    """The elements of an array whose `[` ends at byte `begin`; where it is `wrapped`, an object is around it.

    The number of a row is that of the line it begins at, of which several rows may.
    """

    def __init__(self, name: str, chunks: Iterable[bytes], begin: int, *, wrapped: bool) -> None:
        self._name = name
        self._chunks = iter(chunks)
        self._begin = begin
        self._wrapped = wrapped
        self._text = b""
        self._at = 0
        self._received = 0
        self._line = 1
        self._column: int | None = 0
        self._cut_off = False

    @property
    def share_handed_out(self) -> float:
        """How much of the bytes received so far are in elements that have been handed out, 0 to 1."""
        return (self._received - len(self._text) + self._at) / self._received if self._received else 0.0

    def __iter__(self) -> Iterator[Row]:
        while len(self._text) < self._begin and self._more():
            pass
        self._column = None if self._wrapped else self._begin - self._text.rfind(b"\n", 0, self._begin) - 1
        self._take(self._begin)
        while self._skip_gap():
            if self._text[self._at] == ord("]"):
                self._take(self._at + 1)
                yield from self._rest()
                return
            yield self._element()
        if not self._cut_off:
            yield Row(self._line, {}, _NOT_CLOSED)

    def _element(self) -> Row:
        line = self._line
        try:
            while (end := element_end(self._text, self._at)) is None:
                if not self._more():
                    if has_swallowed(self._text, self._at):
                        raise self._refusal(line, "has a quote that is not closed")
                    self._cut_off = True
                    return broken_object(line, _CUT_OFF, self._take(len(self._text)))
        except BrokenElement as error:
            return broken_object(line, str(error), self._take_broken(line, str(error)))
        self._column = None
        return row_of_object(line, self._take(end))

    def _take_broken(self, line: int, problem: str) -> bytes:
        """Take all up to the next object that is found; raises ImportFileError when others were lost meanwhile."""
        following = None if self._column is None else beginning_of_next(self._text, self._at, self._column)
        self._column = 0
        taken, lost = b"", False
        while True:
            found = following.search(self._text, self._at) if following else None
            if found:
                return (taken + self._take(found.start() + 1))[:MAX_ELEMENT]
            lost = lost or BETWEEN_OBJECTS.search(self._text, self._at) is not None
            taken = (taken + self._take(max(self._at, len(self._text) - _OVERLAP)))[:MAX_ELEMENT]
            if not self._more():
                break
        if lost:
            raise self._refusal(line, problem)
        self._cut_off = True
        return (taken + self._take(len(self._text)))[:MAX_ELEMENT]

    def _refusal(self, line: int, problem: str) -> ImportFileError:
        return ImportFileError(
            f"{self._name}, line {line} {problem}, and where the next record begins cannot be told; mend that one,"
            " or write one object a line"
        )

    def _rest(self) -> Iterator[Row]:
        """Read what comes after the array, and tell of what should not be there."""
        if not self._wrapped and self._skip_gap():
            yield Row(self._line, {}, _AFTER_END)
        while self._wrapped:
            other = _OTHER_ARRAY.search(self._text, self._at)
            if other:
                self._take(other.start())
                yield Row(self._line, {}, _OTHER)
                break
            self._take(max(self._at, len(self._text) - _OVERLAP))
            if not self._more():
                break
        self._take(len(self._text))
        while self._more():  # so that a file that cannot be read to its end is noticed
            self._take(len(self._text))

    def _skip_gap(self) -> bool:
        """Go on to the next element, or the end of the array; False when there is neither."""
        while True:
            gap = _GAP.match(self._text, self._at)
            end = gap.end() if gap else self._at
            newline = self._text.rfind(b"\n", self._at, end)
            if newline >= 0:
                self._column = end - newline - 1
            elif self._column is not None:
                self._column += end - self._at
            self._take(end)
            if self._at < len(self._text):
                return True
            if not self._more():
                return False

    def _take(self, end: int) -> bytes:
        taken = self._text[self._at : end]
        self._line += taken.count(b"\n")
        self._at = end
        return taken

    def _more(self) -> bool:
        chunk = next(self._chunks, None)
        if chunk is None:
            return False
        self._text = self._text[self._at :] + chunk
        self._at = 0
        self._received += len(chunk)
        return True
