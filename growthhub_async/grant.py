"""What the server grants: an access token for a while, and what it takes to get the next one.

(observed.md, "Auth".) Nothing here shows a token; times are in Unix seconds.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from .private import Private

AHEAD = 600.0
"""Seconds before its end at which a token is renewed, but for one of a short life: a tenth of that."""


class AccessToken(Private, frozen=True):
    """A token and when it ends, as a `TokenSource` may give it; it is asked for the next one from `renew_at` on.

    `expires_at` and `renew_at` are Unix times; without the latter it is a minute before the end.
    """

    value: str
    expires_at: float
    renew_at: float | None = None

    def _shown(self) -> list[tuple[str, object]]:
        return [("expires_at", self.expires_at)]


class TokenUnavailableError(Exception):
    """There is no token now; the text says why, without what a source itself said: that may show a secret."""


class GrantRefusedError(TokenUnavailableError):
    """There will be no token until a person acts; the text says what he is to do."""


UserType = Literal["Location", "Company"]
"""Whom a grant is of: a sub-account, or an agency, whose token opens no contact but gets tokens of its locations."""


class Connection(msgspec.Struct, frozen=True, kw_only=True):
    """What may be told of a grant: whose it is, what it may do, and until when its access token lives (Unix time)."""

    user_type: UserType
    location_id: str | None = None
    company_id: str | None = None
    user_id: str | None = None
    scopes: tuple[str, ...] = ()
    expires_at: float


class Grant(Private, frozen=True, kw_only=True):
    """What a store keeps of a connection: its tokens, and the server and app which alone may see them."""

    base_url: str
    client_id: str
    access_token: str
    refresh_token: str
    issued_at: float
    connection: Connection

    def _shown(self) -> list[tuple[str, object]]:
        return [("connection", self.connection)]

    @property
    def renew_at(self) -> float:
        """When it is to be renewed, ahead of its end."""
        expires_at = self.connection.expires_at
        return expires_at - min(AHEAD, max(0.0, expires_at - self.issued_at) / 10)

    def as_access_token(self) -> AccessToken:
        """Give the access token alone."""
        return AccessToken(self.access_token, self.connection.expires_at, self.renew_at)

    def as_text(self) -> str:
        """Write it down, to be kept secret; `read_grant` reads it."""
        return msgspec.json.encode(self).decode()


def read_grant(text: str) -> Grant | None:
    """Read what `as_text` wrote; None for anything else."""
    try:
        return msgspec.json.decode(text, type=Grant)
    except (msgspec.DecodeError, ValueError):
        return None
