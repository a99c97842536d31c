"""OAuth without its authorization page: tokens for codes, for refresh tokens, and for an agency's locations.

(observed.md, "Auth".) Access tokens expire on the sandbox's clock. A refresh token is good for one refresh; for a short
while the same refresh gives the same answer again.
"""

from collections.abc import Callable, Mapping
from random import Random
from typing import Any, Literal
from uuid import UUID

import msgspec

from growthhub_async.sandbox.auth import Grant, Tokens
from growthhub_async.sandbox.location import SCOPES
from growthhub_async.sandbox.scenario import OAuthApp

_YEAR = 365 * 86_400.0
_GRACE = 30.0


class OAuthRefusal(Exception):
    """The token endpoint's no, in the words of OAuth: a status, an error code and a description."""

    def __init__(self, status: int, error: str, description: str) -> None:
        super().__init__(status, error)
        self.status = status
        self.content = {"error": error, "error_description": description}


class _Refresh(msgspec.Struct):
    """A refresh token: whose it is, until when, and once it is used, when and with which answer."""

    location_id: str | None
    expires_at: float
    used_at: float = 0.0
    answer: dict[str, Any] | None = None


class OAuth:
    """Give out access tokens and remember the refresh tokens and codes they came from."""

    def __init__(
        self, app: OAuthApp, location_ids: tuple[str, ...], tokens: Tokens, clock: Callable[[], float], seed: int
    ) -> None:
        self._app = app
        self._location_ids = location_ids
        self._tokens = tokens
        self._clock = clock
        self._randomness = Random(f"{seed}/oauth")
        self._codes = {code.value: code.location_id for code in app.codes}
        self._refreshes: dict[str, _Refresh] = {}

    def token(self, form: Mapping[str, str]) -> dict[str, Any]:
        """Answer `POST /oauth/token`.

        Raises `OAuthRefusal` when client, grant type, code, refresh token or user type are not right.
        """
        if (form.get("client_id"), form.get("client_secret")) != (self._app.client_id, self._app.client_secret):
            raise OAuthRefusal(401, "invalid_client", "Client authentication failed")
        match form.get("grant_type"):
            case "authorization_code":
                return self._for_code(form.get("code", ""), form.get("user_type"))
            case "refresh_token":
                return self._for_refresh(form.get("refresh_token", ""), form.get("user_type"))
            case _:
                raise OAuthRefusal(400, "unsupported_grant_type", "Use authorization_code or refresh_token")

    def location_token(self, company_id: str | None, location_id: str) -> dict[str, Any]:
        """Answer `POST /oauth/locationToken` to an agency whose token opens the location.

        Raises `OAuthRefusal` when the company is another one.
        """
        if company_id != self._app.company_id:
            raise OAuthRefusal(400, "invalid_request", "companyId does not belong to this token")
        return self._issue(location_id)

    def _for_code(self, code: str, user_type: str | None) -> dict[str, Any]:
        if code not in self._codes:
            raise OAuthRefusal(400, "invalid_grant", "The authorization code is unknown or used")
        _check_user_type(self._codes[code], user_type)
        return self._issue(self._codes.pop(code))

    def _for_refresh(self, value: str, user_type: str | None) -> dict[str, Any]:
        now = self._clock()
        refresh = self._refreshes.get(value)
        if refresh is None or refresh.expires_at <= now:
            raise OAuthRefusal(400, "invalid_grant", "The refresh token is unknown or expired")
        _check_user_type(refresh.location_id, user_type)
        if refresh.answer is None:
            refresh.used_at = now
            refresh.answer = self._issue(refresh.location_id)
        elif now - refresh.used_at > _GRACE:
            raise OAuthRefusal(400, "invalid_grant", "The refresh token has been used")
        return refresh.answer

    def _issue(self, location_id: str | None) -> dict[str, Any]:
        now = self._clock()
        access_token = f"{self._secret()}.{self._secret()}.{self._secret()}"
        refresh_token = self._secret()
        grant = Grant(
            locations=self._location_ids if location_id is None else (location_id,),
            user_type=_user_type(location_id),
            expires_at=now + self._app.expires_in,
        )
        self._tokens.grant(access_token, grant)
        self._refreshes[refresh_token] = _Refresh(location_id, now + _YEAR)
        answer = {
            "access_token": access_token,
            "token_type": "Bearer",
            "expires_in": self._app.expires_in,
            "refresh_token": refresh_token,
            "scope": " ".join(SCOPES),
            "userType": grant.user_type,
            "companyId": self._app.company_id,
            "userId": "y0BeYjuRIlDwsDcOHOJo",
        }
        return answer if location_id is None else answer | {"locationId": location_id}

    def _secret(self) -> str:
        return UUID(int=self._randomness.getrandbits(128), version=4).hex


def _user_type(location_id: str | None) -> Literal["Location", "Company"]:
    return "Company" if location_id is None else "Location"


def _check_user_type(location_id: str | None, asked: str | None) -> None:
    if asked is not None and asked != _user_type(location_id):
        raise OAuthRefusal(400, "invalid_grant", f"This grant is for user_type {_user_type(location_id)}")
