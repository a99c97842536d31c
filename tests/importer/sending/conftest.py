"""What the tests of sending have in common: time is real there, so nothing waits for long, and no thread is left."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from growthhub_async import call, retry
from growthhub_async.importer.sending import keeper


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(call, "AT_WORK", 0.01)
    monkeypatch.setattr(retry, "BACKOFF_BASE", 0.0)
    monkeypatch.setattr(keeper, "_LINGER", 0.001)


@pytest.fixture(autouse=True)
def _leaves_no_thread() -> Iterator[None]:
    """The thread of a job has ended, or is about to, once its stream was left."""
    yield
    for thread in threading.enumerate():
        if thread.name == "growthhub-job":
            thread.join(10.0)
            assert not thread.is_alive()
