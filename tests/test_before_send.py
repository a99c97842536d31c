"""What is called right before a record's first request leaves: when, for whom, and what follows when it fails."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from growthhub_async import (
    ClientClosedError,
    ConfigurationError,
    Contact,
    GrowthHubClient,
    Outcome,
    Record,
    UpsertStream,
)
from growthhub_async.outcome import Ref
from growthhub_async.transport import Failure, Reply
from tests.network import FakeNetwork, created, on, reply

LOST = Failure("the connection broke", sent=True)
UNSENT = Failure("could not connect", sent=False)
End = Callable[[UpsertStream], Awaitable[None]]
MARKING = 0.5
"""Seconds that it takes here to keep a mark."""


def person(name: str, **record: Any) -> Record:
    return Record(contact=Contact(email=f"{name}@example.com"), ref=name, **record)


class Marks:
    """Keep a mark of each record, and when."""

    def __init__(self, *broken: BaseException) -> None:
        self.broken = list(broken)
        self.begun: list[tuple[Ref, float]] = []
        self.made: list[Ref] = []

    async def __call__(self, ref: Ref) -> None:
        self.begun.append((ref, asyncio.get_running_loop().time()))
        await asyncio.sleep(MARKING)
        if self.broken:
            raise self.broken.pop(0)
        self.made.append(ref)


def told(outcomes: list[Outcome]) -> list[tuple[Ref, str, int]]:
    return [(o.ref, str(o.error.reason if o.error else o.status), o.attempts) for o in outcomes]


async def taken(stream: UpsertStream, raised: type[BaseException] | None = None) -> list[Outcome]:
    """Take all outcomes of a stream, which raises after them if it is to."""
    outcomes = []

    async def take() -> None:
        async for outcome in stream:
            outcomes.append(outcome)

    if raised is None:
        await take()
    else:
        with pytest.raises(raised):
            await take()
    return sorted(outcomes, key=lambda outcome: outcome.position)


def upsert(network: FakeNetwork, records: list[Record], marks: Any, **settings: Any) -> list[Outcome]:
    async def use(client: GrowthHubClient) -> list[Outcome]:
        async with client.upsert_many(records, before_send=marks) as stream:
            return await taken(stream)

    outcomes: list[Outcome] = on(network, use, **settings)
    return outcomes


@pytest.mark.parametrize("failure", [LOST, UNSENT, reply(429, b""), reply(503, b"")])
def test_a_record_is_marked_once_before_its_first_request_leaves(failure: Reply | Failure) -> None:
    """The request leaves when the mark is made; those that follow it are not marked again."""
    answers = iter([failure, failure])
    network, marks = FakeNetwork(lambda attempt: next(answers, None) or created(attempt)), Marks()
    [outcome] = upsert(network, [person("ada")], marks)
    assert (marks.begun, marks.made, outcome.attempts) == ([("ada", 0.0)], ["ada"], 3)
    assert network.attempts[0].left == pytest.approx(MARKING, abs=0.01)


def test_who_waits_is_not_marked() -> None:
    """For the quota, or for an earlier record of the same email: the mark is made when the turn has come."""
    network, marks = FakeNetwork(), Marks()
    upsert(network, [person("ada"), person("bob"), person("ada")], marks, requests_per_interval=1, interval=60.0)
    assert [ref for ref, _ in marks.begun] == ["ada", "bob", "ada"]
    assert [attempt.left - begun for attempt, (_, begun) in zip(network.attempts, marks.begun, strict=True)] == (
        pytest.approx([MARKING] * 3, abs=0.01)
    )
    assert all(later[1] - earlier[1] >= 60.0 for earlier, later in zip(marks.begun, marks.begun[1:], strict=False))


def test_who_waits_for_a_token_is_not_marked() -> None:
    """A token source that is slow, and fails once, is waited for first."""
    asked = 0

    async def token_of(_: str, __: str | None) -> str:
        nonlocal asked
        asked += 1
        await asyncio.sleep(5.0)
        if asked == 1:
            raise OSError
        return "pit-secret"

    network, marks = FakeNetwork(), Marks()
    [outcome] = upsert(network, [person("ada")], marks, token=token_of)
    assert (len(marks.begun), outcome.attempts) == (1, 2)
    assert marks.begun[0][1] >= 10.0


def test_who_is_not_sent_is_not_marked() -> None:
    """One that is invalid, one whose day is spent."""
    records = [Record(contact=Contact(email="nobody"), ref="invalid"), person("ada"), person("eve")]
    marks = Marks()
    outcomes = upsert(FakeNetwork(), records, marks, requests_per_day=1, on_daily_quota="stop")
    assert [word for _, word, _ in told(outcomes)] == ["invalid", "created", "cancelled"]
    assert marks.made == ["ada"]


def test_a_record_of_an_earlier_run_is_not_marked() -> None:
    """That it may have been sent has been kept there: it goes at once."""
    network, marks = FakeNetwork(), Marks()
    upsert(network, [person("ada", unheard_since=0.0)], marks)
    assert (marks.begun, [attempt.left for attempt in network.attempts]) == ([], [0.0])


def test_a_record_without_a_name_is_marked_as_such() -> None:
    """What is passed is the `ref`, whatever it is."""
    marks = Marks()
    upsert(FakeNetwork(), [Record(contact=Contact(email="ada@example.com"))], marks)
    assert marks.made == [None]


@pytest.mark.parametrize("error", [ZeroDivisionError(), TimeoutError(), ClientClosedError("another")])
def test_a_mark_that_fails_ends_the_run_in_order(error: Exception) -> None:
    """Its record is not sent, what is in flight ends, the rest is cancelled, and the exception is raised after that."""
    records = [person("ada"), person("bob"), person("eve")]
    network, marks = FakeNetwork(delays=[1.0]), Marks(error)

    async def use(client: GrowthHubClient) -> list[Outcome]:
        running = asyncio.create_task(client.upsert(person("zoe")))
        async with client.upsert_many(records, before_send=marks) as stream:
            outcomes = await taken(stream, type(error))
        assert (await running).error is None
        return outcomes

    outcomes = on(network, use, concurrency=2, look_ahead=10, record_deadline=60.0)
    assert told(outcomes) == [("ada", "cancelled", 0), ("bob", "cancelled", 0), ("eve", "cancelled", 0)]
    assert str(outcomes[0].error) == f"cancelled: a fault ended the run ({type(error).__name__})"
    assert [attempt.contact["email"] for attempt in network.attempts] == ["zoe@example.com"]


def test_what_is_in_flight_ends_when_a_mark_fails() -> None:
    """Its outcome is told as it went."""

    async def marks(ref: Ref) -> None:
        if ref == "bob":
            await asyncio.sleep(0.1)
            raise ZeroDivisionError

    async def use(client: GrowthHubClient) -> list[Outcome]:
        async with client.upsert_many([person("ada"), person("bob")], before_send=marks) as stream:
            return await taken(stream, ZeroDivisionError)

    assert told(on(FakeNetwork(), use)) == [("ada", "created", 1), ("bob", "cancelled", 0)]


async def _fail(_: UpsertStream) -> None:
    await asyncio.sleep(MARKING)


async def _stop(stream: UpsertStream) -> None:
    stream.stop()


async def _cancel(stream: UpsertStream) -> None:
    stream.cancel()


@pytest.mark.parametrize("end", [_stop, _cancel, _fail])
def test_the_place_of_a_request_that_does_not_leave_is_given_back(
    end: Callable[[UpsertStream], Awaitable[None]],
) -> None:
    """When the run ends while the mark is made, or the mark fails, another goes at once, and nothing was sent."""
    network = FakeNetwork()
    marks = Marks(*([ZeroDivisionError()] if end is _fail else []))

    async def use(client: GrowthHubClient) -> list[Outcome]:
        async with client.upsert_many([person("ada")], before_send=marks) as stream:
            await asyncio.sleep(MARKING / 2)
            await end(stream)
            outcomes = await taken(stream, ZeroDivisionError if end is _fail else None)
        began = asyncio.get_running_loop().time()
        await client.upsert(person("bob"))
        assert network.attempts[0].left == began
        return outcomes

    outcomes = on(network, use, requests_per_interval=1, interval=1_000.0, concurrency=1, requests_per_day=1)
    assert (told(outcomes), marks.made) == ([("ada", "cancelled", 0)], [])
    assert [attempt.contact["email"] for attempt in network.attempts] == ["bob@example.com"]


def test_a_deadline_that_comes_while_the_mark_is_made_settles_the_record() -> None:
    """It was not sent, and its place is the next one's."""
    network = FakeNetwork()
    records = [person("ada"), person("bob")]
    outcomes = upsert(network, records, Marks(), record_deadline=MARKING / 2, requests_per_interval=1)
    assert told(outcomes) == [("ada", "exhausted", 0), ("bob", "exhausted", 0)]
    assert network.attempts == []


def test_a_mark_that_is_itself_cancelled_ends_the_run() -> None:
    """A future that somebody else has cancelled is no cancellation of the run: it is raised, and nothing hangs."""
    network, marks = FakeNetwork(), Marks(asyncio.CancelledError())

    async def use(client: GrowthHubClient) -> list[Outcome]:
        async with client.upsert_many([person("ada"), person("bob")], before_send=marks) as stream:
            return await taken(stream, asyncio.CancelledError)

    outcomes = on(network, use, concurrency=1, look_ahead=10)
    assert told(outcomes) == [("ada", "cancelled", 0), ("bob", "cancelled", 0)]
    assert network.attempts == []


def test_what_cannot_be_called_is_refused_at_once() -> None:
    """Before anything is read."""

    async def use(client: GrowthHubClient) -> None:
        client.upsert_many([person("ada")], before_send="mark")  # type: ignore[arg-type]

    with pytest.raises(ConfigurationError, match="before_send: must be an async function"):
        on(FakeNetwork(), use)
