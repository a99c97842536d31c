"""One attempt over aiohttp: the only place that knows it, and the one that translates its errors.

It never follows a redirect (the token goes to `base_url` alone), keeps no cookie, verifies TLS, reads no more of a
reply than `max_reply_size`, and sends nothing on a connection that has something left to read.
"""

from __future__ import annotations

import asyncio
import base64
import math
from collections.abc import Callable
from functools import lru_cache
from types import SimpleNamespace

import aiohttp
from aiolimiter import AsyncLimiter
from yarl import URL

from .connector_aiohttp import CONNECTS, SWITCHED, ClientRequest, Connector
from .failures_aiohttp import CLOSED, RAISED, Raised, broken, late, let_go, partly, too_long, unconnected, unreadable
from .secret import Secret
from .settings import Settings
from .transport import Failure, Reply, Request, check_line, headers_of

Sent = Callable[[], None]


class AiohttpTransport:
    """Carry requests over an aiohttp session, `concurrency` connections at the most."""

    def __init__(self, settings: Settings, make_connector: Callable[..., Connector] = Connector) -> None:
        self._make_connector = make_connector
        self._base_url = settings.base_url or ""
        self._proxy = _Proxy(settings)
        self._headers = headers_of(settings)
        self._concurrency = settings.concurrency
        self._max_reply_size = settings.max_reply_size
        self._url = lru_cache(maxsize=64)(self._parse)  # all upserts share one
        self._round_trips = 2 if self._base_url.startswith("https") else 1
        self._session: aiohttp.ClientSession | None = None
        self._attempts: set[_Attempt] = set()
        self.on_connect: Callable[[float], None] = lambda _: None

    async def open(self) -> None:
        """Make the session; connections are opened when they are needed."""
        self._connecting = AsyncLimiter(CONNECTS, 1.0)
        self._session = aiohttp.ClientSession(
            connector=self._make_connector(limit=self._concurrency, ttl_dns_cache=300),
            request_class=ClientRequest,
            cookie_jar=aiohttp.DummyCookieJar(),
            skip_auto_headers=("Accept", "Accept-Encoding", "User-Agent"),
            timeout=aiohttp.ClientTimeout(total=None),
            trace_configs=[self._tracing()],
        )
        # It has no public name. A GET on a connection that is stale would be sent twice, past quota and count.
        self._session._retry_connection = False

    async def close(self) -> None:
        """Close every connection; an attempt in flight ends as a failure."""
        session, self._session = self._session, None
        for attempt in self._attempts:
            if not attempt.bound.expired():
                attempt.bound.reschedule(-math.inf)
        if session is not None:
            await session.close()

    def start(self, *_: object) -> None:
        """Start nothing: whatever a session does has to be waited for."""

    def abandon(self, handle: object) -> None:
        """Give up nothing: nothing is started."""

    async def send(self, request: Request, timeout: float, on_sent: Sent) -> Reply | Failure:
        """Make one attempt: `timeout` seconds from when it is sent, and as many before for its connection."""
        attempt = _Attempt(timeout, on_sent)
        self._attempts.add(attempt)
        try:
            async with attempt.bound:
                return await self._exchange(request, attempt)
        except asyncio.CancelledError as error:
            raise error.with_traceback(None)  # noqa: B904 - aiohttp's frames hold the token and the contact
        except TimeoutError:
            return attempt.failure(CLOSED if self._session is None else late(timeout, sent=attempt.sent))
        except RAISED as error:
            let_go(error)
            if attempt.sent:
                return attempt.broken(error)
            return Failure(unconnected(error, proxied=self._proxy.url is not None), sent=False)
        finally:
            self._attempts.discard(attempt)
            attempt.head = None  # it knows the attempt, too: a circle would be left to the garbage collector

    async def _exchange(self, request: Request, attempt: _Attempt) -> Reply | Failure:
        if self._session is None:
            return Failure(CLOSED, sent=False)
        async with self._session.request(
            request.method,
            self._url(request.path),
            data=request.body,
            headers=self._headers | _headers_of(request),
            allow_redirects=False,
            proxy=self._proxy.url,
            proxy_headers=self._proxy.tunnel_headers,
            trace_request_ctx=attempt,
        ) as response:
            attempt.head = response
            if not await self._read(response, attempt.body):
                response.close()
                return attempt.failure(too_long(self._max_reply_size))
            if response.status == SWITCHED:
                response.close()
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

    def _parse(self, path: str) -> URL:
        check_line(path)
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


def _headers_of(request: Request) -> dict[str, str]:
    headers = {"Content-Type": request.content_type}
    if request.token is not None:
        headers["Authorization"] = request.token.bearer().decode()
    return headers


class _Proxy:
    """What aiohttp has to be told of a proxy: its address, and what is for it alone to read.

    What goes through it is TLS: plain HTTP does not leave this machine.
    """

    def __init__(self, settings: Settings) -> None:
        self.url: URL | None = None
        self.tunnel_headers: dict[str, str] = {}
        if isinstance(settings.proxy, Secret):
            url = URL(settings.proxy.reveal())
            self.url = url.with_user(None)
            if url.user or url.password:
                basic = base64.b64encode(f"{url.user or ''}:{url.password or ''}".encode()).decode()
                self.tunnel_headers["Proxy-Authorization"] = f"Basic {basic}"


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

    def broken(self, error: Raised) -> Failure:
        """End because the connection or the reply broke after the request had left."""
        return unreadable(broken(error), error) if self.head is None else self.failure(broken(error))

    def failure(self, message: str) -> Failure:
        """End without a whole reply, and keep what there was of one."""
        head = self.head
        came = None if head is None else partly(head.status, head.headers, self.body)
        return Failure(message, self.sent, came)
