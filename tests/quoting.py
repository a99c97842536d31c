"""The quota of one location, to be asked at given moments of a virtual clock."""

from __future__ import annotations

import asyncio
from typing import Any

from growthhub_async.line import Slots
from growthhub_async.margin import UNKNOWN, Jitter
from growthhub_async.quota import LocationQuota
from growthhub_async.quota_facts import SILENT, RateHeaders
from growthhub_async.settings import Settings

START = 10 + UNKNOWN
"""When a test begins, after the first reply."""


def now() -> float:
    return asyncio.get_running_loop().time()


async def location_quota(limit: int, interval: float = 10.0, **settings: Any) -> LocationQuota:
    """Make the quota of a location that has replied already, so long ago that the reply is in no window any more, and
    so slowly that nobody waits for the next.
    """
    limits = Settings(requests_per_interval=limit, interval=interval, **{"concurrency": 1_000} | settings)
    quota = LocationQuota(limits, Jitter(), Slots(limits.concurrency), "loc1", chance=lambda: 0.0)
    await quota.acquire()
    departure = quota.left()
    await asyncio.sleep(interval / 2)
    quota.returned(departure, SILENT)
    await asyncio.sleep(interval + UNKNOWN - now())
    return quota


async def exchange(quota: LocationQuota, headers: RateHeaders | None = None, **refusal: Any) -> float:
    """Send a request and hear its reply at once; tell when it left."""
    await quota.acquire()
    departure = quota.left()
    quota.returned(departure, headers, **refusal)
    return departure.at


async def send(quota: LocationQuota, left: list[float]) -> None:
    await quota.acquire()
    left.append(quota.left().at)


def most_in_a_window(times: list[float], interval: float) -> int:
    return max(sum(start <= time < start + interval for time in times) for start in times)
