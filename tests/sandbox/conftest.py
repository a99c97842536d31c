from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import ClientSession

from growthhub_async.sandbox import Sandbox, Scenario
from growthhub_async.sandbox.sqlite_store import SqliteStore
from growthhub_async.sandbox.store import ContactStore, MemoryStore

from .caller import Caller


@asynccontextmanager
async def _calling(
    scenario: Scenario | None = None, *, database: Path | None = None, clock: Callable[[], float] = lambda: 1_000_000.0
) -> AsyncIterator[Caller]:
    async with Sandbox(scenario, database=database, clock=clock) as sandbox, ClientSession() as session:
        yield Caller(sandbox, session)


@pytest.fixture
def calling() -> Callable[..., object]:
    """Give `async with calling(scenario) as caller`: a sandbox whose time stands still, and who calls it."""
    return _calling


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ContactStore]:
    """Give each kind of store in turn."""
    store = MemoryStore() if request.param == "memory" else SqliteStore(tmp_path / "contacts.db")
    yield store
    store.close()
