"""Who waits for a quota, until when, and how that is said."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from growthhub_async import Contact, Record
from growthhub_async.cli.waits import Waits, waits_of
from growthhub_async.day import DAY
from tests import virtual
from tests.network import Attempt, FakeNetwork, client_on, created, reply

MORNING = datetime(2026, 11, 26, 9, 12, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("locations", "in_use", "for_day", "said"),
    [
        (1, 1, True, "waiting for the day's quota until 2026-11-26 09:12 UTC"),
        (1, 1, False, "paused by the server until 2026-11-26 09:12:05 UTC"),
        (1, 3, True, "1 of 3 locations waits for the day's quota until 2026-11-26 09:12 UTC"),
        (2, 3, True, "2 of 3 locations wait for the day's quota, the first until 2026-11-26 09:12 UTC"),
        (2, 3, False, "2 of 3 locations wait, the first until 2026-11-26 09:12:05 UTC"),
    ],
)
def test_a_wait_is_said_in_words(locations: int, in_use: int, for_day: bool, said: str) -> None:
    """Of one location it is said what for, of several how many wait."""
    assert str(Waits(locations, in_use, MORNING, MORNING + timedelta(1), for_day)) == said


def _seconds(waits: Waits) -> float:
    """How long the last of them still waits."""
    return (waits.last - datetime.now(UTC)).total_seconds()


def _after_a_second(network: FakeNetwork, per_location: dict[str, int], **settings: object) -> Waits | None:
    """Tell who waits a second after so many records of each location were begun."""
    records = [
        Record(contact=Contact(email=f"{location_id}.{number}@example.com"), location_id=location_id)
        for location_id, number_of_records in per_location.items()
        for number in range(number_of_records)
    ]

    async def main() -> Waits | None:
        async with client_on(network, **settings) as client, client.upsert_many(records):
            assert waits_of(client) is None
            await asyncio.sleep(1)
            return waits_of(client)

    return virtual.run(main)


def test_who_has_spent_its_day_waits_for_the_next() -> None:
    """Those count that have something left to send: the day of loc2 is spent as well."""
    waits = _after_a_second(FakeNetwork(), {"loc1": 5, "loc2": 2, "loc3": 1}, requests_per_day=2)
    assert waits is not None
    assert (waits.locations, waits.in_use, waits.for_day) == (1, 3, True)
    assert _seconds(waits) == pytest.approx(DAY, abs=60)


def test_who_was_refused_is_paused_and_the_day_is_not_to_blame() -> None:
    """Until the server's `Retry-After`."""

    def refuse(attempt: Attempt) -> object:
        return reply(429, {}, Retry_After="50") if attempt.contact["locationId"] == "loc1" else created(attempt)

    waits = _after_a_second(FakeNetwork(refuse), {"loc1": 30, "loc2": 1})  # type: ignore[arg-type]
    assert waits is not None
    assert (waits.locations, waits.in_use, waits.for_day) == (1, 2, False)
    assert _seconds(waits) == pytest.approx(50, abs=2)


def test_of_several_the_first_and_the_last_are_told() -> None:
    """One for a day and one for a pause: they do not all wait for their day."""

    def refuse(attempt: Attempt) -> object:
        return reply(429, {}, Retry_After="50") if attempt.contact["locationId"] == "loc1" else created(attempt)

    waits = _after_a_second(FakeNetwork(refuse), {"loc1": 10, "loc2": 30}, requests_per_day=26)  # type: ignore[arg-type]
    assert waits is not None
    assert (waits.locations, waits.for_day) == (2, False)
    assert (waits.first - datetime.now(UTC)).total_seconds() == pytest.approx(50, abs=2)
    assert _seconds(waits) == pytest.approx(DAY, abs=60)


def test_a_window_that_is_full_is_no_wait() -> None:
    """It passes by itself, again and again."""
    assert _after_a_second(FakeNetwork(), {"loc1": 50}, requests_per_interval=10) is None
