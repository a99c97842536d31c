"""One upsert of an app that is connected, in a process of its own, which may be killed at any step of it."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from growthhub_async import Contact, FileTokenStore, GrowthHubClient
from growthhub_async.transport import Failure, Reply, Request
from growthhub_async.transport_lean import LeanTransport


class Steps:
    """Count the calls that are made, by all threads, from when it begins; the process is killed at the one it says."""

    def __init__(self, last: int | None) -> None:
        self.last = last
        self.taken = 0

    def begin(self) -> None:
        threading.setprofile(self.take)
        sys.setprofile(self.take)

    def end(self) -> None:
        sys.setprofile(None)
        threading.setprofile(None)

    def take(self, *_: Any) -> None:
        self.taken += 1
        if self.taken == self.last:
            os.kill(os.getpid(), signal.SIGKILL)


class WatchedTransport(LeanTransport):
    """Count steps from the reply of a refresh to the next request."""

    def __init__(self, settings: Any, steps: Steps) -> None:
        super().__init__(settings)
        self.steps = steps

    async def send(self, request: Request, timeout: float, on_sent: Callable[[], None]) -> Reply | Failure:
        if request.path != "/oauth/token":
            self.steps.end()
        answer = await super().send(request, timeout, on_sent)
        if request.path == "/oauth/token":
            self.steps.begin()
        return answer


def upsert_once(base_url: str, location_id: str, store: Path, told: Connection, kill_at: int | None = None) -> None:
    """Upsert a contact, and tell its status and the steps it took; or be killed at one of them."""
    steps = Steps(kill_at)

    class Client(GrowthHubClient):
        def _make_transport(self, settings: Any) -> WatchedTransport:
            return WatchedTransport(settings, steps)

    async def upsert() -> str:
        async with Client(
            client_id="app-1",
            client_secret="hush",
            token_store=FileTokenStore(store),
            base_url=base_url,
            location_id=location_id,
        ) as client:
            return str((await client.upsert(Contact(email="ada@example.com"))).status)

    status = asyncio.run(upsert())
    told.send((status, steps.taken))
