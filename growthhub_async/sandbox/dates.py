"""Dates as the API reads and writes them."""

import re
from datetime import UTC, date, datetime

# One separator throughout, the year first or last (contract.md, "Request").
_YEAR_FIRST = re.compile(r"([0-9]{4})([-/._])([0-9]{2})\2([0-9]{2})")
_YEAR_LAST = re.compile(r"([0-9]{2})([-/._])([0-9]{2})\2([0-9]{4})")


def birth_date(text: str) -> str | None:
    """Return the date as `YYYY-MM-DD`, or None when it is in none of the eight formats or no day of the calendar."""
    if found := _YEAR_FIRST.fullmatch(text):
        year, _, month, day = found.groups()
    elif found := _YEAR_LAST.fullmatch(text):
        month, _, day, year = found.groups()
    else:
        return None
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return None


def timestamp(now: float) -> str:
    """Return seconds since the epoch as ISO 8601 in UTC with milliseconds and `Z`."""
    return datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
