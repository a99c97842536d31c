"""Run a coroutine on a virtual clock: hours pass in milliseconds, and nothing sleeps."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import async_solipsism

T = TypeVar("T")


LATE = 1e-6
"""Seconds by which every timer is late."""
HALF_A_DAY = 43_200.0


class Loop(async_solipsism.EventLoop):
    """A loop whose timers fire a little late, as real ones do: AsyncLimiter waits for moments no float can hit.

    `at_step` is called after each of its steps with their number.
    """

    at_step: Callable[[int], None] | None = None
    steps = 0

    def _run_once(self) -> None:
        super()._run_once()
        self.steps += 1
        if self.at_step is not None:
            self.at_step(self.steps)

    def call_at(self, when: float, callback: Callable[..., object], *args: Any, context: Any = None) -> Any:
        if when - self.time() > HALF_A_DAY:  # the clock is advanced by less than a day at once
            super().call_at(self.time() + HALF_A_DAY, self._look_again, when)
        return super().call_at(self._a_moment(when + LATE), callback, *args, context=context)

    def _a_moment(self, when: float) -> float:
        """Give the nearest moment of the clock: what is between two would be found to be due in no time."""
        resolution: float = self._clock_resolution
        return round(when / resolution) * resolution

    def _look_again(self, when: float) -> None:
        if when - self.time() > HALF_A_DAY:
            super().call_at(self.time() + HALF_A_DAY, self._look_again, when)


def run(main: Callable[[], Coroutine[Any, Any, T]], at_step: Callable[[int], None] | None = None) -> T:
    """Run `main()` to its end, and require that it leaves no task behind; `at_step` hears each step of the loop."""

    async def checked() -> T:
        result = await main()
        left = asyncio.all_tasks() - {asyncio.current_task()}
        assert not left, f"tasks left behind: {left}"
        return result

    def loop() -> Loop:
        made = Loop()
        made.at_step = at_step
        return made

    with asyncio.Runner(loop_factory=loop) as runner:
        return runner.run(checked())
