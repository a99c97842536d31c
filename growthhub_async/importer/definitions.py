"""The custom fields of locations, asked for from the thread that reads the files, answered by the client's loop."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from ..client import GrowthHubClient
from ..errors import GrowthHubError, TokenRefusedError
from ..reply import CustomFieldDefinition
from .errors import ImportFileError


class Definitions:
    """What the custom fields of each location are; each location is asked once."""

    def __init__(self, client: GrowthHubClient) -> None:
        self._client = client
        self._loop = asyncio.get_running_loop()
        self._known: dict[str | None, Sequence[CustomFieldDefinition]] = {}

    def __call__(self, location_id: str | None) -> Sequence[CustomFieldDefinition] | None:
        """Return the custom fields of a location, by default the client's own, from another thread than the loop's.

        None when there is no location. Raises ImportFileError when they cannot be read, and TokenRefusedError.
        """
        location_id = location_id or self._client.settings.location_id
        if location_id is None:
            return None
        if location_id not in self._known:
            asked = asyncio.run_coroutine_threadsafe(self._client.custom_fields(location_id), self._loop)
            try:
                self._known[location_id] = asked.result()
            except TokenRefusedError:
                raise
            except GrowthHubError as error:
                raise ImportFileError(
                    f"the custom fields of location {location_id} cannot be read: {error}; the token needs the scope"
                    " locations/customFields.readonly"
                ) from None
        return self._known[location_id]


def unknown(_: str | None) -> None:
    """Stand for the custom fields of a location that cannot be asked."""
