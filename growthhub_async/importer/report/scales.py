"""Where axes have their ticks: at numbers that people count in."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

_STEPS = (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200)
_DAY = 86_400


def ticks(most: float, number: int) -> list[float]:
    """Choose whole numbers from 0 to `most` or just above, at most so many even steps; always at least two numbers."""
    if most <= 1:
        return [0.0, 1.0]
    rough = max(most / number, 1.0) * (1 - 1e-9)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(
        step for step in (power, 2 * power, 2.5 * power, 5 * power, 10 * power) if step >= rough and step % 1 == 0
    )
    return [step * index for index in range(math.ceil(most / step - 1e-9) + 1)]


def time_ticks(moments: Sequence[float], seconds: float, local: Callable[[float], datetime]) -> list[int]:
    """Choose which of ascending moments, about `seconds` apart at the least, begin a round time on the local clock."""
    step = next((step for step in _STEPS if step >= seconds), None)
    rounds = [_round(local(moment), step or _DAY * math.ceil(seconds / _DAY)) for moment in moments]
    return [index for index in range(1, len(rounds)) if rounds[index] != rounds[index - 1]]


def _round(when: datetime, step: int) -> int:
    wall = when.replace(tzinfo=None) - datetime(1970, 1, 1)
    return wall // timedelta(seconds=step)


def latency_ticks(low: float, high: float, steps: Sequence[int] = (1, 2, 5)) -> list[float]:
    """Choose ticks between two positive numbers on a scale of powers of ten."""
    decades = range(math.floor(math.log10(low)) - 1, math.ceil(math.log10(high)) + 1)
    every = [times * 10.0**decade for decade in decades for times in steps]
    return [tick for tick in every if low * (1 - 1e-9) <= tick <= high * (1 + 1e-9)]
