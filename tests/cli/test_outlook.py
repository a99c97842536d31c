"""How long the rest of a run takes, and what is said when it does not fit into the day."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from growthhub_async import UpsertStream
from growthhub_async.cli.outlook import Outlook
from growthhub_async.cli.reading import Reading
from growthhub_async.cli.screen import Screen
from tests import virtual
from tests.importer.reading import opened
from tests.network import FakeNetwork, client_on


async def _take_all(stream: UpsertStream) -> None:
    async for _ in stream:
        pass


def _told(
    folder: Path, capsys: pytest.CaptureFixture[str], lines: list[str], *, at: int = 1, **settings: object
) -> tuple[str, float | None]:
    """Import for some seconds, look at it twice, and return what was said and the seconds left."""

    async def main() -> float | None:
        with opened(folder, "\n".join(lines).encode()) as contacts:
            reading = Reading(contacts)
            async with client_on(FakeNetwork(), **settings) as client, client.upsert_many(reading) as stream:
                outlook = Outlook(client, reading, Screen())
                outlook.tell(stream.summary)
                taking = asyncio.create_task(_take_all(stream))
                await asyncio.sleep(at)
                outlook.tell(stream.summary)
                outlook.tell(stream.summary)
                taking.cancel()
                return outlook.seconds_left(stream.summary)

    left = virtual.run(main)
    return capsys.readouterr().err, left


def _lines(number: int) -> list[str]:
    return ["Email", *(f"person{line:06}@example.com" for line in range(number))]


def test_a_file_that_was_read_is_told_of_exactly(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Once, and without those that have been let go; the time is that of the estimate."""
    said, left = _told(tmp_path, capsys, _lines(200), requests_per_day=130)
    assert said == (
        "100 requests do not fit into the day's quota: 30 fit today, and 70 more at 130 a day;"
        " the quotas of 2 days are needed, 1 day, 0:00:09 at least\n"
    )
    assert left == pytest.approx(86_400, abs=60)


def test_a_file_that_is_still_read_is_told_of_by_a_guess(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """From the share of it that has been read: two digits, and `about`."""
    said, _ = _told(tmp_path, capsys, _lines(20_000), requests_per_day=5_000)
    assert said.startswith("about 20,000 requests do not fit into the day's quota: 4,900 fit today, and 15,100 more")
    assert said.count("\n") == 1


@pytest.mark.parametrize(("lines", "per_day"), [(_lines(200), 200), (_lines(20_000), 18_000), (_lines(20_000), 30_000)])
def test_what_fits_or_may_fit_is_not_told_of(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], lines: list[str], per_day: int
) -> None:
    """By a guess that is a little too long for the day, nobody is alarmed."""
    assert _told(tmp_path, capsys, lines, requests_per_day=per_day)[0] == ""


def test_by_too_few_records_nothing_is_guessed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A hundred say little of a million."""
    assert _told(tmp_path, capsys, _lines(20_000), requests_per_day=500, look_ahead=50) == ("", None)


def test_of_records_that_cost_no_request_nothing_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No location is in use as long as all are wrong."""
    assert _told(tmp_path, capsys, ["Email", *["no address"] * 300], requests_per_day=80) == ("", None)


def test_of_several_locations_nothing_is_known(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Who knows how many records of the rest go to which?"""
    lines = ["Email,Location ID", *(f"person{line}@example.com,loc1" for line in range(300))]
    assert _told(tmp_path, capsys, lines, requests_per_day=80) == ("", None)


@pytest.mark.parametrize(("at", "told"), [(1, False), (150, True)])
def test_the_word_comes_when_it_is_sure(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], at: int, told: bool
) -> None:
    """A day that is a little too short is told of when less of it is left than surely is to come."""
    said, _ = _told(tmp_path, capsys, _lines(20_000), requests_per_day=18_000, requests_per_interval=1_000, at=at)
    assert ("do not fit" in said) is told
