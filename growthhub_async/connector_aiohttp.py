"""The connections of aiohttp, made so that no reply is taken for another's, and that one it cannot read can be shown.

Its names here are not all public: it offers no other way to either.
"""

from __future__ import annotations

import asyncio
import functools
import select
from collections.abc import Callable, Iterable
from ssl import CertificateError, SSLError
from typing import Any

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import Connection

from .tls import Tls

CONNECTS = 100
"""New connections at once, and then in a second: a thousand TLS handshakes together would stall the loop and look like
an attack to the server's edge. Evenness is all that matters here, so a leaky bucket is right."""
KEPT = 4_096
"""Bytes that are kept of what is no reply."""
SWITCHED = 101
"""The status after which no HTTP is spoken on a connection."""


class Protocol(ResponseHandler):
    """One connection; what its parser stumbles over is kept with the error."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop=loop)
        self.descriptor = -1  # of what has no socket

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        sock = transport.get_extra_info("socket")
        if sock is not None:
            self.descriptor = sock.fileno()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if (error := self.exception()) is not None:
            error.began = data[:KEPT]  # type: ignore[attr-defined]

    @property
    def has_more(self) -> bool:
        """Whether something has come that belongs to no request: it is buffered, or waits in the socket."""
        return self.should_close or (self.descriptor >= 0 and bool(readable([self.descriptor])))


class Connector(aiohttp.TCPConnector):
    """A connector that gives out no kept connection on which there is something to read.

    Whatever came after the reply before is not the reply to the next request, but would be taken for it; and one that
    the server has closed is found out before a request is lost on it.
    """

    def __init__(self, protocol: Callable[[asyncio.AbstractEventLoop], Any] = Protocol, **options: Any) -> None:
        super().__init__(**options)
        self._factory = functools.partial(protocol, self._loop)

    async def connect(self, *arguments: Any, **options: Any) -> Connection:
        connection = await super().connect(*arguments, **options)
        if connection.transport is None:  # aiohttp 3.11 asserts that there is one
            connection.close()
            raise UnsentError
        return connection

    async def _get(self, key: Any, traces: Any) -> Any:
        while (connection := await super()._get(key, traces)) is not None:
            protocol = connection.protocol
            assert isinstance(protocol, Protocol)
            if not protocol.has_more:
                return connection
            connection.close()
        return None


class TlsConnector(Connector):
    """A connector that speaks TLS by `tls.py`; aiohttp still chooses the context, and the name to be proved."""

    async def _wrap_create_connection(
        self, *arguments: Any, req: Any, ssl: Any = None, server_hostname: str | None = None, **options: Any
    ) -> Any:
        if not ssl:
            return await super()._wrap_create_connection(*arguments, req=req, **options)
        (make_protocol,) = arguments

        def make_tls() -> Tls:
            return Tls(self._loop, make_protocol(), ssl, server_hostname)

        made: Any = await super()._wrap_create_connection(make_tls, req=req, **options)
        tls: Tls = made[1]
        try:
            await tls.agreed  # when it ends in an error the connection is lost
        except CertificateError as error:
            raise aiohttp.ClientConnectorCertificateError(req.connection_key, error) from error
        except SSLError as error:
            raise aiohttp.ClientConnectorSSLError(req.connection_key, error) from error
        except OSError as error:
            raise aiohttp.ClientConnectorError(req.connection_key, error) from error
        except BaseException:
            tls.abort()
            raise
        return tls, tls.protocol


class UnsentError(aiohttp.ClientConnectionError):
    """The connection was lost before the first byte of the request left."""


class ClientRequest(aiohttp.ClientRequest):
    """A request that does not set out on a connection which is closed: aiohttp would tell that it has left."""

    async def send(self, conn: Any) -> aiohttp.ClientResponse:
        transport = conn.protocol.transport
        if transport is None or transport.is_closing():
            raise UnsentError
        return await super().send(conn)


def readable(descriptors: Iterable[int]) -> set[int]:
    """Find the open sockets in which there is something to read, be it their end; many cost little more than one."""
    if not hasattr(select, "poll"):  # Windows, whose select takes any descriptor, but not many
        return {one for one in descriptors if select.select([one], [], [], 0)[0]}
    polling = select.poll()
    for one in descriptors:
        polling.register(one, select.POLLIN)
    return {one for one, _ in polling.poll(0)}
