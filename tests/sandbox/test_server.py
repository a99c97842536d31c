import asyncio
import socket
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from growthhub_async.sandbox import Fixed, HugeBody, Location, Sandbox, Scenario

from .virtual import run, upsert

pytestmark = pytest.mark.anyio


async def test_contacts_survive_a_restart(calling: Callable[..., Any], tmp_path: Path) -> None:
    """With a database, contacts are there in the next run, ids do not collide, and only the owner may read the file."""
    database = tmp_path / "contacts.db"
    seeded = Scenario(locations=(Location(contacts=({"email": "seed@example.com"},)),))
    async with calling(seeded, database=database) as caller:
        await caller.upsert(email="ada@example.com")
        before = caller.sandbox.contacts()
    async with calling(seeded, database=database) as caller:
        assert caller.sandbox.contacts() == before
        assert (await caller.upsert(email="ada@example.com")).json["new"] is False
        assert (await caller.upsert(email="grace@example.com")).json["new"] is True
        assert len({contact["id"] for contact in caller.sandbox.contacts()}) == 3
    assert stat.S_IMODE(database.stat().st_mode) == 0o600


async def test_it_listens_on_the_loopback_interface_only() -> None:
    """Its address is 127.0.0.1, on the port that was asked for, and the port is free again afterwards."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    for _ in range(2):
        async with Sandbox(port=port) as sandbox:
            assert sandbox.base_url == f"http://127.0.0.1:{port}"
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="address already in use"):
        await Sandbox(port=taken.getsockname()[1]).__aenter__()


@pytest.mark.parametrize("announced", [100, 1000], ids=["while the reply comes", "while it sends"])
async def test_a_client_that_gives_up_leaves_no_trace_in_the_log(
    announced: int, caplog: pytest.LogCaptureFixture
) -> None:
    """Connections lost before the body has arrived or before the reply is out are no errors of the sandbox."""
    async with Sandbox(Scenario(faults=(HugeBody(requests=(1,)),))) as sandbox:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(sandbox.base_url.rpartition(":")[2]))
        body = f'{{"locationId": "{sandbox.location_id}", "email": "ada@example.com"}}'.encode().ljust(100)
        head = (
            f"POST /contacts/upsert HTTP/1.1\r\nHost: x\r\nUser-Agent: t\r\nAuthorization: Bearer {sandbox.token}\r\n"
        )
        writer.write(
            f"{head}Version: v3\r\nContent-Type: application/json\r\nContent-Length: {announced}\r\n\r\n".encode()
        )
        writer.write(body)
        await writer.drain()
        if announced == len(body):
            await reader.readexactly(100_000)
        writer.transport.abort()
    assert [record for record in caplog.records if record.levelname in ("WARNING", "ERROR")] == []


async def test_nothing_is_left_running() -> None:
    """After the block no task of the sandbox is left, though a client holds its connection open."""
    before = asyncio.all_tasks()
    async with Sandbox() as sandbox:
        _, writer = await asyncio.open_connection("127.0.0.1", int(sandbox.base_url.rpartition(":")[2]))
        writer.write(b"GET / HTTP/1.1\r\n")
        await writer.drain()
    writer.close()
    await writer.wait_closed()
    assert asyncio.all_tasks() == before


def test_outside_its_block_it_says_so() -> None:
    """Asked for its address before it runs, it says how to start it; what the scenario settles it knows."""
    sandbox = Sandbox()
    assert sandbox.token.startswith("pit-")
    with pytest.raises(RuntimeError, match="enter it with `async with`"):
        _ = sandbox.base_url


def test_a_delay_is_the_event_loops() -> None:
    """A virtual loop drives the latency: an hour passes at once, and the reply comes after it."""

    async def story(sandbox: Sandbox) -> float:
        assert (await upsert(sandbox, "ada@example.com")).startswith(b"HTTP/1.1 200")
        return asyncio.get_running_loop().time()

    assert run(Scenario(latency=Fixed(seconds=3600.0)), story) == pytest.approx(3600.0, abs=0.1)


def test_a_write_happens_though_nobody_waits_for_it() -> None:
    """A client that gives up does not stop the server: the contact is written all the same."""

    async def story(sandbox: Sandbox) -> None:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(upsert(sandbox, "ada@example.com"), timeout=1.0)
        assert sandbox.contacts() == []
        await asyncio.sleep(10.0)
        assert [entry.effect for entry in sandbox.ledger] == ["created"]

    run(Scenario(latency=Fixed(seconds=5.0)), story)
