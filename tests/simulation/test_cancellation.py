"""Cancelled at any of its awaits, a run loses nothing and leaves nothing behind."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import AsyncIterator, Iterator

import pytest

from growthhub_async import Contact, Outcome, Record, UpsertStream
from growthhub_async.outcome import Ref
from growthhub_async.transport import Failure, Reply
from tests import virtual
from tests.network import LOCATION, Attempt, FakeNetwork, client_on, created, reply

PEOPLE = [Contact(email=f"user{number % 4}@example.com") for number in range(7)]

AHEAD = 9e10
"""A Unix time that no clock has come to: what is said to have left then is waited for in full."""


def network() -> FakeNetwork:
    """Answer with a success, a 429 and a lost reply in turn; the backoff after them is the same in every run."""
    random.seed(0)
    turns: Iterator[Reply | Failure | None] = itertools.cycle(
        [None, reply(429, b"", retry_after="1"), Failure("lost", sent=True)]
    )

    def answer(attempt: Attempt) -> Reply | Failure:
        return next(turns) or created(attempt)

    return FakeNetwork(answer, delays=[0.1, 0.4])


async def source() -> AsyncIterator[Contact | Record]:
    for contact in PEOPLE:
        await asyncio.sleep(0.05)
        yield contact
    yield Record(contact=PEOPLE[1], unheard_since=AHEAD)


async def mark(_: Ref) -> None:
    await asyncio.sleep(0.02)


class StreamRun:
    """Stream to the end, or until the task that reads is cancelled."""

    def __init__(self) -> None:
        self.reader: asyncio.Task[None] | None = None
        self.outcomes: list[Outcome] = []
        self.stream: UpsertStream | None = None
        self.entered = False
        self.steps = 0
        self.places_left = 0

    async def main(self) -> None:
        async with client_on(network(), concurrency=2, requests_per_interval=5, keep_history=True) as client:
            self.stream = client.upsert_many(source(), before_send=mark)
            self.reader = asyncio.create_task(self.read(self.stream))
            await asyncio.wait([self.reader])
            if not self.entered:
                return
            async for outcome in self.stream:
                self.outcomes.append(outcome)
            self.places_left = client._quotas.of(LOCATION)._leaving

    async def read(self, stream: UpsertStream) -> None:
        async with stream:
            self.entered = True
            async for outcome in stream:
                self.outcomes.append(outcome)
                await asyncio.sleep(0.01)

    def carry_out(self, cancel_at: int | None = None) -> None:
        def at_step(number: int) -> None:
            self.steps = number
            if number == cancel_at and self.reader is not None:
                self.reader.cancel()

        virtual.run(self.main, at_step)


WHOLE = StreamRun()
WHOLE.carry_out()


def test_a_run_that_is_not_cancelled_tells_everything() -> None:
    """The run that is cut short below is one that succeeds, retries and waits."""
    assert sorted(outcome.position for outcome in WHOLE.outcomes) == list(range(len(PEOPLE) + 1))
    assert max(outcome.attempts for outcome in WHOLE.outcomes) > 1


@pytest.mark.parametrize("step", range(1, WHOLE.steps + 1))
def test_a_stream_cancelled_at_any_step_tells_what_it_read(step: int) -> None:
    """Whichever step it comes at, each record read has one outcome, the sum fits, no task and no place is left."""
    run = StreamRun()
    run.carry_out(cancel_at=step)
    if run.stream is None or run.reader is None:
        return  # the client had not been entered yet
    summary = run.stream.summary
    if not run.reader.cancelled():
        assert summary.read == len(PEOPLE) + 1
    assert sorted(outcome.position for outcome in run.outcomes) == list(range(summary.read))
    assert summary.read == summary.created + summary.updated + summary.error
    assert summary.requests <= sum(len(outcome.history) for outcome in run.outcomes)
    assert run.places_left == 0


async def _upserts(cancelled: list[asyncio.Task[Outcome]]) -> list[Outcome]:
    """Upsert three contacts of one email and one of another; the second of them is cancelled by the test."""
    async with client_on(network(), concurrency=2, requests_per_interval=5) as client:
        tasks = [
            asyncio.create_task(client.upsert(contact)) for contact in (PEOPLE[0], PEOPLE[0], PEOPLE[1], PEOPLE[0])
        ]
        cancelled.append(tasks[1])
        await asyncio.wait(tasks)
        return [task.result() for task in tasks if not task.cancelled()]


def _steps_of_the_upserts() -> int:
    steps = [0]
    virtual.run(lambda: _upserts([]), lambda number: steps.append(number))
    return steps[-1]


@pytest.mark.parametrize("step", range(1, _steps_of_the_upserts() + 1))
def test_an_upsert_cancelled_at_any_step_holds_up_nobody(step: int) -> None:
    """The others of its email, and of any other, still settle: its turn, its place and its slot come free."""
    tasks: list[asyncio.Task[Outcome]] = []

    def at_step(number: int) -> None:
        if number == step and tasks:
            tasks[0].cancel()

    outcomes = virtual.run(lambda: _upserts(tasks), at_step)
    assert len(outcomes) >= 3
    assert all(outcome.error is None for outcome in outcomes)
