"""A sandbox that remembers for which sending each of its requests came, in a thread that outlives every kill."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread
from types import TracebackType
from typing import Any, NamedTuple, Self

import msgspec

from growthhub_async.sandbox import LedgerEntry, Sandbox, Scenario
from growthhub_async.sandbox.api import Call
from growthhub_async.sandbox.gateway import Arrival, Gateway
from growthhub_async.sandbox.replies import Reply

UPSERT = "/contacts/upsert"
_LONG_AGO = 86_400.0


class Seen(NamedTuple):
    """One upsert: for which sending it came, what the ledger has of it, and from when to when the server was at it."""

    name: str
    entry: LedgerEntry
    began: float
    ended: float


class _Body(msgspec.Struct):
    source: str | None = None


_body_of = msgspec.json.Decoder(_Body).decode


class _Watched:
    """The gateway, watched: it does what it does."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self.names: dict[int, str] = {}
        self.at_work: dict[int, tuple[float, float]] = {}
        self.arrive = gateway.arrive
        self.state = gateway.state

    async def process(self, arrival: Arrival, call: Call) -> Reply | None:
        if call.path == UPSERT:
            self.names[arrival.number] = _body_of(call.body).source or ""
        began = time.monotonic()
        try:
            return await self._gateway.process(arrival, call)
        finally:
            self.at_work[arrival.number] = (began, time.monotonic())


class _WatchedSandbox(Sandbox):
    watched: _Watched

    def __init__(self, scenario: Scenario) -> None:
        super().__init__(scenario, clock=lambda: time.time() - self._ago)
        self._ago = _LONG_AGO

    async def __aenter__(self) -> Self:
        await super().__aenter__()  # by which those who are there before are added
        self._ago = 0.0
        store, gateway = self._parts()
        self.watched = _Watched(gateway)
        self._running = store, self.watched  # type: ignore[assignment]
        return self


class Witness:
    """A sandbox in a thread of its own, for as long as its `with` block."""

    def __init__(self, scenario: Scenario) -> None:
        self._sandbox = _WatchedSandbox(scenario)
        self._thread = Thread(target=lambda: asyncio.run(self._serve()), name="growthhub-witness", daemon=True)
        self._started: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = Future()

    def __enter__(self) -> Self:
        self._thread.start()
        self._started.result()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        loop, ending = self._started.result()
        loop.call_soon_threadsafe(ending.set)
        self._thread.join()

    @property
    def base_url(self) -> str:
        """The address."""
        return self._sandbox.base_url

    @property
    def arrived(self) -> int:
        """How many upserts have come so far; cheap, and told by any thread."""
        return len(self._sandbox.watched.names)

    def seen(self) -> list[Seen]:
        """Return every upsert so far, in order of arrival."""
        return self._ask(self._seen)

    def contacts(self) -> list[dict[str, Any]]:
        """Return the contacts that are there."""
        return self._ask(self._sandbox.contacts)

    def faults(self) -> dict[str, int]:
        """Return how many faults of each kind were served."""
        faults: dict[str, int] = self._ask(self._sandbox.state)["faults"]
        return faults

    def _seen(self) -> list[Seen]:
        watched = self._sandbox.watched
        return [
            Seen(watched.names[entry.number], entry, *watched.at_work[entry.number])
            for entry in self._sandbox.ledger
            if entry.number in watched.names and entry.number in watched.at_work
        ]

    async def _serve(self) -> None:
        ending = asyncio.Event()
        async with self._sandbox:
            self._started.set_result((asyncio.get_running_loop(), ending))
            await ending.wait()

    def _ask(self, question: Callable[[], Any]) -> Any:
        loop, _ = self._started.result()

        async def answer() -> Any:
            return question()

        return asyncio.run_coroutine_threadsafe(answer(), loop).result()
