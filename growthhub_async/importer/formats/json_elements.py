"""Where an element of a JSON array ends, and where the next begins when one is broken.

What is looked at is the form alone: strings, brackets, braces. Whether an element is right is told by decoding it.
"""

from __future__ import annotations

import re

MAX_ELEMENT = 1 << 20
"""Bytes of one element; a longer one is broken."""
MAX_COLUMN = 80
"""Bytes before an element on its line, where another is looked for."""

_STRING = rb'"(?:[^"\\\r\n]++|\\[^\r\n])*+"'


def _shallow(levels: int) -> bytes:
    """Write the pattern of what is nested so deep at the most, by the rules of `_end_of_structure`."""
    inner = _shallow(levels - 1) if levels > 1 else rb"(?!)"
    in_object = rb'\{(?:[^"{}\[\]:]++|%s|:\s*+(?:%s)?+)*+\}' % (_STRING, inner)
    in_array = rb'\[(?:[^"{}\[\]]++|%s|%s)*+\]' % (_STRING, inner)
    return rb"(?:%s|%s)" % (in_object, in_array)


_SHALLOW = re.compile(_shallow(3))
"""What nearly all elements are; it is told many times as fast."""
_TOKEN = re.compile(rb'"(?:[^"\\\r\n]++|\\[^\r\n])*+(")?|:\s*+[{\[]|[{}\[\]]')
_SCALAR = re.compile(rb'[^\s,"{}\[\]]++')
BETWEEN_OBJECTS = re.compile(rb"\}\s*,\s*\{")
_UNINDENTED = re.compile(rb"\{[ \t\r]*\n([ \t]*)")
_CLOSED_BY = {ord("{"): ord("}"), ord("["): ord("]")}

_OPEN_QUOTE = "has a quote that is not closed in its line"
_OPEN_BRACE = "has a brace or a bracket that is not closed, or closed by another"
_TOO_LONG = f"is longer than {MAX_ELEMENT:,} bytes; shorten it"


class BrokenElement(Exception):
    """The end of an element cannot be told; the message says why."""


def element_end(text: bytes, start: int) -> int | None:
    """Find where the element that begins at `start` ends; None when that is beyond the text.

    Raises BrokenElement when its form is broken, or it is too long.
    """
    shallow = _SHALLOW.match(text, start)
    end = shallow.end() if shallow else _end_of_structure(text, start)
    if (len(text) if end is None else end) - start > MAX_ELEMENT:
        raise BrokenElement(_TOO_LONG)
    return end


def beginning_of_next(text: bytes, start: int, column: int) -> re.Pattern[bytes] | None:
    """Say how the object after a broken one at `start` is found: on a line of its own, no more to the right.

    `column` is how many bytes stand before the broken one on its line. The pattern begins with the end of the line
    before. None when objects within this one begin there as well.
    """
    inner = _UNINDENTED.match(text, start)
    if column > MAX_COLUMN or (inner and len(inner[1]) <= column):
        return None
    return re.compile(rb"\n[ \t,]{0,%d}\{" % column)


def has_swallowed(text: bytes, start: int) -> bool:
    """Tell whether a string seems to have objects in it: then a quote before it was not closed, or closed too early."""
    return any(BETWEEN_OBJECTS.search(token[0]) for token in _TOKEN.finditer(text, start) if token[0][0] == ord('"'))


def _end_of_structure(text: bytes, start: int) -> int | None:
    if text[start] not in b'{["':
        return _end_of_scalar(text, start)
    open_ones = bytearray()
    for token in _TOKEN.finditer(text, start):
        first, last = text[token.start()], text[token.end() - 1]
        if first == ord('"'):
            if token[1] is None:
                if token.end() >= len(text) - 1:  # it may end within an escape
                    return None
                raise BrokenElement(_OPEN_QUOTE)
        elif last in _CLOSED_BY:
            if open_ones and open_ones[-1] == ord("{") and first != ord(":"):
                raise BrokenElement(_OPEN_BRACE)  # in an object there is a name before each value
            open_ones.append(last)
        elif not open_ones or _CLOSED_BY[open_ones.pop()] != last:
            raise BrokenElement(_OPEN_BRACE)
        if not open_ones:
            return token.end()
    return None


def _end_of_scalar(text: bytes, start: int) -> int | None:
    scalar = _SCALAR.match(text, start)
    if scalar is None:
        return start + 1  # a brace or a bracket that closes nothing
    return scalar.end() if scalar.end() < len(text) else None
