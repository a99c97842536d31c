"""The text of a cell to the value of a field; what a field cannot take is a ValueError that says what would be right.

A message never has the value in it, which is personal data.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import UNSET, UnsetType

_SEVERAL = " ::: "
"""What Google Contacts writes between the values of one cell."""
_BUILT_IN_GROUP = "* "
"""What Google Contacts writes before a group that everybody has, such as `* myContacts`; it is no tag."""

_TRUE = {"true", "yes", "y", "1", "x", "on", "wahr", "ja", "oui", "vrai", "si", "sí", "verdadero"}
_FALSE = {"false", "no", "n", "0", "off", "falsch", "nein", "non", "faux", "falso"}

Value = str | bool | list[str] | UnsetType


def value_of(field: str, text: str) -> Value:
    """Read a trimmed cell as the value of a field; raises ValueError when it cannot be one."""
    reader = _READERS.get(field)
    return reader(text) if reader else text


def split_tags(text: str) -> list[str] | UnsetType:
    """Split a text into tags at ` ::: `, else at commas and semicolons.

    Without a tag in it the field stays unset: an empty list would take all tags off the contact.
    """
    parts = text.split(_SEVERAL) if _SEVERAL in text else text.replace(";", ",").split(",")
    tags = [tag for part in parts if (tag := part.strip()) and not tag.startswith(_BUILT_IN_GROUP)]
    return list(dict.fromkeys(tags)) or UNSET


def read_flag(text: str) -> bool:
    """Read yes or no, in words or as 1 and 0."""
    word = text.strip().casefold()
    if word not in _TRUE and word not in _FALSE:
        raise ValueError("is neither yes nor no; write true or false")
    return word in _TRUE


def _first(text: str) -> str:
    """Take the first of several: a contact has one email and one phone."""
    return text.split(_SEVERAL)[0].strip()


_READERS: dict[str, Callable[[str], Value]] = {
    "email": _first,
    "phone": _first,
    "website": _first,
    "tags": split_tags,
    "dnd": read_flag,
    "create_new_if_duplicate_allowed": read_flag,
}
