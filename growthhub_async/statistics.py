"""How things stand with a location: what `GrowthHubClient.statistics()` tells."""

from __future__ import annotations

from datetime import datetime

import msgspec


class LocationStatistics(msgspec.Struct, frozen=True, kw_only=True):
    """One location at one moment.

    in_flight       requests that have left and have no reply yet
    waiting         requests that wait for the quota
    window_used     requests of this client that the server may be counting in its window now
    window_limit    those that the window allows
    day_used        requests of the day: all programs' where the server tells of them, else this client's
    day_limit       those that the day allows
    paused_until    when the first may go again, after a 429 or a spent day; None when nothing holds them but the window
    throttled       429s so far
    """

    in_flight: int
    waiting: int
    window_used: int
    window_limit: int
    day_used: int
    day_limit: int
    paused_until: datetime | None
    throttled: int
