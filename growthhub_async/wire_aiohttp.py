"""One connection of the lean transport: aiohttp's own protocol, which reads a plain reply without its parser."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Mapping
from typing import Any

from aiohttp.connector import Connection
from aiohttp.streams import StreamReader

from .connector_aiohttp import SWITCHED, Protocol
from .plain_reply import MOST, PART, read_plain
from .transport import Reply

Tell = Callable[["Wire", Reply | None], None]

BUFFER = 65_536
"""Bytes of a reply that the parser reads ahead."""


class Wire(Protocol):
    """A leased connection; `due` is when the transport has to look after it, in seconds of the loop.

    What came of a reply is handed over to aiohttp's parser, as if it had come there from the first, when it is not
    plain, when the connection is lost, and when there is no more time for it.
    """

    connection: Connection | None = None
    attempt: Any = None
    """The transport's own, of the request that is on its way."""
    tell: Tell | None = None
    """Who is to be told of the reply; None when none is waited for."""

    def __init__(self, loop: asyncio.AbstractEventLoop, most: int) -> None:
        super().__init__(loop)
        self.due = math.inf
        self._most = min(most, MOST)
        self._is_written = False
        self._is_used = False
        self._part = b""

    @property
    def is_clean(self) -> bool:
        """Whether what is written would leave, and nothing was read that belongs to no request."""
        transport = self.transport
        return transport is not None and not (self._should_close or self._tail or transport.is_closing())

    @property
    def may_be_spoilt(self) -> bool:
        """Whether something may wait in its socket that belongs to no request; a new one may be sent TLS tickets."""
        return self._is_used and self.descriptor >= 0

    def ask(self, due: float, tell: Tell) -> None:
        """Wait for the reply to a request that is about to be written: `tell` is called with it, once.

        With None when it is to be read by `head` and what follows.
        """
        self.due = due
        self.tell = tell
        self._is_written = False

    def write(self, request: bytes) -> None:
        """Write the request."""
        self._is_written = self._is_used = True
        self.transport.write(request)  # type: ignore[union-attr]

    def data_received(self, data: bytes) -> None:
        tell = self.tell
        if tell is None or not self._is_written:
            super().data_received(data)
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

    def connection_lost(self, exc: BaseException | None) -> None:
        self.descriptor = -1
        self.hand_over()
        self._loop.call_soon(super().connection_lost, exc)  # what came before is read first

    def end(self, error: BaseException) -> None:
        """End the wait for a reply with an error, after what came of it has been read."""
        self.due = math.inf
        self.force_close()  # that it is not asked again before the error comes
        self.hand_over()
        self._loop.call_soon(self._end, error, self._payload)

    def _end(self, error: BaseException, payload: StreamReader | None) -> None:
        self.set_exception(error)
        if payload is not None:
            payload.set_exception(error)

    def hand_over(self) -> None:
        """Let the parser read what is waited for, from the first byte."""
        tell = self.tell
        if tell is None or not self._is_written:
            return
        self.tell = None
        part, self._part = self._part, b""
        set_parser(self)
        if part:
            super().data_received(part)
        tell(self, None)

    async def head(self) -> tuple[int, Mapping[str, str], StreamReader]:
        """Read the head of the reply that was handed over: its status, its headers, and what its body is read from."""
        while True:
            message, payload = await self.read()
            if message.code == SWITCHED:
                self.force_close()
            if not 100 <= message.code <= 199 or message.code == SWITCHED:
                return message.code, message.headers, payload

    def renew(self) -> bool:
        """Get ready for another request after the parser has read a reply; False when there can be none."""
        if self.should_close:
            return False
        self._parser = None
        return True

    def forget(self) -> None:
        """Wait for no reply any more."""
        self.tell = None

    def drop(self) -> None:
        """Close the connection."""
        if self.connection is not None:
            self.connection.close()
            self.connection = None


def set_parser(protocol: Protocol) -> None:
    """Let aiohttp's parser read what comes next, as a session of aiohttp's does."""
    protocol.set_response_params(read_until_eof=True, auto_decompress=True, read_bufsize=BUFFER)
