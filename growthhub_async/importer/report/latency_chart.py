"""How long attempts took, as bars on an axis of powers of ten, with the percentiles as lines."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import NamedTuple

from . import svg
from .scales import latency_ticks, ticks
from .values import Latency, LatencyBin
from .words import counted, duration, number, percent

_HEIGHT = 270.0
_TOP, _BOTTOM, _RIGHT = 66.0, 28.0, 16.0
_BASE = _HEIGHT - _BOTTOM
_LEAST_RATIO = 10.0
"""Between the ends of the axis."""
_BETWEEN_TIMES = 48.0


class _Frame(NamedTuple):
    """Where things are: the plot from `left` to `right`, `low` to `high` seconds on it, and how high a number is."""

    left: float
    right: float
    low: float
    high: float
    most: float

    def x(self, seconds: float) -> float:
        """Return where a time is on the axis; what is beyond an end is at that end."""
        share = math.log(min(max(seconds, self.low), self.high) / self.low) / math.log(self.high / self.low)
        return self.left + share * (self.right - self.left)

    def y(self, attempts: float) -> float:
        """Return how high a number is drawn."""
        return _BASE - attempts / self.most * (_BASE - _TOP)


def latency_chart(latency: Latency, width: float) -> str:
    """Draw it; `width` is in pixels."""
    scale = ticks(max(each.attempts for each in latency.bins), 4)
    left = max(svg.width_of(number(tick)) for tick in scale) + 10
    frame = _Frame(left, width - _RIGHT, *_range(latency.bins), scale[-1])
    shapes = []
    for tick in scale:
        shapes.append(svg.line(frame.left, frame.y(tick), frame.right, frame.y(tick), "grid" if tick else "base"))
        shapes.append(svg.text(frame.left - 6, frame.y(tick) + 4, number(tick), "axis", "end"))
    shapes += [_bar(each, latency.attempts, frame) for each in latency.bins]
    shapes += _percentiles(latency, frame)
    shapes += _seconds_axis(frame)
    return svg.picture(width, _HEIGHT, _label(latency), shapes, "chart")


def _label(latency: Latency) -> str:
    return (
        f"How long {counted(latency.attempts, 'answer')} took: half came within {duration(latency.p50)}, 90 % within"
        f" {duration(latency.p90)}, 99 % within {duration(latency.p99)}, the last after {duration(latency.most)}."
    )


def _range(bins: list[LatencyBin]) -> tuple[float, float]:
    """Return the ends of the axis: around the bins, and apart."""
    low, high = bins[0].low, bins[-1].high
    wider = math.sqrt(max(_LEAST_RATIO / (high / low), 1.0))
    return low / wider, high * wider


def _bar(each: LatencyBin, attempts: int, frame: _Frame) -> str:
    left, right = frame.x(each.low), frame.x(each.high)
    top = frame.y(each.attempts)
    area = svg.rect(left, _TOP, right - left, _BASE - _TOP, "area")
    bar = svg.rect(left + 0.75, top, right - left - 1.5, _BASE - top, "fill-written")
    share = percent(each.attempts, attempts)
    title = f"{duration(each.low)} to {duration(each.high)}: {counted(each.attempts, 'answer')} ({share})"
    return svg.group([area, bar], title)


def _percentiles(latency: Latency, frame: _Frame) -> list[str]:
    """Draw each percentile, its words on a line of their own so that they never meet."""
    shapes = []
    for row, (words, value) in enumerate((("half", latency.p50), ("90 %", latency.p90), ("99 %", latency.p99))):
        x, y = frame.x(value), 14.0 + 17.0 * row
        shapes.append(svg.line(x, y - 10, x, _BASE, "mark"))
        to_the_right = x < (frame.left + frame.right) / 2
        told = f"{words} within {duration(value)}"
        shapes.append(
            svg.text(x + (5 if to_the_right else -5), y, told, "mark-label", "start" if to_the_right else "end")
        )
    return shapes


def _seconds_axis(frame: _Frame) -> list[str]:
    """Name times on the axis, as many as there is room for."""
    scales = [latency_ticks(frame.low, frame.high, steps) for steps in ((1, 2, 5), (1, 3), (1,))]
    scale = next((scale for scale in scales if _apart(list(map(frame.x, scale)))), scales[-1])
    shapes = []
    for tick in scale:
        x = frame.x(tick)
        shapes.append(svg.line(x, _BASE, x, _BASE + 5, "base"))
        shapes.append(svg.text(min(x, frame.right - 8), _BASE + 19, duration(tick), "axis"))
    return shapes


def _apart(places: list[float]) -> bool:
    return all(after - before >= _BETWEEN_TIMES for before, after in pairwise(places))
