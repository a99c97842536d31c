"""The client of a command, made of its flags and the environment."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ..client import GrowthHubClient
from ..importer import Definitions
from ..reply import CustomFieldDefinition
from .guard import UsageError
from .token_file import read_token


def has_token(token_file: Path | None) -> bool:
    """Tell whether a token was given anywhere."""
    return token_file is not None or bool(os.environ.get("GROWTHHUB_TOKEN", "").strip())


def client_of(settings: dict[str, Any], token_file: Path | None) -> GrowthHubClient:
    """Make a client that keeps what was done about each record; raises UsageError when there is no token."""
    if not has_token(token_file):
        raise UsageError("there is no token; set GROWTHHUB_TOKEN, or name a file that has it with --token-file")
    token = read_token(token_file) if token_file else None
    return GrowthHubClient(token=token, keep_history=True, **settings)


def definitions_of(client: GrowthHubClient, runner: asyncio.Runner, tell: Callable[[str], None]) -> Definitions:
    """Make what tells the custom fields of locations, while no loop runs: one is run for as long as it asks."""

    async def asked(location_id: str) -> Sequence[CustomFieldDefinition]:
        async with client:
            return await client.custom_fields(location_id)

    return Definitions(client, tell, lambda location_id: runner.run(asked(location_id)))
