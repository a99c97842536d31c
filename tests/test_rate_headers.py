"""What a reply says of its location's quota."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict

from growthhub_async.quota_facts import SILENT, RateHeaders
from growthhub_async.rate_headers import MAX_INTERVAL, read_rate_headers

DOCUMENTED = {
    "X-RateLimit-Max": "100",
    "X-RateLimit-Remaining": "99",
    "X-RateLimit-Interval-Milliseconds": "10000",
    "X-RateLimit-Limit-Daily": "200000",
    "X-RateLimit-Daily-Remaining": "199779",
    "x-ratelimit-daily-reset": "49013000",
}


def test_the_documented_headers_are_read() -> None:
    """All six, in seconds where the server counts milliseconds (observed.md, "Limits")."""
    assert read_rate_headers(CIMultiDict(DOCUMENTED)) == RateHeaders(
        limit=100, remaining=99, interval=10.0, daily_limit=200_000, daily_remaining=199_779, daily_reset=49_013.0
    )


def test_their_case_does_not_matter() -> None:
    """A server may spell them as it likes."""
    shouted = CIMultiDict({name.upper(): value for name, value in DOCUMENTED.items()})
    assert read_rate_headers(shouted) == read_rate_headers(CIMultiDict(DOCUMENTED))


def test_no_headers_say_nothing() -> None:
    """A reply without them teaches nothing."""
    assert read_rate_headers(CIMultiDict()) == SILENT


@pytest.mark.parametrize("garbled", ["", "many", "-1", "1e3", "99.5", "0x10", "٣", "9" * 30, "100, 100", "\x1c", "1 2"])
@pytest.mark.parametrize("name", sorted(DOCUMENTED))
def test_a_garbled_header_says_nothing(name: str, garbled: str) -> None:
    """What is no number in its bounds is as if it were missing, and harms no other header."""
    expected = read_rate_headers(CIMultiDict({other: v for other, v in DOCUMENTED.items() if other != name}))
    assert read_rate_headers(CIMultiDict(DOCUMENTED | {name: garbled})) == expected


@pytest.mark.parametrize("padding", [" ", "\t", "\x1c", "\x0b"])
def test_what_is_around_a_number_makes_no_difference(padding: str) -> None:
    """White space of any kind: a reader of headers may leave it there."""
    padded = {name: f"{padding}{value}{padding}" for name, value in DOCUMENTED.items()}
    assert read_rate_headers(CIMultiDict(padded)) == read_rate_headers(CIMultiDict(DOCUMENTED))


@pytest.mark.parametrize("name", ["X-RateLimit-Max", "X-RateLimit-Limit-Daily"])
def test_a_limit_of_nothing_says_nothing(name: str) -> None:
    """Also where nothing is said of what remains."""
    assert read_rate_headers(CIMultiDict({name: "0"})) == SILENT


def test_headers_that_contradict_each_other_say_nothing() -> None:
    """More remaining than there is at all, or a limit of nothing: neither is believed."""
    burst = read_rate_headers(CIMultiDict(DOCUMENTED | {"X-RateLimit-Remaining": "101"}))
    day = read_rate_headers(CIMultiDict(DOCUMENTED | {"X-RateLimit-Daily-Remaining": "200001"}))
    assert (burst.limit, burst.remaining) == (None, None)
    assert (day.daily_limit, day.daily_remaining) == (None, None)
    nothing = DOCUMENTED | {"X-RateLimit-Limit-Daily": "0", "X-RateLimit-Daily-Remaining": "0"}
    assert read_rate_headers(CIMultiDict(nothing)).daily_remaining is None


def test_a_quota_that_is_whole_contradicts_nothing() -> None:
    """All of it remains before the first request is counted, and a day may begin anew at once."""
    whole = {"X-RateLimit-Remaining": "100", "X-RateLimit-Daily-Remaining": "200000", "x-ratelimit-daily-reset": "0"}
    assert read_rate_headers(CIMultiDict(DOCUMENTED | whole)) == RateHeaders(
        limit=100, remaining=100, interval=10.0, daily_limit=200_000, daily_remaining=200_000, daily_reset=0.0
    )


@pytest.mark.parametrize(("milliseconds", "seconds"), [("0", None), ("1", 0.001), ("60000", 60.0), ("60001", None)])
def test_a_window_is_neither_nothing_nor_longer_than_a_minute(milliseconds: str, seconds: float | None) -> None:
    """Nobody waits for one that is said to be."""
    headers = CIMultiDict({"X-RateLimit-Interval-Milliseconds": milliseconds})
    assert read_rate_headers(headers).interval == seconds


def test_a_day_is_no_longer_than_a_day_and_an_hour() -> None:
    """A reset that is later says nothing."""
    resets = [read_rate_headers(CIMultiDict({"x-ratelimit-daily-reset": ms})) for ms in ("90000000", "90000001")]
    assert [headers.daily_reset for headers in resets] == [90_000.0, None]


@given(st.dictionaries(st.sampled_from(sorted(DOCUMENTED)), st.text()))
def test_no_header_is_an_exception(headers: dict[str, str]) -> None:
    """Whatever a server writes, it is a number in its bounds or nothing."""
    read = read_rate_headers(CIMultiDict(headers))
    assert read.limit is None or read.limit >= 1
    assert read.interval is None or 0 < read.interval <= MAX_INTERVAL
