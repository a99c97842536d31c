"""What is asked of the API's OAuth server: tokens for a code, for a refresh token, for an agency's location.

(observed.md, "Auth".) A question is repeated until it is answered: a refresh whose reply was lost gives the same tokens
when it comes again soon enough. No secret that is sent or answered gets into a message.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from contextlib import suppress
from urllib.parse import urlencode

import msgspec

from .answers import judge
from .grant import Connection, Grant, UserType
from .private import Private
from .retry import backoff, parse_retry_after
from .secret import Secret
from .settings import Settings, is_id, is_token
from .transport import FORM, Failure, Reply, Request, Transport
from .verdicts import Accepted, Transient, Verdict

ATTEMPT_TIMEOUT = 8.0
"""Seconds an attempt may take: three more fit into the 30 s in which a refresh may be repeated."""
ATTEMPTS = 6
MAX_PAUSE = 30.0
"""Seconds for which a server that asks to wait is waited for."""


class _Tokens(Private, frozen=True):
    """The members of an answer that are used."""

    access_token: str
    expires_in: float
    refresh_token: str = ""
    scope: str = ""
    user_type: UserType | None = msgspec.field(name="userType", default=None)
    company_id: str | None = msgspec.field(name="companyId", default=None)
    location_id: str | None = msgspec.field(name="locationId", default=None)
    user_id: str | None = msgspec.field(name="userId", default=None)

    def __post_init__(self) -> None:
        if not is_token(self.access_token) or (self.refresh_token and not is_token(self.refresh_token)):
            raise ValueError("what is no token")
        if not 0 < self.expires_in < float("inf"):
            raise ValueError("what is no time")
        if self.location_id is not None and not is_id(self.location_id):
            raise ValueError("what is no id")


_decode = msgspec.json.Decoder(_Tokens).decode


class OAuthEndpoint:
    """Ask as the app whose credentials are in the settings."""

    def __init__(self, settings: Settings, transport: Transport, unix_time: Callable[[], float] = time.time) -> None:
        self._base_url = settings.base_url or ""
        assert settings.app is not None, "whoever has no app asks for no tokens"
        self._client_id, self._client_secret = settings.app
        self._timeout = min(settings.attempt_timeout, ATTEMPT_TIMEOUT)
        self._transport = transport
        self._unix_time = unix_time
        self.open()

    def open(self) -> None:
        """Get ready on the loop that will run."""
        self._closing = asyncio.Event()

    def close(self) -> None:
        """Ask no more but what may have been done, and was not heard of."""
        self._closing.set()

    async def by_code(self, code: Secret, redirect_uri: str | None, user_type: UserType) -> Verdict[Grant]:
        """Exchange the code of an authorization, which is good for one exchange."""
        form = {"grant_type": "authorization_code", "user_type": user_type}
        if redirect_uri is not None:
            form["redirect_uri"] = redirect_uri
        request = self._request(form, code=code)
        return await self._grant(request, [self._client_secret, code], user_type=user_type)

    async def refresh(self, grant: Grant) -> Verdict[Grant]:
        """Exchange a refresh token, which is good for one exchange, and for the same again for 30 s."""
        user_type, refresh_token = grant.connection.user_type, Secret(grant.refresh_token)
        request = self._request({"grant_type": "refresh_token", "user_type": user_type}, refresh_token=refresh_token)
        return await self._grant(request, [self._client_secret, refresh_token], user_type=user_type, before=grant)

    async def location_token(self, agency: Grant, location_id: str) -> Verdict[Grant]:
        """Get the token of a location that an agency's connection opens."""
        token = Secret(agency.access_token)
        form = {"companyId": agency.connection.company_id or "", "locationId": location_id}
        request = Request("POST", "/oauth/locationToken", token, urlencode(form).encode(), FORM)
        return await self._grant(request, [token], user_type="Location")

    def _request(self, form: dict[str, str], **secrets: Secret) -> Request:
        sent = {"client_id": self._client_id, **form, "client_secret": self._client_secret.reveal()}
        sent |= {name: secret.reveal() for name, secret in secrets.items()}
        return Request("POST", "/oauth/token", None, urlencode(sent).encode(), FORM)

    async def _grant(
        self, request: Request, secrets: list[Secret], *, user_type: UserType, before: Grant | None = None
    ) -> Verdict[Grant]:
        """Ask for tokens, and make a grant of them; what the answer does not tell is as `before`."""

        def redact(text: str) -> str:
            for secret in secrets:
                text = secret.redact(text)
            return text

        asked_at = self._unix_time()
        verdict = await self._answered(request, redact)
        if not isinstance(verdict, Accepted):
            return verdict
        return Accepted(self._made(verdict.value, asked_at, user_type, before))

    async def _answered(self, request: Request, redact: Callable[[str], str]) -> Verdict[_Tokens]:
        attempt, unheard = 1, False
        while True:
            answer = await self._transport.send(request, self._timeout, _no_one)
            verdict = judge(answer, _decode, redact)
            if not isinstance(verdict, Transient) or attempt == ATTEMPTS:
                return verdict
            unheard = unheard or (isinstance(answer, Failure) and answer.sent)
            pause = backoff(attempt, random.random()) + (asked := _asked_to_wait(answer, self._unix_time()))
            if asked > MAX_PAUSE:
                return verdict
            await self._pause(pause)
            if self._closing.is_set() and not unheard:
                return verdict
            attempt += 1

    async def _pause(self, seconds: float) -> None:
        """Wait before another attempt, but not when no other will be made after these."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._closing.wait()

    def _made(self, tokens: _Tokens, asked_at: float, user_type: UserType, before: Grant | None) -> Grant:
        expires_at = asked_at + tokens.expires_in
        known = before.connection if before else Connection(user_type=user_type, expires_at=expires_at)
        connection = Connection(
            user_type=tokens.user_type or known.user_type,
            location_id=tokens.location_id or known.location_id,
            company_id=tokens.company_id or known.company_id,
            user_id=tokens.user_id or known.user_id,
            scopes=tuple(tokens.scope.split()) or known.scopes,
            expires_at=expires_at,
        )
        return Grant(
            base_url=self._base_url,
            client_id=self._client_id,
            access_token=tokens.access_token,
            refresh_token=tokens.refresh_token or (before.refresh_token if before else ""),
            issued_at=asked_at,
            connection=connection,
        )


def _asked_to_wait(answer: Reply | Failure, now: float) -> float:
    """Tell how many seconds a server asks to wait."""
    if not isinstance(answer, Reply):
        return 0.0
    return parse_retry_after(answer.headers.get("retry-after"), answer.headers.get("date"), now) or 0.0


def _no_one() -> None:
    """Hear that a request leaves."""
