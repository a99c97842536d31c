"""The sandbox in a thread of its own, for code without an event loop."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import AsyncExitStack
from pathlib import Path
from threading import Thread
from types import TracebackType
from typing import Any, Self, TypeVar

from growthhub_async.sandbox.ledger import LedgerEntry
from growthhub_async.sandbox.scenario import Scenario
from growthhub_async.sandbox.server import Sandbox
from growthhub_async.sandbox.store import Contact

T = TypeVar("T")


class SandboxThread:
    """A `Sandbox` that runs in a background thread for as long as its `with` block.

    It takes the same arguments and tells the same of itself; every question is answered in the sandbox's own thread.
    """

    def __init__(
        self,
        scenario: Scenario | None = None,
        *,
        port: int = 0,
        database: Path | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        # Made only here and entered in its thread: it opens its files and sockets when it is entered.
        self._sandbox = Sandbox(scenario, port=port, database=database, clock=clock)
        self._thread = Thread(target=self._run, name="growthhub-sandbox", daemon=True)
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
        """Return the address a client is pointed at, without a slash at its end."""
        return self._ask(lambda: self._sandbox.base_url)

    @property
    def location_id(self) -> str:
        """Return the id of the first location."""
        return self._ask(lambda: self._sandbox.location_id)

    @property
    def token(self) -> str:
        """Return a token that works for the first location."""
        return self._ask(lambda: self._sandbox.token)

    @property
    def ledger(self) -> tuple[LedgerEntry, ...]:
        """Return every request so far in order of arrival."""
        return self._ask(lambda: self._sandbox.ledger)

    def token_for(self, location_id: str) -> str:
        """Return a token that works for a location.

        Raises `LookupError` when the scenario gives it none.
        """
        return self._ask(lambda: self._sandbox.token_for(location_id))

    def contacts(self, location_id: str | None = None) -> list[Contact]:
        """Return a location's contacts as the API would, the oldest first; the first location's by default."""
        return self._ask(lambda: self._sandbox.contacts(location_id))

    def state(self) -> dict[str, Any]:
        """Return what `GET /_sandbox` answers."""
        return self._ask(lambda: self._sandbox.state())

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        ending = asyncio.Event()
        async with AsyncExitStack() as resources:
            try:
                await resources.enter_async_context(self._sandbox)
            except Exception as error:
                self._started.set_exception(error)
                return
            self._started.set_result((asyncio.get_running_loop(), ending))
            await ending.wait()

    def _ask(self, question: Callable[[], T]) -> T:
        loop, _ = self._started.result()

        async def answer() -> T:
            return question()

        return asyncio.run_coroutine_threadsafe(answer(), loop).result()
