"""Numbers as people write them."""

from __future__ import annotations


def counted(number: int, what: str) -> str:
    """Write so many of something: `1 record`, `2,000 records`."""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def duration(seconds: float) -> str:
    """Write a time as days, hours, minutes and seconds, without leading ones that are nought."""
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{counted(days, 'day')}, {hours}:{minutes:02}:{seconds:02}"
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
