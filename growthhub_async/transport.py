"""What a transport is: a request in, a whole reply or a classed failure out.

One small protocol, so that the engine knows nothing of HTTP libraries, and tests can take the network's place.
"""

from __future__ import annotations

from typing import Protocol

import msgspec

from .answers import Failure, Reply


class Request(msgspec.Struct, frozen=True):
    """What one attempt sends; `path` begins with a slash and is quoted already."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes | None = None

    def __repr__(self) -> str:
        return f"Request({self.method} {self.path})"


class Transport(Protocol):
    """Carry requests to the server."""

    async def open(self) -> None:
        """Get ready on the running loop."""

    async def close(self) -> None:
        """Close every connection."""

    async def send(self, request: Request, timeout: float) -> Reply | Failure:
        """Make one attempt within `timeout` seconds; whatever the network does is an answer, not an exception."""
