"""The ten worst faults over real sockets, against the whole client: an in-memory network may be too kind.

A raw server misbehaves at its first requests, and then answers well. Each fault leaves nobody knowing what was written.
"""

from __future__ import annotations

import asyncio
import gzip
import socket
import struct

import aiohttp
import msgspec
import pytest

from growthhub_async import Contact, GrowthHubClient, Outcome
from tests.integration.raw_server import Behave, drip, hang, http, inform, raw_server, says

pytestmark = pytest.mark.anyio

SAFE = Contact(email="ada@example.com")
UNSAFE = Contact(email="ada@example.com", create_new_if_duplicate_allowed=True)
NO_KEY = Contact(first_name="Ada")
NEXT = Contact(email="next@example.com")


@pytest.fixture(autouse=True)
def _no_long_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("growthhub_async.retry.BACKOFF_BASE", 0.01)


def accepted(request: bytes) -> bytes:
    """Answer an upsert well: the contact's id is its email."""
    contact = msgspec.json.decode(request.partition(b"\r\n\r\n")[2])
    named = {"id": contact.get("email", "nobody")}
    return http("200 OK", msgspec.json.encode({"new": True, "contact": named}), "Content-Type: application/json")


async def reset(_: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.close()


SHORT = 0.5
"""Seconds an attempt may take where the server never ends; elsewhere it may take as long as the machine needs."""
BOMB = gzip.compress(b" " * 100_000_000, compresslevel=1)

_EARLIER = aiohttp.__version__.startswith(("3.11.", "3.12.", "3.13."))
NO_REPLY = "Expected HTTP/, RTSP/ or ICE/" if _EARLIER else "Bad status line"
"""What aiohttp's parser says of what does not begin as a reply."""

FAULTS: dict[str, tuple[Behave, str]] = {
    "reset after the request": (reset, "the connection or the reply broke"),
    "closed without a byte": (says(b"", close=True), "the connection or the reply broke"),
    "no reply at all": (hang, "no whole reply within 0.5 s"),
    "a body that drips": (drip, "no whole reply within 0.5 s; it began: 200"),
    "endless 1xx": (inform, "no whole reply within 0.5 s"),
    "a body cut short": (
        says(b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{"new":true', close=True),
        'it began: 200 {"new":true',
    ),
    "a body longer than it says": (
        says(b'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}{"new":true,"contact":{"id":"x"}}'),
        f'the reply is not valid HTTP ({NO_REPLY}); it began: 200 of no content type, {{}}{{"new":true',
    ),
    "endless headers": (
        says(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 100_000),
        "the reply is not valid HTTP (Too many headers received); it began: ",
    ),
    "a bomb": (says(http("200 OK", BOMB, "Content-Encoding: gzip")), "longer than 4,194,304 bytes; it began: 200"),
    "a page under a 200": (
        says(http("200 OK", b"<html><h1>Welcome</h1></html>", "Content-Type: text/html")),
        "200 text/html, Welcome",
    ),
}


async def upserted(client: GrowthHubClient, contact: Contact) -> Outcome:
    async with client.upsert_many([contact]) as stream:
        [outcome] = [outcome async for outcome in stream]
    return outcome


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize(
    ("contact", "times", "end"),
    [
        (SAFE, 1, "created 2"),
        (SAFE, 2, "in_doubt+ 2"),
        (UNSAFE, 1, "in_doubt 1"),
        (NO_KEY, 1, "in_doubt 1"),
    ],
    ids=["safe, once", "safe, always", "unsafe", "no key"],
)
async def test_the_worst_that_can_happen_is_an_outcome(fault: str, contact: Contact, times: int, end: str) -> None:
    """It is repeated for a record that can be sent twice and for no other, it says what came, and the next record of
    the same client is accepted.
    """
    behave, told = FAULTS[fault]
    timeout = SHORT if told.startswith("no whole reply") else 30.0
    arrived = 0

    async def misbehave(request: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal arrived
        arrived += 1
        if arrived <= times:
            await behave(request, reader, writer)
        else:
            writer.write(accepted(request))

    async with (
        raw_server(misbehave) as server,
        GrowthHubClient(
            token="pit-secret", location_id="loc1", base_url=server.base_url, max_attempts=2, attempt_timeout=timeout
        ) as client,
    ):
        outcome = await upserted(client, contact)
        seen = arrived
        following = await upserted(client, NEXT)
    error = outcome.error
    ended = str(outcome.status) if error is None else f"{error.reason}{'+' if error.retryable else ''}"
    assert f"{ended} {outcome.attempts}" == end, error and error.message
    assert seen == outcome.attempts
    assert error is None or told in error.message
    assert (following.error, following.contact_id, following.attempts) == (None, "next@example.com", 1)


@pytest.mark.parametrize("contact", [SAFE, UNSAFE, NO_KEY])
async def test_a_reply_too_many_is_nobodys(contact: Contact) -> None:
    """What comes after a record's own reply is not told of the next record."""

    async def too_many(request: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(accepted(request))
        await writer.drain()
        await asyncio.sleep(0.01)
        writer.write(http("200 OK", b'{"new": true, "contact": {"id": "somebody else"}}'))
        surplus.set()

    surplus = asyncio.Event()
    async with (
        raw_server(too_many) as server,
        GrowthHubClient(token="pit-secret", location_id="loc1", base_url=server.base_url) as client,
    ):
        first = await upserted(client, contact)
        await surplus.wait()
        await asyncio.sleep(0.01)
        following = await upserted(client, NEXT)
    assert first.error is None
    assert (following.error, following.contact_id) == (None, "next@example.com")
    assert (server.connections, len(server.requests)) == (2, 2)
