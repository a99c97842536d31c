"""What a reply says of its location's quota (observed.md, "Limits"); what is missing or garbled says nothing."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from .quota_facts import RateHeaders

MAX_LIMIT: Final = 10_000_000
MAX_DAILY_LIMIT: Final = 1_000 * MAX_LIMIT
MAX_INTERVAL: Final = 60.0
"""Seconds: nobody waits for a window that is said to be longer."""
MAX_DAY = 90_000.0
"""Seconds: a day that is reset later than in a day and an hour is no day."""
_MAX_RESET: Final = 1_000 * int(MAX_DAY)


def read_rate_headers(headers: Mapping[str, str]) -> RateHeaders:
    """Read the six headers; of a limit and a remaining that contradict each other neither is believed."""
    get = headers.get
    limit, interval, daily_limit = _terms(
        get("x-ratelimit-max"), get("x-ratelimit-interval-milliseconds"), get("x-ratelimit-limit-daily")
    )
    remaining = _number(get("x-ratelimit-remaining"), 0, MAX_LIMIT)
    daily_remaining = _number(get("x-ratelimit-daily-remaining"), 0, MAX_DAILY_LIMIT)
    daily_reset = _number(get("x-ratelimit-daily-reset"), 0, _MAX_RESET)
    if limit is not None and (limit == 0 or (remaining is not None and remaining > limit)):
        limit = remaining = None
    if daily_limit is not None and (
        daily_limit == 0 or (daily_remaining is not None and daily_remaining > daily_limit)
    ):
        daily_limit = daily_remaining = None
    return RateHeaders(
        limit=limit,
        remaining=remaining,
        interval=interval,
        daily_limit=daily_limit,
        daily_remaining=daily_remaining,
        daily_reset=None if daily_reset is None else daily_reset / 1_000,
    )


@lru_cache(maxsize=64)
def _terms(limit: str | None, interval: str | None, daily: str | None) -> tuple[int | None, float | None, int | None]:
    """Read what is the same in every reply of a location."""
    milliseconds = _number(interval, 1, 1_000 * int(MAX_INTERVAL))
    seconds = None if milliseconds is None else milliseconds / 1_000
    return _number(limit, 0, MAX_LIMIT), seconds, _number(daily, 0, MAX_DAILY_LIMIT)


def _number(text: str | None, least: int, most: int) -> int | None:
    if text is None or len(text) > 20 or not text.isascii():
        return None
    if not text.isdigit():
        text = text.strip()
        if not text.isdigit():
            return None
    number = int(text)
    return number if least <= number <= most else None
