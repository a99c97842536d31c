"""Signals are heard while files are read or a run goes on, and are as before afterwards."""

from __future__ import annotations

import asyncio
import os
import signal
import threading

import pytest

from growthhub_async.cli.guard import ReadingStoppedError
from growthhub_async.cli.signals import Interruption, heard, stopped_by_signals

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


@pytest.mark.parametrize("steps", [0, 1, 3])
def test_there_are_as_many_steps_as_were_given(steps: int) -> None:
    """With none left a signal changes nothing."""
    taken: list[int] = []
    interruption = Interruption(*(lambda step=step: taken.append(step) for step in range(steps)))  # type: ignore[misc]
    for _ in range(5):
        interruption.hear(signal.SIGINT)
    assert taken == list(range(steps))
    assert interruption.exhausted
    assert interruption.signal is signal.SIGINT


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_what_waits_for_bytes_is_stopped(number: signal.Signals) -> None:
    """Though they never come; afterwards signals do what they did before."""
    ours, theirs = os.pipe()
    before = [signal.getsignal(known) for known in (signal.SIGINT, signal.SIGTERM)]
    timer = threading.Timer(0.0, signal.pthread_kill, (threading.main_thread().ident, number))

    def wait() -> None:
        with stopped_by_signals():
            timer.start()
            os.read(ours, 1)

    with pytest.raises(ReadingStoppedError) as stopped:
        wait()
    assert stopped.value.number == number
    assert [signal.getsignal(known) for known in (signal.SIGINT, signal.SIGTERM)] == before
    os.close(ours)
    os.close(theirs)


def test_what_is_not_stopped_goes_on() -> None:
    """And what is wrong in it is raised as it is."""
    before = signal.getsignal(signal.SIGINT)
    with stopped_by_signals():
        pass
    with pytest.raises(KeyError), stopped_by_signals():
        raise KeyError
    assert signal.getsignal(signal.SIGINT) is before
