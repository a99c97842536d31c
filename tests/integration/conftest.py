"""What the tests over real sockets have in common: time is real there."""

from __future__ import annotations

import pytest

from growthhub_async import attempts


@pytest.fixture(autouse=True)
def _a_server_that_is_soon_done(monkeypatch: pytest.MonkeyPatch) -> None:
    """The servers of these tests are at work on nothing once they have lost a connection: none need be waited for."""
    monkeypatch.setattr(attempts, "AT_WORK", 0.01)
