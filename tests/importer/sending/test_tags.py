"""Tags that are added after the upsert: in that order, once more in another run where it was cut short, and told."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from growthhub_async import ErrorReason, GrowthHubClient, Outcome, TokenRefusedError
from growthhub_async.importer.errors import JobError
from growthhub_async.importer.job import Job, JobView, State
from growthhub_async.importer.sending import JobStream, stream, tagging
from growthhub_async.transport import Reply
from tests.importer.sending.growthhub import LOST, UNSENT, Arrival, GrowthHub
from tests.importer.sending.jobs import (
    Notes,
    check_done,
    check_told,
    counts_of,
    job_of,
    person,
    send,
    states_of,
    using,
    words_of,
)
from tests.importer.sending.test_crash import dying, run_that_dies
from tests.network import reply

pytestmark = pytest.mark.anyio

RECORDS = 8
NAMES = [f"r{number}" for number in range(RECORDS)]
REFUSED = reply(422, {"statusCode": 422, "message": ["tags must be an array"]})
NO_SCOPE = reply(401, {"statusCode": 401, "message": "The token is not authorized for this scope."})


def tagged_job(path: Path, number: int = RECORDS) -> Path:
    """Make a job of records with tags, but for every third."""
    return job_of(path, [person(n, tags=["VIP", f"t{n}"] if n % 3 else []) for n in range(number)], tags="add")


TAGGED = [name for number, name in enumerate(NAMES) if number % 3]


def of_tags(arrival: Arrival) -> bool:
    return arrival.path.endswith("/tags")


def check_tags(server: GrowthHub) -> None:
    """Require that each contact has the tags of its record, beside those it had."""
    for contact in server.contacts():
        number = int(contact["firstName"][1:])
        assert contact["tags"] == (["vip", f"t{number}"] if number % 3 else [])


async def test_tags_are_added_after_the_upsert_and_none_are_lost(tmp_path: Path) -> None:
    """The upsert names no tags, so those that are there stay; the record settles when its own are added."""
    server, path = GrowthHub(), tagged_job(tmp_path / "a.job")
    await send(server, job_of(tmp_path / "before.job", [person(1, tags=["old"]), person(3, tags=["old"])]))
    sent = len(server.arrivals)

    async def use(_: GrowthHubClient, stream: JobStream) -> list[Outcome]:
        outcomes = []
        async for outcome in stream:
            check_told(outcome, path)
            outcomes.append(outcome)
        assert stream.summary.requests == RECORDS + len(TAGGED)
        return outcomes

    outcomes = await using(server, path, use)
    told = words_of(outcomes)
    assert {name for name, word in told.items() if word == "updated"} == {"r1", "r3"}
    assert sorted(told) == NAMES
    ids = {contact["id"]: contact for contact in server.contacts()}
    upserted: set[str] = set()
    for arrival in server.arrivals[sent:]:
        if of_tags(arrival):
            assert ids[arrival.path.split("/")[2]]["firstName"] in upserted
        else:
            assert "tags" not in arrival.body
            upserted.add(arrival.body["firstName"])
    tags = {contact["firstName"]: contact["tags"] for contact in server.contacts()}
    assert (tags["r1"], tags["r2"], tags["r3"]) == (["old", "vip", "t1"], ["vip", "t2"], ["old"])
    with JobView(path) as view:
        assert [run.tag_requests for run in view.runs()] == [len(TAGGED)]
        assert [entry.attempts for entry in view.settled()] == [1] * RECORDS


async def test_a_crash_between_the_upsert_and_its_tags_is_made_up_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At any commit: the next run adds them, upserts nothing twice that was kept, and tells what the upsert was."""
    at, died = 1, True
    while died:
        server, path = GrowthHub(), tagged_job(tmp_path / f"{at}.job")
        with dying(monkeypatch, at, after=True):
            died = await run_that_dies(server, path, concurrency=1)
        await server.quiet()
        unheard = states_of(path)
        sent = len(server.sent())
        notes = Notes()
        await send(server, path, notes)
        assert len(server.sent()) - sent == sum(state < State.TAGGING for state in unheard.values())
        check_done(server, path, NAMES)
        check_tags(server)
        assert {settled.contact_id for settled in notes.settled} <= {contact["id"] for contact in server.contacts()}
        at += 1
    assert at > RECORDS


@pytest.mark.parametrize("trouble", [LOST, UNSENT, reply(503, b"")])
async def test_tags_that_cannot_be_added_now_wait_for_another_run(tmp_path: Path, trouble: Any) -> None:
    """Their records are not told, and count as unsent; adding tags that are there already changes nothing."""
    server, path = GrowthHub(), tagged_job(tmp_path / "a.job")
    server.after = lambda arrival: trouble if of_tags(arrival) else None
    told = words_of(await send(server, path, max_attempts=2))
    assert sorted(told) == [name for name in NAMES if name not in TAGGED]
    counts = counts_of(path)
    assert (counts.unsent, counts.tagging) == (len(TAGGED), len(TAGGED))
    server.after = lambda _: None
    sent = len(server.sent())
    assert words_of(await send(server, path)) == dict.fromkeys(TAGGED, "created")
    assert len(server.sent()) == sent
    check_done(server, path, NAMES)
    check_tags(server)


async def test_tags_that_are_refused_are_an_error_of_their_record(tmp_path: Path) -> None:
    """It says that the contact is written; let go again it adds the tags alone, and is created as it was."""
    server, path = GrowthHub(), tagged_job(tmp_path / "a.job")
    server.before = lambda arrival: REFUSED if of_tags(arrival) else None
    outcomes = [outcome for outcome in await send(server, path) if outcome.error]
    assert sorted(words_of(outcomes)) == sorted(TAGGED)
    for outcome in outcomes:
        assert outcome.error is not None
        assert outcome.error.reason is ErrorReason.REJECTED
        assert outcome.error.retryable
        assert outcome.error.message.startswith("the contact was created, but its tags were not added: 422 tags must")
        assert (outcome.contact_id is not None, outcome.http_status) == (True, 422)
    assert counts_of(path).error == len(TAGGED)
    server.before = lambda _: None
    with Job(path) as job:
        assert job.send_again((outcome.position, None) for outcome in outcomes) == len(TAGGED)
    assert words_of(await send(server, path)) == dict.fromkeys(TAGGED, "created")
    assert sorted(server.sent()) == sorted(NAMES)
    check_done(server, path, NAMES)
    check_tags(server)


async def test_a_contact_that_no_request_can_name_is_an_error(tmp_path: Path) -> None:
    """Its tags could be added by no run, so they do not wait for one."""

    def strange(arrival: Arrival) -> Reply | None:
        contact = {"id": "../x", "firstName": arrival.body["firstName"], "email": arrival.body["email"]}
        return reply(200, {"new": True, "contact": contact})

    server, path = GrowthHub(), tagged_job(tmp_path / "a.job")
    server.after = strange
    told = words_of(await send(server, path))
    assert {name for name, word in told.items() if word == "rejected"} == set(TAGGED)
    assert counts_of(path).unsent == 0


async def test_a_token_that_may_add_no_tags_ends_the_run_in_the_end(tmp_path: Path) -> None:
    """The records are written, their tags wait for another token."""
    server, path = GrowthHub(), tagged_job(tmp_path / "a.job")
    server.before = lambda arrival: NO_SCOPE if of_tags(arrival) else None
    told: list[Outcome] = []

    async def use(_: GrowthHubClient, stream: JobStream) -> None:
        async for outcome in stream:
            told.append(outcome)

    with pytest.raises(TokenRefusedError, match="not authorized for this scope"):
        await using(server, path, use, concurrency=1)
    assert counts_of(path).error == 0
    server.before = lambda _: None
    await send(server, path)
    check_done(server, path, NAMES)
    check_tags(server)
    with JobView(path) as view:
        assert [run.ended for run in view.runs()] == ["TokenRefusedError", "done"]


@pytest.mark.parametrize("end", ["stop", "cancel"])
async def test_tags_that_are_being_added_when_a_run_ends_are_added_by_the_next(tmp_path: Path, end: str) -> None:
    """Whether the server had them or not; nobody waits for them."""
    server, path = GrowthHub(), tagged_job(tmp_path / "a.job")
    adding = asyncio.Event()

    def hold(arrival: Arrival) -> None:
        if of_tags(arrival):
            server.held.clear()
            adding.set()

    server.before = hold

    async def use(_: GrowthHubClient, stream: JobStream) -> None:
        await adding.wait()
        getattr(stream, end)()
        if end == "stop":
            server.held.set()
        async for _ in stream:
            pass

    await using(server, path, use)
    assert counts_of(path).tagging > 0
    server.held.set()
    server.before = lambda _: None
    await send(server, path)
    check_done(server, path, NAMES)
    check_tags(server)


async def test_who_drains_a_run_begins_no_tags_of_an_earlier_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that were begun are added; there may be many more than could be waited for."""
    monkeypatch.setattr(stream, "TAGGED_AT_ONCE", 2)
    server, path = GrowthHub(), tagged_job(tmp_path / "a.job", 30)
    server.before = lambda arrival: UNSENT if of_tags(arrival) else None
    await send(server, path, max_attempts=1)
    before = counts_of(path).tagging

    async def use(_: GrowthHubClient, stream: JobStream) -> list[Outcome]:
        server.before = lambda _: stream.drain()
        return [outcome async for outcome in stream]

    told = await using(server, path, use)
    assert len(told) <= 4
    assert counts_of(path).tagging == before - len(told)
    server.before = lambda _: None
    await send(server, path)
    check_tags(server)


async def test_what_was_dropped_of_a_record_is_told_also_when_its_tags_come_later(tmp_path: Path) -> None:
    """In whichever run they are added."""
    server, path = GrowthHub(), job_of(tmp_path / "a.job", [person(1, tags=["vip"], gender="x")], tags="add")
    await send(server, job_of(tmp_path / "before.job", [person(1)]))
    server.before = lambda arrival: UNSENT if of_tags(arrival) else None
    assert await send(server, path, max_attempts=1) == []
    server.before = lambda _: None
    [outcome] = await send(server, path)
    assert (str(outcome.status), [drop.field for drop in outcome.dropped]) == ("updated", ["gender"])
    with JobView(path) as view:
        assert [[drop.field for drop in settled.dropped] for settled in view.settled()] == [["gender"]]


async def test_a_fault_while_tags_are_added_ends_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is raised after the outcomes, and no task is left behind with what it raised."""
    server, path = GrowthHub(), tagged_job(tmp_path / "a.job")
    with monkeypatch.context() as patched:
        patched.setattr(tagging, "_SETTLED", {})
        with pytest.raises(KeyError):
            await send(server, path)
    assert not [task for task in asyncio.all_tasks() if task.get_name() == "growthhub-tags"]
    await send(server, path)
    check_done(server, path, NAMES)
    check_tags(server)


async def test_tags_that_are_being_added_when_the_job_fails_are_let_go(tmp_path: Path) -> None:
    """None of their tasks outlives the stream."""
    server, path = GrowthHub(), tagged_job(tmp_path / "a.job")
    adding = asyncio.Event()

    def hold(arrival: Arrival) -> None:
        if of_tags(arrival):
            server.held.clear()
            adding.set()

    def fail(_: Job) -> None:
        raise JobError("the disk is full")

    server.before = hold

    async def use(_: GrowthHubClient, stream: JobStream) -> None:
        await adding.wait()
        with pytest.raises(JobError):
            await stream._keeper.ask(fail)

    with pytest.raises(JobError, match="the disk is full"):
        await using(server, path, use)
    assert not [task for task in asyncio.all_tasks() if task.get_name() == "growthhub-tags"]
    server.held.set()
    server.before = lambda _: None
    await server.quiet()
    await send(server, path)
    check_done(server, path, NAMES)
    check_tags(server)
