"""Other programs that spend the quota of a location: noticed, made room for, and forgotten."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from growthhub_async.burst import LONGEST_PAUSE
from growthhub_async.others import FORGOTTEN, Others
from growthhub_async.quota_facts import Departure
from growthhub_async.sandbox.windows import FixedWindow, SlidingWindow, TokenBucket
from growthhub_async.window import EXACT, BurstWindow
from tests.playing import KINDS, Kind, Play, at_random

LIMIT = 100


def _sent(window: BurstWindow, times: list[float]) -> Departure:
    """Send requests at those times, and give the last of them, of which nothing but its number is expected."""
    for time in times:
        window.take()
        window.left(time)
    number = window.departures.number
    return Departure(times[-1], number, number, *[number] * 6)


def _hear(others: Others, departure: Departure, count: int, now: float, refused: int = 0) -> None:
    others.counted(LIMIT, LIMIT - count, departure, now, margin=0.1, refused=refused)


def test_a_count_that_our_own_requests_explain_is_nobody_elses() -> None:
    """Ten were sent and ten are counted; also eight, of which two may have come later."""
    window = BurstWindow(LIMIT, 10.0)
    others = Others(window)
    departure = _sent(window, [0.0] * 10)
    _hear(others, departure, 10, 1.0)
    _hear(others, departure, 8, 1.0)
    assert not others.are_there(1.0)


def test_a_count_beyond_all_that_was_sent_is_others() -> None:
    """Eleven are counted of ten."""
    window = BurstWindow(LIMIT, 10.0)
    others = Others(window)
    _hear(others, _sent(window, [0.0] * 10), 11, 1.0)
    assert others.are_there(1.0)


def test_requests_that_may_have_overtaken_prove_no_others() -> None:
    """A count that what left a moment later explains is nobody else's; what left much later explains nothing."""
    window = BurstWindow(LIMIT, 10.0)
    others = Others(window)
    departure = _sent(window, [0.0] * 10)
    _sent(window, [0.05] * 5 + [0.5] * 20)
    _hear(others, departure, 15, 1.0)
    assert not others.are_there(1.0)
    _hear(others, departure, 16, 1.0)
    assert others.are_there(1.0)


def test_a_server_that_did_not_count_what_it_refused_may_have_a_sliding_window() -> None:
    """Ten counted of thirty, of which twenty were refused, are all of them; were none refused, it is no such window."""
    rooms = []
    for count, refused in ((30, 0), (10, 20), (10, 0)):
        window = BurstWindow(LIMIT, 10.0)
        others = Others(window)
        _hear(others, _sent(window, [0.0] * 30), count, 1.0, refused)
        others.notice(1.0)
        rooms.append(others.room(1.0, 0.0, 0))
    assert rooms[0] == rooms[1]
    assert rooms[2].free < rooms[1].free


def test_what_a_bucket_has_refilled_already_is_not_free_once_more() -> None:
    """When fifty leave the window that were counted no more, what is counted is taken all the same."""
    free = []
    for count in (1, 5):
        window = BurstWindow(LIMIT, 10.0)
        others = Others(window)
        _hear(others, _sent(window, [0.0] * 50 + [9.5]), count, 9.6)
        others.notice(9.6)
        free.append(others.room(10.1, 0.0, 0).free)
    assert free[0] - free[1] == pytest.approx(4, abs=0.1)


def test_requests_that_are_kept_together_prove_no_others() -> None:
    """Of too many to keep one may seem to have left later than it did: none has overtaken it for that, nor fewer."""
    window = BurstWindow(LIMIT, 10_000.0)
    others = Others(window)
    thirty = dict.fromkeys(
        ("sliding_least", "sliding_most", "fixed_least", "fixed_most", "bucket_least", "bucket_most"), 30
    )
    departure = replace(_sent(window, [number / 5 for number in range(EXACT + 1)] + [2_000.0] * 5), **thirty)
    _sent(window, [2_000.5])
    _hear(others, departure, 29, 2_001.0, refused=1)
    assert not others.are_there(2_001.0)


@pytest.mark.parametrize(("refused", "there"), [(10, False), (9, True)])
def test_only_a_window_that_may_count_so_little_explains_a_count(refused: int, there: bool) -> None:
    """Twenty are too few for a window that has thirty in it, but for ten that were refused; the others hold twelve."""
    window = BurstWindow(LIMIT, 10.0)
    others = Others(window)
    departure = replace(_sent(window, [0.0] * 30), fixed_least=10, fixed_most=12, bucket_least=10, bucket_most=12)
    _hear(others, departure, 20, 1.0, refused)
    assert others.are_there(1.0) is there


def test_others_who_are_not_noticed_again_are_forgotten() -> None:
    """Some intervals after the last sign of them, the whole quota is ours again."""
    window = BurstWindow(LIMIT, 10.0)
    others = Others(window)
    _hear(others, _sent(window, [0.0]), 31, 1.0)
    assert others.are_there(1.0 + FORGOTTEN * 10.0)
    assert not others.are_there(1.1 + FORGOTTEN * 10.0)


def test_nothing_heard_is_nobody_else() -> None:
    """A refusal alone, without a count, tells of others of whom nothing is known."""
    others = Others(BurstWindow(LIMIT, 10.0))
    assert not others.are_there(0.0)
    others.notice(0.0)
    assert not others.are_there(0.0)


def test_they_are_left_what_they_have_and_more_the_older_the_news() -> None:
    """Thirty of theirs in the window leave us less than seventy, and ever less until a reply tells more."""
    window = BurstWindow(LIMIT, 10.0)
    others = Others(window)
    _hear(others, _sent(window, [0.0]), 31, 0.5)
    free = [others.room(now, 0.0, 0).free for now in (0.5, 2.0, 5.0, 9.0)]
    assert 55 < free[0] < 69
    assert free == sorted(free, reverse=True)


def test_what_is_kept_for_them_anyway_is_theirs_first() -> None:
    """With fifty places reserved, others that have thirty take none of ours."""
    window = BurstWindow(LIMIT, 10.0)
    others = Others(window)
    _hear(others, _sent(window, [0.0]), 31, 0.5)
    assert others.room(0.5, 0.0, 50).free == 49


def test_the_reply_to_the_later_request_counts() -> None:
    """An older request whose reply comes late says what was, not what is."""
    window = BurstWindow(LIMIT, 10.0)
    others = Others(window)
    older = _sent(window, [0.0])
    newer = _sent(window, [1.0])
    _hear(others, newer, 60, 2.0)
    before = others.room(2.0, 0.0, 0)
    _hear(others, older, 5, 2.0)
    assert others.room(2.0, 0.0, 0) == before


@settings(deadline=None, max_examples=60)
@given(kind=st.sampled_from(KINDS), contacts=st.integers(1, 450), seed=st.integers(0, 10_000))
def test_who_is_alone_sees_nobody_and_is_never_refused(kind: Kind, contacts: int, seed: int) -> None:
    """Whatever window the server has and however requests overtake each other: no false alarm, and no refusal."""
    play = Play(kind, contacts, seed=seed).run()
    assert play.noticed == []
    assert play.refusals == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_second_program_is_noticed_soon(kind: Kind) -> None:
    """One that begins at 40 s and takes a third of the quota is noticed within two windows, and before that nobody."""
    for seed in range(5):
        play = Play(kind, 1_500, at_random(3.3, seed, start=40.0), seed=seed).run()
        assert 40 < play.noticed[0] < 61


@pytest.mark.parametrize("kind", KINDS)
def test_a_second_program_that_ends_is_forgotten(kind: Kind) -> None:
    """Some windows after it has ended the run is as fast as one that was always alone."""
    play = Play(kind, 3_000, at_random(3.0, 1, end=100.0)).run()
    assert max(play.noticed) < 100 + (FORGOTTEN + 3) * 10
    late = sum(150 <= arrived < 250 for arrived in play.arrivals)
    assert late >= 900


@pytest.mark.parametrize(("kind", "left_over"), [(FixedWindow, 0.1), (SlidingWindow, 0.1), (TokenBucket, 0.02)])
@pytest.mark.parametrize("seed", range(3))
def test_beside_a_second_program_little_is_left_unused_and_little_refused(
    kind: Kind, left_over: float, seed: int
) -> None:
    """Of 2,500 requests fewer than one in fifty are refused, and of the quota no more than a tenth is unused."""
    play = Play(kind, 2_500, at_random(3.0, seed), seed=seed).run()
    assert len(play.refusals) < 50
    seconds = max(play.arrivals)
    assert len(play.arrivals) + len(play.granted) > (1 - left_over) * 10 * seconds


def test_a_location_whose_whole_quota_others_use_is_still_asked() -> None:
    """Where nothing is left one request goes now and then, so that it is heard when others have gone."""
    everything = (second + number / 100 for second in range(200) for number in range(20))
    play = Play(SlidingWindow, 200, everything).run()
    assert max(play.arrivals) < 200 + LONGEST_PAUSE + 20
    assert sum(refused > 1 for refused in play.refusals) < 30
