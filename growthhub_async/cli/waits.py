"""Which locations of a run have to wait, until when, and for what: what `GrowthHubClient.statistics()` tells, in words.

The window of a quota is no wait: it passes in seconds, and the figures go on.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from ..client import GrowthHubClient


class Waits(NamedTuple):
    """So many of the locations in use have requests that must wait; until when the first and the last of them do.

    `for_day` when each of them waits for its day's quota, not for the end of a pause that the server asked for.
    """

    locations: int
    in_use: int
    first: datetime
    last: datetime
    for_day: bool

    def __str__(self) -> str:
        until = f"until {self.first:%Y-%m-%d %H:%M}{'' if self.for_day else f':{self.first:%S}'} UTC"
        what = " for the day's quota" if self.for_day else ""
        if self.in_use == 1:
            return f"waiting{what} {until}" if self.for_day else f"paused by the server {until}"
        if self.locations == 1:
            return f"1 of {self.in_use:,} locations waits{what} {until}"
        return f"{self.locations:,} of {self.in_use:,} locations wait{what}, the first {until}"


def waits_of(client: GrowthHubClient) -> Waits | None:
    """Tell who waits now; None when nobody does. Raises RuntimeError outside of an event loop."""
    in_use = client.statistics()
    held = {
        location_id: standing.paused_until
        for location_id, standing in in_use.items()
        if standing.waiting and standing.paused_until is not None
    }
    if not held:
        return None
    for_day = all(in_use[location_id].paused_for == "day" for location_id in held)
    return Waits(len(held), len(in_use), min(held.values()), max(held.values()), for_day)
