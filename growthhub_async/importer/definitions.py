"""The custom fields of locations, asked for while files are read, which no loop waits for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from ..client import GrowthHubClient
from ..errors import GrowthHubError, RejectedError, TokenRefusedError
from ..reply import CustomFieldDefinition
from .errors import ImportFileError

Ask = Callable[[str], Sequence[CustomFieldDefinition]]
"""Takes a location's id, and returns its custom fields when the server has told them."""

_SCOPE = "locations/customFields.readonly"
_LACKS_SCOPE = "not authorized for this scope"
"""What the server says of a token that is good for other calls (observed.md, "Errors")."""


class Definitions:
    """What the custom fields of each location are; each location is asked once.

    `tell` is called with what a person should know. `ask` asks the server; the default is to be used from another
    thread than that of the client's loop, which is the one that runs now.
    """

    def __init__(self, client: GrowthHubClient, tell: Callable[[str], None], ask: Ask | None = None) -> None:
        self._location_id = client.settings.location_id
        self._tell = tell
        self._ask = ask or _from_thread(client)
        self._known: dict[str, Sequence[CustomFieldDefinition] | None] = {}

    def __call__(self, location_id: str | None) -> Sequence[CustomFieldDefinition] | None:
        """Return a location's custom fields, by default those of the client's own; None when nobody may know them.

        Raises ImportFileError when they cannot be had now, and TokenRefusedError.
        """
        location_id = location_id or self._location_id
        if location_id is None:
            return None
        if location_id not in self._known:
            self._known[location_id] = self._asked(location_id)
        return self._known[location_id]

    def _asked(self, location_id: str) -> Sequence[CustomFieldDefinition] | None:
        try:
            return self._ask(location_id)
        except TokenRefusedError as error:
            if _LACKS_SCOPE not in str(error):
                raise
            why = f"for the token lacks the scope {_SCOPE}"
        except RejectedError as error:
            why = f"for the server refuses to tell them: {error}"
        except GrowthHubError as error:
            raise ImportFileError(f"the custom fields of location {location_id} cannot be read: {error}") from None
        self._tell(
            f"the custom fields of location {location_id} are not known, {why}:"
            " a column can be read into one by its id only, as custom:ID"
        )
        return None


def unknown(_: str | None) -> None:
    """Stand for the custom fields of a location that cannot be asked."""


def _from_thread(client: GrowthHubClient) -> Ask:
    loop = asyncio.get_running_loop()

    def ask(location_id: str) -> Sequence[CustomFieldDefinition]:
        return asyncio.run_coroutine_threadsafe(client.custom_fields(location_id), loop).result()

    return ask
