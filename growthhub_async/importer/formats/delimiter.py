"""Which delimiter a CSV file uses, judged by its header and its first rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .csv_reader import parsed

DELIMITERS = ",;\t|"
"""Those that are tried; in a tie the first wins."""


def sniff_delimiter(first_lines: Sequence[str], is_known: Callable[[str], bool]) -> str:
    """Choose the delimiter that shows the most known columns, then the most rows as wide as the header, then columns.

    `is_known` tells whether a column's name means a field. The lines may end in the middle of a row.
    """
    return max(DELIMITERS, key=lambda delimiter: _merit(first_lines, delimiter, is_known))


def _merit(first_lines: Sequence[str], delimiter: str, is_known: Callable[[str], bool]) -> tuple[int, int, int]:
    rows = [row for row in parsed(first_lines, delimiter, strict=False) if row]
    if not rows:
        return 0, 0, 0
    header, *others = rows
    alike = sum(len(row) == len(header) for row in others) if len(header) > 1 else 0
    return sum(map(is_known, header)), alike, len(header)
