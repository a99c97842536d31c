"""How things stand with a location: what `GrowthHubClient.statistics()` tells."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec


class LocationStatistics(msgspec.Struct, frozen=True, kw_only=True):
    """One location at one moment.

    in_flight       requests that have left and have no reply yet
    waiting         requests that wait for the quota, or for one of the client's `concurrency` slots
    window_used     requests of this client that the server may be counting in its window now
    window_limit    those that the window allows
    day_used        requests of the day: all programs' where the server tells of them, else this client's
    day_limit       those that the day allows
    paused_until    when the first may go again; None when nothing holds them but the window
    paused_for      "day" when the day is spent, "refusal" after a 429, else None
    throttled       429s so far
    """

    in_flight: int
    waiting: int
    window_used: int
    window_limit: int
    day_used: int
    day_limit: int
    paused_until: datetime | None
    paused_for: Literal["day", "refusal"] | None
    throttled: int
