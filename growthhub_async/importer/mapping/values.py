"""The values of a source to those of a contact's fields; what a field cannot take is `Unreadable`.

A cell is trimmed; an empty one leaves its field unset, or clears it where that is wanted and the API can. What a row
with keys of its own has was written on purpose: text is taken as it is, and `null` is sent where the field may be null.
Numbers and dates are written as text where text is wanted. A message never has the value in it, which is personal data.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from ...contact import DndSettings, InboundDndSettings
from ...custom_fields import CustomField
from .targets import CLEARABLE, FLAGS, NESTED_FIELDS, NULLABLE
from .unreadable import Unreadable

_SEVERAL = " ::: "
"""What Google Contacts writes between the values of one cell."""
_BUILT_IN_GROUP = "* "
"""What Google Contacts writes before a group that everybody has, such as `* myContacts`; it is no tag."""

_TRUE = {
    "true",
    "yes",
    "y",
    "1",
    "x",
    "on",
    "wahr",
    "ja",
    "oui",
    "vrai",
    "si",
    "sí",
    "verdadero",
    "sim",
    "vero",
    "waar",
}
_FALSE = {"false", "no", "n", "0", "off", "falsch", "nein", "non", "faux", "falso", "não", "nao", "nee", "onwaar"}

_NESTED: dict[str, Any] = {
    "custom_fields": list[CustomField],
    "dnd_settings": DndSettings,
    "inbound_dnd_settings": InboundDndSettings,
}
_QUOTED_VALUE = re.compile(r"(?s)invalid enum value .*(?= - at `)")
_FIRST_OF_SEVERAL = ("email", "phone", "website")

Read = Callable[[Any], Any]
"""Takes a value of a source and gives that of a field, or UNSET; raises Unreadable."""


class Habits(NamedTuple):
    """How values stand in a source, and what is made of empty ones.

    `keyed` when each row has keys of its own, so that `null` is no empty cell. `clear` when an empty value is to clear
    its field. `split_at` is what stands between the values of one cell, None for what people mostly write.
    """

    keyed: bool = False
    clear: bool = False
    split_at: str | None = None


def reader_of(field: str, habits: Habits) -> Read:
    """Make the reader of a field of a contact."""
    empty = None if habits.clear and field in CLEARABLE else UNSET
    null = (None if field in NULLABLE else UNSET) if habits.keyed else empty
    if field == "tags":
        return _many(lambda text: split_tags(text, habits.split_at), keep_none=habits.keyed)
    if field in FLAGS:
        return _flag(empty, null)
    if field in NESTED_FIELDS:
        return _nested(_NESTED[field])
    if habits.keyed:
        return _verbatim(empty, null, keep_empty=not habits.clear)
    read = _text(empty)
    if field in _FIRST_OF_SEVERAL:
        return _first(read)
    return _day(read) if field == "date_of_birth" else read


def text_of(value: Any) -> str:
    """Write a number or a date as text; raises Unreadable for what has no one spelling."""
    if isinstance(value, str):
        return str(value)
    if isinstance(value, bool):
        raise Unreadable("is true or false, where a text is wanted")
    if isinstance(value, float):
        if not math.isfinite(value):
            raise Unreadable("is no finite number")
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(float(value))
    if isinstance(value, int) and abs(value) < 10**30:
        return str(int(value))
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    if isinstance(value, Decimal) and value.is_finite() and abs(value.adjusted()) < 30:
        return format(value, "f")
    if isinstance(value, UUID):
        return str(value)
    raise Unreadable(f"is {kind_of(value)}, where a text is wanted")


def kind_of(value: object) -> str:
    """Name the kind of a value, as it is told to people."""
    kinds = {list: "a list", dict: "an object", bool: "true or false", int: "a number", float: "a number"}
    return kinds.get(type(value), f"of type {type(value).__name__}")


def is_empty(value: object) -> bool:
    """Tell a value that stands for none."""
    return value is None or (isinstance(value, str) and not value.strip())


def split(text: str, at: str | None) -> list[str]:
    """Split a text at what was given, else at ` ::: `, else at commas and semicolons; empty parts go."""
    if at is not None:
        parts = text.split(at)
    else:
        parts = text.split(_SEVERAL) if _SEVERAL in text else text.replace(";", ",").split(",")
    return [part.strip() for part in parts if part.strip()]


def split_tags(text: str, at: str | None = None) -> list[str] | UnsetType:
    """Split a text into tags.

    Without a tag in it the field stays unset: an empty list would take all tags off the contact.
    """
    tags = [tag for tag in split(text, at) if not tag.startswith(_BUILT_IN_GROUP)]
    return list(dict.fromkeys(tags)) or UNSET


def read_flag(text: str) -> bool:
    """Read yes or no, in words or as 1 and 0."""
    word = text.strip().casefold()
    if word not in _TRUE and word not in _FALSE:
        raise Unreadable("is neither yes nor no; write true or false")
    return word in _TRUE


def texts_of(values: list[Any]) -> list[str]:
    """Take the texts of a list; empty ones go."""
    return [text for value in values if not is_empty(value) and (text := text_of(value).strip())]


def _text(empty: UnsetType | None) -> Read:
    def read(value: Any) -> Any:
        if type(value) is str:
            return value.strip() or empty
        if value is None:
            return empty
        return text_of(value).strip() or empty

    return read


def _verbatim(empty: UnsetType | None, null: UnsetType | None, *, keep_empty: bool) -> Read:
    def read(value: Any) -> Any:
        if type(value) is str:
            return value if keep_empty or value.strip() else empty
        return null if value is None else text_of(value)

    return read


def _first(read_text: Read) -> Read:
    """Take the first of several: a contact has one email, one phone and one website."""

    def read(value: Any) -> Any:
        text = read_text(value)
        return text.split(_SEVERAL, 1)[0].strip() if text and _SEVERAL in text else text

    return read


def _day(read_text: Read) -> Read:
    def read(value: Any) -> Any:
        return read_text(value.date() if isinstance(value, datetime) else value)

    return read


def _flag(empty: UnsetType | None, null: UnsetType | None) -> Read:
    def read(value: Any) -> Any:
        if isinstance(value, bool):
            return bool(value)
        if value is None:
            return null
        return empty if is_empty(value) else read_flag(text_of(value))

    return read


def _many(split_text: Callable[[str], list[str] | UnsetType], *, keep_none: bool) -> Read:
    """Read several texts; an empty list is one on purpose only in a keyed row."""

    def read(value: Any) -> Any:
        if is_empty(value):
            return UNSET
        if isinstance(value, list | tuple):
            return texts_of(list(value)) or ([] if keep_none and not value else UNSET)
        return split_text(text_of(value))

    return read


def _nested(kind: Any) -> Read:
    def read(value: Any) -> Any:
        return UNSET if is_empty(value) else converted(value, kind)

    return read


def converted(value: Any, kind: Any) -> Any:
    """Convert a value with parts, or JSON text of one, to what the API takes."""
    try:
        return msgspec.convert(msgspec.json.decode(value) if isinstance(value, str) else value, kind)
    except msgspec.ValidationError as error:
        raise Unreadable(_without_values(str(error))) from None
    except (ValueError, TypeError, RecursionError):
        raise Unreadable("is no JSON; write it as a JSON source has it") from None


def _without_values(message: str) -> str:
    """Shorten the one message that quotes a value: `invalid enum value "..." - at `$.Call.status``."""
    message = message[:1].lower() + message[1:]
    return _QUOTED_VALUE.sub("a value that is not taken", message)
