"""Requests over time as bars, with the quota as a line; what is left out between runs is a band that says how long."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from . import svg
from .scales import ticks, time_ticks
from .values import Bucket, Throughput
from .words import counted, date, duration, number, per

Local = Callable[[float], datetime]

_HEIGHT = 300.0
_TOP, _BOTTOM, _RIGHT = 26.0, 44.0, 8.0
_WIDEST_BAR = 72.0
_PAUSE = 30.0
_BETWEEN_TIMES = 62.0
_ABOVE = 5
"""How many times the highest bar the quota may be, to be drawn: else the bars could not be seen."""


class _Bar(NamedTuple):
    """A bucket, from where to where it is drawn, and whether it begins a stretch."""

    bucket: Bucket
    left: float
    right: float
    first: bool


class _Label(NamedTuple):
    left: float
    middle: float
    when: datetime
    time: str


class _Frame(NamedTuple):
    """Where things are: the plot from `left` to `right`, and how high a number is drawn."""

    left: float
    right: float
    most: float

    def y(self, value: float) -> float:
        """Return where a number is on the axis; what is above its end is at its end."""
        return _TOP + (1 - min(value / self.most, 1)) * (_HEIGHT - _TOP - _BOTTOM)


def throughput_chart(throughput: Throughput, width: float, local: Local) -> str:
    """Draw it; `width` is in pixels, `local` puts a unix time on a clock."""
    highest = max(bucket.requests for bucket in throughput.buckets)
    quota = max(bucket.quota for bucket in throughput.buckets)
    scale = ticks(max(highest, quota if quota <= _ABOVE * highest else 0), 5)
    frame = _Frame(max(svg.width_of(number(tick)) for tick in scale) + 10, width - _RIGHT, scale[-1])
    bars, pauses = _laid_out(throughput, frame)
    shapes = [
        *_value_axis(scale, frame),
        *(_bar(bar, throughput.seconds, frame, local) for bar in bars),
        *(_pause(left, right, seconds) for (left, right), seconds in zip(pauses, throughput.pauses(), strict=True)),
        *_quota_line(bars, throughput.seconds, frame),
        *_time_axis(bars, throughput.seconds, frame, local),
    ]
    return svg.picture(width, _HEIGHT, _label(throughput, highest, quota), shapes, "chart")


def _label(throughput: Throughput, highest: int, quota: float) -> str:
    unit = per(throughput.seconds)
    pauses = f", with {counted(len(throughput.pauses()), 'pause')} left out" if throughput.pauses() else ""
    return f"Requests per {unit} over time{pauses}: at most {highest:,}; the quota allows {number(quota)}."


def _laid_out(throughput: Throughput, frame: _Frame) -> tuple[list[_Bar], list[tuple[float, float]]]:
    """Share the width out: the bars are all as wide, and so are the pauses, which take a quarter at most."""
    space = frame.right - frame.left
    between = len(throughput.stretches) - 1
    pause = min(_PAUSE, space / 4 / between) if between else 0.0
    each = min((space - between * pause) / len(throughput.buckets), _WIDEST_BAR)
    bars: list[_Bar] = []
    pauses = []
    x = frame.left
    for stretch in throughput.stretches:
        if bars:
            pauses.append((x, x + pause))
            x += pause
        for index, bucket in enumerate(stretch):
            bars.append(_Bar(bucket, x, x + each, index == 0))
            x += each
    return bars, pauses


def _value_axis(scale: list[float], frame: _Frame) -> list[str]:
    shapes = []
    for tick in scale:
        y = frame.y(tick)
        shapes.append(svg.line(frame.left, y, frame.right, y, "grid" if tick else "base"))
        shapes.append(svg.text(frame.left - 6, y + 4, number(tick), "axis", "end"))
    return shapes


def _bar(bar: _Bar, seconds: int, frame: _Frame, local: Local) -> str:
    space = bar.right - bar.left
    gap = min(1.5, space / 5)
    shapes = [svg.rect(bar.left, _TOP, space, frame.y(0) - _TOP, "area")]
    below = 0
    for kind, part in (("written", bar.bucket.written), ("again", bar.bucket.again), ("error", bar.bucket.failed)):
        if part:
            top, bottom = frame.y(below + part), frame.y(below)
            shapes.append(svg.rect(bar.left + gap / 2, top, space - gap, bottom - top, f"fill-{kind}"))
            below += part
    return svg.group(shapes, _told(bar.bucket, seconds, local))


def _told(bucket: Bucket, seconds: int, local: Local) -> str:
    since, until = local(bucket.since), local(bucket.since + seconds)
    clock = "%H:%M:%S" if seconds % 60 else "%H:%M"
    when = f"{date(since)}, {since:{clock}} to {until:{clock}}"
    parts = [(bucket.written, "written"), (bucket.again, "sent again"), (bucket.failed, "failed")]
    told = ", ".join(f"{part:,} {name}" for part, name in parts if part)
    of_these = f" ({told})" if told else ""
    return f"{when}: {counted(bucket.requests, 'request')}{of_these}; the quota allows {number(bucket.quota)}"


def _pause(left: float, right: float, seconds: float) -> str:
    middle = (left + right) / 2
    words = f"pause of {duration(seconds)}"
    shapes = [svg.rect(left + 2, _TOP, right - left - 4, _HEIGHT - _TOP - _BOTTOM, "pause")]
    if right - left >= 14:
        shapes.append(svg.text(middle + 4, _HEIGHT - _BOTTOM - 8, words, "pause-label", "start", upwards=True))
    return svg.group(shapes, words)


def _quota_line(bars: list[_Bar], seconds: int, frame: _Frame) -> list[str]:
    """Draw the quota over each stretch, as a stair where it changed; say so where it is above all that is drawn."""
    last = bars[-1].bucket.quota
    if max(bar.bucket.quota for bar in bars) > frame.most:
        return [svg.text(frame.right, _TOP - 10, f"quota, off the scale: {number(last)}", "quota-label", "end")]
    words = f"quota: {number(last)} per {per(seconds)}"
    shapes = []
    points: list[tuple[float, float]] = []
    for bar in bars:
        if bar.first and points:
            shapes.append(svg.path(points, "quota"))
            points = []
        y = frame.y(bar.bucket.quota)
        points += [(bar.left, y), (bar.right, y)]
    shapes.append(svg.path(points, "quota"))
    x = max(points[-1][0], frame.left + svg.width_of(words))
    return [*shapes, svg.text(x, points[-1][1] - 7, words, "quota-label", "end")]


def _time_axis(bars: list[_Bar], seconds: int, frame: _Frame, local: Local) -> list[str]:
    """Name as many times as there is room for, first those that stretches begin at; and each day once."""
    far_enough = _BETWEEN_TIMES * seconds / (bars[0].right - bars[0].left)
    rounds = time_ticks([bar.bucket.since for bar in bars], far_enough, local)
    placed: list[_Label] = []
    for bar in [bar for bar in bars if bar.first] + [bars[index] for index in rounds]:
        label = _time_label(bar, frame, local)
        if all(abs(label.middle - other.middle) >= _BETWEEN_TIMES for other in placed):
            placed.append(label)
    shapes = []
    base, day = frame.y(0), ""
    for label in sorted(placed):
        shapes.append(svg.line(label.left, base, label.left, base + 5, "base"))
        shapes.append(svg.text(label.middle, base + 19, label.time, "axis"))
        if day != (day := _day(label.when)):
            shapes.append(svg.text(label.middle, base + 35, day, "axis strong"))
    return shapes


def _time_label(bar: _Bar, frame: _Frame, local: Local) -> _Label:
    when = local(bar.bucket.since)
    time = f"{when:%H:%M:%S}" if when.second else f"{when:%H:%M}"
    half = svg.width_of(max(time, _day(when), key=len)) / 2
    return _Label(bar.left, min(max(bar.left, half), frame.right - half), when, time)


def _day(when: datetime) -> str:
    return f"{when.day} {when:%b}"
