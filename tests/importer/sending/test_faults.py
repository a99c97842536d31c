"""A job or a result file that cannot be written on: the run ends with that, and the next one goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from growthhub_async import ErrorReason, GrowthHubClient, Outcome
from growthhub_async.importer.errors import JobError
from growthhub_async.importer.job import Job, JobView
from growthhub_async.importer.sending import JobStream, keeper
from tests.importer.sending.growthhub import GrowthHub
from tests.importer.sending.jobs import (
    Notes,
    check_done,
    check_told,
    counts_of,
    job_of,
    nameless,
    person,
    send,
    using,
)

pytestmark = pytest.mark.anyio

RECORDS = 12
NAMES = [f"r{number}" for number in range(RECORDS)]
NAMELESS = NAMES[2::4]
FULL = JobError("a.job cannot be written: the disk is full; mend that")


def contacts() -> list[Any]:
    return [nameless(n) if n % 4 == 2 else person(n, tags=["vip"]) for n in range(RECORDS)]


@contextmanager
def failing(
    monkeypatch: pytest.MonkeyPatch, method: str, error: BaseException, at: int = 1, *, after: bool = False
) -> Iterator[list[str]]:
    """Let a method of the job fail when it is called for the `at`-th time: before it has done it, or after."""
    calls: list[str] = []
    real = getattr(Job, method)

    def fail(job: Job, *values: Any, **named: Any) -> Any:
        calls.append(method)
        if len(calls) == at and not after:
            raise error
        result = real(job, *values, **named)
        if len(calls) == at:
            raise error
        return result

    class Failing(Job):
        pass

    setattr(Failing, method, fail)
    with monkeypatch.context() as patched:
        patched.setattr(keeper, "Job", Failing)
        yield calls


async def told_until_it_fails(server: GrowthHub, path: Path, results: Notes | None = None) -> tuple[list[Outcome], Any]:
    """Send until the stream raises, and return what it told before that, and what it raised."""
    told: list[Outcome] = []

    async def use(_: GrowthHubClient, stream: JobStream) -> None:
        async for outcome in stream:
            check_told(outcome, path)
            told.append(outcome)

    with pytest.raises(JobError) as raised:
        await using(server, path, use, results, concurrency=3, look_ahead=5)
    return told, raised.value


def _waits_for_another_run(outcome: Outcome) -> bool:
    """Tell whether a record was surely not written when the run ended: it is told, and stays unsent."""
    return outcome.error is not None and outcome.error.reason is ErrorReason.CANCELLED and not outcome.attempts


async def goes_on(server: GrowthHub, path: Path) -> None:
    """Require that the next run completes the job, and that nothing is lost or doubled."""
    await server.quiet()
    await send(server, path)
    check_done(server, path, NAMES, NAMELESS)


@pytest.mark.parametrize("tags", ["replace", "add"])
@pytest.mark.parametrize("after", [False, True])
async def test_a_disk_that_is_full_at_any_commit_ends_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: bool, tags: Any
) -> None:
    """With the words of the job; what was told before that is kept, and the next run goes on."""
    for at in range(1, 1 + RECORDS // 3):  # each mark is waited for: so many commits there are at least
        server, path, notes = GrowthHub(), job_of(tmp_path / f"{at}.job", contacts(), tags), Notes()
        with failing(monkeypatch, "keep", FULL, at, after=after) as calls:
            told, error = await told_until_it_fails(server, path, notes)
        assert error is FULL
        assert len(calls) == at
        assert notes.heard[-1] == "abandon"
        settled = [outcome for outcome in told if not _waits_for_another_run(outcome)]
        assert len(settled) <= counts_of(path).read - counts_of(path).unsent
        with JobView(path) as view:
            assert view.runs()[-1].ended_at is None
        await goes_on(server, path)


@pytest.mark.parametrize(
    "method", ["begin_run", "counts", "unheard", "tagging", "upserts_by_location", "waiting", "sources", "end_run"]
)
async def test_whatever_fails_in_the_job_ends_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    """When it begins, when records are read, when they are kept, when it ends."""
    server, path = GrowthHub(), job_of(tmp_path / "a.job", contacts())
    with failing(monkeypatch, method, FULL):
        _, error = await told_until_it_fails(server, path)
    assert error is FULL
    await goes_on(server, path)


async def test_a_job_that_cannot_be_opened_is_told_at_once(tmp_path: Path) -> None:
    """Before anything is sent."""
    server = GrowthHub()
    with pytest.raises(JobError, match="does not exist"):
        await send(server, tmp_path / "a.job")
    assert server.arrivals == []


@pytest.mark.parametrize("step", ["made", "open", "append", "close"])
@pytest.mark.parametrize("error", [FULL, ZeroDivisionError("it is of a contact"), SystemExit(3)])
async def test_whatever_fails_in_the_results_ends_the_run(tmp_path: Path, step: str, error: BaseException) -> None:
    """As a JobError, which names what it was and nothing that it says; the results are given up."""
    server, path, notes = GrowthHub(), job_of(tmp_path / "a.job", contacts()), Notes(step, error=error)
    told, raised = await told_until_it_fails(server, path, notes)
    if error is FULL:
        assert raised is FULL
    else:
        assert str(raised) == f"the job failed ({type(error).__name__})"
        assert raised.__cause__ is error
    if step != "made":
        assert notes.heard[-1] == "abandon"
    assert (step in ("made", "open")) is (server.arrivals == [])
    assert len(told) == RECORDS or step != "close"
    await goes_on(server, path)


async def test_results_that_cannot_even_be_given_up_are_told_of(tmp_path: Path) -> None:
    """Nothing hangs, whatever fails in the end."""
    server, path, notes = GrowthHub(), job_of(tmp_path / "a.job", contacts()), Notes("append", "abandon")
    await told_until_it_fails(server, path, notes)
    await goes_on(server, path)


@pytest.mark.parametrize("step", ["append", "close"])
async def test_who_leaves_early_hears_that_the_job_failed(tmp_path: Path, step: str) -> None:
    """What he has not read is not kept for certain then."""
    server, path, notes = GrowthHub(), job_of(tmp_path / "a.job", contacts()), Notes(step, error=FULL)

    async def use(_: GrowthHubClient, stream: JobStream) -> None:
        if step == "close":
            await anext(stream)
            return
        while step not in notes.heard:
            await stream._keeper.ask(lambda _: None)

    with pytest.raises(JobError, match="the disk is full"):
        await using(server, path, use, notes)
    await goes_on(server, path)


async def test_who_was_told_is_not_told_again(tmp_path: Path) -> None:
    """The error is raised once: where outcomes are read, or where the block is left."""
    server, path, notes = GrowthHub(), job_of(tmp_path / "a.job", contacts()), Notes("append", error=FULL)

    async def use(_: GrowthHubClient, stream: JobStream) -> None:
        with pytest.raises(JobError):
            async for _ in stream:
                pass
        assert [outcome async for outcome in stream] == []

    await using(server, path, use, notes)


async def test_an_exception_of_the_block_is_what_is_raised(tmp_path: Path) -> None:
    """Whatever becomes of the job then."""
    server, path, notes = GrowthHub(), job_of(tmp_path / "a.job", contacts()), Notes("close", error=FULL)

    async def use(_: GrowthHubClient, stream: JobStream) -> None:
        await anext(stream)
        raise ZeroDivisionError("mine")

    with pytest.raises(ZeroDivisionError, match="mine"):
        await using(server, path, use, notes)
    await goes_on(server, path)


async def test_what_is_at_the_server_when_the_job_fails_is_cut_short(tmp_path: Path) -> None:
    """Nobody could keep what becomes of it: it is unheard of, and the run ends at once."""
    server, path = GrowthHub(), job_of(tmp_path / "a.job", contacts())
    server.held.clear()
    arrived = asyncio.Event()
    server.after = lambda arrival: arrived.set() if arrival.number == 3 else None

    def fail(_: Job) -> None:
        raise FULL

    async def use(_: GrowthHubClient, stream: JobStream) -> None:
        await arrived.wait()
        with pytest.raises(JobError):
            await stream._keeper.ask(fail)
        async for _ in stream:
            pass

    with pytest.raises(JobError, match="the disk is full"):
        await using(server, path, use, concurrency=3)
    assert (counts_of(path).unheard, len(server.arrivals)) == (3, 3)
    server.held.set()
    await goes_on(server, path)
