"""What other programs spend of a location's quota, as far as the server's counts tell."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from growthhub_async.others import FORGOTTEN, Others


def test_nobody_else_is_left_no_room() -> None:
    """As long as the counts are explained by what was sent, the whole quota is ours."""
    others = Others()
    for now in range(20):
        others.counted(-now, -now, left_at=float(now), now=float(now), interval=10.0)
    assert others.room(20.0, 10.0) == 0


def test_what_is_proved_is_left_to_them() -> None:
    """With a reply that is fresh, they are left what they were seen to spend."""
    others = Others()
    others.counted(30, 30, left_at=5.0, now=5.0, interval=10.0)
    assert others.room(5.0, 10.0) == 30


def test_a_reply_that_proves_little_takes_nothing_back() -> None:
    """Requests overtake each other: the most that was proved within an interval holds."""
    others = Others()
    others.counted(30, 30, left_at=5.0, now=5.0, interval=10.0)
    others.counted(3, 3, left_at=6.0, now=6.0, interval=10.0)
    assert others.room(6.0, 10.0) == 30


def test_what_was_proved_an_interval_ago_holds_no_more() -> None:
    """The window has passed: what they spent in it is no longer counted."""
    others = Others()
    others.counted(30, 30, left_at=5.0, now=5.0, interval=10.0)
    others.counted(3, 3, left_at=16.0, now=16.0, interval=10.0)
    assert others.room(16.0, 10.0) == 3


@given(age=st.floats(0, 29), spending=st.integers(1, 90))
def test_the_older_the_news_the_more_room_is_left(age: float, spending: int) -> None:
    """Nobody knows what they have sent since the newest reply."""
    others = Others()
    others.counted(spending, spending, left_at=0.0, now=0.0, interval=10.0)
    assert spending <= others.room(age / 2, 10.0) <= others.room(age, 10.0)


def test_what_is_only_likely_makes_nobody_an_other() -> None:
    """A busy program sends later than it knows: a count that its own requests may explain is held to be its own."""
    others = Others()
    others.counted(30, 0, left_at=5.0, now=5.0, interval=10.0)
    assert others.room(5.0, 10.0) == 0
    others.counted(20, 1, left_at=6.0, now=6.0, interval=10.0)
    assert others.room(6.0, 10.0) == 30


def test_others_who_are_not_noticed_again_are_forgotten() -> None:
    """Some intervals after the last sign of them, the whole quota is ours again."""
    others = Others()
    others.counted(30, 30, left_at=0.0, now=0.0, interval=10.0)
    assert others.room(10.0 * FORGOTTEN, 10.0) > 0
    assert others.room(10.0 * FORGOTTEN + 0.1, 10.0) == 0


@pytest.mark.parametrize("now", [0.0, 1e9])
def test_nothing_heard_is_nobody_else(now: float) -> None:
    """A location that has not replied yet has no others."""
    assert Others().room(now, 10.0) == 0
