"""Tokens by OAuth, for one location or hundreds: renewed ahead of their end, by one of all who share the store.

A refresh token is good for one refresh, and who loses the one that comes with it has lost the connection for good
(observed.md, "Auth"). So a refresh is made under the store's lock, by whoever finds there that it is still to be made;
what it brings is kept before any of it is used; and nobody who stops waiting for it stops it.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections import defaultdict
from collections.abc import Callable, Coroutine
from typing import Any

from .auth import CLOSED
from .grant import AccessToken, Connection, Grant, GrantRefusedError, TokenUnavailableError, UserType
from .grant_store import GrantStore
from .oauth_endpoint import ATTEMPT_TIMEOUT, OAuthEndpoint
from .outcome import ErrorReason
from .secret import Secret
from .settings import Settings
from .transport import Transport
from .verdicts import Accepted, Refused, Verdict

AGENCY = "agency"
"""The name of an agency's grant in a store; that of a location's own is the location's id."""
ONCE_IN = 60.0
"""Seconds in which one token that is refused is renewed: when the next one is, too, it has not expired."""
EXCHANGES = 8
"""Locations whose tokens are asked for at once: an agency has hundreds."""
REMEMBERED = 20.0
"""Seconds for which it is not asked again what brought nothing: hundreds may wait to ask the same."""
CLOSING = 2.5 * ATTEMPT_TIMEOUT
"""Seconds for which the end waits for a refresh that may have been made: its attempt, and another one."""
PATIENCE = 150.0
"""Seconds for which a token is waited for: all attempts at it, and those of a process that was first."""

CONNECT = "connect again with `growthhub auth login`, or with client.connect() and the code of a new authorization"


logger = logging.getLogger("growthhub_async")


class OAuthTokens:
    """The `TokenSource` of a client that has `client_id`, `client_secret` and `token_store`."""

    def __init__(self, settings: Settings, transport: Transport, unix_time: Callable[[], float] = time.time) -> None:
        self._grants = GrantStore(settings)
        self._endpoint = OAuthEndpoint(settings, transport, unix_time)
        self._unix_time = unix_time
        self._exchanged: dict[str, Grant] = {}
        self._unkept: dict[str, tuple[Grant, Grant]] = {}
        self._failed: dict[str, _Failed] = {}
        self._refused_at: dict[str, float] = {}
        self._working: set[asyncio.Task[Grant]] = set()
        self.open()

    def open(self) -> None:
        """Get ready on the loop that will run."""
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._exchanging = asyncio.Semaphore(EXCHANGES)
        self._closed = False
        self._endpoint.open()

    async def __call__(self, location_id: str, refused: str | None, /) -> AccessToken:
        """Give a location's token: of its own connection, else by that of its agency.

        Raises TokenUnavailableError, and GrantRefusedError when a person has to act.
        """
        if await self._grants.find(location_id) is not None:
            grant = await self._fresh(location_id, refused)
        else:
            grant = await self._see_through(self._exchange(location_id, refused))
        return grant.as_access_token()

    async def connect(self, code: Secret, redirect_uri: str | None, user_type: UserType) -> Connection:
        """Exchange an authorization's code for a grant, and keep it; raises as a call does."""
        grant = _granted(await self._endpoint.by_code(code, redirect_uri, user_type), "connect", "authorize again")
        name = grant.connection.location_id if grant.connection.user_type == "Location" else AGENCY
        if name is None:
            raise GrantRefusedError("the authorization names no location; authorize again, and choose one")
        async with self._locks[name], self._grants.lock(name):
            await self._grants.keep(name, grant)
        return grant.connection

    async def close(self) -> None:
        """Begin nothing more, and wait for what has begun: a refresh that is not heard of may cost the connection."""
        self._closed = True
        self._endpoint.close()
        try:
            if self._working:
                await asyncio.wait(self._working, timeout=CLOSING)
        finally:
            for task in self._working:
                task.cancel()
        await asyncio.gather(*self._working, return_exceptions=True)

    # -- a connection's own token

    async def _fresh(self, name: str, refused: str | None) -> Grant:
        """Give a grant that is not to be renewed, as far as it can be."""
        grant = await self._needed(name)
        return await self._see_through(self._renew(name, refused)) if self._is_due(name, grant, refused) else grant

    async def _renew(self, name: str, refused: str | None) -> Grant:
        async with self._locks[name], self._grants.lock(name):
            grant = await self._needed(name)
            if not self._is_due(name, grant, refused):  # another one has renewed it meanwhile
                return grant
            try:
                renewed = await self._refreshed(name, grant)
            except TokenUnavailableError as failed:
                found = await self._needed(name)
                if found != grant:  # somebody renewed it past the lock, or connected again
                    return found
                return self._as_it_is(grant, refused, failed)
            if grant.access_token == refused:
                self._refused_at[name] = self._unix_time()
            return renewed

    async def _refreshed(self, name: str, grant: Grant) -> Grant:
        """Exchange the refresh token, once for all who ask, and keep what comes of it, however often that takes."""
        before, renewed = self._unkept.get(name, (None, grant))
        if before != grant:
            self._check_not_vain(name, grant)
            try:
                renewed = _granted(await self._endpoint.refresh(grant), f"renew the connection {name}", CONNECT)
            except TokenUnavailableError as error:
                logger.warning("%s", error)
                self._failed[name] = _Failed(grant, error, self._unix_time() + REMEMBERED)
                raise
            self._unkept[name] = grant, renewed
        await self._grants.keep(name, renewed)
        del self._unkept[name]
        logger.debug("the connection %s is renewed", name)
        return renewed

    def _check_not_vain(self, name: str, grant: Grant) -> None:
        """Raise what became of the same question a moment ago."""
        if self._closed:
            raise TokenUnavailableError(CLOSED)
        failed = self._failed.get(name)
        if failed is not None and failed.grant == grant and self._unix_time() < failed.until:
            raise type(failed.error)(str(failed.error))

    async def _needed(self, name: str) -> Grant:
        grant = await self._grants.find(name)
        if grant is None:
            raise GrantRefusedError(f"there is no connection {name} any more; {CONNECT}")
        return grant

    # -- a location's token, by the connection of its agency

    async def _exchange(self, location_id: str, refused: str | None) -> Grant:
        async with self._locks[f"{AGENCY}/{location_id}"], self._exchanging:
            held = self._exchanged.get(location_id)
            if held is not None and not self._is_due(location_id, held, refused):
                return held
            try:
                grant = self._exchanged[location_id] = await self._given(location_id)
            except TokenUnavailableError as failed:
                if held is None:
                    raise
                return self._as_it_is(held, refused, failed)
            if held is not None and held.access_token == refused:
                self._refused_at[location_id] = self._unix_time()
            return grant

    async def _given(self, location_id: str) -> Grant:
        if await self._grants.find(AGENCY) is None:
            raise GrantRefusedError(f"there is no connection to location {location_id}; {CONNECT}")
        agency = await self._fresh(AGENCY, None)
        if self._closed:
            raise TokenUnavailableError(CLOSED)
        verdict = await self._endpoint.location_token(agency, location_id)
        if isinstance(verdict, Refused) and verdict.of == "token":
            agency = await self._fresh(AGENCY, agency.access_token)
            verdict = await self._endpoint.location_token(agency, location_id)
        return _granted(verdict, f"give the agency a token of location {location_id}", "is the app installed there?")

    # -- both

    def _is_due(self, name: str, grant: Grant, refused: str | None) -> bool:
        """Tell whether a grant is to be renewed: it is near its end, or its token is refused, the first in a while."""
        now = self._unix_time()
        if grant.renew_at <= now:
            return True
        return grant.access_token == refused and now - self._refused_at.get(name, -math.inf) > ONCE_IN

    def _as_it_is(self, grant: Grant, refused: str | None, failed: TokenUnavailableError) -> Grant:
        """Give a grant that was not renewed, as long as its token lives; else raise why it was not."""
        if grant.access_token == refused or grant.connection.expires_at <= self._unix_time():
            raise failed
        return grant

    async def _see_through(self, work: Coroutine[Any, Any, Grant]) -> Grant:
        """Wait for work that goes on when nobody waits for it any more."""
        task = asyncio.create_task(work, name="growthhub-oauth")
        self._working.add(task)
        task.add_done_callback(self._done)
        return await asyncio.shield(task)

    def _done(self, task: asyncio.Task[Grant]) -> None:
        self._working.discard(task)
        if not task.cancelled():
            task.exception()  # heard, even when all who waited are gone


class _Failed:
    """What a refresh of a grant came to, and until when it is not tried again."""

    def __init__(self, grant: Grant, error: TokenUnavailableError, until: float) -> None:
        self.grant = grant
        self.error = error
        self.until = until


def _granted(verdict: Verdict[Grant], doing: str, remedy: str) -> Grant:
    """Take a grant out of a verdict; raises what says what was not done, why, and what is to be done about it."""
    if isinstance(verdict, Accepted):
        return verdict.value
    if isinstance(verdict, Refused):
        if verdict.of == "token" and verdict.reason is ErrorReason.UNAUTHORIZED:
            remedy = "check client_id and client_secret"
        raise GrantRefusedError(f"GrowthHub refuses to {doing}: {verdict.message}; {remedy}")
    raise TokenUnavailableError(f"could not {doing}: {verdict.message}")
