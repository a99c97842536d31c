"""Where a location's token comes from: one that is given, or a function that is asked for it.

A token is asked for once per location, and a new one once for all who were refused with the old one.
"""

from __future__ import annotations

import asyncio

from .secret import Secret
from .settings import TokenSource, is_token

ASK_AGAIN = 20.0
"""Seconds for which a source that had no other token is not asked for one."""


class TokenUnavailableError(Exception):
    """The source gave no token; the text says why, without what the source itself said: that may show a secret."""


class Tokens:
    """The token of each location. `patience` is the seconds that a source may take."""

    def __init__(self, source: Secret | TokenSource, patience: float) -> None:
        self._fixed = source if isinstance(source, Secret) else None
        self._source = None if isinstance(source, Secret) else source
        self._patience = patience
        self._known: dict[str, Secret] = {}
        self._no_other_until: dict[str, float] = {}
        self._asking: dict[str, asyncio.Task[Secret]] = {}

    def known(self, location_id: str) -> Secret | None:
        """Return the location's token, unless it is to be asked for, or is being so."""
        if self._fixed is not None:
            return self._fixed
        asking = self._asking.get(location_id)
        is_asked_for = asking is not None and not asking.done()
        return None if is_asked_for else self._known.get(location_id)

    async def of(self, location_id: str) -> Secret:
        """Return the location's token; raises TokenUnavailableError."""
        return self.known(location_id) or await self._ask(location_id, None)

    async def renewed(self, location_id: str, refused: Secret) -> bool:
        """Tell whether the location has another token than the one that was refused, and get it if so.

        Raises TokenUnavailableError.
        """
        if self._fixed is not None:
            return False
        if self._known.get(location_id) != refused:
            return True
        if _now() < self._no_other_until.get(location_id, 0.0):
            return False
        if await self._ask(location_id, refused) != refused:
            return True
        self._no_other_until[location_id] = _now() + ASK_AGAIN
        return False

    async def close(self) -> None:
        """Ask no more: whoever still waits for a token is told that there is none."""
        asking = list(self._asking.values())
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)

    async def _ask(self, location_id: str, refused: Secret | None) -> Secret:
        """Ask the source, or wait for the answer to one who asks already."""
        task = self._asking.get(location_id)
        if task is None:
            task = asyncio.create_task(self._answer(location_id, refused), name="growthhub-token")
            self._asking[location_id] = task
            task.add_done_callback(lambda done: self._answered(location_id, done))
        try:
            return await asyncio.shield(task)  # others wait for it, too
        except asyncio.CancelledError:
            waiting = asyncio.current_task()
            if task.cancelled() and waiting is not None and not waiting.cancelling():
                raise TokenUnavailableError("the client was closed while a token was asked for") from None
            raise

    async def _answer(self, location_id: str, refused: Secret | None) -> Secret:
        assert self._source is not None
        try:
            async with asyncio.timeout(self._patience):
                token = await self._source(location_id, None if refused is None else refused.reveal())
        except TimeoutError:
            raise TokenUnavailableError(f"the token source gave no token within {self._patience:g} s") from None
        except Exception as error:
            raise TokenUnavailableError(f"the token source failed ({type(error).__name__})") from None
        if not is_token(token):
            raise TokenUnavailableError("the token source gave what is no token: printable ASCII without spaces")
        secret = self._known[location_id] = Secret(token)
        return secret

    def _answered(self, location_id: str, task: asyncio.Task[Secret]) -> None:
        del self._asking[location_id]
        if not task.cancelled():
            task.exception()  # heard, even when all who waited are gone


def _now() -> float:
    return asyncio.get_running_loop().time()
