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
from .json_elements import BrokenElement, element_end

_FIRST = 512
_HEAD = 64 * 1024
"""Bytes in which an array has to begin."""

_ARRAY = re.compile(rb"\s*\[(?=\s*(?:[{\]]|\Z))")
_OBJECT = re.compile(rb"\s*\{")
_NAME = re.compile(rb'\s*"((?:[^"\\\r\n]|\\.)*+)"\s*:\s*')
_OF_OBJECTS = re.compile(rb"\[(?=\s*\{)")
_EMPTY = re.compile(rb"\[(?=\s*\])")
_COMMA = re.compile(rb"\s*,")


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
    """Find the first array of objects among the values of an object, or else the first that is empty."""
    empty = None
    opened = _OBJECT.match(head)
    at: int | None = opened.end() if opened else None
    while at is not None and (name := _NAME.match(head, at)):
        if is_known(name[1].decode(errors="replace")):
            return None
        if array := _OF_OBJECTS.match(head, name.end()):
            return ArrayBegin(array.end(), wrapped=True)
        if empty is None and (array := _EMPTY.match(head, name.end())):
            empty = ArrayBegin(array.end(), wrapped=True)
        at = _next_name(head, name.end())
    return empty


def _next_name(head: bytes, value: int) -> int | None:
    try:
        end = element_end(head, value) if value < len(head) else None
    except BrokenElement:
        return None
    comma = None if end is None else _COMMA.match(head, end)
    return comma.end() if comma else None
