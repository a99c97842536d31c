from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from growthhub_async.sandbox.windows import FixedWindow, SlidingWindow, TokenBucket, Window

KINDS = pytest.mark.parametrize("kind", [FixedWindow, SlidingWindow, TokenBucket])
LIMITS = st.integers(1, 8)
# Whole sixteenths of a second, so that sums of them are exact.
GAPS = st.lists(st.integers(0, 64).map(lambda sixteenths: sixteenths / 16), min_size=1, max_size=80)
INTERVAL = 2.0


def admitted(window: Window, gaps: list[float]) -> list[float]:
    """Return the times of the admitted requests, of requests that arrive these gaps apart."""
    now, times = 0.0, []
    for gap in gaps:
        now += gap
        if window.remaining(now):
            window.count(now)
            times.append(now)
    return times


@settings(deadline=None)
@given(LIMITS, GAPS)
def test_no_fixed_window_admits_more_than_its_limit(limit: int, gaps: list[float]) -> None:
    """Windows begin with their first admitted request, and none holds more than the limit."""
    times = admitted(FixedWindow(limit, INTERVAL), gaps)
    while times:
        window = [time for time in times if time < times[0] + INTERVAL]
        assert len(window) <= limit
        times = times[len(window) :]


@settings(deadline=None)
@given(LIMITS, GAPS)
def test_no_stretch_of_one_interval_admits_more_than_the_sliding_limit(limit: int, gaps: list[float]) -> None:
    """Any two requests that are `limit` apart in order are at least one interval apart in time."""
    times = admitted(SlidingWindow(limit, INTERVAL), gaps)
    assert all(later - earlier >= INTERVAL for earlier, later in zip(times, times[limit:], strict=False))


@settings(deadline=None)
@given(LIMITS, GAPS)
def test_a_token_bucket_admits_its_burst_and_what_flowed_in_since(limit: int, gaps: list[float]) -> None:
    """In any stretch of time at most the bucket's size and what its rate brought in are admitted."""
    times = admitted(TokenBucket(limit, INTERVAL), gaps)
    for i, start in enumerate(times):
        for j, end in enumerate(times[i:]):
            assert j + 1 <= limit + (end - start) * limit / INTERVAL + 1e-6


@KINDS
@settings(deadline=None)
@given(limit=LIMITS, gaps=GAPS)
def test_whoever_waits_as_told_is_admitted(kind: Callable[[int, float], Window], limit: int, gaps: list[float]) -> None:
    """The wait is nothing exactly when a request is admitted now; after it one is, and half-way through none yet."""
    window = kind(limit, INTERVAL)
    admitted(window, gaps)
    now = sum(gaps)
    wait = window.wait(now)
    assert (wait == 0.0) == (window.remaining(now) > 0)
    assert wait == 0.0 or window.remaining(now + wait / 2) == 0
    assert window.remaining(now + wait + 1e-6) > 0


@KINDS
@settings(deadline=None)
@given(limit=LIMITS)
def test_a_fresh_window_admits_exactly_its_limit_at_once(kind: Callable[[int, float], Window], limit: int) -> None:
    """Of many requests at one moment the limit are admitted."""
    assert len(admitted(kind(limit, INTERVAL), [0.0] * 20)) == limit


@KINDS
def test_one_interval_later_there_is_room_again(kind: Callable[[int, float], Window]) -> None:
    """A request exactly one interval after the last of a full window is admitted, in every kind."""
    assert admitted(kind(2, INTERVAL), [1.0, 0.0, 1.75, 0.25])[-1] == 1.0 + INTERVAL


def test_the_end_of_a_fixed_window_belongs_to_the_next() -> None:
    """A request exactly at the end of a window finds it over, and begins the next one."""
    window = FixedWindow(1, INTERVAL)
    window.count(0.0)
    assert (window.used(1.0), window.resets_in(1.0)) == (1, 1.0)
    assert (window.used(2.0), window.resets_in(2.0), window.remaining(2.0)) == (0, INTERVAL, 1)
    window.count(2.0)
    assert (window.used(3.0), window.resets_in(3.0)) == (1, 1.0)


def test_the_kinds_differ_at_the_edge_of_a_window() -> None:
    """After a burst late in a window, fixed admits four more at once, sliding one, the bucket what flowed in."""
    gaps = [0.0, 1.75, 0.0, 0.0, 0.75, 0.0, 0.0, 0.0]
    counts = {
        kind.__name__: len(admitted(kind(4, INTERVAL), gaps)) for kind in (FixedWindow, SlidingWindow, TokenBucket)
    }
    assert counts == {"FixedWindow": 8, "SlidingWindow": 5, "TokenBucket": 6}
