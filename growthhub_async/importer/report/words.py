"""Numbers and times as people write them."""

from __future__ import annotations

import math
from datetime import datetime

_SPACE = "\u00a0"
"""Between a number and its unit, so that no line ends there."""
_UNITS = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))


def number(value: float) -> str:
    """Write a number with its thousands apart; of one below ten that is not whole, one place."""
    return f"{value:,.1f}" if value < 10 and value != int(value) else f"{value:,.0f}"


def counted(value: int, one: str, many: str = "") -> str:
    """Write how many there are of something: `1 record`, `2 records`."""
    return f"{value:,} {one if value == 1 else many or f'{one}s'}"


def percent(part: float, whole: float) -> str:
    """Write a share; only what is all says 100 %, and only what is nothing 0 %."""
    if not whole or not part:
        return f"0{_SPACE}%"
    share = 100 * part / whole
    if share < 0.1:
        return f"< 0.1{_SPACE}%"
    if part < whole and share >= 99:
        return f"{math.floor(10 * share) / 10:.1f}{_SPACE}%"
    return f"{share:.1f}{_SPACE}%" if share < 9.95 else f"{share:,.0f}{_SPACE}%"


def duration(seconds: float) -> str:
    """Write a time in its two largest units; below ten seconds to the tenth, below one second in milliseconds."""
    if seconds < 1:
        return f"{seconds * 1_000:.0f}{_SPACE}ms" if seconds else f"0{_SPACE}s"
    if seconds < 10:
        return f"{seconds:.1f}{_SPACE}s".replace(f".0{_SPACE}s", f"{_SPACE}s")
    left = round(seconds)
    if left >= 86_400:
        left = 3_600 * round(left / 3_600)
    elif left >= 3_600:
        left = 60 * round(left / 60)
    parts = []
    for unit, size in _UNITS:
        times, left = divmod(left, size)
        if times:
            parts.append(f"{times}{_SPACE}{unit}")
    return _SPACE.join(parts[:2])


def rate(times: float, seconds: float) -> str:
    """Write how often something happened: a second, or in so much longer a time that it happened at all."""
    a_second = times / seconds if seconds else 0.0
    unit, size = next(((unit, size) for unit, size in reversed(_UNITS) if a_second * size >= 1), _UNITS[-1])
    return f"{number(a_second * size)}/{unit}"


def per(seconds: int) -> str:
    """Write a span as what something is counted in: `minute`, `10 s`."""
    return {1: "second", 60: "minute", 3_600: "hour", 86_400: "day"}.get(seconds, duration(seconds))


def local(moment: float) -> datetime:
    """Put a unix time on the clock of this machine."""
    return datetime.fromtimestamp(moment).astimezone()


def date(when: datetime) -> str:
    """Write a day: `25 Nov 2026`."""
    return f"{when.day} {when:%b %Y}"


def between(since: datetime, until: datetime) -> str:
    """Write a span of time, the day once where it is one."""
    if since.date() == until.date():
        same = f"{since:%H:%M}" == f"{until:%H:%M}"
        return f"on {date(since)} at {since:%H:%M}" if same else f"on {date(since)} from {since:%H:%M} to {until:%H:%M}"
    return f"from {date(since)}, {since:%H:%M} to {date(until)}, {until:%H:%M}"
