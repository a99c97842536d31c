"""A run that ends before its file does: in order, and without waiting for another day."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from growthhub_async import ErrorReason, Outcome, Summary, TokenRefusedError
from growthhub_async.cli.ending import PATIENCE, Ending
from growthhub_async.cli.reading import Reading
from growthhub_async.cli.screen import Screen
from tests import virtual
from tests.importer.reading import opened
from tests.network import FakeNetwork, client_on, created, reply

RECORDS = 3_000
ONE_LOCATION = "\n".join(["Email", *(f"person{number}@example.com" for number in range(RECORDS))])
NAMED = "\n".join(["Email,Location ID", *(f"person{number}@example.com,loc{number % 2}" for number in range(RECORDS))])
A_WEEK = 604_800.0


class _Ended(NamedTuple):
    summary: Summary
    spent: str | None
    read_whole: bool
    seconds: float


def _run(
    folder: Path,
    content: str,
    network: FakeNetwork,
    act: Callable[[Ending, Outcome | None], None] = Ending.hear,  # type: ignore[assignment]
    *,
    at: float = A_WEEK,
    **settings: object,
) -> _Ended:
    """Run an import to its end; `act` is called with each outcome, and with None after so many seconds."""

    async def main() -> _Ended:
        loop = asyncio.get_running_loop()
        with opened(folder, content.encode()) as contacts:
            reading = Reading(contacts)
            async with client_on(network, **settings) as client, client.upsert_many(reading) as stream:
                ending = Ending(client, stream, reading, Screen())
                timer = loop.call_later(at, act, ending, None)
                try:
                    async for outcome in stream:
                        act(ending, outcome)
                except TokenRefusedError:
                    pass
                timer.cancel()
                return _Ended(stream.summary, ending.spent, reading.ended, loop.time())

    ended = virtual.run(main)
    assert ended.summary.read == ended.summary.created + ended.summary.error
    return ended


def _interrupt(ending: Ending, outcome: Outcome | None) -> None:
    if outcome is None:
        ending.interrupt()


def test_a_day_that_is_spent_and_not_waited_for_ends_the_run(tmp_path: Path) -> None:
    """What was read is told, what was not is not read, and the library's words say why."""
    ended = _run(tmp_path, ONE_LOCATION, FakeNetwork(), requests_per_day=30, on_daily_quota="stop")
    assert ended.summary.created == 30
    assert ended.summary.errors_by_reason == {ErrorReason.CANCELLED: ended.summary.read - 30}
    assert ended.summary.read < RECORDS
    assert not ended.read_whole
    assert ended.spent is not None
    assert ended.spent.startswith("the day's quota of the location is spent; it begins anew at ")


def test_a_file_with_several_locations_is_read_on(tmp_path: Path) -> None:
    """The day of one says nothing of another's; here both have their own 30."""
    ended = _run(tmp_path, NAMED, FakeNetwork(), requests_per_day=30, on_daily_quota="stop")
    assert (ended.summary.created, ended.summary.read, ended.read_whole) == (60, RECORDS, True)
    assert ended.spent is None


def test_a_refused_token_is_no_spent_quota(tmp_path: Path) -> None:
    """Its records are not sent either, but that is not why."""
    refused = FakeNetwork(lambda _: reply(401, {"message": "Invalid JWT"}))
    ended = _run(tmp_path, ONE_LOCATION, refused, on_daily_quota="stop")
    assert set(ended.summary.errors_by_reason) == {ErrorReason.UNAUTHORIZED}
    assert ended.spent is None


def test_an_interrupted_run_does_not_wait_for_its_day(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It ends at once, and says what it did not wait for."""
    ended = _run(tmp_path, ONE_LOCATION, FakeNetwork(), _interrupt, at=100.0, requests_per_day=30)
    assert ended.seconds == pytest.approx(100.0, abs=1.0)
    assert ended.summary.created == 30
    assert set(ended.summary.errors_by_reason) == {ErrorReason.CANCELLED}
    (said,) = capsys.readouterr().err.splitlines()
    assert said.startswith("waiting for the day's quota until ")
    assert said.endswith("the rest is cancelled; Ctrl-C again to stop now")


def test_an_attempt_on_its_way_is_waited_for_all_the_same(tmp_path: Path) -> None:
    """Its reply says what became of a contact."""
    slow = FakeNetwork(delays=[8.0])
    ended = _run(tmp_path, ONE_LOCATION, slow, _interrupt, at=12.0, requests_per_day=24)
    assert (ended.summary.created, slow.in_flight) == (24, 0)
    assert ended.seconds == pytest.approx(16.0, abs=1.0)


def test_a_pause_after_a_429_is_waited_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is short, and what was read is finished."""
    first = iter([reply(429, {}, Retry_After=f"{PATIENCE - 5:.0f}")])
    network = FakeNetwork(lambda attempt: next(first, None) or created(attempt))
    ended = _run(tmp_path, ONE_LOCATION, network, _interrupt, at=1.0, requests_per_interval=1_000)
    assert (ended.summary.created, ended.summary.error) == (ended.summary.read, 0)
    assert ended.seconds > PATIENCE - 5
    assert capsys.readouterr().err.startswith("finishing 256 in flight")


def test_a_long_pause_is_not(tmp_path: Path) -> None:
    """Nobody wants to wait for that long after Ctrl-C."""
    first = iter([reply(429, {}, Retry_After=f"{PATIENCE + 5:.0f}")])
    network = FakeNetwork(lambda attempt: next(first, None) or created(attempt))
    ended = _run(tmp_path, ONE_LOCATION, network, _interrupt, at=1.0, requests_per_interval=1_000)
    assert ErrorReason.CANCELLED in ended.summary.errors_by_reason
    assert ended.seconds < 2.0


def test_a_day_that_is_spent_while_the_rest_is_finished_ends_it(tmp_path: Path) -> None:
    """The next look at the quota sees it."""

    def act(ending: Ending, outcome: Outcome | None) -> None:
        if outcome is not None and outcome.position == 0:
            ending.interrupt()
        elif outcome is None:
            ending.look()

    ended = _run(tmp_path, ONE_LOCATION, FakeNetwork(), act, at=100.0, requests_per_day=120)
    assert ended.summary.created == 120
    assert ended.seconds == pytest.approx(100.0, abs=1.0)


def test_a_record_that_is_refused_ends_nothing(tmp_path: Path) -> None:
    """Not even the last of its day, when its location has to wait; but that is not why."""
    content = "\n".join(ONE_LOCATION.splitlines()[:41])
    refusing = FakeNetwork(lambda _: reply(422, {"message": "email must be an email"}))
    ended = _run(tmp_path, content, refusing, requests_per_day=30)
    assert ended.summary.errors_by_reason == {ErrorReason.REJECTED: 40}
    assert (ended.spent, ended.read_whole) == (None, True)


def _look(ending: Ending, outcome: Outcome | None) -> None:
    ending.look()


def test_a_run_that_nobody_ends_waits_for_its_day(tmp_path: Path) -> None:
    """That is what it was told to do."""
    content = "\n".join(ONE_LOCATION.splitlines()[:41])
    ended = _run(tmp_path, content, FakeNetwork(), _look, requests_per_day=30)
    assert (ended.summary.created, ended.summary.error) == (40, 0)
    assert ended.seconds > 80_000
