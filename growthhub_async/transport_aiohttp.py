"""One attempt over aiohttp: the only place that knows it, and the one that translates its errors.

It never follows a redirect (the token goes to `base_url` alone), keeps no cookie, verifies TLS, and reads no more of a
reply than `max_reply_size`.
"""

from __future__ import annotations

import asyncio
from functools import lru_cache

import aiohttp
from yarl import URL

from .answers import Failure, Reply
from .settings import Settings
from .transport import Request

CONNECT_SHARE = 0.5
"""The share of an attempt's time that may go into connecting, so that its end can be told from a reply that is late."""


class AiohttpTransport:
    """Carry requests over an aiohttp session, `concurrency` connections at the most."""

    def __init__(self, settings: Settings) -> None:
        self._base_url = settings.base_url or ""
        self._concurrency = settings.concurrency
        self._max_reply_size = settings.max_reply_size
        self._url = lru_cache(maxsize=64)(self._parse)  # all upserts share one
        self._session: aiohttp.ClientSession | None = None

    async def open(self) -> None:
        """Make the session; connections are opened when they are needed."""
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=self._concurrency, ttl_dns_cache=300),
            cookie_jar=aiohttp.DummyCookieJar(),
            skip_auto_headers=("User-Agent", "Accept"),
            timeout=aiohttp.ClientTimeout(total=None),
        )

    async def close(self) -> None:
        """Close every connection."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def send(self, request: Request, timeout: float) -> Reply | Failure:
        """Make one attempt within `timeout` seconds."""
        try:
            return await self._exchange(request, timeout)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            return Failure(_unconnected(error), sent=False)
        except TimeoutError:
            return Failure(f"no whole reply within {timeout:g} s", sent=True)
        except (aiohttp.ClientError, OSError) as error:
            return Failure(f"the connection or the reply broke ({type(error).__name__})", sent=True)

    async def _exchange(self, request: Request, timeout: float) -> Reply | Failure:
        if self._session is None:
            return Failure("the client was closed", sent=False)
        async with self._session.request(
            request.method,
            self._url(request.path),
            data=request.body,
            headers=request.headers,
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(total=timeout, connect=timeout * CONNECT_SHARE),
        ) as response:
            body = await self._read(response)
            if body is None:
                response.close()
                return Failure(f"the reply is longer than {self._max_reply_size:,} bytes", sent=True)
            return Reply(response.status, response.headers, body)

    async def _read(self, response: aiohttp.ClientResponse) -> bytes | None:
        """Read the body, or as much of it as shows that it is too long: None then."""
        if (response.content_length or 0) > self._max_reply_size:
            return None
        body = bytearray()
        async for chunk in response.content.iter_any():
            body += chunk
            if len(body) > self._max_reply_size:
                return None
        return bytes(body)

    def _parse(self, path: str) -> URL:
        return URL(self._base_url + path, encoded=True)


def _unconnected(error: aiohttp.ClientError | asyncio.TimeoutError) -> str:
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return "the server's TLS certificate is not valid for its name"
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "the server's name was not found"
    if isinstance(error, aiohttp.ClientConnectorSSLError):
        return "TLS could not be agreed with the server"
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return "connecting to the server took too long"
    return f"could not connect to the server ({getattr(error, 'strerror', None) or type(error).__name__})"
