"""How much longer than its interval a place in the window is kept."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from growthhub_async.margin import CALM, ENOUGH, LEAST, MOST, REMEMBERED, UNKNOWN, Jitter, Margin


def _network(connects: list[float]) -> Jitter:
    network = Jitter()
    for seconds in connects:
        network.connected(seconds, 0.0)
    return network


def _margin(connects: list[float]) -> Margin:
    return Margin(_network(connects))


def test_an_unknown_network_is_treated_with_care() -> None:
    """Until enough connections have been made, the margin is a quarter of a second."""
    assert _margin([]).seconds(0.0, 10.0) == UNKNOWN
    assert _margin([0.1] * (ENOUGH - 1)).seconds(0.0, 10.0) == UNKNOWN


def test_a_steady_network_needs_next_to_none() -> None:
    """Connections that all take the same time leave only what timers are late by."""
    assert _margin([0.1] * ENOUGH).seconds(0.0, 10.0) == LEAST


@given(
    ways=st.lists(st.tuples(st.floats(0.02, 0.12), st.floats(0.02, 0.12)), min_size=ENOUGH, max_size=100),
)
def test_the_margin_covers_the_difference_of_two_ways_that_were_gone(ways: list[tuple[float, float]]) -> None:
    """It lies between half the spread of the round trips and all of it, nearer to all the fewer were made."""
    trips = [there + back for there, back in ways]
    spread = max(trips) - min(trips)
    margin = _margin(trips).seconds(0.0, 10.0)
    assert max(LEAST, spread / 2) <= margin <= max(LEAST, spread) + 1e-9


def test_many_connections_need_less_caution_than_few() -> None:
    """With more of them it is likelier that the slowest and the fastest were among them."""
    few, many = _margin([0.1, 0.2] * 13), _margin([0.1, 0.2] * 500)
    assert few.seconds(0.0, 10.0) == pytest.approx(0.079, abs=0.001)
    assert many.seconds(0.0, 10.0) == pytest.approx(0.055, abs=0.001)


def test_of_many_connections_made_at_once_none_is_forgotten() -> None:
    """The fastest are there first: the slowest thousand after them must not be all that is known."""
    trips = sorted([0.1] * 10 + [0.3] * 5_000)
    assert _margin(trips).seconds(0.0, 10.0) > 0.1


def test_what_the_network_was_long_ago_counts_no_more() -> None:
    """A network that has become even needs no more than an even one, after a while."""
    network = _network([0.1, 0.5] * 50)
    for now in (REMEMBERED + 1, 2 * REMEMBERED + 2):
        for _ in range(ENOUGH):
            network.connected(0.2, now)
    assert Margin(network).seconds(2 * REMEMBERED + 2, 10.0) == LEAST


def test_what_the_network_was_of_late_is_not_forgotten_for_one_new_connection() -> None:
    """Those of the time before count on, the slowest, the fastest and how many they were."""
    network = _network([0.1, 0.3] * 50)
    before = network.spread
    network.connected(0.2, REMEMBERED + 1)
    assert network.spread == pytest.approx(before, rel=0.01)


def test_a_refusal_widens_it_and_calm_narrows_it_again() -> None:
    """Each refusal adds the margin once more, and half of that is given up in every minute without one."""
    margin = _margin([0.1, 0.2] * ENOUGH)
    alone = margin.seconds(100.0, 10.0)
    margin.refused(100.0)
    assert margin.seconds(100.0, 10.0) == pytest.approx(2 * alone)
    margin.refused(100.0)
    assert margin.seconds(100.0, 10.0) == pytest.approx(3 * alone)
    assert margin.seconds(100.0 + CALM, 10.0) == pytest.approx(2 * alone)
    assert margin.seconds(100.0 + 20 * CALM, 10.0) == pytest.approx(alone, abs=1e-6)


def test_it_is_told_anew_when_the_network_or_the_interval_is_another() -> None:
    """What was told before holds for the same spread and the same interval only."""
    network = _network([0.1] * ENOUGH)
    margin = Margin(network)
    assert margin.seconds(0.0, 10.0) == LEAST
    network.connected(0.3, 0.0)
    assert margin.seconds(0.0, 10.0) == network.spread > LEAST
    assert margin.seconds(0.0, 0.1) == MOST * 0.1


def test_it_never_costs_more_than_its_share() -> None:
    """In a wild network a refusal now and then is cheaper than waiting for every straggler."""
    wild = _margin([0.1, 5.0] * ENOUGH)
    assert wild.seconds(0.0, 10.0) == MOST * 10.0
    assert not wild.covers(10.0)
    assert _margin([0.1, 0.2] * ENOUGH).covers(10.0)


def test_what_one_location_was_refused_widens_no_others_margin() -> None:
    """They share the network, and what is known of it, and nothing else."""
    network = _network([0.1, 0.2] * ENOUGH)
    one, other = Margin(network), Margin(network)
    before = other.seconds(0.0, 10.0)
    one.refused(0.0)
    assert one.seconds(0.0, 10.0) > other.seconds(0.0, 10.0) == before
