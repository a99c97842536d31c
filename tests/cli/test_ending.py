"""A run that ends before its job does: in order, and without waiting for another day."""

from __future__ import annotations

import asyncio

import pytest

from growthhub_async import Contact, ErrorReason, GrowthHubClient, Outcome, OutcomeError, Record, Status
from growthhub_async.cli.ending import Ending
from growthhub_async.cli.screen import Screen
from tests import virtual
from tests.network import LOCATION, FakeNetwork, client_on

SPENT = "the day's quota of the location is spent; it begins anew at 2026-11-26 09:12 UTC"


class FakeStream:
    """A stream that writes down what it was told to do; so many records of each location are left."""

    def __init__(self, *locations: str) -> None:
        self.unsent = dict.fromkeys(locations, 5)
        self.told: list[str] = []

    def drain(self) -> None:
        self.told.append("drain")

    def stop(self) -> None:
        self.told.append("stop")

    def cancel(self) -> None:
        self.told.append("cancel")


def _unsent(reason: ErrorReason = ErrorReason.CANCELLED, location_id: str = LOCATION, message: str = SPENT) -> Outcome:
    error = OutcomeError(reason=reason, message=message, retryable=True)
    return Outcome(position=0, status=Status.ERROR, ref=2, location_id=location_id, error=error)


def _ending(client: GrowthHubClient, stream: FakeStream) -> Ending:
    return Ending(client, stream, Screen())  # type: ignore[arg-type]


def _heard(stream: FakeStream, *outcomes: Outcome, spent: bool = True) -> Ending:
    """Hear outcomes, with a client whose day is spent or not."""

    async def main() -> Ending:
        settings = {"requests_per_day": 3 if spent else 100, "on_daily_quota": "stop"}
        records = [Record(contact=Contact(email=f"p{of}@example.com")) for of in range(5)]
        async with client_on(FakeNetwork(), **settings) as client:
            async with client.upsert_many(records) as sending:
                async for _ in sending:
                    pass
            ending = _ending(client, stream)
            for outcome in outcomes:
                ending.hear(outcome)
            return ending

    return virtual.run(main)


def test_a_day_that_is_spent_and_not_waited_for_ends_the_run() -> None:
    """What the day has counted is finished; the others would only be cancelled one by one. The library says why."""
    stream = FakeStream(LOCATION)
    ending = _heard(stream, _unsent(), _unsent(message="another"))
    assert stream.told == ["drain"]
    assert ending.unsent == {LOCATION: SPENT}


def test_the_day_of_one_location_ends_no_other() -> None:
    """It is remembered why its records wait."""
    stream = FakeStream(LOCATION, "other")
    ending = _heard(stream, _unsent(), _unsent(message="another"))
    assert stream.told == []
    assert ending.unsent == {LOCATION: SPENT}


def test_a_refused_location_ends_nothing_and_is_remembered() -> None:
    """The stream knows itself whether a token is good for nothing."""
    stream = FakeStream(LOCATION, "other")
    ending = _heard(stream, _unsent(ErrorReason.UNAUTHORIZED, "other", "403 no access"))
    assert (stream.told, ending.unsent) == ([], {"other": "403 no access"})


def test_what_was_cancelled_while_no_day_is_spent_ends_nothing() -> None:
    """As by a token that is refused."""
    stream = FakeStream(LOCATION)
    _heard(stream, _unsent(), spent=False)
    assert stream.told == []


@pytest.mark.parametrize("reason", [ErrorReason.REJECTED, ErrorReason.EXHAUSTED, ErrorReason.IN_DOUBT])
def test_an_error_of_a_record_ends_nothing(reason: ErrorReason) -> None:
    """Not even the last of its day, when its location has to wait; but that is not why."""
    stream = FakeStream(LOCATION)
    ending = _heard(stream, _unsent(reason))
    assert (stream.told, ending.unsent) == ([], {})


def test_a_record_that_was_accepted_ends_nothing() -> None:
    """Of course."""
    stream = FakeStream(LOCATION)
    ending = _heard(stream, Outcome(position=0, status=Status.CREATED, ref=2, location_id=LOCATION))
    assert (stream.told, ending.unsent) == ([], {})


def test_the_first_signal_finishes_what_is_in_flight_and_the_second_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """Each is said; what is cancelled by them is no news."""
    stream = FakeStream(LOCATION)

    async def main() -> Ending:
        async with client_on(FakeNetwork()) as client:
            ending = _ending(client, stream)
            ending.interrupt()
            ending.hear(_unsent(message="the run ended"))
            ending.cancel()
            return ending

    ending = asyncio.run(main())
    assert (stream.told, ending.unsent) == (["stop", "cancel"], {})
    assert capsys.readouterr().err.splitlines() == [
        "finishing what is in flight, the rest waits for another run; Ctrl-C again to stop now",
        "stopping now",
    ]
