"""The exceptions, split by whose fault it is.

A record's trouble is never one of these: it is an `Outcome` with an `error`. These are a run's trouble, or that of a
call which is not about a record.

GrowthHubError
 |-- ConfigurationError      the caller's: a setting, an argument or the environment is wrong    (a ValueError, too)
 |-- ClientClosedError       the caller's: the client was used outside its `async with`
 |-- TokenRefusedError       the account's: the token is invalid or lacks a scope; a person must act
 |    `-- NotConnectedError  there is no OAuth connection, or it is lost; a person must authorize the app again
 `-- RequestError            one call failed: `http_status`, `trace_id`
      |-- RejectedError      the server says no: the same call will fail again
      `-- UnavailableError   attempts were spent without a usable answer: try again later
"""

from __future__ import annotations


class GrowthHubError(Exception):
    """The root of what this library raises on purpose."""


class ConfigurationError(GrowthHubError, ValueError):
    """A setting, an argument or the environment is wrong; the message says which and what would be right."""


class ClientClosedError(GrowthHubError):
    """The client was used before its `async with` was entered, or after it was left."""


class TokenRefusedError(GrowthHubError):
    """The server refused the token or its scopes: nothing more can be sent until a person acts."""

    def __init__(self, message: str, *, http_status: int | None = None) -> None:
        super().__init__(message)
        self.http_status = http_status


class NotConnectedError(TokenRefusedError):
    """There is no OAuth connection, or it is lost: a person has to authorize the app again; the message says how."""


class RequestError(GrowthHubError):
    """A call that is not about a record failed."""

    def __init__(self, message: str, *, http_status: int | None = None, trace_id: str | None = None) -> None:
        super().__init__(message)
        self.http_status = http_status
        self.trace_id = trace_id


class RejectedError(RequestError):
    """The server says no: the same call will fail again."""


class UnavailableError(RequestError):
    """Attempts were spent without a usable answer; a change may have been made or not."""
