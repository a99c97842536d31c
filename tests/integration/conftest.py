"""What the tests over real sockets have in common: time is real there."""

from __future__ import annotations

from typing import Any

import pytest

from growthhub_async import call, transports
from growthhub_async.transport import Transport
from growthhub_async.transport_aiohttp import AiohttpTransport
from growthhub_async.transport_lean import LeanTransport


@pytest.fixture(params=[False, True], ids=["asyncio", "uvloop"])
def anyio_backend(request: pytest.FixtureRequest) -> tuple[str, dict[str, Any]]:
    """The same tests on both loops a user may run."""
    return "asyncio", {"use_uvloop": request.param}


@pytest.fixture(autouse=True)
def _a_server_that_is_soon_done(monkeypatch: pytest.MonkeyPatch) -> None:
    """The servers of these tests are at work on nothing once they have lost a connection: none need be waited for."""
    monkeypatch.setattr(call, "AT_WORK", 0.01)


@pytest.fixture(params=[AiohttpTransport, LeanTransport], ids=["plain", "lean"], autouse=True)
def transport_class(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> type[Transport]:
    """The same tests over both transports."""
    monkeypatch.setattr(transports, "make_transport", request.param)
    chosen: type[Transport] = request.param
    return chosen
