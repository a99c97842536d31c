"""How the server's clock is read from its dates."""

from __future__ import annotations

import math
from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from growthhub_async.server_clock import ServerClock, unix_time, unix_time_of_iso

NOON = 1_764_072_000.0  # of a day in 2025, in Unix time


def clock_after(*heard: tuple[float, float, float], ahead: float) -> ServerClock:
    """Make a clock that heard replies: when each request left, when the server dated its reply, when that came."""
    clock = ServerClock()
    for left, dated, came in heard:
        clock.heard(formatdate(math.floor(dated + ahead), usegmt=True), left, came)
    return clock


times = st.floats(0, 1_000)
replies = st.tuples(times, st.floats(0, 3), st.floats(0, 3)).map(lambda t: (t[0], t[0] + t[1], t[0] + t[1] + t[2]))


@given(st.lists(replies, min_size=1, max_size=20), times, times)
def test_what_it_says_is_so(heard: list[tuple[float, float, float]], happened: float, moment: float) -> None:
    """However late the replies are, what the clock is sure of is true, and it is sure of what is far enough apart."""
    clock = clock_after(*heard, ahead=NOON)
    before = clock.surely_before(happened + NOON, moment)
    if abs(happened - moment) > 1e-4:
        assert before in (happened < moment, None)
    if abs(happened - moment) > 8:
        assert before is (happened < moment)


def test_more_replies_make_it_surer() -> None:
    """Two that are half a second apart bound the difference to half a second and the way."""
    one, two = (clock_after(*replies, ahead=NOON + 0.25) for replies in ([(0, 0, 0)], [(0, 0, 0), (0.5, 0.5, 0.5)]))
    assert one.surely_before(NOON + 0.65, 0.1) is None
    assert two.surely_before(NOON + 0.65, 0.1) is False


def test_a_date_that_may_have_been_cut_is_not_surely_before() -> None:
    """What was dated in the millisecond of that moment may have come after it."""
    clock = clock_after((0, 0, 0), ahead=NOON)
    assert clock.surely_before(NOON + 0.0995, 0.1) is True
    assert clock.surely_before(NOON + 0.0995, 0.1, cut_by=0.001) is None
    assert clock.surely_before(NOON + 0.0985, 0.1, cut_by=0.001) is True


def test_nothing_is_sure_without_a_date() -> None:
    """Neither without a reply, nor with replies whose date is missing or garbled."""
    clock = ServerClock()
    for date in (None, "", "soon", "Wed, 99 Nov 2025 12:00:00 GMT"):
        clock.heard(date, 0.0, 0.0)
    assert (clock.is_known, clock.surely_before(NOON, 0.0)) == (False, None)


def test_a_clock_that_was_set_is_read_anew() -> None:
    """What was learnt before is forgotten when it contradicts what is heard now."""
    clock = clock_after((0, 0, 0), ahead=NOON)
    clock.heard(formatdate(NOON + 3_600, usegmt=True), 0.0, 0.0)
    assert clock.surely_before(NOON + 1_800, 0.0) is True
    assert clock.surely_before(NOON + 3_602, 0.0) is False


@pytest.mark.parametrize(
    "date",
    ["2025-11-25T12:00:00.000Z", "2025-11-25T12:00:00Z", "2025-11-25T13:00:00+01:00", "2025-11-25T12:00:00"],
)
def test_the_servers_dates_are_read(date: str) -> None:
    """With a zone or without one, which is UTC then."""
    assert unix_time_of_iso(date) == NOON
    assert unix_time("Tue, 25 Nov 2025 12:00:00 GMT") == NOON


@pytest.mark.parametrize("date", [None, "", "yesterday", "2025-13-01", "9999-12-31T23:59:59-23:59"])
def test_what_is_no_date_is_none(date: str | None) -> None:
    """It is an answer, not an exception."""
    assert unix_time_of_iso(date) is None or date == "9999-12-31T23:59:59-23:59"
    assert unix_time(date) is None
