"""How long the rest of a run takes under its quotas, and how fast those let it go."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import pytest

from growthhub_async import Contact, Record
from growthhub_async.cli.outlook import Outlook
from tests import virtual
from tests.network import FakeNetwork, client_on, reply, upserted


class _Left(NamedTuple):
    """A stream that has so many records of each location left."""

    unsent: Mapping[str, int]


class _Looked(NamedTuple):
    seconds_left: float | None
    allowed: float


def _look(unsent: dict[str, int], *, sent: int = 0, network: FakeNetwork | None = None, **settings: object) -> _Looked:
    """Send some records of the first location, and look at what is left."""

    async def main() -> _Looked:
        async with client_on(network or FakeNetwork(), **settings) as client:
            location_id = next(iter(unsent), "loc1")
            for number in range(sent):
                contact = Contact(email=f"person{number}@example.com")
                await client.upsert(Record(contact=contact, location_id=location_id))
            outlook = Outlook(client, _Left(unsent))  # type: ignore[arg-type]
            return _Looked(outlook.seconds_left, outlook.allowed)

    return virtual.run(main)


def test_what_is_left_takes_as_many_intervals_as_it_fills() -> None:
    """The first hundred leave at once."""
    assert _look({"loc1": 1_000}) == (90.0, 10.0)


def test_the_slowest_location_decides() -> None:
    """They go side by side, so that together they may go as fast as all that have something left."""
    assert _look({"loc1": 1_000, "loc2": 200, "loc3": 0}) == (90.0, 20.0)


def test_when_nothing_is_left_there_is_nothing_to_tell() -> None:
    """Neither time nor rate."""
    assert _look({"loc1": 0}) == (None, 0.0)
    assert _look({}) == (None, 0.0)


def test_a_day_that_is_too_short_is_waited_for() -> None:
    """What was sent of it counts."""
    found = _look({"loc1": 200}, sent=10, requests_per_day=100)
    assert found.seconds_left == pytest.approx(2 * 86_400, abs=60)


def test_the_servers_word_on_the_window_goes_before_the_setting() -> None:
    """Once it has told one that is smaller."""
    told = {"X_RateLimit_Max": "50", "X_RateLimit_Remaining": "49", "X_RateLimit_Interval_Milliseconds": "10000"}
    network = FakeNetwork(lambda attempt: reply(200, upserted(attempt, new=True).body, **told))
    assert _look({"loc1": 100}, sent=1, network=network).allowed == 5.0
