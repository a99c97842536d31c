"""One attempt over aiohttp: the only place that knows it, and the one that translates its errors.

It never follows a redirect (the token goes to `base_url` alone), keeps no cookie, verifies TLS, reads no more of a
reply than `max_reply_size`, and sends nothing on a connection that has something left to read.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from functools import lru_cache
from types import SimpleNamespace

import aiohttp
from aiolimiter import AsyncLimiter
from multidict import CIMultiDict
from yarl import URL

from .connector_aiohttp import KEPT, ClientRequest, Connector, UnsentError, began
from .settings import Settings
from .transport import Failure, Reply, Request
from .version import __version__

CONNECTS = 100
"""New connections at once, and then in a second: a thousand TLS handshakes together would stall the loop and look like
an attack to the server's edge. Evenness is all that matters here, so a leaky bucket is right."""

Sent = Callable[[], None]


class AiohttpTransport:
    """Carry requests over an aiohttp session, `concurrency` connections at the most."""

    def __init__(self, settings: Settings) -> None:
        self._base_url = settings.base_url or ""
        self._headers = {
            "Version": settings.api_version,
            "Accept": "application/json",
            "Content-Type": "application/json",
            "User-Agent": f"growthhub-async/{__version__}",  # the edge refuses agents it does not like
        }
        self._concurrency = settings.concurrency
        self._max_reply_size = settings.max_reply_size
        self._url = lru_cache(maxsize=64)(self._parse)  # all upserts share one
        self._round_trips = 2 if self._base_url.startswith("https") else 1
        self._session: aiohttp.ClientSession | None = None
        self.on_connect: Callable[[float], None] = lambda _: None

    async def open(self) -> None:
        """Make the session; connections are opened when they are needed."""
        self._connecting = AsyncLimiter(CONNECTS, 1.0)
        self._session = aiohttp.ClientSession(
            connector=self._make_connector(),
            request_class=ClientRequest,
            cookie_jar=aiohttp.DummyCookieJar(),
            skip_auto_headers=("User-Agent", "Accept"),
            timeout=aiohttp.ClientTimeout(total=None),
            trace_configs=[self._tracing()],
        )
        # It has no public name. A GET on a connection that is stale would be sent twice, past quota and count.
        self._session._retry_connection = False

    async def close(self) -> None:
        """Close every connection."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def send(self, request: Request, timeout: float, on_sent: Sent) -> Reply | Failure:
        """Make one attempt: `timeout` seconds from when it is sent, and as many before for its connection."""
        attempt = _Attempt(timeout, on_sent)
        try:
            async with attempt.bound:
                return await self._exchange(request, attempt)
        except asyncio.CancelledError as error:
            raise error.with_traceback(None)  # noqa: B904 - aiohttp's frames hold the token and the contact
        except TimeoutError:
            what = "no whole reply" if attempt.sent else "no connection"
            return attempt.failure(f"{what} within {timeout:g} s")
        except (aiohttp.ClientError, OSError) as error:
            return attempt.failure(_broken(error) if attempt.sent else _unconnected(error), began(error))
        finally:
            attempt.head = None  # it knows the attempt, too: a circle would be left to the garbage collector

    async def _exchange(self, request: Request, attempt: _Attempt) -> Reply | Failure:
        if self._session is None:
            return Failure("the client was closed", sent=False)
        async with self._session.request(
            request.method,
            self._url(request.path),
            data=request.body,
            headers=self._headers | {"Authorization": f"Bearer {request.token.reveal()}"},
            allow_redirects=False,
            trace_request_ctx=attempt,
        ) as response:
            attempt.head = response
            if not await self._read(response, attempt.body):
                response.close()
                return attempt.failure(f"the reply is longer than {self._max_reply_size:,} bytes")
            return Reply(response.status, response.headers, bytes(attempt.body))

    async def _read(self, response: aiohttp.ClientResponse, body: bytearray) -> bool:
        """Read into `body`, or as much as shows that it is too long: False then."""
        if (response.content_length or 0) > self._max_reply_size:
            return False
        async for chunk in response.content.iter_any():
            body += chunk
            if len(body) > self._max_reply_size:
                return False
        return True

    def _make_connector(self) -> aiohttp.BaseConnector:
        return Connector(limit=self._concurrency, ttl_dns_cache=300)

    def _parse(self, path: str) -> URL:
        return URL(self._base_url + path, encoded=True)

    def _tracing(self) -> aiohttp.TraceConfig:
        """Hear from aiohttp when a request leaves, and how long a connection took."""

        async def leaves(_: aiohttp.ClientSession, context: SimpleNamespace, __: object) -> None:
            context.trace_request_ctx.leave()

        async def connects(_: aiohttp.ClientSession, context: SimpleNamespace, __: object) -> None:
            await self._connecting.acquire()
            context.trace_request_ctx.begin()
            context.started = asyncio.get_running_loop().time()

        async def resolved(_: aiohttp.ClientSession, context: SimpleNamespace, __: object) -> None:
            context.started = asyncio.get_running_loop().time()  # to ask for a name is no way to the server

        async def connected(_: aiohttp.ClientSession, context: SimpleNamespace, __: object) -> None:
            self.on_connect((asyncio.get_running_loop().time() - context.started) / self._round_trips)

        tracing = aiohttp.TraceConfig()
        tracing.on_request_headers_sent.append(leaves)
        tracing.on_connection_create_start.append(connects)
        tracing.on_dns_resolvehost_end.append(resolved)
        tracing.on_connection_create_end.append(connected)
        return tracing


class _Attempt:
    """One attempt, what came of its reply, and the bound of its time.

    There is no bound while it waits to be connected, which is our own doing.
    """

    def __init__(self, timeout: float, on_sent: Sent) -> None:
        self.bound = asyncio.timeout(None)
        self.sent = False
        self.head: aiohttp.ClientResponse | None = None
        self.body = bytearray()
        self._timeout = timeout
        self._on_sent = on_sent

    def begin(self) -> None:
        """Count the time from now."""
        self.bound.reschedule(asyncio.get_running_loop().time() + self._timeout)

    def leave(self) -> None:
        """Note that the request leaves now."""
        self.sent = True
        self._on_sent()
        self.begin()

    def failure(self, message: str, began: bytes = b"") -> Failure:
        """End without a whole reply, and keep what there was of one, or how what was none began."""
        head = self.head
        if head is not None:
            return Failure(message, self.sent, Reply(head.status, head.headers, bytes(self.body[:KEPT])))
        came = _read_head(began)
        return Failure(message, self.sent, came, b"" if came else began)


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


def _broken(error: aiohttp.ClientError | OSError) -> str:
    if isinstance(error, aiohttp.ClientResponseError):
        return f"the reply is not valid HTTP ({_QUOTED.split(error.message, maxsplit=1)[0] or type(error).__name__})"
    return f"the connection or the reply broke ({type(error).__name__})"


def _unconnected(error: aiohttp.ClientError | OSError) -> str:
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return "the server's TLS certificate is not valid for its name"
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "the server's name was not found"
    if isinstance(error, aiohttp.ClientConnectorSSLError):
        return "TLS could not be agreed with the server"
    if isinstance(error, UnsentError):
        return "the connection was lost before the request left"
    return f"could not connect to the server ({getattr(error, 'strerror', None) or type(error).__name__})"
