"""A run that ends before all is sent, in every way and at every request: what it leaves is sent by the next one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from growthhub_async import GrowthHubClient, Outcome
from growthhub_async.importer.job import JobView, State
from growthhub_async.importer.sending import JobStream
from growthhub_async.sandbox import Location
from tests.importer.sending.growthhub import ENDLESS, Arrival, GrowthHub
from tests.importer.sending.jobs import (
    Notes,
    check_done,
    check_told,
    counts_of,
    job_of,
    nameless,
    person,
    send,
    states_of,
    using,
    words_of,
)

pytestmark = pytest.mark.anyio

RECORDS = 14
NAMES = [f"r{number}" for number in range(RECORDS)]
NAMELESS = NAMES[2::4]
TWO = (Location(id="L1", limits=ENDLESS), Location(id="L2", limits=ENDLESS))


class Left(Exception):
    """An exception of the block."""


def contacts(**fields: Any) -> list[Any]:
    return [
        nameless(number, f"L{number % 2 + 1}") if number % 4 == 2 else person(number, f"L{number % 2 + 1}", **fields)
        for number in range(RECORDS)
    ]


class Run:
    """One run of a job, which something happens to when a request arrives."""

    def __init__(self, server: GrowthHub, path: Path) -> None:
        self.server = server
        self.path = path
        self.notes = Notes()
        self.told: list[Outcome] = []
        self.leaves: type[Exception] | None = None
        self.is_left = False
        self.stream: JobStream | None = None
        self.task: asyncio.Task[None] | None = None

    async def go(self) -> None:
        self.task = asyncio.create_task(
            using(self.server, self.path, self.use, self.notes, concurrency=3, look_ahead=5)
        )
        with suppress(Left, asyncio.CancelledError):
            await self.task

    async def use(self, _: GrowthHubClient, stream: JobStream) -> None:
        self.stream = stream
        async for outcome in stream:
            check_told(outcome, self.path)
            self.told.append(outcome)
            if self.leaves is not None:
                raise self.leaves
            if self.is_left:
                return

    # -- what happens

    def drain(self) -> None:
        assert self.stream is not None
        self.stream.drain()

    def stop(self) -> None:
        assert self.stream is not None
        self.stream.stop()

    def cancel(self) -> None:
        assert self.stream is not None
        self.stream.cancel()

    def leave(self) -> None:
        self.is_left = True

    def fail(self) -> None:
        self.leaves = Left

    def be_cancelled(self) -> None:
        assert self.task is not None
        self.task.cancel()

    def be_cancelled_twice(self) -> None:
        self.be_cancelled()
        asyncio.get_running_loop().call_soon(self.be_cancelled)

    def stop_then_cancel(self) -> None:
        self.stop()
        asyncio.get_running_loop().call_soon(self.cancel)


GENTLE: list[Callable[[Run], None]] = [Run.drain, Run.stop, Run.leave]
ROUGH: list[Callable[[Run], None]] = [
    Run.cancel,
    Run.fail,
    Run.be_cancelled,
    Run.be_cancelled_twice,
    Run.stop_then_cancel,
]


async def run_that_ends(server: GrowthHub, path: Path, act: Callable[[Run], None], at: int) -> Run:
    """Run a job, let something happen to the run when its `at`-th request arrives, and check what it left."""
    run = Run(server, path)
    before = len(server.arrivals)

    def act_once(arrival: Arrival) -> None:
        if arrival.number == before + at:
            act(run)

    server.before = act_once
    await run.go()
    server.before = lambda _: None
    await server.quiet()
    check_left(run)
    return run


def check_left(run: Run) -> None:
    """Require that a run was told of each record at most once, and that it and its results agree with the job."""
    counts = counts_of(run.path)
    positions = [outcome.position for outcome in run.told]
    assert len(set(positions)) == len(positions)
    assert run.notes.heard[-1] == "close"
    heard = [settled.position for settled in run.notes.settled]
    settled_and_told = [o.position for o in run.told if states_of(run.path)[f"r{o.position}"] > State.TAGGING]
    assert settled_and_told == heard[: len(settled_and_told)]
    with JobView(run.path) as view:
        assert view.runs()[-1].ended_at is not None
        assert {settled.position for settled in view.settled()} >= set(heard)
    assert counts.unsent == counts.read - counts.created - counts.error - counts.updated


@pytest.mark.parametrize("tags", ["replace", "add"])
@pytest.mark.parametrize("act", GENTLE)
async def test_who_ends_a_run_gently_loses_and_doubts_nothing(
    tmp_path: Path, act: Callable[[Run], None], tags: Any
) -> None:
    """What was under way ends, and the rest waits for the next run, at whichever request that was."""
    for at in range(1, RECORDS + 4):
        server = GrowthHub(*TWO)
        path = job_of(tmp_path / f"{at}.job", contacts(tags=["vip"]), tags=tags)
        run = await run_that_ends(server, path, act, at)
        if act is not Run.leave:
            assert "in_doubt" not in words_of(run.told).values()
        await send(server, path)
        check_done(server, path, NAMES)
        check_tags(server)


@pytest.mark.parametrize("tags", ["replace", "add"])
@pytest.mark.parametrize("act", ROUGH)
async def test_who_ends_a_run_at_once_loses_and_doubles_nothing(
    tmp_path: Path, act: Callable[[Run], None], tags: Any
) -> None:
    """What was at the server and is matched by an email goes again in the next run; what is not is in doubt."""
    for at in range(1, RECORDS + 4):
        server = GrowthHub(*TWO)
        path = job_of(tmp_path / f"{at}.job", contacts(tags=["vip"]), tags=tags)
        await run_that_ends(server, path, act, at)
        await run_that_ends(server, path, act, 2)
        await send(server, path)
        await server.quiet()
        check_done(server, path, NAMES, NAMELESS)
        check_tags(server)


def check_tags(server: GrowthHub) -> None:
    stored = [contact for location in ("L1", "L2") for contact in server.contacts(location)]
    assert all(contact["tags"] == (["vip"] if "email" in contact else []) for contact in stored)


async def test_what_is_in_flight_when_a_run_is_cancelled_is_unheard_of(tmp_path: Path) -> None:
    """It is told in doubt, and stays unsent for the next run; of what cannot be repeated that is the last word."""
    server, path = GrowthHub(*TWO), job_of(tmp_path / "a.job", contacts())
    server.held.clear()
    seen = asyncio.Event()
    server.after = lambda arrival: seen.set() if arrival.number == 3 else None

    async def use(_: GrowthHubClient, stream: JobStream) -> list[Outcome]:
        await seen.wait()
        stream.cancel()
        return [outcome async for outcome in stream]

    told = words_of(await using(server, path, use, concurrency=3, look_ahead=4))
    sent = server.sent()
    assert len(sent) == 3
    assert {told[name] for name in sent} == {"in_doubt"}
    assert {word for name, word in told.items() if name not in sent} <= {"cancelled"}
    states = states_of(path)
    assert {name for name, state in states.items() if state is State.LEFT} == set(sent) - set(NAMELESS)
    assert {name for name, state in states.items() if state is State.ERROR} == set(sent) & set(NAMELESS)


async def test_what_a_run_that_ends_has_not_sent_is_told_and_waits(tmp_path: Path) -> None:
    """Nothing of it is kept: it is as if it had not been read."""
    server, path = GrowthHub(*TWO), job_of(tmp_path / "a.job", contacts())

    async def use(_: GrowthHubClient, stream: JobStream) -> list[Outcome]:
        outcomes = [await anext(stream)]
        stream.stop()
        return outcomes + [outcome async for outcome in stream]

    outcomes = await using(server, path, use, concurrency=1, look_ahead=5)
    cancelled = [o.position for o in outcomes if o.error is not None]
    assert {str(o.error.reason) for o in outcomes if o.error} == {"cancelled"}
    with JobView(path) as view:
        assert view.unheard() == []
        assert all(view.standing_of(position).state is State.WAITING for position in cancelled)
    assert counts_of(path).unsent == RECORDS - len(server.sent())


async def test_a_stream_that_has_ended_stays_so(tmp_path: Path) -> None:
    """Iterating on gives nothing, and ending it again does nothing."""
    path = job_of(tmp_path / "a.job", contacts())

    async def use(_: GrowthHubClient, stream: JobStream) -> None:
        async for _ in stream:
            pass
        for end in (stream.drain, stream.stop, stream.cancel):
            end()
            assert [outcome async for outcome in stream] == []

    await using(GrowthHub(*TWO), path, use)
    with JobView(path) as view:
        assert [run.ended for run in view.runs()] == ["done"]


@pytest.mark.parametrize(
    ("end", "ended"), [(None, "done"), ("drain", "stopped"), ("stop", "stopped"), ("cancel", "stopped")]
)
async def test_how_a_run_ended_is_kept(tmp_path: Path, end: str | None, ended: str) -> None:
    """Whether somebody ended it."""
    path = job_of(tmp_path / "a.job", contacts())

    async def use(_: GrowthHubClient, stream: JobStream) -> None:
        if end is not None:
            getattr(stream, end)()
        async for _ in stream:
            pass

    await using(GrowthHub(*TWO), path, use)
    with JobView(path) as view:
        assert [run.ended for run in view.runs()] == [ended]


# -- while it begins


async def test_a_run_may_be_cancelled_at_any_moment(tmp_path: Path) -> None:
    """Also before its first request, when nobody is in its block yet: the job is let go of, and can be gone on with."""
    server = GrowthHub(*TWO)
    path = job_of(tmp_path / "a.job", contacts())
    for steps in [*range(25), *range(25, 200, 7)]:
        task = asyncio.create_task(send(server, path, concurrency=3, look_ahead=5))
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        counts_of(path)
    await send(server, path)
    await server.quiet()
    check_done(server, path, NAMES, NAMELESS)


async def test_a_client_that_is_not_in_use_leaves_the_job_alone(tmp_path: Path) -> None:
    """It cannot send: the job is let go of."""
    path = job_of(tmp_path / "a.job", contacts())
    client, notes = GrowthHub(*TWO).client(), Notes()
    with pytest.raises(Exception, match="use the client inside its block"):
        async with JobStream(client, path, notes):
            pass
    assert notes.heard == ["made", "open", "close"]
    assert counts_of(path).unsent == RECORDS


@pytest.mark.parametrize("inside", ["the request", "the results"])
def test_ctrl_c_in_the_middle_of_anything_loses_nothing(tmp_path: Path, inside: str) -> None:
    """Where nobody turns it into a cancellation it is raised in whichever task, and the loop ends with it."""
    server, path = GrowthHub(*TWO), job_of(tmp_path / "a.job", contacts())

    def interrupt(arrival: Arrival) -> None:
        if arrival.number == 4:
            raise KeyboardInterrupt

    async def use(_: GrowthHubClient, stream: JobStream) -> None:
        async for outcome in stream:
            if inside == "the results" and outcome.position > 3:
                raise KeyboardInterrupt

    if inside == "the request":
        server.before = interrupt
    with pytest.raises(KeyboardInterrupt):
        asyncio.run(using(server, path, use, concurrency=3))
    server.before = lambda _: None

    async def go_on() -> None:
        await server.quiet()
        await send(server, path)

    server._working.clear()
    asyncio.run(go_on())
    check_done(server, path, NAMES, NAMELESS)
