"""How long answers took: percentiles that occurred, and bins that grow by the same factor."""

from __future__ import annotations

import math
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from growthhub_async.importer.report.latencies import latency_of


def test_no_attempts_have_no_latency() -> None:
    """There is nothing to show then."""
    assert latency_of([]) is None


@given(st.lists(st.floats(1e-5, 100.0), min_size=1, max_size=300))
def test_percentiles_are_those_of_the_sorted_list(latencies: list[float]) -> None:
    """The nearest rank: the least value within which that share came. Every one is in a bin."""
    ordered = sorted(latencies)
    latency = latency_of(sorted(Counter(latencies).items()))
    assert latency is not None
    for share, value in ((50, latency.p50), (90, latency.p90), (99, latency.p99)):
        assert value == ordered[math.ceil(share * len(ordered) / 100) - 1]
    assert latency.most == ordered[-1]
    assert sum(each.attempts for each in latency.bins) == latency.attempts == len(latencies)
    for before, after in zip(latency.bins, latency.bins[1:], strict=False):
        assert before.high == after.low
    for each in latency.bins[1:]:
        within = [value for value in latencies if each.low * (1 - 1e-9) <= value < each.high * (1 - 1e-9)]
        assert len(within) == each.attempts or each.low <= 0.001


def test_ten_bins_make_a_decade() -> None:
    """And a bin holds what it begins with."""
    latency = latency_of([(0.1, 2), (0.99, 1), (1.0, 3)])
    assert latency is not None
    assert len(latency.bins) == 11
    assert (latency.bins[0].low, latency.bins[0].attempts) == (pytest.approx(0.1), 2)
    assert (latency.bins[-1].low, latency.bins[-1].attempts) == (pytest.approx(1.0), 3)


def test_less_than_a_millisecond_is_in_the_first_bin() -> None:
    """On one's own machine an answer takes next to nothing, and needs no axis of its own."""
    latency = latency_of([(1e-9, 1), (0.0005, 1), (0.001, 1)])
    assert latency is not None
    assert [each.attempts for each in latency.bins] == [3]
