"""Grants in a user's token store: those of this server and this app, and no other."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, TypeVar

from .errors import ConfigurationError
from .grant import Grant, GrantRefusedError, TokenUnavailableError, read_grant
from .settings import Settings

T = TypeVar("T")


class GrantStore:
    """Read and keep grants by their names; what a store raises becomes an error of ours that shows no secret."""

    def __init__(self, settings: Settings) -> None:
        self._store: Any = settings.token_store
        self._base_url = settings.base_url
        self._client_id = settings.client_id

    async def find(self, name: str) -> Grant | None:
        """Give the grant of a name, if there is one.

        Raises GrantRefusedError for one that is of another server or app: its tokens are shown to nobody else.
        """
        text = await _told(self._store.load(name))
        if text is None:
            return None
        grant = read_grant(text)
        if grant is None:
            raise GrantRefusedError(f"what the token store holds for {name} is no grant; connect again")
        if grant.base_url != self._base_url:
            raise GrantRefusedError(
                f"the connection {name} is one to {grant.base_url}, and its tokens go nowhere else;"
                f" base_url is {self._base_url}"
            )
        if grant.client_id != self._client_id:
            raise GrantRefusedError(f"the connection {name} is of the app {grant.client_id}; check client_id")
        return grant

    async def keep(self, name: str, grant: Grant) -> None:
        """Keep a grant, durably."""
        await _told(self._store.save(name, grant.as_text()))

    @asynccontextmanager
    async def lock(self, name: str) -> AsyncIterator[None]:
        """Let nobody else who shares the store change the grant of a name during the block."""
        async with AsyncExitStack() as held:
            await _told(held.enter_async_context(self._store.lock(name)))
            yield


async def _told(asked: Awaitable[T]) -> T:
    try:
        return await asked
    except ConfigurationError as error:  # a store's own, which says what would be right
        raise GrantRefusedError(str(error)) from None
    except Exception as error:
        raise TokenUnavailableError(f"the token store failed ({type(error).__name__})") from None
