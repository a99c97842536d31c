"""Calls to the sandbox on a loop whose time is virtual: hours pass at once, and only when nothing else can happen."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import async_solipsism
import msgspec

from growthhub_async.sandbox import Sandbox, Scenario

T = TypeVar("T")


def run(scenario: Scenario, story: Callable[[Sandbox], Awaitable[T]]) -> T:
    """Run a story against a sandbox, both on one virtual loop whose time is also the sandbox's clock."""
    loop = async_solipsism.EventLoop()

    async def tell() -> T:
        async with Sandbox(scenario, clock=loop.time) as sandbox:
            return await story(sandbox)

    try:
        return loop.run_until_complete(tell())
    finally:
        loop.close()


async def upsert(sandbox: Sandbox, email: str) -> bytes:
    """Upsert a contact on a connection of its own and return the whole response."""
    body = msgspec.json.encode({"locationId": sandbox.location_id, "email": email})
    head = (
        f"POST /contacts/upsert HTTP/1.1\r\nHost: sandbox\r\nUser-Agent: tests/1\r\nConnection: close\r\n"
        f"Authorization: Bearer {sandbox.token}\r\nVersion: v3\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    reader, writer = await asyncio.open_connection("127.0.0.1", int(sandbox.base_url.rpartition(":")[2]))
    try:
        writer.write(head.encode() + body)
        return await reader.read()
    finally:
        writer.close()
