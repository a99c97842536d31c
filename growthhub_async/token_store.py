"""Where tokens are kept, so that they outlive a process and are renewed by one at a time."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol


class TokenStore(Protocol):
    """Keeps secret texts by their names, which are ids or `agency`; what it raises is held to pass.

    A text is whole or not there at all. One store may serve many processes: what one has saved all the others load.
    """

    async def load(self, name: str, /) -> str | None:
        """Give the text of a name; None when there is none."""

    async def save(self, name: str, text: str, /) -> None:
        """Keep a text, and return when it would outlive a loss of power: a refresh token is worth nothing before."""

    async def delete(self, name: str, /) -> None:
        """Forget a text; it is no error when there is none."""

    def lock(self, name: str, /) -> AbstractAsyncContextManager[object]:
        """Let nobody else who shares the store into `async with store.lock(name)`; a holder that dies lets go of it."""


class MemoryTokenStore:
    """Keep tokens for as long as the process lives; for tests, and where it is not the process's to keep them.

    It serves one event loop.
    """

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    def __repr__(self) -> str:
        return "MemoryTokenStore()"

    async def load(self, name: str, /) -> str | None:
        """Give the text of a name."""
        return self._texts.get(name)

    async def save(self, name: str, text: str, /) -> None:
        """Keep a text."""
        self._texts[name] = text

    async def delete(self, name: str, /) -> None:
        """Forget a text."""
        self._texts.pop(name, None)

    @asynccontextmanager
    async def lock(self, name: str, /) -> AsyncIterator[None]:
        """Let one in at a time."""
        async with self._locks[name]:
            yield
