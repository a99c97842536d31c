"""What aiohttp raises, in words of our own, and what there was of a reply that did not come whole."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import aiohttp
from aiohttp.http_exceptions import HttpProcessingError
from multidict import CIMultiDict

from .connector_aiohttp import KEPT, UnsentError
from .transport import Failure, Reply

Raised = aiohttp.ClientError | HttpProcessingError | OSError
RAISED = (aiohttp.ClientError, HttpProcessingError, OSError)
"""What aiohttp lets a connection and a reply end in."""


CLOSED = "the client was closed"


def late(timeout: float, *, sent: bool) -> str:
    """Say how an attempt ended that took too long."""
    return f"{'no whole reply' if sent else 'no connection'} within {timeout:g} s"


def too_long(most: int) -> str:
    """Say how an attempt ended whose reply was not to be taken in."""
    return f"the reply is longer than {most:,} bytes"


def partly(status: int, headers: Mapping[str, str], body: bytearray) -> Reply:
    """Keep what there was of a reply whose head came whole."""
    return Reply(status, headers, bytes(body[:KEPT]))


def unreadable(message: str, error: BaseException) -> Failure:
    """Make the failure of a request that left and was answered by what is no reply, or by none."""
    raw = _began(error)
    came = _read_head(raw)
    return Failure(message, sent=True, came=came, began=b"" if came else raw)


def let_go(error: BaseException) -> None:
    """Let an error forget where it was raised: the frames there know what knows it, and a circle would be left."""
    for cause in _chain(error):
        cause.__traceback__ = None


def _began(error: BaseException) -> bytes:
    """Return the bytes in which the parser found no reply; none when that is not what went wrong."""
    return next((cause.began for cause in _chain(error) if hasattr(cause, "began")), b"")


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__


_HEAD = re.compile(rb"HTTP/1\.[01] ([1-5][0-9]{2})\b")


def _read_head(raw: bytes) -> Reply | None:
    """Read what can be read of a reply that is not valid, to tell of it; None for what does not begin like one."""
    status = _HEAD.match(raw)
    if status is None:
        return None
    head, _, body = raw.partition(b"\r\n\r\n")
    lines = (line.partition(b":") for line in head.split(b"\r\n")[1:])
    headers = CIMultiDict((name.decode("latin-1"), value.strip().decode("latin-1")) for name, _, value in lines)
    return Reply(int(status[1]), headers, body)


_QUOTED = re.compile(r":|\s+b?['\"]")
"""Where the words of aiohttp's parser end, and the bytes begin that it found wrong: these are not shown."""


def broken(error: Raised) -> str:
    """Say how a request ended that had left."""
    if isinstance(error, aiohttp.ClientResponseError | HttpProcessingError):
        return f"the reply is not valid HTTP ({_QUOTED.split(error.message, maxsplit=1)[0] or type(error).__name__})"
    return f"the connection or the reply broke ({type(error).__name__})"


def unconnected(error: Raised, *, proxied: bool = False) -> str:
    """Say why a request never left; `proxied` when a proxy was on its way."""
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return f"the proxy did not connect to the server (status {error.status})"
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return "the server's TLS certificate is not valid for its name"
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return f"the {'proxy' if proxied else 'server'}'s name was not found"
    if isinstance(error, aiohttp.ClientConnectorSSLError):
        return "TLS could not be agreed with the server"
    if isinstance(error, UnsentError):
        return "the connection was lost before the request left"
    whom = "the proxy" if isinstance(error, aiohttp.ClientProxyConnectionError) else "the server"
    way = " through the proxy" if proxied and whom == "the server" else ""
    return f"could not connect to {whom}{way} ({getattr(error, 'strerror', None) or type(error).__name__})"
