"""Tokens in the keyring of the operating system; needs the extra `keyring`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from .errors import ConfigurationError
from .token_store_file import FileTokenStore

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

T = TypeVar("T")


class KeyringTokenStore:
    """Keep tokens in the keyring of the operating system, under the name of a service.

    A keyring has no locks: they are files in `lock_directory`, which holds no secret. Raises ConfigurationError when
    the library or a keyring is missing, or it is locked.
    """

    def __init__(self, service: str, lock_directory: str | Path = "~/.cache/growthhub") -> None:
        self._service = service
        self._locks = FileTokenStore(Path(lock_directory) / service)

    def __repr__(self) -> str:
        return f"KeyringTokenStore({self._service!r})"

    async def load(self, name: str, /) -> str | None:
        """Give the text of a name."""
        return await self._ask(lambda keyring: keyring.get_password(self._service, name))

    async def save(self, name: str, text: str, /) -> None:
        """Keep a text; how safe it is then is the keyring's."""
        await self._ask(lambda keyring: keyring.set_password(self._service, name, text))

    async def delete(self, name: str, /) -> None:
        """Forget a text."""

        def delete(keyring: KeyringBackend) -> None:
            if keyring.get_password(self._service, name) is not None:
                keyring.delete_password(self._service, name)

        await self._ask(delete)

    @asynccontextmanager
    async def lock(self, name: str, /) -> AsyncIterator[None]:
        """Let one in at a time, of all processes."""
        async with self._locks.lock(name):
            yield

    async def _ask(self, question: Callable[[KeyringBackend], T]) -> T:
        def asked() -> T:
            try:
                import keyring
                from keyring.errors import KeyringError
            except ImportError:
                raise ConfigurationError(f"{self!r} needs `pip install growthhub-async[keyring]`") from None
            try:
                return question(keyring.get_keyring())
            except KeyringError as error:
                raise ConfigurationError(
                    f"the keyring cannot be used ({type(error).__name__}): unlock it, or keep the tokens in a file"
                ) from None

        return await asyncio.to_thread(asked)
