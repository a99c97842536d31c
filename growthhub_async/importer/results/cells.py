"""Values as the text of CSV cells, which a spreadsheet and our own reader take for the same.

UTF-8 with a byte order mark, for without one Excel shows no umlauts; `\\r\\n` at the end of a row; every cell in
quotes, since a reader may drop the blanks at the left of one that has none. What cannot be read back: our reader takes
a NUL, U+FFFD, and a line of more than `formats.lines.MAX_LINE` bytes for damage. No cell of ours has them; an input
cell is never changed.
"""

from __future__ import annotations

import codecs
import csv
import io
import unicodedata
from collections.abc import Sequence
from typing import Any

import msgspec

START = codecs.BOM_UTF8
"""What a file begins with."""
LONGEST = 32_000
"""Characters in a cell of ours; Excel cuts at 32,767."""

_SHORTENED = " … (shortened)"
_DAMAGE = str.maketrans({"\0": "?", "\ufffd": "?"})
_FORMULA = "=+-@\u2212"
"""What a formula begins with, in any width; the last is the minus sign."""
_UNSEEN = "CZM"
"""The categories of what is not seen by itself: control characters and the like, blanks, marks."""
_QUOTES = "\"'`´‚„"  # noqa: RUF001

_to_json = msgspec.json.Encoder().encode


def text_of(value: Any) -> str:
    """Write a value of an input cell: text as it is, nothing for None, all else as JSON has it."""
    if value.__class__ is str:
        return value
    return "" if value is None else _to_json(value).decode()


def guarded(value: Any) -> str:
    """Write a value of a cell of ours, so that no spreadsheet takes it for a formula and our reader can read it."""
    text = text_of(value)
    if len(text) > LONGEST:
        text = text[:LONGEST] + _SHORTENED
    if text.isalnum():
        return text
    text = text.translate(_DAMAGE)
    return f"'{text}" if _is_formula(text) else text


def _is_formula(text: str) -> bool:
    """Tell whether a text may be taken for a formula, be it after blanks, quotes and what cannot be seen."""
    if text.startswith(("\t", "\r")):
        return True
    for char in text:
        category = unicodedata.category(char)
        if category[0] not in _UNSEEN and category not in ("Pi", "Pf") and char not in _QUOTES:
            return unicodedata.normalize("NFKC", char)[0] in _FORMULA
    return False


class Rows:
    """Rows as the bytes of a CSV file, gathered until they are taken."""

    def __init__(self) -> None:
        self._text = io.StringIO(newline="")
        self.write = csv.writer(self._text, lineterminator="\r\n", quoting=csv.QUOTE_ALL).writerow
        self.written = self._text.tell

    def take(self) -> bytes:
        """Return what was written since the last time."""
        text = self._text.getvalue()
        self._text.seek(0)
        self._text.truncate()
        return text.encode(errors="replace")


def header(names: Sequence[str]) -> bytes:
    """Return what a file with these columns begins with."""
    rows = Rows()
    rows.write(names)
    return START + rows.take()
