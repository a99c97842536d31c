"""The loop of a run: tasks are told apart by number, not by where in memory they are, timers by whose they are."""

from __future__ import annotations

import asyncio
import itertools
import sys
from collections.abc import Callable, Coroutine
from functools import cache
from types import FrameType
from typing import Any

from tests import memory_network, virtual


class Task(asyncio.Task[Any]):
    """A task whose place in a set depends on its number."""

    def __init__(self, coroutine: Coroutine[Any, Any, Any], loop: Loop, **options: Any) -> None:
        self._number = next(loop.task_numbers)
        super().__init__(coroutine, loop=loop, **options)

    def __hash__(self) -> int:
        return self._number


class Loop(virtual.Loop):
    """A loop that knows which of its timers are the client's."""

    def __init__(self) -> None:
        super().__init__()
        self.client_timers: list[asyncio.TimerHandle] = []
        self.task_numbers = itertools.count()
        self.set_task_factory(_make_task)

    def call_at(self, when: float, callback: Callable[..., object], *args: Any, context: Any = None) -> Any:
        timer = super().call_at(when, callback, *args, context=context)
        if _is_called_by_client():
            self.client_timers.append(timer)
        return timer


def _make_task(loop: Any, coroutine: Any, **options: Any) -> Task:
    return Task(coroutine, loop, **options)


def _is_called_by_client() -> bool:
    """Tell whether the client, or aiohttp for it, is among those who are calling, and the network is not."""
    frame: FrameType | None = sys._getframe(2)
    while frame is not None:
        file = frame.f_code.co_filename
        if is_client_code(file):
            return True
        if file == memory_network.__file__:
            return False
        frame = frame.f_back
    return False


@cache
def is_client_code(file: str) -> bool:
    if "/growthhub_async/" in file:
        return "/sandbox/" not in file
    return "/aiohttp/c" in file  # client, client_proto, client_reqrep, connector


def file_of(task: asyncio.Task[Any]) -> str:
    code = getattr(task.get_coro(), "cr_code", None)
    return "" if code is None else str(code.co_filename)
