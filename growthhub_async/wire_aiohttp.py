"""One connection of the lean transport: it reads a plain reply itself, and has aiohttp's parser read any other one."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping
from typing import Any

from aiohttp.streams import StreamReader

from .connector_aiohttp import SWITCHED, Protocol
from .plain_reply import MOST, PART, read_plain

BUFFER = 65_536
"""Bytes of a reply that the parser reads ahead."""


class Wire:
    """A leased connection: the protocol of its transport, and to aiohttp's connector a protocol of its own.

    What came of a reply is handed over to a reader, aiohttp's protocol with its parser, as if it had come there from
    the first: when it is not plain, when the connection is lost, and when there is no more time for it.

    `due` is when the transport has to look after it, in seconds of the loop; `attempt` is the transport's own, of the
    request that is on its way; `tell` is called with the reply that is waited for, None when none is.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, most: int) -> None:
        self.due = math.inf
        self.attempt: Any = None
        self.tell: Any = None
        self.connection: Any = None
        self.transport: Any = None
        self.descriptor = -1  # of what has no socket
        self._loop = loop
        self._most = min(most, MOST)
        self._part = b""
        self._is_written = False
        self._is_used = False
        self._is_spoilt = False
        self._is_lost = False
        self._reader: Any = None  # aiohttp's messages are not of the types that it declares
        self._closed: asyncio.Future[None] | None = None

    @property
    def is_clean(self) -> bool:
        """Whether what is written would leave, and nothing was read that belongs to no request."""
        return not self._is_spoilt and self.transport is not None and not self.transport.is_closing()

    @property
    def may_be_spoilt(self) -> bool:
        """Whether something may wait in its socket that belongs to no request; a new one may be sent TLS tickets."""
        return self._is_used and self.descriptor >= 0

    def ask(self, due: float, tell: Any) -> None:
        """Wait for the reply to a request that is about to be written: `tell` is called with this and it, once.

        With None when it is to be read by `head` and what follows.
        """
        self.due = due
        self.tell = tell
        self._is_written = False

    def write(self, request: bytes) -> None:
        """Write the request."""
        self._is_written = self._is_used = True
        self.transport.write(request)

    def end(self, error: BaseException) -> None:
        """End the wait for a reply with an error, after what came of it has been read."""
        self.due = math.inf
        self._is_spoilt = True  # that it is not asked again before the error comes
        self.hand_over()
        if self._reader is not None:
            self._loop.call_soon(_end, self._reader, error, self._reader._payload)

    def hand_over(self) -> None:
        """Let the parser read what is waited for, from the first byte."""
        tell = self.tell
        if tell is None or not self._is_written:
            return
        self.tell = None
        part, self._part = self._part, b""
        self._reader = Protocol(self._loop)
        if self.transport is not None:  # it holds up the reading of a long reply
            self._reader.connection_made(self.transport)
        set_parser(self._reader)
        if part:
            self._reader.data_received(part)
        tell(self, None)

    async def head(self) -> tuple[int, Mapping[str, str], StreamReader]:
        """Read the head of the reply that was handed over: its status, its headers, and what its body is read from."""
        while True:
            message, payload = await self._reader.read()
            if message.code == SWITCHED:
                self._reader.force_close()
            if not 100 <= message.code <= 199 or message.code == SWITCHED:
                return message.code, message.headers, payload

    def renew(self) -> bool:
        """Get ready for another request after the parser has read a reply; False when there can be none."""
        reader = self._reader
        if reader.should_close:
            return False
        reader._parser = reader._payload = None  # they know each other
        self._reader = None
        return True

    def forget(self) -> None:
        """Wait for no reply any more."""
        self.tell = None

    def drop(self) -> None:
        """Close the connection."""
        if self.connection is not None:
            self.connection.close()
            self.connection = None

    # -- as the protocol of its transport

    def connection_made(self, transport: Any) -> None:
        """Note what to write to."""
        self.transport = transport
        sock = transport.get_extra_info("socket")
        if sock is not None:
            self.descriptor = sock.fileno()

    def data_received(self, data: bytes) -> None:
        """Read the reply that is waited for, or have it read."""
        tell = self.tell
        if tell is None or not self._is_written:
            if self._reader is None:
                self._is_spoilt = True
            else:
                self._reader.data_received(data)
            return
        if self._part:
            data = self._part + data
        reply = read_plain(data, self._most)
        if reply is PART:
            self._part = data
        elif reply is None:
            self._part = data
            self.hand_over()
        else:
            self._part = b""
            self.tell = None
            tell(self, reply)

    def eof_received(self) -> bool:
        """Let the connection be closed."""
        return False

    def connection_lost(self, error: BaseException | None) -> None:
        """Have what came read, and then the end."""
        self.descriptor = -1
        self._is_lost = True
        self.hand_over()
        self.transport = None
        if self._reader is not None:
            self._loop.call_soon(self._reader.connection_lost, error)
        if self._closed is not None and not self._closed.done():
            self._closed.set_result(None)

    def pause_writing(self) -> None:
        """Write on all the same: no request waits for another on a connection."""

    def resume_writing(self) -> None:
        """Nothing was held back."""

    # -- as a protocol of aiohttp's, which its connector leases and does not get back to keep

    @property
    def should_close(self) -> bool:
        """Whether it cannot be leased again."""
        return True

    @property
    def closed(self) -> asyncio.Future[None] | None:
        """What is done when it is lost; None when it is."""
        if self._closed is None and not self._is_lost:
            self._closed = self._loop.create_future()
        return self._closed

    def is_connected(self) -> bool:
        """Tell whether it is not lost."""
        return self.transport is not None and not self.transport.is_closing()

    def close(self) -> None:
        """Close the connection, once."""
        transport = self.transport
        if transport is not None:
            self.transport = None
            transport.close()

    def abort(self) -> None:
        """Close the connection at once."""
        transport = self.transport
        if transport is not None:
            self.transport = None
            transport.abort()


def set_parser(reader: Protocol) -> None:
    """Let aiohttp's parser read what comes next, as a session of aiohttp's does."""
    reader.set_response_params(read_until_eof=True, auto_decompress=True, read_bufsize=BUFFER)


def _end(reader: Protocol, error: BaseException, payload: StreamReader | None) -> None:
    reader.set_exception(error)
    if payload is not None:
        payload.set_exception(error)
