"""TLS between a protocol and its socket: what asyncio's own does, without what costs a request more than OpenSSL does.

OpenSSL works on memory here. It is not asked for more when all that came has been read, so it need not raise an error
to say so; and what came together is given on together.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from typing import Any, Final

RECORD: Final = 16_384
"""The most bytes that one record of TLS holds (RFC 8446, 5.1)."""


class Tls:
    """The transport of a protocol, and the protocol of its socket.

    `agreed` is done when the handshake is over, or ends with the OSError (ssl.SSLError, too, is one) that it ended in;
    the protocol is told of its connection then, and not before.
    """

    def __init__(
        self, loop: asyncio.AbstractEventLoop, protocol: Any, context: ssl.SSLContext, name: str | None
    ) -> None:
        self.protocol = protocol
        self.agreed: asyncio.Future[None] = loop.create_future()
        self._context = context
        self._came = ssl.MemoryBIO()
        self._to_go = ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._came, self._to_go, server_hostname=name)
        self._is_agreed = False
        self._transport: Any = None
        self._error: BaseException | None = None

    # -- as the protocol of the socket

    def connection_made(self, transport: Any) -> None:
        """Begin the handshake."""
        self._transport = transport
        self._agree()

    def data_received(self, data: bytes) -> None:
        """Give on what was sent, as far as it has come."""
        self._came.write(data)
        if self._is_agreed or self._agree():
            self._read()

    def eof_received(self) -> bool:
        """Let the socket be closed."""
        return False

    def connection_lost(self, error: BaseException | None) -> None:
        """Tell the protocol, or who waits for the handshake."""
        error = self._error or error
        if self._is_agreed:
            self.protocol.connection_lost(error)
        elif not self.agreed.done():
            self.agreed.set_exception(error or ConnectionResetError())

    def pause_writing(self) -> None:
        """Let the protocol wait before it writes more."""
        self.protocol.pause_writing()

    def resume_writing(self) -> None:
        """Let the protocol write again."""
        self.protocol.resume_writing()

    # -- as the transport of the protocol

    def write(self, data: bytes) -> None:
        """Send it, in as many records as it takes."""
        try:
            self._tls.write(data)
        except ssl.SSLError as error:
            self._fail(error)
        else:
            self._transport.write(self._to_go.read())

    def is_closing(self) -> bool:
        """Tell whether nothing more would be sent."""
        return self._transport.is_closing()  # type: ignore[no-any-return]

    def close(self) -> None:
        """Tell the other side, and close the connection."""
        if self._transport.is_closing():
            return
        with contextlib.suppress(ssl.SSLError):  # it is not waited for that the other side says so, too
            self._tls.unwrap()
        self._flush()
        self._transport.close()

    def abort(self) -> None:
        """Close the connection without a word."""
        self._transport.abort()

    def pause_reading(self) -> None:
        """Read no more of the socket."""
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Read on."""
        self._transport.resume_reading()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Tell of the connection, as a transport of asyncio's does."""
        if name == "ssl_object":
            return self._tls
        if name == "sslcontext":
            return self._context
        return self._transport.get_extra_info(name, default)

    # -- TLS

    def _agree(self) -> bool:
        """Go on with the handshake; tells whether it is over."""
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            self._flush()
            return False
        except ssl.SSLError as error:
            self._fail(error)
            return False
        self._flush()
        self._is_agreed = True
        self.protocol.connection_made(self)
        if not self.agreed.done():
            self.agreed.set_result(None)
        return True

    def _read(self) -> None:
        plain = b""
        is_over = False
        error: ssl.SSLError | None = None
        try:
            while self._came.pending and not is_over:
                part = self._tls.read(RECORD)
                plain = plain + part if plain else part
                is_over = not part
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLError as met:
            error = met
        self._flush()
        if plain:
            self.protocol.data_received(plain)
        if error is not None:
            self._fail(error)
        elif is_over:
            self.close()

    def _flush(self) -> None:
        if self._to_go.pending:
            self._transport.write(self._to_go.read())

    def _fail(self, error: BaseException) -> None:
        """End the connection, after the other side was told why it can."""
        self._error = error
        self._flush()
        self._transport.close()
