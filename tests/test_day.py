"""A location's day: what is left of it, and until when it is spent."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from growthhub_async.day import ASK_AGAIN, AT_LEAST, DAY, LATE, Day
from growthhub_async.quota_facts import SILENT, RateHeaders
from growthhub_async.sandbox.limits import Limits
from growthhub_async.sandbox.quota import Quota


def _told(remaining: int, reset: float | None = None, limit: int = 100) -> RateHeaders:
    return RateHeaders(daily_limit=limit, daily_remaining=remaining, daily_reset=reset)


def _take(day: Day, number: int, now: float = 0.0) -> None:
    for _ in range(number):
        assert day.free_at(now, 0) == now
        day.take(now)


def test_without_a_word_of_the_server_our_own_count_decides() -> None:
    """As many go as the settings allow; the rest waits a day from the first, and a little."""
    day = Day(3)
    _take(day, 3, 50.0)
    assert day.free_at(60.0, 0) == 50 + DAY + LATE
    assert (day.used(60.0), day.left(60.0)) == (3, 0)
    assert day.free_at(50 + DAY + LATE, 0) == 50 + DAY + LATE
    assert (day.used(50 + DAY + LATE), day.left(50 + DAY + LATE)) == (0, 3)


def test_what_is_left_is_the_servers_count_less_what_is_under_way() -> None:
    """Nobody knows whether the server has counted what is under way: it is not spent twice."""
    day = Day(100)
    day.heard(_told(5, reset=100.0), 0.0, 1.0)
    assert day.free_at(1.0, 4) == 1.0
    assert day.free_at(1.0, 5) is None
    assert (day.used(1.0), day.left(1.0)) == (95, 5)


@settings(deadline=None, max_examples=300)
@given(
    limit=st.integers(1, 9),
    reserve=st.sampled_from([0.0, 0.5]),
    steps=st.lists(
        st.tuples(
            st.sampled_from([0.0, 1.0, 30.0, DAY, DAY + LATE]),
            st.integers(0, 5),
            st.integers(0, 9),
            st.integers(0, 3),
            st.sampled_from([None, 0.0, 30.0]),
            st.booleans(),
        ),
        max_size=20,
    ),
)
def test_who_is_surely_free_is_free(
    limit: int, reserve: float, steps: list[tuple[float, int, int, int, float | None, bool]]
) -> None:
    """While something is under way that is told at once of all who are free; the only one may have to ask further."""
    day, now = Day(limit, reserve), 0.0
    for wait, taken, remaining, lost, reset, refused in steps:
        now += wait
        for under_way in range(5):
            surely_free = day.surely_free(now, under_way)
            free = day.free_at(now, under_way) == now
            assert surely_free == free or (free and not under_way)
        for _ in range(taken):
            day.take(now)
        headers = RateHeaders(daily_limit=limit, daily_remaining=remaining, daily_reset=reset)
        day.heard(headers, now, now, refused=refused)
        for _ in range(lost):
            day.unheard(now)


def test_a_day_with_nothing_left_is_spent_until_its_reset() -> None:
    """The reset is counted from when it was heard, for that is late enough."""
    day = Day(100)
    day.heard(_told(0, reset=500.0), 0.0, 1.0)
    assert day.spent_until(2.0) == day.free_at(2.0, 3) == 501.0


def test_the_first_of_a_new_day_goes_alone_until_it_was_heard() -> None:
    """Who is wrong about the reset is refused once, not a hundred times."""
    day = Day(100)
    day.heard(_told(0, reset=500.0), 0.0, 1.0)
    assert day.free_at(501.0, 0) == 501.0
    assert day.free_at(501.0, 1) is None
    day.heard(_told(99, reset=DAY), 501.0, 502.0)
    assert day.free_at(502.0, 50) == 502.0


def test_a_server_that_is_silent_lets_a_new_day_begin_as_well() -> None:
    """A reply without the headers is enough for the rest to go."""
    day = Day(1)
    _take(day, 1)
    tomorrow = DAY + LATE
    assert day.free_at(tomorrow, 1) is None
    day.heard(SILENT, tomorrow, tomorrow + 1)
    assert day.free_at(tomorrow + 1, 1) == tomorrow + 1


@pytest.mark.parametrize(("reset", "waits"), [(500.0, 500.0), (None, ASK_AGAIN)])
def test_what_was_told_of_a_spent_day_is_forgotten_with_it(reset: float | None, waits: float) -> None:
    """The first after it is answered without a count: our own decides again, and the rest may go."""
    day = Day(100)
    day.heard(_told(0, reset=reset), 0.0, 0.0)
    assert day.free_at(waits, 0) == waits
    day.heard(SILENT, waits, waits + 1)
    assert day.free_at(waits + 1, 50) == waits + 1


def test_a_server_that_does_not_say_until_when_is_asked_now_and_then() -> None:
    """Nothing left, and no reset: one asks ten minutes later, and again."""
    day = Day(100)
    for now in (1.0, 1 + ASK_AGAIN):
        day.heard(_told(0), now, now, refused=True)
        assert day.spent_until(now) == now + ASK_AGAIN


def test_a_reset_that_is_wrong_is_believed_for_less_and_less() -> None:
    """A refusal that promises a new day at once is waited for 10 s, then 20 s: never retried in seconds."""
    day = Day(100)
    now, waits = 0.0, []
    for _ in range(8):
        day.heard(_told(0, reset=0.001), now, now, refused=True)
        waits.append(day.spent_until(now) - now)
        now += waits[-1]
    assert waits == [AT_LEAST * 2**n for n in range(6)] + [ASK_AGAIN, ASK_AGAIN]
    day.heard(_told(50), now, now)
    day.heard(_told(0, reset=0.001), now + 1, now + 1, refused=True)
    assert day.spent_until(now + 1) == day.free_at(now + 2, 0) == pytest.approx(now + 1 + AT_LEAST)


def test_a_day_may_be_refused_for_ever() -> None:
    """After a week of refusals it is still asked every ten minutes."""
    day = Day(100)
    now = 0.0
    for _ in range(1_100):
        day.heard(_told(0, reset=0.001), now, now, refused=True)
        now = day.spent_until(now)
    day.heard(_told(0, reset=0.001), now, now, refused=True)
    assert day.spent_until(now) == now + ASK_AGAIN


def test_a_day_that_is_spent_by_our_own_count_too_is_asked_no_sooner_after_a_refusal() -> None:
    """A refusal that promises a new day at once is waited for all the same."""
    day = Day(3)
    _take(day, 3)
    day.heard(_told(0, reset=1.0, limit=3), 4.0, 5.0, refused=True)
    assert day.spent_until(5.0) == 5 + AT_LEAST


def test_refusals_of_requests_that_were_under_way_together_are_one() -> None:
    """Many that were refused in one moment do not make the wait longer."""
    day = Day(100)
    for number in range(50):
        day.heard(_told(0, reset=1.0), 0.0, 1.0 + number / 100, refused=True)
    assert day.spent_until(2.0) == pytest.approx(1 + AT_LEAST)


def test_of_two_counts_of_one_day_the_lower_is_true() -> None:
    """Replies overtake each other: one that left before a lower count was heard widens nothing."""
    day = Day(100)
    day.heard(_told(10), 5.0, 6.0)
    day.heard(_told(12), 4.0, 6.5)
    assert day.left(7.0) == 10
    day.heard(_told(90), 8.0, 9.0)  # it left later, and tells of more: the day has begun anew
    assert day.left(9.0) == 90


def test_one_that_left_the_moment_a_count_was_heard_tells_of_more() -> None:
    """A reply wakes the next request, which leaves in the same moment: it was not overtaken."""
    day = Day(100)
    day.heard(_told(10), 5.0, 6.0)
    day.heard(_told(90), 6.0, 7.0)
    assert day.left(7.0) == 90


def test_what_the_server_has_not_counted_yet_is_used_all_the_same() -> None:
    """Of ten that were sent a reply to the first tells of one: nine more are on their way."""
    day = Day(100)
    _take(day, 10)
    day.heard(_told(99), 0.0, 1.0)
    assert (day.used(1.0), day.left(1.0)) == (10, 90)


def test_a_day_of_which_a_little_more_is_left_has_not_begun_anew() -> None:
    """A server that has counted more than half of what was sent counts the same day: our own count goes on."""
    day = Day(100)
    _take(day, 90)
    day.heard(_told(10), 5.0, 6.0)
    day.heard(_told(40), 8.0, 9.0)
    assert (day.used(9.0), day.left(9.0)) == (90, 10)


def test_a_day_that_has_begun_anew_begins_our_own_count_anew() -> None:
    """A server that has counted less than half of what was sent today counts another day."""
    day = Day(1_000)
    _take(day, 900)
    day.heard(_told(100, limit=1_000), 5.0, 6.0)
    day.heard(_told(999, limit=1_000), 8.0, 9.0)
    assert (day.left(9.0), day.used(9.0)) == (999, 1)
    assert day.ends_in(9.0) == pytest.approx(DAY + LATE - 1)


def test_what_was_lost_may_be_counted() -> None:
    """A request that brings no count takes one of what was left, until a reply to a later one tells."""
    day = Day(100)
    day.heard(_told(10), 5.0, 6.0)
    for now in (7.0, 8.0):
        day.unheard(now)
    day.heard(SILENT, 5.0, 9.0)
    assert day.left(9.0) == 7
    day.heard(_told(9), 8.5, 9.5)  # it left before the last of them was lost
    assert day.left(9.5) == 6
    day.heard(_told(8), 10.0, 11.0)
    assert day.left(11.0) == 8
    for _ in range(9):
        day.unheard(12.0)
    assert day.used(12.0) == 100


def test_what_is_sent_late_in_a_day_counts_in_the_next() -> None:
    """Our day is longer than the server's: what goes in between may be the first of its new day."""
    day = Day(5)
    _take(day, 1)
    day.take(DAY + LATE / 2)
    tomorrow = DAY + LATE
    assert day.left(tomorrow) == 4
    assert day.ends_in(tomorrow) == DAY
    assert day.left(tomorrow + DAY) == 5


def test_what_was_sent_late_counts_in_no_later_day() -> None:
    """Nobody asked on the day after: it is over too."""
    day = Day(5)
    _take(day, 1)
    day.take(DAY + LATE / 2)
    assert day.left(DAY + LATE + DAY) == 5


def test_a_reset_of_nothing_ends_no_day() -> None:
    """A server that always says that the day ends now makes nobody go one by one."""
    day = Day(200_000)
    _take(day, 5)
    day.heard(_told(199_000, reset=0.0, limit=200_000), 0.0, 1.0)
    assert (day.free_at(1.0, 4), day.used(1.0)) == (1.0, 1_000)


def test_a_day_that_ends_unspent_lets_all_go_on() -> None:
    """Only who waited for it asks alone whether it has begun anew."""
    day = Day(100)
    day.heard(_told(50, reset=5.0), 0.0, 1.0)
    assert day.free_at(6.0, 30) == 6.0


def test_a_limit_below_what_was_admitted_is_contradicted() -> None:
    """Who has sent 150 today is not believed to be allowed 100."""
    day = Day(200_000)
    _take(day, 150)
    day.heard(_told(50, limit=100), 0.0, 1.0)
    assert day.limit == 200_000
    day.heard(_told(0, limit=150), 0.0, 1.0)
    assert day.limit == 150


@pytest.mark.parametrize(("reset", "asked"), [(500.0, 500), (None, 30)])
def test_a_refusal_that_says_when_to_come_again_is_believed(reset: float | None, asked: int) -> None:
    """`Retry-After` tells when the day begins anew, if the reset does not."""
    day = Day(100)
    day.heard(_told(0, reset=reset), 0.0, 1.0, refused=True, retry_after=30.0)
    assert day.spent_until(1.0) == 1 + asked


@pytest.mark.parametrize("asked", [True, False])
def test_a_reply_of_the_day_before_says_nothing_of_this_one(asked: bool) -> None:
    """A refusal that comes in after the reset does not end the day that has begun, whether or not anybody asked."""
    day = Day(100)
    day.heard(_told(0, reset=10.0), 0.0, 1.0)
    if asked:
        assert day.free_at(11.0, 0) == 11.0
    day.heard(_told(0), 10.5, 11.5, refused=True)
    assert day.free_at(12.0, 0) == 12.0


def test_a_trial_accounts_day_is_learnt_and_never_widened() -> None:
    """The lower of what the settings and what the server say is the limit."""
    day = Day(1_000)
    day.heard(_told(99, limit=100), 0.0, 1.0)
    assert (day.limit, day.used(1.0)) == (100, 1)
    day.heard(_told(4_000, limit=5_000), 2.0, 3.0)
    assert day.limit == 1_000


def test_a_reserve_is_left_to_others() -> None:
    """With a fifth reserved the day is spent when a fifth of it is left, by our count and by the server's."""
    own = Day(10, 0.2)
    _take(own, 8)
    assert own.spent_until(1.0) == DAY + LATE
    told = Day(100, 0.2)
    told.heard(_told(21, reset=500.0), 0.0, 1.0)
    assert (told.left(1.0), told.free_at(1.0, 0), told.free_at(1.0, 1)) == (1, 1.0, None)
    told.heard(_told(20, reset=500.0), 2.0, 3.0)
    assert told.spent_until(3.0) == 503.0
    told.heard(_told(5, reset=500.0), 3.0, 4.0)  # others have taken of what was kept for them
    assert told.left(4.0) == 0


def test_a_reserve_is_kept_in_whole_requests_and_leaves_one() -> None:
    """A quarter of ten are three; a share that would keep everything keeps all but one."""
    assert Day(10, 0.25).ours == 7
    small = Day(1, 0.9)
    _take(small, 1)
    assert (small.ours, small.left(0.0)) == (1, 0)


def test_a_request_that_never_left_is_not_counted() -> None:
    """What is given back can go again."""
    day = Day(1)
    _take(day, 1)
    day.give_back()
    assert day.free_at(1.0, 0) == 1.0


def test_what_is_given_back_on_the_next_day_adds_nothing_to_it() -> None:
    """It was let go before the day ended, and was counted in that one."""
    day = Day(1)
    _take(day, 1)
    tomorrow = DAY + LATE
    assert day.free_at(tomorrow, 1) is None
    day.give_back()
    _take(day, 1, tomorrow)
    assert day.spent_until(tomorrow) > tomorrow


def test_a_day_tells_when_it_ends() -> None:
    """One that has not begun is a whole day; then our own count of hours, then the server's."""
    day = Day(100)
    assert day.ends_in(5.0) == DAY
    day.take(5.0)
    assert day.ends_in(6.0) == DAY + LATE - 1
    day.heard(_told(50, reset=70.0), 5.0, 7.0)
    assert day.ends_in(8.0) == 69.0
    assert day.ends_in(77.0) == DAY


def test_a_first_request_that_was_long_under_way_makes_no_day_too_short() -> None:
    """A silent server's day begins when it arrives: nobody is refused for coming a day after it left."""
    server = Quota(Limits(requests_per_interval=100, requests_per_day=1))
    day = Day(1)
    _take(day, 1)
    assert server.admit(9.0).admitted
    tomorrow = day.free_at(10.0, 0)
    assert tomorrow is not None
    assert server.admit(tomorrow).admitted


@settings(deadline=None, max_examples=200)
@given(
    st.integers(1, 30),
    st.lists(st.tuples(st.floats(0.0, 3.0), st.floats(0.0, 2.0)), min_size=1, max_size=80),
    st.sampled_from(["all", "no reset", "none"]),
)
def test_no_day_of_the_server_is_overrun(limit: int, steps: list[tuple[float, float]], says: str) -> None:
    """Whatever the times between requests and of their replies, a client that is alone is never refused by a day."""
    limits = Limits(requests_per_interval=1_000_000, requests_per_day=limit)
    server = Quota(limits)
    day = Day(limit)
    now = 0.0
    under_way: list[tuple[float, float, RateHeaders]] = []
    for step, latency in steps:
        now += step
        under_way, back = (
            [u for u in under_way if u[0] > now],
            sorted((u for u in under_way if u[0] <= now), key=lambda u: u[0]),
        )
        for at, departed_at, headers in back:
            day.heard(headers, departed_at, at)
        free_at = day.free_at(now, len(under_way))
        if free_at is None:
            continue
        now = max(now, free_at)
        day.take(now)
        decision = server.admit(now)
        assert decision.admitted
        under_way.append((now + latency, now, _headers_of(decision, limit, says)))


def _headers_of(decision: Any, limit: int, says: str) -> RateHeaders:
    if says == "none":
        return SILENT
    return _told(decision.day_remaining, decision.day_resets_in if says == "all" else None, limit)
