"""What a transport is: a request in, a whole reply or a classed failure out.

One small protocol, so that the engine knows nothing of HTTP libraries, and tests can take the network's place.
"""

from __future__ import annotations

from typing import Protocol

from .answers import Failure, Reply
from .private import Private


class Request(Private, frozen=True):
    """What one attempt sends; `path` begins with a slash and is quoted already."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes | None = None

    def _shown(self) -> list[tuple[str, object]]:
        return [("method", self.method), ("path", self.path)]


class Transport(Protocol):
    """Carry requests to the server."""

    async def open(self) -> None:
        """Get ready on the running loop."""

    async def close(self) -> None:
        """Close every connection."""

    async def send(self, request: Request, timeout: float) -> Reply | Failure:
        """Make one attempt within `timeout` seconds; whatever the network does is an answer, not an exception."""
