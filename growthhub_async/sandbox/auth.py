"""Tokens and who may do what with them: the 401s and 403s of the API, in its order (observed.md, "Errors").

The token is looked at first, then the `Version`, the scope and the location.
"""

from random import Random
from typing import Literal
from uuid import UUID

from msgspec import Struct

from growthhub_async.sandbox.location import SCOPES, Location, Token
from growthhub_async.sandbox.replies import Refusal
from growthhub_async.sandbox.scenario import Scenario


class Grant(Struct, frozen=True):
    """What a token opens: a location, or for an agency the locations it may ask tokens for."""

    locations: tuple[str, ...]
    scopes: tuple[str, ...] = SCOPES
    user_type: Literal["Location", "Company"] = "Location"
    state: Literal["active", "revoked", "suspended"] = "active"
    expires_at: float = float("inf")

    @property
    def location_id(self) -> str:
        """Return the location its requests are counted for."""
        return self.locations[0]


class Tokens:
    """Know every token, those of the scenario and those given out since."""

    def __init__(self, scenario: Scenario) -> None:
        self._grants: dict[str, Grant] = {}
        for location in scenario.locations:
            for token in location.tokens or (_made_up(location, scenario.seed),):
                self._add(token, location.id)

    def grant(self, value: str, grant: Grant) -> None:
        """Make a token known."""
        self._grants[value] = grant

    def find(self, authorization: str) -> Grant | None:
        """Return what the value of an `Authorization` header opens; None when its token is unknown."""
        scheme, _, value = authorization.partition(" ")
        return self._grants.get(value) if scheme.lower() == "bearer" else None

    def of(self, location_id: str) -> str:
        """Return a token that works for a location.

        Raises `LookupError` when the scenario gives it none.
        """
        for value, grant in self._grants.items():
            if location_id in grant.locations and grant.user_type == "Location" and grant.state == "active":
                return value
        raise LookupError(f"location {location_id!r} has no active token; give it one in the scenario")

    def _add(self, token: Token, location_id: str) -> None:
        known = self._grants.get(token.value)
        locations = (*known.locations, location_id) if known else (location_id,)
        self._grants[token.value] = Grant(locations, token.scopes, token.user_type, token.state)


def check_token(grant: Grant | None, authorization: str, now: float) -> Grant:
    """Return the grant of a token that is known, active and not expired.

    Raises `Refusal` (401).
    """
    if grant is None or grant.state == "revoked":
        raise Refusal(401, _invalid(authorization))
    if grant.expires_at <= now:
        raise Refusal(401, "Invalid JWT")
    check_account(suspended=grant.state == "suspended")
    return grant


def check_account(*, suspended: bool) -> None:
    """Let a request pass whose account is not suspended.

    Raises `Refusal` (401). Nobody has shown the words for it; these are ours.
    """
    if suspended:
        raise Refusal(401, "The account of this token is suspended.")


def check_version(version: str | None, accepted: tuple[str, ...], *, required: bool) -> None:
    """Let a request with an accepted `Version` pass, and one without it where none is required.

    Raises `Refusal` (401). The words for a missing one are the API's; those for a wrong one are ours.
    """
    if version is None:
        if required:
            raise Refusal(401, "version header was not found.")
    elif version not in accepted:
        raise Refusal(401, f"version header is invalid; use one of {', '.join(accepted)}.")


def check_user_type(grant: Grant, user_type: str) -> None:
    """Let a token of the user type pass.

    Raises `Refusal` (401).
    """
    if grant.user_type != user_type:
        raise Refusal(401, "Token's user type mismatch!")


def check_scope(grant: Grant, scope: str) -> None:
    """Let a token with the scope pass.

    Raises `Refusal` (401).
    """
    if scope not in grant.scopes:
        raise Refusal(401, "The token is not authorized for this scope.")


def check_location(grant: Grant, location_id: str, home: Location) -> None:
    """Let a token that opens the location pass; `home`, the token's own location, says which refusal others get.

    Raises `Refusal` (403 or 401).
    """
    if location_id in grant.locations:
        return
    if home.behaviour.foreign_location == 401:
        raise Refusal(401, "This location is not accessible from this token!")
    raise Refusal(403, "The token does not have access to this location.")


def _made_up(location: Location, seed: int) -> Token:
    randomness = Random(f"{seed}/token/{location.id}")
    return Token(value=f"pit-{UUID(int=randomness.getrandbits(128), version=4)}")


def _invalid(authorization: str) -> str:
    value = authorization.partition(" ")[2]
    if value.startswith("pit-"):
        return "Invalid Private Integration token"
    if value.count(".") == 2 or not value:
        return "Invalid JWT"
    return "Invalid token: access token is invalid"
