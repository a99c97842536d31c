"""What a job that is gone on with knows of its earlier runs, where the client cannot."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

import growthhub_async.call
from growthhub_async import GrowthHubClient, Outcome
from growthhub_async.importer import ImportOptions, JobStream, ResultFiles, run
from growthhub_async.importer.job import Counts, Job, Run
from growthhub_async.importer.sending import stream as sending
from growthhub_async.sandbox import Location, SandboxThread, Scenario, Status, Token

NOON = 1_764_072_000.0
NOTHING = Counts(read=0, created=0, updated=0, error=0, duplicate=0, unsent=0)


@pytest.fixture
def _no_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(growthhub_async.call, "AT_WORK", 0.01)


def plan_after(*ended_ago: float | None) -> sending._Plan:
    """Make the plan of a run that begins at noon, after others that ended, or were killed, so long ago."""
    ends = [None if ago is None else NOON - ago for ago in ended_ago]
    runs = [
        Run(
            run=number,
            started_at=NOON - 100.0 if number <= len(ends) else NOON,
            ended_at=ended_at,
            ended=None,
            settings={},
            tag_requests=0,
            locations=None,
        )
        for number, ended_at in enumerate([*ends, None], 1)
    ]
    return sending._Plan(NOTHING, {}, {}, [], frozenset(), runs)


@pytest.mark.parametrize(
    ("ended_ago", "seconds"),
    [
        ((), 0.0),
        ((None,), 2.0),
        ((None, 50.0), 0.0),
        ((50.0, None), 2.0),
        ((0.5,), 1.5),
        ((3.0,), 0.0),
        ((-500.0,), 3.0),
    ],
)
def test_nothing_is_sent_before_what_an_earlier_run_has_sent_is_over(
    ended_ago: tuple[float | None, ...], seconds: float
) -> None:
    """Three seconds after the last run's end, or, where it was killed, after this one began: a second ago here."""
    assert plan_after(*ended_ago).seconds_until_quiet(NOON + 1.0) == pytest.approx(seconds)


@pytest.mark.usefixtures("_no_hold")
def test_a_contact_that_an_earlier_run_told_of_was_not_created_by_a_record_that_was_unheard_of(tmp_path: Path) -> None:
    """By the time at which its request left it may have been: the client cannot tell, and the job can."""
    began = time.time()
    file = tmp_path / "people.csv"
    file.write_text("First Name,Phone\nAda,+1 290 555 0142\nAda,(290) 555-0142\n")

    async def import_both(sandbox: SandboxThread) -> list[Outcome]:
        outcomes: list[Outcome] = []
        async with client_of(sandbox) as client:
            await run(client, file, limit=1, on_outcome=outcomes.append)
        with Job(tmp_path / "people.job") as job:
            job.keep(1, [(began, 1)], [])
        async with client_of(sandbox) as client:
            await run(client, file, on_outcome=outcomes.append)
        return outcomes

    with local_growthhub() as sandbox:
        first, second = asyncio.run(import_both(sandbox))
    assert (first.position, str(first.status)) == (0, "created")
    assert (second.position, str(second.status), second.inferred) == (1, "updated", True)
    assert first.contact_id == second.contact_id


@pytest.mark.usefixtures("_no_hold")
def test_contacts_whose_tags_are_still_to_be_added_are_left_to_be_settled(tmp_path: Path) -> None:
    """What is left of a location falls to 0 with them, and not below it."""
    file = tmp_path / "people.csv"
    file.write_text("Email,Tags\nada@example.com,vip\nbob@example.com,vip\n")
    left = []

    async def import_twice(sandbox: SandboxThread) -> None:
        async with client_of(sandbox, max_attempts=1) as client:
            await run(client, file, options=ImportOptions(tags="add"))
            job = tmp_path / "people.job"
            async with JobStream(client, job, lambda kept: ResultFiles(kept, print)) as stream:
                left.append(dict(stream.unsent))
                assert [str(outcome.status) async for outcome in stream] == ["created", "created"]
                left.append(dict(stream.unsent))

    with local_growthhub(Status(path="/contacts/*/tags", requests=(1, 2))) as sandbox:
        asyncio.run(import_twice(sandbox))
    assert left == [{"loc1": 2}, {"loc1": 0}]


def local_growthhub(*faults: Status) -> SandboxThread:
    """Make a sandbox with one location."""
    return SandboxThread(Scenario(locations=(Location(id="loc1", tokens=(Token(value="pit-1"),)),), faults=faults))


def client_of(sandbox: SandboxThread, max_attempts: int = 5) -> GrowthHubClient:
    """Make a client of a sandbox."""
    return GrowthHubClient(
        token=sandbox.token, location_id="loc1", base_url=sandbox.base_url, max_attempts=max_attempts
    )
