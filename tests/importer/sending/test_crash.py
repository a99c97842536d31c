"""A process that dies at any commit, with requests at the server that nobody hears of, and the runs after it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from growthhub_async import call
from growthhub_async.importer.errors import JobError
from growthhub_async.importer.job import Job
from growthhub_async.importer.sending import keeper
from tests.importer.sending.growthhub import LOST, Arrival, GrowthHub
from tests.importer.sending.jobs import check_done, check_told, job_of, nameless, person, send, using

pytestmark = pytest.mark.anyio

CONTACTS = [nameless(number) if number % 4 == 3 else person(number) for number in range(18)]
NAMES = [f"r{number}" for number in range(18)]
DOUBTFUL = NAMES[3::4]


class Death(BaseException):
    """What no code of ours expects."""


@contextmanager
def dying(monkeypatch: pytest.MonkeyPatch, at: int, *, after: bool) -> Iterator[list[int]]:
    """Let the thread of the job die at the `at`-th commit of a run: right before it, or right after it."""
    commits: list[int] = []

    class Dying(Job):
        def keep(self, run: int, leaving: Any, entries: Any) -> list[int]:
            commits.append(len(commits) + 1)
            if commits[-1] == at and not after:
                raise Death
            seqs = super().keep(run, leaving, entries)
            if commits[-1] == at:
                raise Death
            return seqs

    with monkeypatch.context() as patched:
        patched.setattr(keeper, "Job", Dying)
        yield commits


async def run_that_dies(server: GrowthHub, path: Path, **settings: Any) -> bool:
    """Send until the job's thread dies, and tell whether it did."""

    async def use(_: Any, stream: Any) -> None:
        async for outcome in stream:
            check_told(outcome, path)

    try:
        await using(server, path, use, **settings)
    except JobError as error:
        assert isinstance(error.__cause__, Death)  # noqa: PT017
        return True
    return False


async def test_the_last_attempt_before_a_crash_is_waited_for_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server may be at work on a second attempt, which left long after the mark was made: the next run waits."""
    monkeypatch.setattr(call, "AT_WORK", 0.2)
    path, server = job_of(tmp_path / "a.job", [person(0), person(1)]), GrowthHub()
    left: list[float] = []
    has_left_again = asyncio.Event()

    async def use(_: Any, stream: Any) -> None:
        async for _ in stream:
            pass

    def lose_the_first(arrival: Arrival) -> Any:
        left.append(asyncio.get_running_loop().time())
        if arrival.number == 2:
            server.held.clear()
            has_left_again.set()
        return LOST if arrival.number == 1 else None

    server.before = lose_the_first
    with dying(monkeypatch, 2, after=False):
        running = asyncio.create_task(using(server, path, use, concurrency=1, limit=1))
        await has_left_again.wait()
        running.cancel()
        await asyncio.wait([running])
    server.held.set()
    await send(server, path, limit=1)
    assert server.sent() == ["r0"] * 3
    assert left[2] - left[1] >= 0.2


def losing_replies(server: GrowthHub) -> Any:
    """Lose every fifth reply, but of no record so many that its attempts are used up."""

    def lose(arrival: Arrival) -> Any:
        return LOST if arrival.number % 5 == 2 and server.sent().count(arrival.body["firstName"]) <= 3 else None

    return lose


@pytest.mark.parametrize("concurrency", [1, 4])
@pytest.mark.parametrize("after", [False, True], ids=["before the commit", "after the commit"])
@pytest.mark.parametrize("troubled", [False, True], ids=["a network without trouble", "replies are lost"])
async def test_a_process_that_dies_at_any_commit_loses_and_doubles_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: bool, troubled: bool, concurrency: int
) -> None:
    """Run again until all is sent, dying at another commit each time, each record is created once, and told as it was.

    Only records without an email and a phone may be in doubt.
    """
    at, died = 1, True
    while died:
        path = job_of(tmp_path / f"{at}.job", CONTACTS)
        server = GrowthHub()
        if troubled:
            server.after = losing_replies(server)
        with dying(monkeypatch, at, after=after):
            died = await run_that_dies(server, path, concurrency=concurrency, look_ahead=6)
        with dying(monkeypatch, at // 2 + 1, after=not after):
            await run_that_dies(server, path, concurrency=4, look_ahead=6)
        await send(server, path)
        await server.quiet()
        check_done(server, path, NAMES, DOUBTFUL)
        at += 1
    assert at > len(NAMES) // concurrency  # each mark is waited for: so many commits there are at least
