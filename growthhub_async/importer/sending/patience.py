"""To wait for what has to end first, whoever wants to end the waiting."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from typing import Any


async def outlast(work: Collection[asyncio.Future[Any]], when_cancelled: Callable[[], None] = lambda: None) -> None:
    """Wait until all of it is done; a cancellation meanwhile is passed on after that."""
    cancelled: asyncio.CancelledError | None = None
    while pending := [one for one in work if not one.done()]:
        try:
            await asyncio.wait(pending)
        except asyncio.CancelledError as error:
            cancelled = error
            when_cancelled()
    if cancelled is not None:
        raise cancelled
