"""What a transport is: a request in, a whole reply or a failure out.

One small protocol, so that the engine knows nothing of HTTP libraries, and tests can take the network's place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

import msgspec

from .private import Private
from .secret import Secret
from .settings import Settings
from .version import __version__

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
"""The content types of requests: what is asked of OAuth is a form (observed.md, "Auth")."""


def headers_of(settings: Settings) -> dict[str, str]:
    """Make the headers that every request has, beside its token and content type (contract.md, "Request")."""
    return {
        "Version": settings.api_version,
        "Accept": "application/json",
        "User-Agent": f"growthhub-async/{__version__}",  # the edge refuses agents it does not like
    }


def check_line(line: str) -> None:
    """Check a line of a request's head; raises ValueError for one that would be two, or be read otherwise."""
    if not (line.isascii() and line.isprintable()):
        raise ValueError("a request's method, path and headers must be printable ASCII")


class Request(Private, frozen=True, gc=False):
    """What one attempt sends; `path` begins with a slash and is quoted already; a `token` may be still to be had."""

    method: str
    path: str
    token: Secret | None
    body: bytes | None = None
    content_type: str = JSON

    def _shown(self) -> list[tuple[str, object]]:
        return [("method", self.method), ("path", self.path)]


class Reply(Private, frozen=True, gc=False):
    """A whole HTTP reply; the names of its headers are looked up in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def _shown(self) -> list[tuple[str, object]]:
        return [("status", self.status)]


class Failure(msgspec.Struct, frozen=True):
    """An attempt that brought no whole reply; `sent` unless it surely ended before its first byte left.

    came: as much of a reply as there was, if there was a head at all. began: the first bytes of what had none.
    """

    message: str
    sent: bool
    came: Reply | None = None
    began: bytes = b""


class Transport(Protocol):
    """Carry requests to the server.

    on_connect: set by the client; called with the seconds that one way there and back took when a connection was made.
    """

    on_connect: Callable[[float], None]

    async def open(self) -> None:
        """Get ready on the running loop."""

    async def close(self) -> None:
        """Close every connection."""

    def start(
        self,
        request: Request,
        timeout: float,
        on_sent: Callable[[], None],
        on_answer: Callable[[Reply | Failure | Exception], None],
    ) -> object | None:
        """Make one attempt that no task waits for, if there is a connection for it; `send` is for when there is none.

        `on_answer` is called once, later, with what it brought, or with a fault of our own. Returns what to
        `abandon` it by, None when it is not made.
        """

    def abandon(self, handle: object) -> None:
        """Give up an attempt that was started; its `on_answer` is not called any more."""

    async def send(self, request: Request, timeout: float, on_sent: Callable[[], None]) -> Reply | Failure:
        """Make one attempt; whatever the network does is an answer, not an exception.

        It may take `timeout` seconds from when it is sent, and as many before to be connected. `on_sent` is called
        once, when the first byte of the request leaves.
        """
