"""Whether a text is a JSON array, or an object around one, and where the array begins.

An object around an array is what interfaces give: `{"meta": {...}, "contacts": [{...}, ...]}`. A line of JSON Lines may
look like that too; it is told by what it calls its values: one that has a field of a contact is a contact.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

import msgspec

from .encoding import EncodedText

_FIRST = 512
_HEAD = 64 * 1024
"""Bytes in which an array has to begin."""

_ARRAY = re.compile(rb"\s*\[(?=\s*(?:[{\]]|\Z))")
_STRING = rb'"(?:[^"\\\r\n]|\\.)*+"'
_FLAT_VALUE = rb"(?:%(string)s|[^\s\"{}\[\],:]++|\{(?:[^\"{}\[\]]|%(string)s)*+\}|\[(?:[^\"{}\[\]]|%(string)s)*+\])" % {
    b"string": _STRING
}
_BEFORE = re.compile(rb"\s*(%(string)s)\s*:\s*%(value)s\s*," % {b"string": _STRING, b"value": _FLAT_VALUE})
_WRAPPED = re.compile(rb"\s*(%(string)s)\s*:\s*\[(?=\s*[{\]])" % {b"string": _STRING})
_OBJECT = re.compile(rb"\s*\{")


class ArrayBegin(NamedTuple):
    """The byte after the `[` of an array, and whether an object is around it."""

    begin: int
    wrapped: bool


def find_array(text: EncodedText, is_known: Callable[[str], bool]) -> ArrayBegin | None:
    """Find where an array begins; None when the text is none. `is_known` tells whether a name is that of a field."""
    head = text.head(_FIRST)
    if array := _ARRAY.match(head):
        return ArrayBegin(array.end(), wrapped=False)
    if not _OBJECT.match(head) or _is_lines(head):
        return None
    return _wrapped(text.head(_HEAD), is_known)


def _is_lines(head: bytes) -> bool:
    """Tell whether the first line is a whole object and another line follows."""
    line, _, rest = head.lstrip().partition(b"\n")
    if not rest.strip():
        return False
    try:
        msgspec.json.decode(line)
    except (ValueError, RecursionError):
        return False
    return True


def _wrapped(head: bytes, is_known: Callable[[str], bool]) -> ArrayBegin | None:
    found = _OBJECT.match(head)
    while found:
        at = found.end()
        if array := _WRAPPED.match(head, at):
            return None if is_known(_name(array[1])) else ArrayBegin(array.end(), wrapped=True)
        found = _BEFORE.match(head, at)
        if found and is_known(_name(found[1])):
            return None
    return None


def _name(string: bytes) -> str:
    return string[1:-1].decode(errors="replace")
