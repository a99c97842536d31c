"""What a reply says of its location's quota (observed.md, "Limits"); what is missing or garbled says nothing."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

MAX_LIMIT = 10_000_000
MAX_INTERVAL = 3_600.0
"""Seconds."""
MAX_DAY = 172_800.0
"""Seconds: a day that is reset later than in two is no day."""


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
    """Read the six headers; a remaining that is more than its limit contradicts it, and neither is believed."""
    limit = _number(headers.get("X-RateLimit-Max"), 1, MAX_LIMIT)
    remaining = _number(headers.get("X-RateLimit-Remaining"), 0, MAX_LIMIT)
    if limit is not None and remaining is not None and remaining > limit:
        limit = remaining = None
    daily_limit = _number(headers.get("X-RateLimit-Limit-Daily"), 1, 1_000 * MAX_LIMIT)
    daily_remaining = _number(headers.get("X-RateLimit-Daily-Remaining"), 0, 1_000 * MAX_LIMIT)
    if daily_limit is not None and daily_remaining is not None and daily_remaining > daily_limit:
        daily_limit = daily_remaining = None
    interval = _number(headers.get("X-RateLimit-Interval-Milliseconds"), 1, 1_000 * int(MAX_INTERVAL))
    daily_reset = _number(headers.get("X-RateLimit-Daily-Reset"), 0, 1_000 * int(MAX_DAY))
    return RateHeaders(
        limit=limit,
        remaining=remaining,
        interval=None if interval is None else interval / 1_000,
        daily_limit=daily_limit,
        daily_remaining=daily_remaining,
        daily_reset=None if daily_reset is None else daily_reset / 1_000,
    )


def _number(text: str | None, least: int, most: int) -> int | None:
    if text is None or len(text) > 20 or not (text.isascii() and text.strip().isdigit()):
        return None
    number = int(text)
    return number if least <= number <= most else None
