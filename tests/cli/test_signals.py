"""Signals are heard while a run goes on, step by step, and are as before afterwards."""

from __future__ import annotations

import asyncio
import signal

import pytest

from growthhub_async.cli.signals import Interruption, heard

pytestmark = pytest.mark.anyio


def test_each_signal_takes_the_next_step() -> None:
    """First drain, then cancel, then nothing more; the first signal is the one that is remembered."""
    steps: list[str] = []
    interruption = Interruption(lambda: steps.append("drain"), lambda: steps.append("cancel"))
    assert interruption.signal is None
    interruption.hear(signal.SIGTERM)
    assert (steps, interruption.exhausted) == (["drain"], False)
    interruption.hear(signal.SIGINT)
    assert (steps, interruption.exhausted) == (["drain", "cancel"], True)
    interruption.hear(signal.SIGINT)
    assert steps == ["drain", "cancel"]
    assert interruption.signal is signal.SIGTERM


async def test_signals_are_heard_on_the_loop_until_there_is_no_step_left() -> None:
    """After the second, a signal does again what it did before."""
    first, second = asyncio.Event(), asyncio.Event()
    before = signal.getsignal(signal.SIGINT)
    with heard(Interruption(first.set, second.set)):
        assert signal.getsignal(signal.SIGINT) is not before
        signal.raise_signal(signal.SIGINT)
        await first.wait()
        assert signal.getsignal(signal.SIGINT) is not before
        signal.raise_signal(signal.SIGTERM)
        await second.wait()
        assert signal.getsignal(signal.SIGINT) is before


async def test_signals_are_as_before_when_the_run_has_ended() -> None:
    """Whether any came or not."""
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with heard(Interruption(lambda: None, lambda: None)):
        pass
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before
