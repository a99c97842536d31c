"""Ctrl-C: it ends what is read at once, and what is sent in steps, of which a third is as in any program."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from .guard import ReadingStoppedError

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interruption:
    """The signals that have come, and what each does: the first step the first, the second step the second."""

    def __init__(self, *steps: Callable[[], None]) -> None:
        self.signal: signal.Signals | None = None
        self._steps = list(steps)

    @property
    def exhausted(self) -> bool:
        """Whether there is nothing more that a signal could do here."""
        return not self._steps

    def hear(self, number: int) -> None:
        """Take the next step; the first signal is the one that is remembered."""
        self.signal = self.signal or signal.Signals(number)
        if self._steps:
            self._steps.pop(0)()


@contextmanager
def heard(interruption: Interruption) -> Iterator[None]:
    """Let an interruption hear SIGINT and SIGTERM on the running loop, until it is exhausted or the block is left."""
    loop = asyncio.get_running_loop()

    def hear(number: int, _: object) -> None:
        loop.call_soon_threadsafe(step, number)

    def step(number: int) -> None:
        interruption.hear(number)
        if interruption.exhausted:
            restore()

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    before = {number: signal.signal(number, hear) for number in _SIGNALS}
    try:
        yield
    finally:
        restore()


@contextmanager
def stopped_by_signals() -> Iterator[None]:
    """Let SIGINT or SIGTERM end the block, also where it waits for bytes; raises ReadingStoppedError then."""
    came: list[int] = []

    def stop(number: int, _: FrameType | None) -> None:
        came.append(number)
        raise KeyboardInterrupt

    before = {number: signal.signal(number, stop) for number in _SIGNALS}
    try:
        yield
    except KeyboardInterrupt:
        raise ReadingStoppedError(came[0] if came else signal.SIGINT) from None
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
