"""What is refused or put off for reasons that are not a record's: it waits, unsent, for another run."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from growthhub_async import ClientClosedError, GrowthHubClient, Outcome, TokenRefusedError
from growthhub_async.importer.job import JobView, State
from growthhub_async.importer.sending import JobStream
from growthhub_async.sandbox import Limits, Location
from growthhub_async.transport import Reply
from tests.importer.sending.growthhub import ENDLESS, LOST, Arrival, GrowthHub
from tests.importer.sending.jobs import (
    check_done,
    counts_of,
    job_of,
    nameless,
    person,
    send,
    states_of,
    using,
    words_of,
)
from tests.network import reply

pytestmark = pytest.mark.anyio

NAMES = [f"r{number}" for number in range(12)]
INVALID = reply(401, {"statusCode": 401, "message": "Invalid JWT"})
BLOCKED = reply(403, b"<html>error code: 1010</html>")
BUSY = reply(503, b"")
TWO = (Location(id="L1", limits=ENDLESS), Location(id="L2", limits=ENDLESS))


def two_locations() -> list[Any]:
    return [person(number, f"L{number % 2 + 1}") for number in range(12)]


async def told_until(error: type[Exception], server: GrowthHub, path: Path, **settings: Any) -> list[Outcome]:
    """Send until the stream raises, and return what it told before that."""
    told: list[Outcome] = []

    async def use(_: GrowthHubClient, stream: JobStream) -> None:
        async for outcome in stream:
            told.append(outcome)

    with pytest.raises(error):
        await using(server, path, use, **settings)
    return told


async def test_a_token_that_is_refused_leaves_every_record_unsent(tmp_path: Path) -> None:
    """They are told as unauthorized, nothing of them is an error of the job, and another token sends them all."""
    server, path = GrowthHub(), job_of(tmp_path / "a.job", [person(number) for number in range(12)])
    told = await told_until(TokenRefusedError, server, path, token="pit-wrong")
    assert set(words_of(told).values()) == {"unauthorized"}
    assert set(states_of(path).values()) == {State.WAITING}
    with JobView(path) as view:
        assert [run.ended for run in view.runs()] == ["TokenRefusedError"]
        assert view.unheard() == []
    await send(server, path)
    check_done(server, path, NAMES)


async def test_a_location_whose_token_is_refused_holds_up_no_other(tmp_path: Path) -> None:
    """Its records wait; those of the other are sent."""
    server, path = GrowthHub(*TWO), job_of(tmp_path / "a.job", two_locations())

    async def token_of(location_id: str, refused: str | None) -> str:
        return "pit-wrong" if location_id == "L1" else await server.token_of(location_id, refused)

    told = await send(server, path, token=token_of)
    assert {o.location_id for o in told if o.error} == {"L1"}
    assert states_of(path) == {name: State.CREATED if int(name[1:]) % 2 else State.WAITING for name in NAMES}
    await send(server, path)
    check_done(server, path, NAMES)


@pytest.mark.parametrize("refusal", [INVALID, BLOCKED], ids=["the token", "the client"])
async def test_an_unheard_record_stays_so_when_its_token_is_refused(tmp_path: Path, refusal: Reply) -> None:
    """It may have been written: it is told in doubt, is no error of the job, and goes again when it can."""
    server, path = GrowthHub(), job_of(tmp_path / "a.job", [person(number) for number in range(12)])
    server.held.clear()
    arrived = asyncio.Event()
    server.after = lambda arrival: arrived.set() if arrival.number == 4 else None

    async def use(_: GrowthHubClient, stream: JobStream) -> None:
        await arrived.wait()
        stream.cancel()

    await using(server, path, use, concurrency=4)
    server.held.set()
    server.after = lambda _: None
    server.before = lambda _: refusal
    left = {name for name, state in states_of(path).items() if state is State.LEFT}
    assert len(left) == 4

    async def go_on(_: GrowthHubClient, stream: JobStream) -> None:
        try:
            told = words_of([outcome async for outcome in stream])
            assert {told[name] for name in left & set(told)} <= {"in_doubt"}
        except TokenRefusedError:
            assert refusal is INVALID

    await using(server, path, go_on)
    assert {name for name, state in states_of(path).items() if state is State.LEFT} == left
    server.before = lambda _: None
    await send(server, path)
    assert {states_of(path)[name] for name in left} == {State.CREATED}
    assert {server.created()[name] for name in left} == {1}


async def test_what_is_not_sent_because_its_location_is_refused_waits(tmp_path: Path) -> None:
    """Those that were sent, and refused, are errors; for the others nothing was tried."""
    server, path = GrowthHub(), job_of(tmp_path / "a.job", [person(number) for number in range(12)])
    server.before = lambda _: BLOCKED
    told = await send(server, path, concurrency=1)
    refused = set(server.sent())
    assert 0 < len(refused) < 12
    assert set(words_of(told).values()) == {"rejected"}
    states = states_of(path)
    assert {name for name, state in states.items() if state is State.ERROR} == refused
    assert {name for name, state in states.items() if state is State.WAITING} == set(NAMES) - refused


async def test_a_day_that_is_spent_leaves_the_rest_unsent(tmp_path: Path) -> None:
    """With "stop" it is told as cancelled, and another day sends it."""
    limits = Limits(requests_per_interval=1_000_000, requests_per_day=5)
    server = GrowthHub(Location(id="L1", limits=limits))
    path = job_of(tmp_path / "a.job", [person(number) for number in range(12)])
    told = words_of(await send(server, path, on_daily_quota="stop", concurrency=1))
    assert sorted(told.values()) == ["cancelled"] * 7 + ["created"] * 5
    counts = counts_of(path)
    assert (counts.created, counts.unsent, counts.unheard) == (5, 7, 0)


async def test_a_day_that_is_spent_before_the_second_attempt_leaves_the_record_unheard_of(tmp_path: Path) -> None:
    """It may have been written, and its attempts are not spent: the next run sends it again."""
    server, path = GrowthHub(), job_of(tmp_path / "a.job", [person(0), person(1)])
    server.after = lambda _: LOST
    told = words_of(await send(server, path, on_daily_quota="stop", concurrency=1, requests_per_day=1))
    assert told == {"r0": "in_doubt", "r1": "cancelled"}
    assert states_of(path) == {"r0": State.LEFT, "r1": State.WAITING}
    server.after = lambda _: None
    await send(server, path)
    check_done(server, path, ["r0", "r1"])


async def test_a_record_whose_attempts_are_spent_is_an_error(tmp_path: Path) -> None:
    """Surely not written, or in doubt: another run does not try it by itself."""
    server, path = GrowthHub(), job_of(tmp_path / "a.job", [person(0), person(1), nameless(2)])
    server.after = lambda arrival: LOST if arrival.body["firstName"] != "r1" else None
    server.before = lambda arrival: reply(429, b"") if arrival.body["firstName"] == "x" else None
    told = words_of(await send(server, path, max_attempts=2))
    assert told == {"r0": "in_doubt", "r1": "created", "r2": "in_doubt"}
    assert states_of(path) == {"r0": State.ERROR, "r1": State.CREATED, "r2": State.ERROR}
    with JobView(path) as view:
        assert {settled.position: settled.retryable for settled in view.settled()} == {0: True, 1: False, 2: False}
        assert [attempt["number"] for _, history in view.outcomes_of(0) for attempt in history] == []


async def test_attempts_are_kept_when_the_client_keeps_them(tmp_path: Path) -> None:
    """So that the job can explain each record."""
    server, path = GrowthHub(), job_of(tmp_path / "a.job", [person(0)])
    server.before = lambda arrival: BUSY if arrival.number == 1 else None
    await send(server, path, keep_history=True)
    with JobView(path) as view:
        [(settled, history)] = view.outcomes_of(0)
    assert [attempt["http_status"] for attempt in history] == [503, 200]
    assert settled.latency is not None


@pytest.mark.parametrize("held", [False, True], ids=["answered", "unanswered"])
async def test_a_client_that_is_closed_ends_the_run(tmp_path: Path, held: bool) -> None:
    """It is raised, the job is let go of, and another client goes on."""
    server, path = GrowthHub(), job_of(tmp_path / "a.job", [person(number) for number in range(12)])
    arrived = asyncio.Event()

    def hold(arrival: Arrival) -> None:
        if arrival.number == 3:
            arrived.set()
            if held:
                server.held.clear()

    server.before = hold

    async def use(client: GrowthHubClient, stream: JobStream) -> None:
        await arrived.wait()
        closing = asyncio.create_task(client.aclose())
        async for _ in stream:
            pass
        await closing

    with pytest.raises(ClientClosedError):
        await using(server, path, use, concurrency=3, close_timeout=0.05)
    server.held.set()
    server.before = lambda _: None
    await server.quiet()
    assert counts_of(path).error == 0
    with JobView(path) as view:
        assert [run.ended for run in view.runs()] == ["ClientClosedError"]
    await send(server, path)
    check_done(server, path, NAMES)
