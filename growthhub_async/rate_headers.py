"""What a reply says of its location's quota (observed.md, "Limits"); what is missing or garbled says nothing."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

MAX_LIMIT = 10_000_000
MAX_INTERVAL = 60.0
"""Seconds: nobody waits for a window that is said to be longer."""
MAX_DAY = 90_000.0
"""Seconds: a day that is reset later than in a day and an hour is no day."""


class RateHeaders(msgspec.Struct, frozen=True, kw_only=True):
    """The burst and the day as the server counted them; None for what it did not say. Times are in seconds."""

    limit: int | None = None
    remaining: int | None = None
    interval: float | None = None
    daily_limit: int | None = None
    daily_remaining: int | None = None
    daily_reset: float | None = None


SILENT = RateHeaders()


def read_rate_headers(headers: Mapping[str, str]) -> RateHeaders:
    """Read the six headers; of a limit and a remaining that contradict each other neither is believed."""
    limit, remaining = _pair(headers.get("x-ratelimit-max"), headers.get("x-ratelimit-remaining"), MAX_LIMIT)
    daily_limit, daily_remaining = _pair(
        headers.get("x-ratelimit-limit-daily"), headers.get("x-ratelimit-daily-remaining"), 1_000 * MAX_LIMIT
    )
    interval = _number(headers.get("x-ratelimit-interval-milliseconds"), 1, 1_000 * int(MAX_INTERVAL))
    daily_reset = _number(headers.get("x-ratelimit-daily-reset"), 0, 1_000 * int(MAX_DAY))
    return RateHeaders(
        limit=limit,
        remaining=remaining,
        interval=None if interval is None else interval / 1_000,
        daily_limit=daily_limit,
        daily_remaining=daily_remaining,
        daily_reset=None if daily_reset is None else daily_reset / 1_000,
    )


def _pair(limit: str | None, remaining: str | None, most: int) -> tuple[int | None, int | None]:
    """Read a limit and what remains of it; there is none of 0, and none that leaves more than it allows."""
    of, left = _number(limit, 0, most), _number(remaining, 0, most)
    contradictory = of == 0 or (of is not None and left is not None and left > of)
    return (None, None) if contradictory else (of, left)


def _number(text: str | None, least: int, most: int) -> int | None:
    if text is None or len(text) > 20 or not (text.isascii() and text.strip().isdigit()):
        return None
    number = int(text)
    return number if least <= number <= most else None
