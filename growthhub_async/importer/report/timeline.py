"""Time cut into buckets, few enough to be seen: only the time in which something ran, pauses are left out."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import count
from typing import NamedTuple

MOST_BUCKETS = 120
_PAUSE = 2
"""Buckets: what a pause takes at least, and what it takes to be drawn."""
_DAY = 86_400
_LENGTHS = (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, _DAY)


class Grid(NamedTuple):
    """Buckets of `seconds` each: bucket `n` begins at the unix time `n * seconds`. A range is a stretch of them."""

    seconds: int
    stretches: list[range]


def grid_of(spans: Sequence[tuple[float, float]], at_least: float) -> Grid:
    """Choose buckets for spans of unix time: the shortest of a length that people count in, and no more than 120.

    A bucket is no shorter than `at_least` seconds. A pause between spans ends a stretch when it is longer than two
    buckets, and counts as two.
    """
    for seconds in _lengths():
        stretches = _stretches(spans, seconds)
        drawn = sum(map(len, stretches)) + _PAUSE * (len(stretches) - 1)
        if seconds >= at_least and drawn <= MOST_BUCKETS:
            return Grid(seconds, stretches)
    raise AssertionError("lengths do not end")


def _lengths() -> Iterator[int]:
    yield from _LENGTHS
    yield from (_DAY << doublings for doublings in count(1))


def _stretches(spans: Iterable[tuple[float, float]], seconds: int) -> list[range]:
    stretches: list[range] = []
    for since, until in sorted(spans):
        first, end = math.floor(since / seconds), math.floor(until / seconds) + 1
        if stretches and first - stretches[-1].stop <= _PAUSE:
            stretches[-1] = range(stretches[-1].start, max(stretches[-1].stop, end))
        else:
            stretches.append(range(first, end))
    return stretches
