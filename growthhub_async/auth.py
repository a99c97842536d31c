"""Where a location's token comes from: one that is given, or a source that is asked for it.

A token is asked for once per location, and a new one once for all who were refused with the old one. One that says when
it ends is asked for ahead of that, while the old one serves on.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Callable

from .grant import AccessToken, TokenUnavailableError
from .secret import Secret
from .settings import TokenSource, is_token

ASK_AGAIN = 20.0
"""Seconds for which a source that had no other token is not asked for one."""
LAST_MINUTE = 60.0
"""Seconds before its end at which the next token is asked for, unless the source says when."""
CLOSED = "the client was closed while a token was asked for"

logger = logging.getLogger("growthhub_async")


class Tokens:
    """The token of each location. `patience` is the seconds that a source may take."""

    def __init__(
        self, source: Secret | TokenSource, patience: float, unix_time: Callable[[], float] = time.time
    ) -> None:
        self._fixed = source if isinstance(source, Secret) else None
        self._source = None if isinstance(source, Secret) else source
        self._patience = patience
        self._unix_time = unix_time
        self._held: dict[str, _Held] = {}
        self._closed = False

    def known(self, location_id: str) -> Secret | None:
        """Return the location's token, unless it is to be asked for, or is being so."""
        if self._fixed is not None:
            return self._fixed
        held = self._held.get(location_id)
        return None if held is None else held.usable

    async def of(self, location_id: str) -> Secret:
        """Return the location's token; raises TokenUnavailableError."""
        return self.known(location_id) or await self._ask(self._of(location_id), None)

    async def renewed(self, location_id: str, refused: Secret) -> bool:
        """Tell whether the location has another token than the one that was refused, and get it if so.

        Raises TokenUnavailableError.
        """
        if self._fixed is not None:
            return False
        held = self._of(location_id)
        if held.asking is not None and held.serves_on:
            held.usable = None
            await asyncio.wait([held.asking])  # it does not know of the refusal
        if held.given != refused:
            return True
        if _now() < held.no_other_until:
            return False
        if await self._ask(held, refused) != refused:
            return True
        held.no_other_until = _now() + ASK_AGAIN
        return False

    async def close(self) -> None:
        """Ask no more: whoever still waits for a token is told that there is none."""
        self._closed = True
        asking = [held.asking for held in self._held.values() if held.asking is not None]
        for held in self._held.values():
            held.set_timer(math.inf, lambda: None)
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)

    def _of(self, location_id: str) -> _Held:
        held = self._held.get(location_id)
        if held is None:
            held = self._held[location_id] = _Held(location_id)
        return held

    async def _ask(self, held: _Held, refused: Secret | None) -> Secret:
        """Ask the source, or wait for the answer to one who asks already."""
        task = held.asking or self._begin(held, refused, serves_on=False)
        try:
            return await asyncio.shield(task)  # others wait for it, too
        except asyncio.CancelledError:
            waiting = asyncio.current_task()
            if task.cancelled() and waiting is not None and not waiting.cancelling():
                raise TokenUnavailableError(CLOSED) from None
            raise

    def _begin(self, held: _Held, refused: Secret | None, *, serves_on: bool) -> asyncio.Task[Secret]:
        """Ask the source; meanwhile the old token is used by nobody, unless it `serves_on`."""
        if self._closed:
            raise TokenUnavailableError(CLOSED)
        held.serves_on = serves_on
        if not serves_on:
            held.usable = None
        task = held.asking = asyncio.create_task(self._answer(held, refused), name="growthhub-token")
        task.add_done_callback(lambda done: self._answered(held, done))
        return task

    async def _answer(self, held: _Held, refused: Secret | None) -> Secret:
        assert self._source is not None
        try:
            async with asyncio.timeout(self._patience):
                given = _taken(await self._source(held.location_id, None if refused is None else refused.reveal()))
        except TimeoutError:
            raise TokenUnavailableError(f"the token source gave no token within {self._patience:g} s") from None
        except TokenUnavailableError as error:
            raise type(error)(str(error)) from None  # without the frames that know what was sent
        except Exception as error:
            raise TokenUnavailableError(f"the token source failed ({type(error).__name__})") from None
        if given is None:
            raise TokenUnavailableError("the token source gave what is no token: printable ASCII without spaces")
        self._hold(held, *given)
        return given[0]

    def _hold(self, held: _Held, token: Secret, expires_at: float, renew_at: float) -> None:
        """Use a token from now on, and see to its end, which is by the clock of the calendar."""
        is_new = token != held.given
        held.given = held.usable = token
        now, today = _now(), self._unix_time()
        if expires_at <= today:  # by a clock that is wrong: the server knows better
            expires_at = renew_at = math.inf
        if is_new:
            logger.debug("location %s: a token for %.0f s", held.location_id, expires_at - today)
        held.ends_at = now + expires_at - today
        renew_in = max(renew_at - today, 0.0 if is_new else ASK_AGAIN)
        held.set_timer(min(now + renew_in, held.ends_at), lambda: self._look_after(held))

    def _answered(self, held: _Held, task: asyncio.Task[Secret]) -> None:
        held.asking = None
        if task.cancelled():
            return
        error = task.exception()  # heard, even when all who waited are gone
        if error is None:
            return
        now = _now()
        if now < held.ends_at:
            held.usable = held.given  # there is no other: the server may take it still
        if held.serves_on and now < held.ends_at:
            logger.warning("the token of location %s is not renewed yet: %s", held.location_id, error)
            held.set_timer(min(now + ASK_AGAIN, held.ends_at), lambda: self._look_after(held))

    def _look_after(self, held: _Held) -> None:
        """Ask for the next token ahead of the end, and use the old one no more when the end is there."""
        if _now() >= held.ends_at:
            held.usable = None
            return
        held.set_timer(held.ends_at, lambda: self._look_after(held))
        if held.asking is None:
            self._begin(held, None, serves_on=True)


class _Held:
    """What is known of one location's token; times are the loop's."""

    def __init__(self, location_id: str) -> None:
        self.location_id = location_id
        self.given: Secret | None = None
        self.usable: Secret | None = None
        self.ends_at = math.inf
        self.no_other_until = 0.0
        self.asking: asyncio.Task[Secret] | None = None
        self.serves_on = False
        self._timer: asyncio.TimerHandle | None = None

    def set_timer(self, at: float, act: Callable[[], None]) -> None:
        """Act at a time of the loop, instead of what was to be done before."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None if at == math.inf else asyncio.get_running_loop().call_at(at, act)


def _taken(given: object) -> tuple[Secret, float, float] | None:
    """Read what a source gave as a token, when it ends and when it is to be renewed; None for what is no token."""
    if isinstance(given, AccessToken):
        renew_at = given.expires_at - LAST_MINUTE if given.renew_at is None else given.renew_at
        return (Secret(given.value), given.expires_at, renew_at) if is_token(given.value) else None
    return (Secret(str(given)), math.inf, math.inf) if is_token(given) else None


def _now() -> float:
    return asyncio.get_running_loop().time()
