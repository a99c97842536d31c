"""OAuth: codes for authorizations, tokens for codes, for refresh tokens, and for an agency's locations.

(observed.md, "Auth".) Access tokens expire on the sandbox's clock. A refresh token is good for one refresh; for a short
while the same refresh gives the same answer again.
"""

from collections.abc import Callable, Mapping
from random import Random
from typing import Any, Literal
from uuid import UUID

import msgspec

from growthhub_async.sandbox.auth import Grant, Tokens
from growthhub_async.sandbox.location import SCOPES, Location
from growthhub_async.sandbox.scenario import OAuthApp

_YEAR = 365 * 86_400.0
_GRACE = 30.0


class OAuthRefusal(Exception):
    """The token endpoint's no, in the words of OAuth: a status, an error code and a description."""

    def __init__(self, status: int, error: str, description: str) -> None:
        super().__init__(status, error)
        self.status = status
        self.content = {"error": error, "error_description": description}


class _Code(msgspec.Struct, frozen=True):
    """A code: whose it is, and where it was sent, if it came by the authorization page."""

    location_id: str | None
    redirect_uri: str | None = None


class _Refresh(msgspec.Struct):
    """A refresh token: whose it is, until when, and once it is used, when and with which answer."""

    location_id: str | None
    expires_at: float
    used_at: float = 0.0
    answer: dict[str, Any] | None = None


class OAuth:
    """Give out access tokens and remember the refresh tokens and codes they came from."""

    def __init__(
        self,
        app: OAuthApp,
        locations: tuple[Location, ...],
        tokens: Tokens,
        clock: Callable[[], float],
        randomness: Random,
    ) -> None:
        self.app = app
        self.locations = {location.id: location for location in locations}
        self._tokens = tokens
        self._clock = clock
        self._randomness = randomness
        self._codes = {code.value: _Code(code.location_id) for code in app.codes}
        self._refreshes: dict[str, _Refresh] = {}

    def authorize(self, location_id: str | None, redirect_uri: str) -> str:
        """Give a code to an app that a person lets into a location, or into the agency without one."""
        code = self._secret()
        self._codes[code] = _Code(location_id, redirect_uri)
        return code

    def token(self, form: Mapping[str, str]) -> dict[str, Any]:
        """Answer `POST /oauth/token`.

        Raises `OAuthRefusal` when client, grant type, code, refresh token or user type are not right.
        """
        if (form.get("client_id"), form.get("client_secret")) != (self.app.client_id, self.app.client_secret):
            raise OAuthRefusal(401, "invalid_client", "Client authentication failed")
        match form.get("grant_type"):
            case "authorization_code":
                return self._for_code(form)
            case "refresh_token":
                return self._for_refresh(form.get("refresh_token", ""), form.get("user_type"))
            case _:
                raise OAuthRefusal(400, "unsupported_grant_type", "Use authorization_code or refresh_token")

    def location_token(self, company_id: str | None, location_id: str) -> dict[str, Any]:
        """Answer `POST /oauth/locationToken` to an agency whose token opens the location.

        Raises `OAuthRefusal` when the company is another one.
        """
        if company_id != self.app.company_id:
            raise OAuthRefusal(400, "invalid_request", "companyId does not belong to this token")
        return self._issue(location_id)

    def _for_code(self, form: Mapping[str, str]) -> dict[str, Any]:
        code = self._codes.get(form.get("code", ""))
        if code is None:
            raise OAuthRefusal(400, "invalid_grant", "The authorization code is unknown or used")
        _check_user_type(code.location_id, form.get("user_type"))
        if code.redirect_uri is not None and code.redirect_uri != form.get("redirect_uri"):
            raise OAuthRefusal(400, "invalid_grant", "redirect_uri is not the one that the code was sent to")
        answer = self._issue(code.location_id)
        del self._codes[form["code"]]
        return answer

    def _for_refresh(self, value: str, user_type: str | None) -> dict[str, Any]:
        now = self._clock()
        refresh = self._refreshes.get(value)
        if refresh is None or refresh.expires_at <= now:
            raise OAuthRefusal(400, "invalid_grant", "The refresh token is unknown or expired")
        _check_user_type(refresh.location_id, user_type)
        if refresh.answer is None:
            refresh.answer = self._issue(refresh.location_id)
            refresh.used_at = now
        elif now - refresh.used_at > _GRACE:
            raise OAuthRefusal(400, "invalid_grant", "The refresh token has been used")
        return refresh.answer

    def _issue(self, location_id: str | None) -> dict[str, Any]:
        if location_id is not None and self.locations[location_id].suspended:
            raise OAuthRefusal(400, "invalid_grant", "The account is suspended")
        now = self._clock()
        access_token = f"{self._secret()}.{self._secret()}.{self._secret()}"
        refresh_token = self._secret()
        grant = Grant(
            locations=tuple(self.locations) if location_id is None else (location_id,),
            user_type=_user_type(location_id),
            expires_at=now + self.app.expires_in,
        )
        self._tokens.grant(access_token, grant)
        self._refreshes[refresh_token] = _Refresh(location_id, now + _YEAR)
        answer = {
            "access_token": access_token,
            "token_type": "Bearer",
            "expires_in": self.app.expires_in,
            "refresh_token": refresh_token,
            "scope": " ".join(SCOPES),
            "userType": grant.user_type,
            "companyId": self.app.company_id,
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
