"""Processes that share one connection by a file, over real sockets: one renews it, and none can lose it."""

from __future__ import annotations

import asyncio
import multiprocessing
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import msgspec

from growthhub_async import FileTokenStore, GrowthHubClient
from growthhub_async.grant import read_grant
from growthhub_async.sandbox import AuthorizationCode, Fixed, Location, OAuthApp, SandboxThread, Scenario
from tests.killing.refreshing import upsert_once

KILLS = 30
SPAWNING = multiprocessing.get_context("forkserver")
SPAWNING.set_forkserver_preload(["tests.killing.refreshing"])


class Process:
    """A process that upserts one contact."""

    def __init__(self, sandbox: SandboxThread, store: Path, kill_at: int | None = None) -> None:
        self._hears, self._tells = SPAWNING.Pipe(duplex=False)
        self._process = SPAWNING.Process(
            target=upsert_once, args=(sandbox.base_url, sandbox.location_id, store, self._tells, kill_at)
        )
        self._process.start()
        self._tells.close()

    def ended(self) -> tuple[int | None, tuple[str, int] | None]:
        """Wait for its end; return its exit code, and what it told, if it came to that."""
        try:
            told: tuple[str, int] | None = self._hears.recv()
        except EOFError:
            told = None
        self._process.join()
        self._hears.close()
        code = self._process.exitcode
        self._process.close()
        return code, told


@contextmanager
def connected(store: Path, latency: float = 0.0) -> Iterator[SandboxThread]:
    app = OAuthApp(
        client_id="app-1", client_secret="hush", codes=(AuthorizationCode(value="code", location_id=Location().id),)
    )
    with SandboxThread(Scenario(oauth=app, latency=Fixed(seconds=latency))) as sandbox:

        async def connect() -> None:
            async with GrowthHubClient(
                client_id="app-1",
                client_secret="hush",
                token_store=FileTokenStore(store),
                base_url=sandbox.base_url,
                location_id=sandbox.location_id,
            ) as client:
                await client.connect("code")

        asyncio.run(connect())
        yield sandbox


def let_end(store: Path, location_id: str) -> None:
    """Let the access token that is kept be at its end."""

    async def change() -> None:
        kept = FileTokenStore(store)
        grant = read_grant(await kept.load(location_id) or "")
        assert grant is not None
        ended = msgspec.structs.replace(grant.connection, expires_at=time.time() - 1)
        await kept.save(location_id, msgspec.structs.replace(grant, connection=ended).as_text())

    asyncio.run(change())


def refreshes(sandbox: SandboxThread) -> int:
    return sum(entry.path == "/oauth/token" for entry in sandbox.ledger) - 1


def test_two_processes_make_one_refresh(tmp_path: Path) -> None:
    """The second finds what the first has kept."""
    store = tmp_path / "tokens.json"
    with connected(store, latency=0.3) as sandbox:
        let_end(store, sandbox.location_id)
        both = [Process(sandbox, store) for _ in range(2)]
        assert {ended[0] for ended in [process.ended() for process in both]} == {0}
        assert refreshes(sandbox) == 1
        assert {entry.status for entry in sandbox.ledger} == {200}


def test_a_connection_survives_whenever_a_process_is_killed(tmp_path: Path) -> None:
    """From the reply of a refresh to the next request, at thirty steps of some thousand: what follows has a token."""
    store = tmp_path / "tokens.json"
    chance = Random(1)
    with connected(store) as sandbox:
        let_end(store, sandbox.location_id)
        code, told = Process(sandbox, store).ended()
        assert (code, told and told[0]) == (0, "created")
        assert told is not None
        steps = told[1]
        assert steps > 3 * KILLS
        for kill_at in sorted(chance.sample(range(1, steps), KILLS)):
            let_end(store, sandbox.location_id)
            before = refreshes(sandbox)
            assert Process(sandbox, store, kill_at).ended() == (-signal.SIGKILL, None)
            assert refreshes(sandbox) == before + 1
            code, told = Process(sandbox, store).ended()
            assert (code, told and told[0]) == (0, "updated")
        assert {entry.status for entry in sandbox.ledger} == {200}
        assert [path.name for path in tmp_path.iterdir()] == ["tokens.json"]
