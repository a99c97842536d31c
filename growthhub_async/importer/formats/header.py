"""The row that names the columns: a contact in its place is noticed."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..errors import ImportFileError

_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_NUMBER = re.compile(r"\+?\(?[0-9][0-9 ()/.-]{5,}")
_CONTROL = re.compile(r"[\0-\x08\x0e-\x1f]")


def column_names(line: int, cells: Iterable[str], unit: str = "line") -> list[str]:
    """Make names of the cells of a header; raises ImportFileError when they are a contact's, or no text."""
    names = [cell.strip() for cell in cells]
    if any(map(_CONTROL.search, names)):
        raise ImportFileError(f"{unit} {line} must name the columns, and is no text; is the file CSV or JSON Lines?")
    if any(_ADDRESS.fullmatch(name) or _NUMBER.fullmatch(name) for name in names):
        raise ImportFileError(
            f"{unit} {line} looks like a contact, and must name the columns; put a {unit} such as"
            " First Name,Email,Phone above it"
        )
    return names
