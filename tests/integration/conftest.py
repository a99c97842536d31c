"""What the tests over real sockets have in common: time is real there."""

from __future__ import annotations

from typing import Any

import pytest

from growthhub_async import call


@pytest.fixture(params=[False, True], ids=["asyncio", "uvloop"])
def anyio_backend(request: pytest.FixtureRequest) -> tuple[str, dict[str, Any]]:
    """The same tests on both loops a user may run."""
    return "asyncio", {"use_uvloop": request.param}


@pytest.fixture(autouse=True)
def _a_server_that_is_soon_done(monkeypatch: pytest.MonkeyPatch) -> None:
    """The servers of these tests are at work on nothing once they have lost a connection: none need be waited for."""
    monkeypatch.setattr(call, "AT_WORK", 0.01)
