"""One attempt by the transport, at a server that a test makes."""

from __future__ import annotations

import ssl
from typing import Any

import pytest
import trustme
from aiohttp import connector

from growthhub_async import Settings, transports
from growthhub_async.secret import Secret
from growthhub_async.transport import Failure, Reply, Request, Transport
from tests.integration.raw_server import Behave, raw_server

REQUEST = Request("POST", "/contacts/upsert", Secret("pit-secret"), b'{"email":"x"}')
ELSEWHERE = "Location: http://127.0.0.1:9/stolen"
OK = b'{"new": true}'


def serving(authority: trustme.CA, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """Make what a server on loopback proves its name with, and have the client trust its authority."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    monkeypatch.setattr(connector, "_SSL_CONTEXT_VERIFIED", trusting)
    return context


def make(base_url: str, **settings: Any) -> Transport:
    """Make the transport that the test is about."""
    return transports.make_transport(Settings(token="pit-secret", base_url=base_url, **settings))


async def send(base_url: str, timeout: float = 10.0, **settings: Any) -> Reply | Failure:
    transport = make(base_url, **settings)
    await transport.open()
    try:
        return await transport.send(REQUEST, timeout, lambda: None)
    finally:
        await transport.close()


async def answer_to(behave: Behave, timeout: float = 10.0, **settings: Any) -> Reply | Failure:
    async with raw_server(behave) as server:
        return await send(server.base_url, timeout, **settings)
