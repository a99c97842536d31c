"""How far the server's clock is from ours, by the `Date` of its replies; pure, with our clock passed in.

A `Date` is in whole seconds and was written between the sending of a request and the end of its reply. Each reply so
bounds the difference from both sides, and over many of them the bounds close in on it.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

RESOLUTION: Final = 1.0
"""Seconds of a `Date`."""


class ServerClock:
    """Bound the seconds that the server's clock, in Unix time, is ahead of ours, whose zero may be anything."""

    def __init__(self) -> None:
        self._least = -math.inf
        self._most = math.inf
        self._date: str | None = None
        self._dated_at: float | None = None

    def heard(self, date: str | None, left: float, now: float) -> None:
        """Learn from the `Date` of a reply that came now to a request that left then."""
        if date != self._date:  # a thousand replies in a second have the same one
            self._date, self._dated_at = date, unix_time(date)
        if self._dated_at is None:
            return
        least, most = self._dated_at - now, self._dated_at + RESOLUTION - left
        if least > self._least:
            self._least = least
        if most < self._most:
            self._most = most
        if self._least > self._most:  # one of the clocks was set, or the machine slept
            self._least, self._most = least, most

    @property
    def is_known(self) -> bool:
        """Whether any reply had a date."""
        return self._least > -math.inf

    def surely_before(self, unix: float, moment: float, *, cut_by: float = 0.0) -> bool | None:
        """Tell whether what the server dates `unix` came before a moment of our clock; None where nobody can know.

        The date may have been cut by so many seconds.
        """
        if unix + cut_by < moment + self._least:
            return True
        return False if unix >= moment + self._most else None


def unix_time(http_date: str | None) -> float | None:
    """Read a date of HTTP's as seconds since 1970; None for what is none."""
    try:
        read = parsedate_to_datetime(http_date or "")
    except (ValueError, TypeError, OverflowError):
        return None
    return _seconds(read)


def unix_time_of_iso(date: str | None) -> float | None:
    """Read an ISO 8601 date, as the server's contacts have them, as seconds since 1970; None for what is none."""
    try:
        return _seconds(datetime.fromisoformat(date or ""))
    except (ValueError, OverflowError):
        return None


def _seconds(read: datetime) -> float:
    return (read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp()  # without a zone it is UTC
