"""What an attempt's answer can mean: accepted, refused by rule, or transient."""

from __future__ import annotations

from typing import Generic, Literal, TypeVar

import msgspec

from .errors import NotConnectedError, TokenRefusedError
from .outcome import ErrorReason

T = TypeVar("T")


class Accepted(msgspec.Struct, Generic[T], frozen=True, gc=False):
    """The server did what was asked."""

    value: T


Subject = Literal["client", "token", "grant", "scope", "location"]
"""What a refusal may be of, when another record would meet it too.

client      this program whoever it speaks for: its `Version` header, its User-Agent, its `base_url`
token       the token: invalid, expired, revoked; another one may do
grant       what tokens are got by: a connection that is lost, or was never made
scope       what the token, which is alive, may do: a scope it lacks, the wrong type of user
location    this location, for this token
"""


class Refused(msgspec.Struct, frozen=True):
    """The server says no by rule, and will again; `of` what, unless it is of the record."""

    reason: ErrorReason
    message: str
    of: Subject | None = None

    @property
    def of_record(self) -> bool:
        """Whether it is the record that is refused: sent later, or with another token, it would be as well."""
        return self.of is None and self.reason is not ErrorReason.UNAUTHORIZED

    def as_error(self, message: str, http_status: int | None) -> TokenRefusedError:
        """Make the exception that tells of it, in these words."""
        return (NotConnectedError if self.of == "grant" else TokenRefusedError)(message, http_status=http_status)

    @property
    def token(self) -> bool:
        """Whether nothing that is sent with this token can be accepted."""
        return self.reason is ErrorReason.UNAUTHORIZED and self.of in ("client", "token", "grant", "scope")


class Transient(msgspec.Struct, frozen=True):
    """The attempt failed in a way that may pass; `maybe_written` unless the server surely did nothing.

    `excused` when it says nothing of the record, and is no attempt of its own: the quota refused it, or its token had
    to be renewed.
    """

    message: str
    maybe_written: bool
    excused: bool = False


Verdict = Accepted[T] | Refused | Transient
