"""How long a run will take under a location's quota: pure arithmetic."""

from __future__ import annotations

from datetime import timedelta

import msgspec

from .day import DAY


class Estimate(msgspec.Struct, frozen=True, kw_only=True):
    """What so many requests of one location cost in time when the quota is filled and nothing else is in the way.

    `today` of them fit into the day that is now, `a_day` into each day after; `days` is how many days' quotas they
    take, `seconds` the time until the last of them leaves.
    """

    requests: int
    today: int
    a_day: int
    days: int
    seconds: float

    @property
    def fits(self) -> bool:
        """Whether all of them fit into the day that is now."""
        return self.today >= self.requests

    def __str__(self) -> str:
        takes = timedelta(seconds=round(self.seconds))
        if self.fits:
            return f"{self.requests:,} requests fit into the day's quota; they take {takes} at least"
        later = self.requests - self.today
        quotas = "another day's quota is" if self.days == 1 else f"the quotas of {self.days:,} days are"
        return (
            f"{self.requests:,} requests do not fit into the day's quota: {self.today:,} fit today, and {later:,} more"
            f" at {self.a_day:,} a day; {quotas} needed, {takes} at least"
        )


def estimate(
    requests: int,
    *,
    per_interval: int,
    interval: float,
    per_day: int,
    left_today: int,
    day_ends_in: float = DAY,
    starts_in: float = 0.0,
) -> Estimate:
    """Estimate the time of `requests`; the day that is now has room for `left_today`, and ends in so many seconds.

    The first of them may leave in `starts_in` seconds.
    """
    today = min(requests, left_today)
    later = requests - today
    bursts = starts_in + (max(requests, 1) - 1) // per_interval * interval
    if not later:
        return Estimate(requests=requests, today=today, a_day=per_day, days=1 if requests else 0, seconds=bursts)
    full_days, last_day = divmod(later - 1, per_day)
    waits = day_ends_in + full_days * DAY + last_day // per_interval * interval
    days = full_days + 1 + (today > 0)
    return Estimate(requests=requests, today=today, a_day=per_day, days=days, seconds=max(bursts, waits))
