"""How many more may surely go, without asking all that there is to ask each time."""

from __future__ import annotations

import pytest

from growthhub_async.burst import TRIAL_LIMIT, Burst
from growthhub_async.margin import LEAST
from growthhub_async.quota_facts import SILENT, RateHeaders
from tests.bursting import burst_of, even_network, leave, send


def _surely_free(burst: Burst, now: float) -> int:
    """Let go as many as surely may, of a hundred at most, and tell how many did."""
    for number in range(100):
        if not burst.surely_free(now):
            return number
        burst.take(now)
    return 100


def test_who_has_asked_once_knows_how_many_more_may_go() -> None:
    """Of a hundred thirty were let go: seventy more may go without asking, and then none, asked or not."""
    burst = burst_of(100, network=even_network())
    send(burst, 30)
    assert _surely_free(burst, 0.0) == 70
    assert burst.free_at(0.0) == 10 + LEAST


def test_of_a_quota_that_is_not_known_yet_none_is_surely_free() -> None:
    """The first of it wait for replies, which may narrow it."""
    burst = burst_of(100, network=even_network())
    assert burst.free_at(0.0) == 0.0
    assert not burst.surely_free(0.0)
    send(burst, TRIAL_LIMIT)
    assert burst.free_at(0.0) == 0.0
    assert not burst.surely_free(0.0)


def test_whatever_the_network_does_who_is_surely_free_is_free() -> None:
    """A margin that has become as wide as it may be holds back none of them."""
    network = even_network()
    burst = burst_of(100, network=network)
    send(burst, 50)
    send(burst, 40, 9.9)
    assert _surely_free(burst, 10.2) == 10
    assert burst.free_at(10.2) == 10.2  # the first fifty have left the window, unless the margin grows
    assert not burst.surely_free(10.2)
    assert burst.free_at(10.7) == 10.7
    network.connected(5.0, 10.7)
    assert _surely_free(burst, 10.7) == 50
    assert burst.used(10.7) == 100


@pytest.mark.parametrize("limit", [100, TRIAL_LIMIT])
def test_without_news_of_the_last_interval_none_is_surely_free(limit: int) -> None:
    """But of so few as may go together."""
    burst = burst_of(limit, network=even_network())
    send(burst, limit)
    send(burst, limit, 20.0)
    assert burst.free_at(31.0) == 31.0
    assert burst.surely_free(31.0) == (limit == TRIAL_LIMIT)


@pytest.mark.parametrize(
    "reply",
    [
        RateHeaders(limit=60),
        RateHeaders(limit=100, interval=30.0),
        RateHeaders(limit=100, remaining=40),
        None,
    ],
    ids=["a lower limit", "a longer interval", "others", "a refusal"],
)
def test_what_narrows_the_quota_ends_what_was_sure(reply: RateHeaders | None) -> None:
    """Everybody asks in full again."""
    burst = burst_of(100, network=even_network())
    send(burst, 40)
    assert burst.free_at(0.0) == 0.0
    departure = leave(burst, 0.0)
    assert burst.surely_free(0.0)
    if reply is None:
        burst.refused(departure, 0.0, None, 0.0)
    else:
        burst.heard(reply, departure, 0.0)
    assert not burst.surely_free(0.0)


def test_while_others_may_be_there_none_is_surely_free() -> None:
    """They are made room for until they were not noticed for some intervals."""
    burst = burst_of(100, network=even_network())
    send(burst, 30)
    burst.heard(RateHeaders(limit=100, remaining=40), leave(burst, 0.0), 0.0)
    for now in (15.0, 30.0, 31.0, 45.0):
        burst.heard(SILENT, leave(burst, now), now)
        burst.free_at(now)
        assert burst.surely_free(now) == (now > 30.0)


def test_after_a_refusal_that_said_nothing_of_others_none_is_surely_free() -> None:
    """A count that is heard later says what they do, and there they are."""
    burst = burst_of(100, network=even_network())
    send(burst, 30)
    burst.refused(leave(burst, 0.0), 0.0, 0.0, 0.0)
    burst.heard(SILENT, leave(burst, 15.0), 15.0)
    assert burst.free_at(15.0) == 15.0
    assert not burst.surely_free(15.0)
    burst.heard(RateHeaders(limit=100, remaining=98), leave(burst, 15.0), 15.0)
    assert burst.others_are_there(15.0)
