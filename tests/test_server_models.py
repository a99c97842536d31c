"""What a server may have counted of our own requests, for each window it may have."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from growthhub_async.quota_facts import Bounds
from growthhub_async.sandbox.windows import FixedWindow, SlidingWindow, TokenBucket
from growthhub_async.server_models import SLACK, ServerModels
from growthhub_async.window import DepartureTimes

LIMIT = 100
INTERVAL = 10.0


def _leave(times: list[float], margin: float = 0.0) -> list[tuple[Bounds, Bounds, Bounds]]:
    models, departures, counts = ServerModels(), DepartureTimes(), []
    for now in times:
        departures.add(now)
        departure = models.left(departures, now, LIMIT, INTERVAL, margin)
        counts.append((departure.sliding, departure.fixed, departure.bucket))
    return counts


def test_each_window_counts_by_its_own_rule() -> None:
    """Two that left at once and one 9 s and 11 s later: all in an interval, since the window began, less the refill."""
    sliding, fixed, bucket = _leave([0.0, 0.0, 9.0, 11.0])[-1]
    assert sliding.most == 2
    assert fixed.most - SLACK * LIMIT == 1
    assert bucket.most - SLACK * LIMIT == 1
    sliding, fixed, bucket = _leave([0.0] * 60 + [3.0])[-1]
    assert sliding.most == 61
    assert fixed.most - SLACK * LIMIT == 61
    assert bucket.most - SLACK * LIMIT == 31


def test_at_the_end_of_a_fixed_window_it_may_have_begun_anew_already_or_not() -> None:
    """What left last may be the first of the next; what leaves just after the end may be one more of the old."""
    times = [0.0, 0.0, 9.95, 9.95, 10.02, 10.5]
    fixed = [counts[1].most - SLACK * LIMIT for counts in _leave(times, margin=0.1)]
    assert fixed == pytest.approx([1, 2, 3, 4, 1 + 4, 2 + 2])


def test_those_that_may_overtake_may_be_counted_or_not() -> None:
    """Of ten that leave within the margin, one may be the first or the last to be there."""
    sliding, fixed, bucket = _leave([0.0] * 10, margin=0.1)[-1]
    assert sliding.least < 1 <= 10 <= sliding.most
    assert fixed.least < 1 <= 10 <= fixed.most
    assert bucket.least < 1 <= 10 <= bucket.most


def test_where_none_overtakes_those_that_left_in_one_moment_are_all_counted() -> None:
    """Without a margin the tenth of them arrives after nine others."""
    sliding, fixed, bucket = _leave([0.0] * 10)[-1]
    assert (sliding.least, fixed.least, bucket.least) == (10 - SLACK * LIMIT,) * 3


@settings(deadline=None, max_examples=300)
@given(
    kind=st.sampled_from([SlidingWindow, FixedWindow, TokenBucket]),
    steps=st.lists(st.sampled_from([0.0, 0.01, 0.3, 2.5, 9.9, 25.0]), min_size=1, max_size=60),
)
def test_a_server_that_serves_nobody_else_counts_what_is_expected(
    kind: type[SlidingWindow | FixedWindow | TokenBucket], steps: list[float]
) -> None:
    """Without delays, every count of each of the three windows is within what is expected of it."""
    times, now = [], 0.0
    for step in steps:
        now += step
        times.append(now)
    server = kind(LIMIT, INTERVAL)
    number = [SlidingWindow, FixedWindow, TokenBucket].index(kind)
    for time, expected in zip(times, _leave(times, margin=0.001), strict=True):
        server.count(time)
        least, most = expected[number]
        assert least <= LIMIT - server.remaining(time) <= most


@pytest.mark.parametrize("start", [0.0, 1e9])
def test_the_first_request_opens_a_window_whenever_it_comes(start: float) -> None:
    """A clock that does not begin at 0 makes no difference."""
    assert [count.most for count in _leave([start])[0]] == [1, 1 + SLACK * LIMIT, 1 + SLACK * LIMIT]


@pytest.mark.parametrize(
    ("limit", "interval", "margin", "held", "sliding"),
    [
        (LIMIT, INTERVAL, 0.1, 4, Bounds(-1, 4)),
        (50, INTERVAL, 0.1, 4, Bounds(0.5, 4)),
        (LIMIT, 1.0, 0.1, 3, Bounds(-2, 3)),
        (LIMIT, INTERVAL, 1.0, 4, Bounds(-3, 4)),
    ],
)
def test_of_two_that_leave_in_one_moment_each_counts_by_what_is_known_then(
    limit: int, interval: float, margin: float, held: int, sliding: Bounds
) -> None:
    """A limit, an interval or a margin that has changed in between changes what is expected of the second."""
    models, departures = ServerModels(), DepartureTimes()
    for now in (0.0, 8.95, 9.75):
        departures.add(now)
        models.left(departures, now, LIMIT, INTERVAL, 0.1)
    departures.add(9.75)
    second = models.left(departures, 9.75, limit, interval, margin)
    assert (second.held, second.sliding) == (held, sliding)
