from pathlib import Path
from threading import enumerate as threads

import msgspec
import pytest
from aiohttp import ClientSession

from growthhub_async.sandbox import Location, SandboxThread, Scenario, Status

from .caller import Caller

pytestmark = pytest.mark.anyio


async def test_it_serves_and_tells_like_the_sandbox() -> None:
    """From another thread the same questions have the same answers."""
    scenario = Scenario(locations=(Location(), Location(id="second")), faults=(Status(requests=(2,)),))
    with SandboxThread(scenario) as sandbox:
        async with ClientSession() as session:
            caller = Caller(sandbox, session)
            answers = [await caller.upsert(email="ada@example.com") for _ in range(2)]
            state = (await caller.request("GET", "/_sandbox")).json
        assert [answer.status for answer in answers] == [200, 503]
        assert sandbox.contacts() == [answers[0].json["contact"]]
        assert sandbox.contacts("second") == []
        assert [entry.effect for entry in sandbox.ledger] == ["created", None]
        assert msgspec.to_builtins(sandbox.state()) == state
        assert sandbox.token_for("second") != sandbox.token
        with pytest.raises(LookupError):
            sandbox.token_for("third")


def test_it_ends_with_its_block() -> None:
    """Its thread is gone after the block."""
    with SandboxThread():
        assert "growthhub-sandbox" in [thread.name for thread in threads()]
    assert "growthhub-sandbox" not in [thread.name for thread in threads()]


def test_a_failure_to_start_is_raised_where_it_is_started(tmp_path: Path) -> None:
    """What keeps the sandbox from starting is raised by the `with`, not lost in the thread."""
    with pytest.raises(FileNotFoundError), SandboxThread(database=tmp_path / "missing" / "contacts.db"):
        pass
