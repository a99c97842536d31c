"""What the locations of a run allow: as it was learnt, or else as it was set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from ...settings import Settings
from ..job import Run

_DEFAULTS = {field.name: field.default for field in msgspec.structs.fields(Settings)}


class Quota(msgspec.Struct, frozen=True):
    """What one location allows, and how often it refused."""

    requests_per_interval: int = _DEFAULTS["requests_per_interval"]
    interval: float = _DEFAULTS["interval"]
    requests_per_day: int = _DEFAULTS["requests_per_day"]
    throttled: int = 0

    @property
    def per_second(self) -> float:
        """Requests a second, taken over whole intervals."""
        return self.requests_per_interval / self.interval if self.interval > 0 else 0.0


def quotas_of(run: Run, locations: int) -> dict[str, Quota]:
    """Return the quotas of a run by location.

    A run that was ended by force has told none: each of the `locations` it sent to is held to have what the run was set
    to, or else the API's own quota.
    """
    if run.locations is not None:
        return {location: _quota(run.settings | learnt) for location, learnt in run.locations.items()}
    return {f"{number}": _quota(run.settings) for number in range(max(locations, 1))}


def _quota(told: Mapping[str, Any]) -> Quota:
    known = {name: told[name] for name in Quota.__struct_fields__ if told.get(name) is not None}
    return msgspec.convert(known, Quota)
