"""How long the rest of a run takes under its quotas, and how fast those let it go."""

from __future__ import annotations

from ..client import GrowthHubClient
from ..importer import JobStream


class Outlook:
    """Estimate what is still to be sent of a job."""

    def __init__(self, client: GrowthHubClient, stream: JobStream) -> None:
        self._client = client
        self._stream = stream

    @property
    def seconds_left(self) -> float | None:
        """How long the rest takes at least; None when nothing is left."""
        rests = [
            self._client.estimate(records, location_id=location_id).seconds
            for location_id, records in self._stream.unsent.items()
            if records
        ]
        return max(rests, default=None)

    @property
    def allowed(self) -> float:
        """Requests per second that the quotas of the locations allow which have records left."""
        settings, standings = self._client.settings, self._client.statistics()
        limits = [
            standings[location_id].window_limit if location_id in standings else settings.requests_per_interval
            for location_id, records in self._stream.unsent.items()
            if records
        ]
        return sum(limits) / settings.interval
