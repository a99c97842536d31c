"""The client of a command, made of its flags and the environment."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from ..client import GrowthHubClient
from ..importer import Definitions
from ..reply import CustomFieldDefinition
from .access import Access, with_access
from .guard import UsageError


def client_of(settings: dict[str, Any], access: Access) -> GrowthHubClient:
    """Make a client that keeps what was done about each record; raises UsageError when there is no token."""
    filled = with_access(settings, access)
    if filled is None:
        raise UsageError(
            "there is no token; log in with `growthhub auth login`, set GROWTHHUB_TOKEN, or name a file that has it"
            " with --token-file"
        )
    return client_with(filled)


def client_with(filled: dict[str, Any]) -> GrowthHubClient:
    """Make a client of settings that have what gives its tokens."""
    return GrowthHubClient(keep_history=True, **filled)


def definitions_of(client: GrowthHubClient, runner: asyncio.Runner, tell: Callable[[str], None]) -> Definitions:
    """Make what tells the custom fields of locations, while no loop runs: one is run for as long as it asks."""

    async def asked(location_id: str) -> Sequence[CustomFieldDefinition]:
        async with client:
            return await client.custom_fields(location_id)

    return Definitions(client, tell, lambda location_id: runner.run(asked(location_id)))
