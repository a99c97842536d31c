"""The time that a client goes by."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


def _of_the_running_loop() -> float:
    return asyncio.get_running_loop().time()


class Clock:
    """The time of the loop that it was last opened on, in seconds; before that, of the one that is running.

    To ask for the running loop costs a system call (CPython 3.11), and a record asks for the time a dozen times.
    """

    __slots__ = ("now",)

    def __init__(self) -> None:
        self.now: Callable[[], float] = _of_the_running_loop

    def open(self) -> None:
        """Go by the loop that is running."""
        self.now = asyncio.get_running_loop().time
