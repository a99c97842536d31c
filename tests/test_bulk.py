"""How a stream ends, whatever its source, its reader and its client do."""

from __future__ import annotations

import asyncio
import contextlib
import gc
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from growthhub_async import (
    ClientClosedError,
    Contact,
    ErrorReason,
    Outcome,
    Record,
    Status,
    TokenRefusedError,
    UpsertStream,
)
from growthhub_async.bulk import MOST_IN_LINE, READ_IN_A_ROW
from growthhub_async.transport import Reply
from tests import virtual
from tests.network import Attempt, FakeNetwork, client_on, created, reply


@pytest.fixture(autouse=True)
def nothing_is_lost_behind_the_scenes(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """No task ends with an exception that nobody hears: asyncio logs one when it is collected."""
    yield
    gc.collect()
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []


def person(name: str) -> Contact:
    return Contact(email=f"{name}@example.com")


def people(count: int) -> list[Contact]:
    return [person(f"user{number}") for number in range(count)]


async def rest_of(stream: UpsertStream) -> list[Outcome]:
    return [outcome async for outcome in stream]


def told(outcomes: list[Outcome]) -> list[tuple[int, str]]:
    return sorted((o.position, o.error.reason if o.error else o.status) for o in outcomes)


def test_a_record_in_line_behind_a_waiting_one_is_told_once_when_the_block_is_left() -> None:
    """With all workers busy and one email waiting twice, leaving early tells each record once and sends none of them.

    The one behind those two has been read all the same: who waits for his email takes no other's place.
    """

    async def main() -> tuple[list[tuple[int, str]], int]:
        network = FakeNetwork(delays=[1.0])
        async with client_on(network, concurrency=2) as client:
            async with client.upsert_many([person(name) for name in "xyaaz"]) as stream:
                await asyncio.sleep(0.5)
            outcomes = await rest_of(stream)
        summary = stream.summary
        assert summary.read == summary.created + summary.updated + summary.error
        return told(outcomes), len(network.attempts)

    outcomes, sent = virtual.run(main)
    assert outcomes == [(0, "created"), (1, "created"), (2, "cancelled"), (3, "cancelled"), (4, "cancelled")]
    assert sent == 2


def test_nothing_is_sent_after_a_token_was_refused_three_times() -> None:
    """The same line, ended by 401s: what had not been sent by the third never is, and is unauthorized like those."""

    async def main() -> tuple[int, list[tuple[int, str]]]:
        network = FakeNetwork(lambda _: reply(401, {"message": "Invalid JWT"}), delays=[1.0])
        async with client_on(network, concurrency=2) as client:
            stream = client.upsert_many([person(name) for name in "xyaazuvw"])
            outcomes = []

            async def read() -> None:
                async with stream:
                    async for outcome in stream:
                        outcomes.append(outcome)

            with pytest.raises(TokenRefusedError, match="401 Invalid JWT"):
                await read()
        return len(network.attempts), told(outcomes)

    sent, outcomes = virtual.run(main)
    assert sent <= 4
    assert len(outcomes) >= 6
    assert {reason for _, reason in outcomes} == {"unauthorized"}


def test_one_401_among_successes_is_its_records_trouble_alone() -> None:
    """A server that says once that a token is wrong, and then takes it, ends nothing."""

    def answer(attempt: Attempt) -> Reply:
        wrong = attempt.contact["email"] == "x@example.com"
        return reply(401, {"message": "Invalid JWT"}) if wrong else created(attempt)

    async def main() -> list[tuple[int, str]]:
        async with (
            client_on(FakeNetwork(answer), concurrency=2) as client,
            client.upsert_many([person(name) for name in "xyz"]) as stream,
        ):
            return told([outcome async for outcome in stream])

    assert virtual.run(main) == [(0, "unauthorized"), (1, "created"), (2, "created")]


def test_a_record_that_a_source_gives_after_it_was_stopped_is_told_too() -> None:
    """A source that swallows its cancellation has given it, so it counts as read: cancelled, and never sent."""

    async def stubborn() -> AsyncIterator[Contact]:
        yield person("a")
        try:
            await asyncio.sleep(1_000.0)
        except asyncio.CancelledError:
            yield person("b")

    async def main() -> tuple[list[tuple[int, str]], int]:
        network = FakeNetwork(delays=[0.1])
        async with client_on(network) as client, client.upsert_many(stubborn()) as stream:
            await asyncio.sleep(1.0)
            stream.drain()
            return told([outcome async for outcome in stream]), len(network.attempts)

    assert virtual.run(main) == ([(0, "created"), (1, "cancelled")], 1)


@pytest.mark.parametrize("is_broken", [False, True])
def test_a_block_is_left_when_its_source_has_let_go_of_what_it_holds(is_broken: bool) -> None:
    """A source that takes a while to close its file has closed it then, whether the block ends or breaks."""
    closed: list[float] = []

    async def source() -> AsyncIterator[Contact]:
        try:
            yield person("ada")
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(5.0)
            closed.append(asyncio.get_running_loop().time())

    async def main() -> list[float]:
        async with client_on(FakeNetwork()) as client:
            with contextlib.suppress(ZeroDivisionError):
                async with client.upsert_many(source()) as stream:
                    await anext(stream)
                    if is_broken:
                        raise ZeroDivisionError
            return list(closed)

    assert len(virtual.run(main)) == 1


def test_many_records_of_one_email_stall_no_others() -> None:
    """A thousand that go one after the other, at half a second each, do not hold up the ten behind them."""

    async def main() -> float:
        network = FakeNetwork(delays=[0.25])
        people = [person("x")] * 1_000 + [person(name) for name in "abcdefghij"]
        async with client_on(network, look_ahead=20) as client, client.upsert_many(people) as stream:
            others = 0
            async for outcome in stream:
                others += outcome.position >= 1_000
                if others == 10:
                    return asyncio.get_running_loop().time()
        raise AssertionError("the others were not told")

    assert virtual.run(main) < 5


def test_so_many_records_of_one_email_that_they_fill_memory_are_not_read() -> None:
    """What waits for its turn is bounded, too."""

    def source() -> Iterator[Contact]:
        nonlocal read
        while True:
            read += 1
            yield person("x")

    async def main() -> None:
        async with client_on(FakeNetwork(), look_ahead=20) as client, client.upsert_many(source()):
            await asyncio.sleep(0.15)

    read = 0
    virtual.run(main)
    assert MOST_IN_LINE < read <= MOST_IN_LINE + 20


@pytest.mark.parametrize("end", ["drain", "cancel"])
def test_a_stream_that_is_ended_before_it_is_entered_reads_nothing(end: str) -> None:
    """It can be entered and left, and has no outcome."""

    async def main() -> list[Outcome]:
        async with client_on(FakeNetwork()) as client:
            stream = client.upsert_many(people(3))
            getattr(stream, end)()
            async with stream:
                return await rest_of(stream)

    assert virtual.run(main) == []


def test_a_stream_is_entered_once() -> None:
    """Entering it again is a mistake that is told, for its source is spent."""

    async def main() -> None:
        async with client_on(FakeNetwork()) as client, client.upsert_many(people(3)) as stream, stream:
            pass

    with pytest.raises(ClientClosedError, match="a stream is entered once"):
        virtual.run(main)


@pytest.mark.parametrize("then_waits", [False, True])
def test_a_source_that_swallows_its_cancellation_does_not_hang_the_stream(then_waits: bool) -> None:
    """Whatever it does with the first, the stream ends, and what it still gives is told as cancelled."""

    async def stubborn() -> AsyncIterator[Contact]:
        for contact in people(1000):
            try:
                await asyncio.sleep(10)
            except asyncio.CancelledError:
                if then_waits:
                    await asyncio.sleep(1_000_000)
            yield contact

    async def main() -> list[Outcome]:
        async with client_on(FakeNetwork()) as client:
            async with asyncio.timeout(100):
                async with client.upsert_many(stubborn()) as stream:
                    await asyncio.sleep(15)
                    stream.drain()
                    await asyncio.sleep(1)
                    stream.cancel()
            return await rest_of(stream)

    outcomes = virtual.run(main)
    assert told(outcomes)[0] == (0, "created")
    assert all(reason == "cancelled" for _, reason in told(outcomes)[1:])


def test_a_record_past_its_deadline_is_not_sent() -> None:
    """Behind a record that hangs, the next ones of its email are exhausted without an attempt."""

    async def main() -> list[Outcome]:
        network = FakeNetwork(delays=[1_000.0])
        async with client_on(network, record_deadline=5.0) as client, client.upsert_many([person("a")] * 3) as stream:
            return await rest_of(stream)

    outcomes = virtual.run(main)
    assert [(o.attempts, o.error and o.error.reason) for o in sorted(outcomes, key=lambda o: o.position)] == [
        (1, ErrorReason.IN_DOUBT),
        (0, ErrorReason.EXHAUSTED),
        (0, ErrorReason.EXHAUSTED),
    ]


def test_closing_the_client_ends_its_streams_in_order() -> None:
    """A stream that is still running tells what was read, reads no more, and then says why it ended."""

    async def main() -> tuple[list[Outcome], int]:
        outcomes: list[Outcome] = []
        client = client_on(FakeNetwork(delays=[1.0]), concurrency=2)
        async with client:
            stream = client.upsert_many(people(1_000))
            async with stream:
                outcomes.append(await anext(stream))
                await client.aclose()
                try:
                    async for outcome in stream:
                        outcomes.append(outcome)
                except ClientClosedError:
                    return outcomes, stream.summary.read
        raise AssertionError("the stream ended without a word")

    outcomes, read = virtual.run(main)
    assert sorted(outcome.position for outcome in outcomes) == list(range(read))
    assert read < 10


def test_a_client_is_entered_once_at_a_time() -> None:
    """Entering it inside its own block would lose the connections of the outer one."""

    async def main() -> None:
        client = client_on(FakeNetwork())
        async with client, client:
            pass

    with pytest.raises(ClientClosedError, match="one `async with` at a time"):
        virtual.run(main)


def test_a_clients_quota_outlives_its_block() -> None:
    """The server does not forget what was sent a moment ago, and neither does the client."""

    async def main() -> float:
        client = client_on(FakeNetwork(delays=[0.0]), requests_per_interval=10)
        for _ in range(2):
            async with client, client.upsert_many(people(10)) as stream:
                await rest_of(stream)
        return asyncio.get_running_loop().time()

    assert virtual.run(main) > 10


class PowerCut(BaseException):
    """What is no Exception, and ends a source all the same."""


def test_a_source_that_ends_by_any_exception_does_not_seem_complete() -> None:
    """What is raised past `Exception` reaches the reader of the outcomes too."""

    def source() -> Iterator[Contact]:
        yield person("a")
        raise PowerCut

    async def main() -> list[Outcome]:
        outcomes: list[Outcome] = []
        async with client_on(FakeNetwork()) as client, client.upsert_many(source()) as stream:
            try:
                async for outcome in stream:
                    outcomes.append(outcome)
            except PowerCut:
                return outcomes
        raise AssertionError("the stream seemed complete")

    assert told(virtual.run(main)) == [(0, "created")]


@pytest.mark.parametrize("problems", [None, "ab", [5]])
def test_problems_that_are_none_do_not_end_the_run(problems: Any) -> None:
    """A record with nonsense where its problems should be is invalid, and the next one goes on."""

    async def main() -> list[Outcome]:
        records = [Record(contact=person("a"), problems=problems), Record(contact=person("b"))]
        async with client_on(FakeNetwork()) as client, client.upsert_many(records) as stream:
            return await rest_of(stream)

    assert [outcome.status for outcome in virtual.run(main)] == [Status.ERROR, Status.CREATED]


def test_a_reply_nested_without_end_is_an_outcome() -> None:
    """A body that no parser can follow is in doubt, and is no exception."""

    async def main() -> Outcome:
        nested = reply(200, b'{"new": true, "contact": {"id": "x", "a": ' + b"[" * 200_000)
        async with client_on(FakeNetwork(lambda _: nested), max_attempts=2) as client:
            return await client.upsert(person("a"))

    outcome = virtual.run(main)
    assert outcome.error is not None
    assert outcome.error.reason is ErrorReason.IN_DOUBT


def test_a_server_that_asks_to_wait_for_hours_is_asked_once() -> None:
    """Those who come after the first refusal, and those who wait in line, are told without another request."""

    async def main() -> tuple[int, float]:
        network = FakeNetwork(lambda _: reply(429, b"", retry_after="7200"), delays=[0.1])
        client = client_on(network, concurrency=4, requests_per_interval=2, on_daily_quota="stop")
        async with client, client.upsert_many(people(50)) as stream:
            outcomes = await rest_of(stream)
        assert {outcome.error and outcome.error.reason for outcome in outcomes} == {ErrorReason.CANCELLED}
        return len(network.attempts), asyncio.get_running_loop().time()

    requests, seconds = virtual.run(main)
    assert requests == 2
    assert seconds < 1


def test_reading_far_ahead_lets_others_of_the_loop_have_their_turn() -> None:
    """A source of ten thousand, all of which may be held, is not read in one go."""
    read = 0
    longest = 0

    def records() -> Iterator[Contact]:
        nonlocal read
        for contact in people(10_000):
            read += 1
            yield contact

    async def main() -> None:
        nonlocal longest
        client = client_on(FakeNetwork(), look_ahead=10_000)
        async with client, client.upsert_many(records()) as stream:
            while read < 10_000:
                before = read
                await asyncio.sleep(0)
                longest = max(longest, read - before)
            stream.cancel()

    virtual.run(main)
    assert longest <= 2 * READ_IN_A_ROW
