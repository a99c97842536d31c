"""The connections of aiohttp, made so that no reply is taken for another's, and that one it cannot read can be shown.

Its names here are not all public: it offers no other way to either.
"""

from __future__ import annotations

import functools
import select
from collections.abc import Iterator
from typing import Any

import aiohttp
from aiohttp.client_proto import ResponseHandler

KEPT = 4_096
"""Bytes that are kept of what is no reply."""


class Connector(aiohttp.TCPConnector):
    """A connector that gives out no kept connection on which there is something to read.

    Whatever came after the reply before is not the reply to the next request, but would be taken for it; and one that
    the server has closed is found out before a request is lost on it.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._factory = functools.partial(_Protocol, loop=self._loop)  # type: ignore[assignment]

    async def _get(self, key: Any, traces: Any) -> Any:
        while (connection := await super()._get(key, traces)) is not None:
            if not _has_more(connection.protocol):
                return connection
            connection.close()
        return None


class UnsentError(aiohttp.ClientConnectionError):
    """The connection was lost before the first byte of the request left."""


class ClientRequest(aiohttp.ClientRequest):
    """A request that does not set out on a connection which is closed: aiohttp would tell that it has left."""

    async def send(self, conn: Any) -> aiohttp.ClientResponse:
        transport = conn.protocol.transport
        if transport is None or transport.is_closing():
            raise UnsentError
        return await super().send(conn)


class _Protocol(ResponseHandler):
    """One connection; what its parser stumbles over is kept with the error."""

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if (error := self.exception()) is not None:
            error.began = data[:KEPT]  # type: ignore[attr-defined]


def began(error: BaseException) -> bytes:
    """Return the bytes in which the parser found no reply; none when that is not what went wrong."""
    return next((cause.began for cause in _chain(error) if hasattr(cause, "began")), b"")


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__


def _has_more(protocol: Any) -> bool:
    """Tell whether something has come that belongs to no request: it is buffered, or waits in the socket."""
    if protocol.should_close:
        return True
    sock = protocol.transport.get_extra_info("socket")
    return sock is not None and _is_readable(sock.fileno())


def _is_readable(descriptor: int) -> bool:
    if not hasattr(select, "poll"):  # Windows, whose select knows no bound for a descriptor
        return bool(select.select([descriptor], [], [], 0)[0])
    polling = select.poll()
    polling.register(descriptor, select.POLLIN)
    return bool(polling.poll(0))
