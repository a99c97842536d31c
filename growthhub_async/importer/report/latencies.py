"""A distribution of seconds: percentiles, and bins that grow by the same factor."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from .values import Latency, LatencyBin

ROUNDED = (
    "round(latency, CASE WHEN latency < 0.01 THEN 5 WHEN latency < 0.1 THEN 4 WHEN latency < 1 THEN 3"
    " WHEN latency < 10 THEN 2 ELSE 1 END)"
)
"""A latency to three digits, in SQL: so many different ones fit into memory."""

_PER_DECADE = 10
_LEAST = 0.001
"""Seconds: the lowest bin begins here, and takes in what is below."""


def latency_of(ascending: Sequence[tuple[float, int]]) -> Latency | None:
    """Sum up latencies in seconds, each with how many attempts took so long, the shortest first; None without any.

    A percentile is the least value within which its share of the attempts came (the nearest rank).
    """
    if not ascending:
        return None
    attempts = sum(times for _, times in ascending)
    bins: Counter[int] = Counter()
    for seconds, times in ascending:
        bins[_bin(seconds)] += times
    return Latency(
        attempts=attempts,
        p50=_at(ascending, 0.5 * attempts),
        p90=_at(ascending, 0.9 * attempts),
        p99=_at(ascending, 0.99 * attempts),
        most=ascending[-1][0],
        bins=[LatencyBin(_edge(index), _edge(index + 1), bins[index]) for index in range(min(bins), max(bins) + 1)],
    )


def _at(ascending: Sequence[tuple[float, int]], rank: float) -> float:
    """Return the first value up to which there are so many."""
    so_far = 0
    for seconds, times in ascending:
        so_far += times
        if so_far >= rank - 1e-9:
            return seconds
    return ascending[-1][0]


def _bin(seconds: float) -> int:
    return math.floor(math.log10(max(seconds, _LEAST)) * _PER_DECADE + 1e-9)


def _edge(index: int) -> float:
    return math.pow(10.0, index / _PER_DECADE)
