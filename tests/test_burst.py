"""When the next request of a location may go: its burst quota, asked at given moments."""

from __future__ import annotations

import math

import pytest

from growthhub_async.burst import GENTLE, HELD_BACK, JITTER, LONGEST_PAUSE, SCOUTS, TRIAL_LIMIT
from growthhub_async.margin import LEAST, UNKNOWN, Jitter
from growthhub_async.quota_facts import SILENT, RateHeaders
from growthhub_async.rate_headers import MAX_DAY
from tests.bursting import burst_of, even_network, leave, send, wild_network


def _most_in_a_window(times: list[float]) -> int:
    return max(sum(start <= time < start + 10.0 for time in times) for start in times)


def test_before_its_first_reply_a_location_gets_what_a_trial_account_allows() -> None:
    """No more than 25 leave until a reply has told what the account is."""
    burst = burst_of(100)
    first = leave(burst, 0.0)
    assert send(burst, TRIAL_LIMIT - 1, answered=False)[-1] == 0.0
    assert burst.free_at(0.5) == 10 + UNKNOWN
    burst.heard(RateHeaders(limit=100), first, 1.0)
    assert send(burst, 75, 1.0)[-1] == 1.0


def test_of_a_first_burst_a_few_go_last() -> None:
    """Four of a hundred wait until more than a trial account's requests were answered: others have shown by then."""
    burst = burst_of(100)
    first = [leave(burst, 0.0) for _ in range(TRIAL_LIMIT)]
    burst.heard(RateHeaders(limit=100), first[0], 0.5)
    few = round(HELD_BACK * 100)
    last = [leave(burst, 0.5) for _ in range(100 - TRIAL_LIMIT - few) if burst.free_at(0.5) == 0.5][-1]
    assert burst.free_at(0.6) == 10 + UNKNOWN
    burst.heard(RateHeaders(limit=100), last, 1.0)
    assert send(burst, few, 1.0, answered=False)[-1] == 1.0


@pytest.mark.parametrize("limit", [26, 27])
def test_a_quota_hardly_larger_than_a_trial_accounts_waits_for_no_reply_that_cannot_come(limit: int) -> None:
    """More than a trial account's requests are answered only where more than those were sent."""
    burst = burst_of(limit, network=even_network())
    assert send(burst, limit)[-1] == 0.0


def test_a_reserve_is_kept_of_a_trial_account_too() -> None:
    """As long as nobody knows what the account is, a fifth of 25 is left to others."""
    burst = burst_of(100, reserve=0.2)
    assert send(burst, 20, answered=False)[-1] == 0.0
    assert burst.free_at(0.5) == 10 + UNKNOWN


def test_a_small_quota_is_used_at_once() -> None:
    """Of a trial account's 25 none goes ahead: waiting for a reply would cost as much as a few of them."""
    burst = burst_of(25, network=even_network())
    send(burst, 5)
    assert send(burst, 25, 50.0, answered=False)[-1] == 50.0


def test_until_a_reply_tells_the_settings_are_what_is_planned_with() -> None:
    """The caution of the start is no estimate of what the account allows."""
    assert burst_of(100).ours == 100


@pytest.mark.parametrize("later", [10.5, 50.0])
def test_after_an_interval_without_news_a_few_go_ahead(later: float) -> None:
    """A tenth of the limit leaves, and the rest when one of them was answered: by then others show."""
    burst = burst_of(100, network=even_network())
    send(burst, 30)
    scouts = round(SCOUTS * 100)
    first = leave(burst, later)
    assert send(burst, scouts - 1, later, answered=False)[-1] == later
    assert burst.free_at(later) == later + 10 + LEAST
    burst.heard(SILENT, first, later + 1)
    assert send(burst, 100 - scouts, later + 1)[-1] == later + 1


def test_with_news_of_the_last_interval_none_go_ahead() -> None:
    """What was heard of a request that left less than an interval ago is enough for the rest of the quota."""
    burst = burst_of(100, network=even_network())
    send(burst, 30)
    assert send(burst, 70, 9.95, answered=False)[-1] == 9.95


@pytest.mark.parametrize(("network", "latency"), [(wild_network(), 0.5), (even_network(), 3.0)], ids=["wild", "slow"])
def test_where_news_are_late_or_tell_nothing_none_go_ahead(network: Jitter, latency: float) -> None:
    """In a wild network counts tell nothing of others, and who is slow tells it too late: nobody waits for a reply."""
    burst = burst_of(100, network=network)
    burst.heard(SILENT, leave(burst, 0.0), latency)
    assert send(burst, 100, 50.0, answered=False)[-1] == 50.0


def test_a_trial_account_is_learnt_from_its_first_reply() -> None:
    """The server's limit narrows the window, and is kept from then on."""
    burst = burst_of(100)
    trial = RateHeaders(limit=25, interval=10.0)
    burst.heard(trial, leave(burst, 0.0), 1.0)
    assert _most_in_a_window([0.0, *send(burst, 60, 1.0, reply=trial)]) == 25


def test_headers_never_widen_what_the_settings_say() -> None:
    """A server that allows more than was asked for gets what was asked for, in an interval that is no shorter."""
    burst = burst_of(10)
    generous = RateHeaders(limit=1_000, interval=0.1)
    burst.heard(generous, leave(burst, 0.0), 1.0)
    assert _most_in_a_window([0.0, *send(burst, 25, 1.0, reply=generous)]) == 10


def test_the_reply_to_the_later_request_counts() -> None:
    """Replies overtake each other: an old one that says more does not widen what a newer one said."""
    burst = burst_of(100)
    older, newer = leave(burst, 4.0), leave(burst, 4.0)
    burst.heard(RateHeaders(limit=25), newer, 6.0)
    burst.heard(RateHeaders(limit=100), older, 6.0)
    assert burst.limit == 25


def test_a_reply_that_says_nothing_changes_nothing() -> None:
    """What was learnt of a trial account is not forgotten because a header is missing, nor is its interval."""
    burst = burst_of(100)
    burst.heard(RateHeaders(limit=25, interval=30.0), leave(burst, 0.0), 1.0)
    burst.heard(SILENT, leave(burst, 2.0), 3.0)
    assert (burst.limit, burst.interval) == (25, 30.0)
    burst.heard(RateHeaders(limit=100, interval=10.0), leave(burst, 4.0), 5.0)
    assert (burst.limit, burst.interval) == (100, 10.0)


def test_a_refusal_after_a_quiet_time_begins_anew() -> None:
    """Neither the pauses nor the time of refusals goes on where they had ended long before."""
    burst = burst_of(10)
    burst.refused(leave(burst, 0.0), 0.0, 1.0, 0.0)
    burst.refused(leave(burst, 1.0), 1.0, 1.0, 0.0)
    assert burst.paused_until == 21.0
    burst.refused(leave(burst, 500.0), 500.0, 1.0, 0.0)
    assert (burst.paused_until, burst.refused_for(500.0)) == (501.0, 0.0)


def test_a_reserve_is_never_used() -> None:
    """With a fifth kept for others, 80 of 100 go in any window, and they still go at once."""
    times = send(burst_of(100, reserve=0.2), 200)
    assert _most_in_a_window(times) == 80
    assert times[79] == 0.0


def test_the_reserve_of_a_small_quota_leaves_one_place() -> None:
    """A share that would keep everything keeps all but one: a run goes on."""
    assert _most_in_a_window(send(burst_of(2, reserve=0.9), 5)) == 1
    smallest = burst_of(1, reserve=0.9)
    assert smallest.ours == 1
    smallest.refused(leave(smallest, 0.0), 0.0, 20.0, 0.0)
    assert smallest.free_at(0.0) == 20.0


def test_a_reserve_is_kept_in_whole_requests() -> None:
    """A quarter of ten are three, and two of the six that the server says there are."""
    burst = burst_of(10, reserve=0.25)
    assert burst.ours == 7
    burst.heard(RateHeaders(limit=6), leave(burst, 0.0), 0.0)
    assert burst.ours == 4
    assert send(burst, 4, 0.0) == [0.0] * 3 + [10 + UNKNOWN]


def test_a_reserve_of_nearly_all_lets_the_first_go() -> None:
    """Where it would keep all of a trial account one goes, and hears what the account is."""
    burst = burst_of(1_000, reserve=0.99)
    assert send(burst, 1, answered=False) == [0.0]
    assert burst.free_at(0.5) == 10 + UNKNOWN


def test_after_a_refusal_nobody_bursts() -> None:
    """After a pause they go one by one for an interval; a later refusal holds those who were paced."""
    burst = burst_of(10)
    refused = leave(burst, 0.0)
    burst.refused(refused, 1.0, 20.0, 0.0)
    assert burst.free_at(1.0) == 21.0
    assert send(burst, 2, 1.0) == pytest.approx([21, 21 + 1 / GENTLE])
    burst.refused(refused, 21.3, 60.0, 0.0)
    assert send(burst, 3, 21.3) == pytest.approx([81.3 + n / GENTLE for n in range(3)])
    assert send(burst, 2, 91.2) == pytest.approx([91.2, 91.2 + 1 / GENTLE])


def test_a_pause_ends_and_bursts_come_back() -> None:
    """One interval after a pause the pace is lifted."""
    burst = burst_of(10)
    burst.refused(leave(burst, 0.0), 0.0, 5.0, 0.0)
    assert send(burst, 10, 15.1)[-1] == 15.1


def test_a_refusal_that_names_no_time_pauses_until_a_place_comes_free() -> None:
    """Without `Retry-After` the location waits until the oldest of its requests has left every window."""
    burst = burst_of(10)
    burst.refused(leave(burst, 3.0), 4.0, None, 0.5)
    assert burst.paused_until == pytest.approx(3 + 10 + 2 * UNKNOWN + JITTER / 2)  # it has widened the margin


def test_a_refusal_that_asks_for_more_than_days_is_not_believed() -> None:
    """A `Retry-After` of years is garbled: the location is paused as without one, not for ever."""
    burst = burst_of(10)
    burst.refused(leave(burst, 3.0), 4.0, MAX_DAY + 1, 0.0)
    assert burst.paused_until <= 4 + 10 + 2 * UNKNOWN


def test_who_is_refused_again_and_again_waits_longer_each_time() -> None:
    """Each pause that brought nothing doubles the next, up to two minutes; a request that passes ends it."""
    burst = burst_of(10)
    now, pauses = 0.0, []
    for _ in range(9):
        burst.refused(leave(burst, now), now, 1.0, 0.0)
        pauses.append(burst.paused_until - now)
        now = burst.paused_until
    assert pauses == pytest.approx([1, 20, 40, 80, *[LONGEST_PAUSE] * 5])
    assert burst.refused_for(now) == pytest.approx(now)
    burst.admitted()
    assert burst.refused_for(now) == 0.0
    burst.refused(leave(burst, now), now, 1.0, 0.0)
    assert burst.paused_until - now == pytest.approx(1)


def test_a_location_may_be_refused_for_ever() -> None:
    """After days of refusals it is still asked every two minutes."""
    burst = burst_of(10)
    now = 0.0
    for _ in range(1_100):
        burst.refused(leave(burst, now), now, None, 0.0)
        now = burst.paused_until
    burst.refused(leave(burst, now), now, None, 0.0)
    assert burst.paused_until == now + LONGEST_PAUSE


def test_a_refusal_that_comes_late_begins_no_long_pause() -> None:
    """One that passed has ended the pauses that grew, also for what had left before it and is refused after it."""
    burst = burst_of(10)
    late = leave(burst, 0.0)
    for now in (0.0, 1.0, 21.0):
        burst.refused(leave(burst, now), now, 1.0, 0.0)
    burst.admitted()
    burst.refused(late, 200.0, 1.0, 0.0)
    assert burst.paused_until == 201.0


def test_programs_that_were_refused_together_do_not_come_back_together() -> None:
    """By chance a pause that has grown lasts from half of it to all of it, and any a little longer."""
    early, late = burst_of(10), burst_of(10)
    for burst, chance in ((early, 1.0), (late, 0.0)):
        burst.refused(leave(burst, 0.0), 0.0, 1.0, chance)
        burst.refused(leave(burst, 5.0), 5.0, 1.0, chance)
    assert (early.paused_until, late.paused_until) == (pytest.approx(15 + JITTER), 25.0)


def test_a_server_that_asks_for_no_wait_is_not_hammered() -> None:
    """`Retry-After: 0` is obeyed once; when the next is refused as well, the pauses grow."""
    burst = burst_of(10)
    burst.refused(leave(burst, 0.0), 1.0, 0.0, 0.0)
    assert burst.paused_until == 1.0
    burst.refused(leave(burst, 1.0), 2.0, 0.0, 0.0)
    assert burst.paused_until == 22.0


def test_refusals_of_one_burst_are_one() -> None:
    """A hundred that left before the pause and are refused together do not make it longer."""
    burst = burst_of(100)
    for departure in [leave(burst, 0.0) for _ in range(100)]:
        burst.refused(departure, 1.0, 10.0, 0.0)
    burst.refused(departure, 1.5, 5.0, 0.0)  # it asks for less: what the others asked for still holds
    assert burst.paused_until == pytest.approx(11.0)
    burst.refused(leave(burst, 12.0), 13.0, 10.0, 0.0)
    assert burst.paused_until == pytest.approx(33.0)


def test_others_are_made_room_for() -> None:
    """A server that has counted more than was sent has others to serve: they keep their share, and bursts end."""
    burst = burst_of(100, network=even_network())
    for _ in range(9):
        leave(burst, 0.0)
    burst.heard(RateHeaders(limit=100, remaining=60), leave(burst, 0.0), 0.0)
    assert burst.others_are_there(0.0)
    times = send(burst, 80)
    assert _most_in_a_window(times) <= 60
    assert times[10] - times[0] >= 10 * 10 / (70 * 1.5)


def test_others_are_served_from_the_reserve() -> None:
    """What others spend is taken from what is kept for them, not from the rest as well."""
    burst = burst_of(100, reserve=0.5, network=even_network())
    burst.heard(RateHeaders(limit=100, remaining=70), leave(burst, 0.0), 0.0)
    assert _most_in_a_window(send(burst, 100)) in (49, 50)


def test_in_a_wild_network_nobody_is_held_to_be_an_other() -> None:
    """Where requests overtake each other by more than the margin, a count proves nothing."""
    burst = burst_of(100, network=wild_network())
    burst.heard(RateHeaders(limit=100, remaining=60), leave(burst, 0.0), 0.0)
    burst.refused(leave(burst, 0.0), 0.0, 0.0, 0.0)
    assert not burst.others_are_there(0.0)


def test_in_a_network_that_has_become_wild_a_refusal_tells_of_nobody() -> None:
    """What was heard before it did is no sign of others, and a refusal may be its doing."""
    network = even_network()
    burst = burst_of(100, network=network)
    burst.heard(RateHeaders(limit=100, remaining=99), leave(burst, 0.0), 0.0)
    network.connected(5.0, 1.0)
    burst.refused(leave(burst, 1.0), 1.0, 0.0, 0.0)
    assert not burst.others_are_there(1.0)


def test_refusals_are_remembered_for_an_interval() -> None:
    """They may be counted as long as that, and are not kept for ever."""
    burst = burst_of(100, network=even_network())
    for now in range(0, 2_000, 20):
        departure = leave(burst, now)
        burst.heard(RateHeaders(limit=100, remaining=99), departure, now)
        burst.refused(departure, now, 0.0, 0.0)
    assert len(burst._refused) == 1


def test_a_refusal_tells_of_others_and_once_they_are_known_not_of_the_network() -> None:
    """Alone on the quota the margin was too small, perhaps; beside others it is they who were there first."""
    burst = burst_of(100, network=even_network())
    burst.heard(RateHeaders(limit=100, remaining=99), leave(burst, 0.0), 0.0)
    burst.refused(leave(burst, 0.0), 0.0, 0.0, 0.0)
    assert burst.others_are_there(0.0)
    added = burst._margin._added
    assert added > 0
    burst.refused(leave(burst, 1.0), 1.0, 0.0, 0.0)
    assert burst._margin._added == added


def test_where_others_leave_nothing_one_asks_in_every_interval() -> None:
    """The only news are replies to what is sent: one goes an interval after the last."""
    burst = burst_of(100, network=even_network())
    burst.heard(RateHeaders(limit=100, remaining=0), leave(burst, 0.0), 0.0)
    now, asked = 0.0, []
    while now < 35:
        free_at = burst.free_at(now)
        assert free_at is not None
        if free_at == now:
            asked.append(now)
            burst.heard(RateHeaders(limit=100, remaining=0), leave(burst, now), now)
        now = max(free_at, now + 0.001)
    assert asked == pytest.approx([10, 20, 30], abs=0.1)


def test_one_that_was_let_go_holds_its_place_until_it_has_left_or_is_given_back() -> None:
    """Nobody can say when a place comes free whose request has not left."""
    burst = burst_of(1)
    burst.take(0.0)
    assert burst.free_at(100.0) is None
    burst.give_back()
    assert burst.free_at(100.0) == 100.0
    assert burst.used(100.0) == 0


def test_the_next_place_is_never_before_now_nor_never() -> None:
    """Whatever was heard, the answer is a moment that is not past."""
    burst = burst_of(5)
    send(burst, 5)
    free_at = burst.free_at(5.0)
    assert free_at is not None
    assert 5.0 < free_at < math.inf
    assert burst.free_at(50.0) == 50.0
