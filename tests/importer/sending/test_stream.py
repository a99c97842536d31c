"""The records of a job sent: each once, and told when what became of it is on the disk."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from pathlib import Path

import pytest

from growthhub_async import Contact, GrowthHubClient, Outcome
from growthhub_async.importer import JobError
from growthhub_async.importer.job import JobView, State
from growthhub_async.importer.sending import JobStream, keeper, stream
from growthhub_async.sandbox import Location
from tests.importer.results.jobs import change
from tests.importer.sending.growthhub import ENDLESS, UNSENT, Arrival, GrowthHub
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

TWO = (Location(id="L1", limits=ENDLESS), Location(id="L2", limits=ENDLESS))


def names(number: int) -> list[str]:
    return [f"r{n}" for n in range(number)]


async def test_every_record_settles_once_and_is_told_when_that_is_kept(tmp_path: Path) -> None:
    """Whoever is told can look it up in the job, under its position and its line."""
    contacts = [nameless(number) if number % 5 == 0 else person(number) for number in range(40)]
    server, path, notes = GrowthHub(), job_of(tmp_path / "a.job", contacts), Notes()
    told: list[Outcome] = []

    async def use(_: GrowthHubClient, stream: JobStream) -> None:
        async for outcome in stream:
            check_told(outcome, path)
            told.append(outcome)

    await using(server, path, use, notes)
    assert sorted(outcome.position for outcome in told) == list(range(40))
    assert all(outcome.ref == outcome.position + 2 and outcome.location_id == "L1" for outcome in told)
    assert [settled.position for settled in notes.settled] == [outcome.position for outcome in told]
    check_done(server, path, names(40))
    assert sorted(server.sent()) == sorted(names(40))


async def test_no_request_leaves_before_its_mark_is_on_the_disk(tmp_path: Path) -> None:
    """Whoever opens the job when it arrives sees that it may have left, and since when."""
    server, path = GrowthHub(), job_of(tmp_path / "a.job", [person(number) for number in range(20)])
    began = time.time()

    def look(arrival: Arrival) -> None:
        with JobView(path) as view:
            standing = view.standing_of(int(arrival.body["firstName"][1:]))
        assert standing is not None
        assert standing.state is State.LEFT
        assert standing.left_at is not None
        assert began <= standing.left_at <= time.time()

    server.before = look
    await send(server, path, concurrency=5)
    check_done(server, path, names(20))


async def test_outcomes_wait_for_others_and_not_for_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Enough of them are kept at once, and so are the last ones, however long fewer would wait."""
    monkeypatch.setattr(keeper, "_LINGER", 1_000.0)
    monkeypatch.setattr(keeper, "_ENOUGH", 2)
    server, path = GrowthHub(), job_of(tmp_path / "a.job", [person(number) for number in range(3)])

    third = asyncio.Event()

    def hold_the_third(arrival: Arrival) -> None:
        if arrival.number == 3:
            server.held.clear()
            third.set()

    async def use(_: GrowthHubClient, stream: JobStream) -> None:
        assert {(await anext(stream)).position, (await anext(stream)).position} == {0, 1}
        await third.wait()
        server.held.set()
        assert [outcome.position async for outcome in stream] == [2]

    server.after = hold_the_third
    await using(server, path, use, concurrency=1)


async def test_the_results_hear_of_what_the_job_kept(tmp_path: Path) -> None:
    """In its order, with the numbers of its outcomes, between their beginning and their end."""
    server, path, notes = GrowthHub(), job_of(tmp_path / "a.job", [person(number) for number in range(9)]), Notes()
    await send(server, path, notes)
    assert (notes.heard[:2], set(notes.heard[2:-1]), notes.heard[-1]) == (["made", "open"], {"append"}, "close")
    with JobView(path) as view:
        assert [settled.seq for settled in view.settled()] == [settled.seq for settled in notes.settled]
        assert list(view.settled()) == notes.settled


async def test_a_job_that_is_done_sends_nothing(tmp_path: Path) -> None:
    """It is a run all the same."""
    server, path = GrowthHub(), job_of(tmp_path / "a.job", [person(0), person(1)])
    assert words_of(await send(server, path)) == {"r0": "created", "r1": "created"}
    assert await send(server, path) == []
    assert len(server.arrivals) == 2
    with JobView(path) as view:
        assert [run.ended for run in view.runs()] == ["done", "done"]


async def test_an_empty_job_is_done_at_once(tmp_path: Path) -> None:
    """A file may have a header alone."""
    assert await send(GrowthHub(), job_of(tmp_path / "a.job", [])) == []


@pytest.mark.parametrize("limit", [0, 1, 5, 12, 99])
async def test_a_limit_is_of_all_locations_together(tmp_path: Path, limit: int) -> None:
    """So many records are sent at most, and the next run goes on behind them."""
    contacts = [person(number, f"L{number % 2 + 1}") for number in range(12)]
    server, path = GrowthHub(*TWO), job_of(tmp_path / "a.job", contacts)
    outcomes = await send(server, path, limit=limit)
    assert len(outcomes) == len(server.arrivals) == min(limit, 12)
    assert counts_of(path).unsent == 12 - min(limit, 12)
    outcomes += await send(server, path)
    assert sorted(outcome.position for outcome in outcomes) == list(range(12))
    check_done(server, path, names(12))


async def test_each_location_is_read_by_itself(tmp_path: Path) -> None:
    """The few records of one go though those of another fill all that is read ahead, and wait."""
    contacts = [person(number, "L1" if number < 100 else "L2") for number in range(103)]
    slow = Location(id="L1", limits=ENDLESS)
    server, path = GrowthHub(slow, TWO[1]), job_of(tmp_path / "a.job", contacts)
    server.held.clear()

    async def use(_: GrowthHubClient, stream: JobStream) -> None:
        answered = []
        server.after = lambda arrival: answered.append(arrival.body["locationId"])
        while answered.count("L2") < 3:
            await stream._keeper.ask(lambda _: None)
        server.held.set()
        async for _ in stream:
            pass

    await using(server, path, use, look_ahead=8)
    check_done(server, path, names(103))


async def test_what_is_left_is_told_by_location_at_any_time(tmp_path: Path) -> None:
    """It adds up to what the job has left, and so do all its numbers, also when only tags are missing."""
    contacts = [person(number, f"L{number % 2 + 1}", tags=["vip"]) for number in range(10)]
    server, path = GrowthHub(*TWO), job_of(tmp_path / "a.job", contacts, tags="add")

    async def use(_: GrowthHubClient, stream: JobStream) -> None:
        assert sum(stream.unsent.values()) == stream.counts.unsent == counts_of(path).unsent
        async for _ in stream:
            assert stream.counts.add_up
            assert sum(stream.unsent.values()) == stream.counts.unsent
            assert min(stream.unsent.values()) >= 0
        assert stream.counts == counts_of(path)
        assert stream.unsent == {"L1": 0, "L2": 0}

    server.before = lambda arrival: None if arrival.path == "/contacts/upsert" else UNSENT
    await send(server, path, max_attempts=1)
    assert counts_of(path).tagging == 10
    server.before = lambda _: None
    await using(server, path, use)
    check_done(server, path, names(10))


async def test_a_record_that_is_wrong_after_all_is_an_error(tmp_path: Path) -> None:
    """It is found before it is sent, and is the job's own location's."""
    server, path = GrowthHub(), job_of(tmp_path / "a.job", [person(0), person(1)])
    change(path, """UPDATE records SET contact = '{"email": "nobody"}' WHERE position = 1""")

    async def use(_: GrowthHubClient, stream: JobStream) -> list[Outcome]:
        outcomes = [outcome async for outcome in stream]
        assert stream.unsent == {"L1": 0}
        return outcomes

    outcomes = await using(server, path, use)
    assert words_of(outcomes) == {"r0": "created", "r1": "invalid"}
    assert {outcome.location_id for outcome in outcomes} == {"L1"}
    assert states_of(path)["r1"] is State.ERROR


async def test_a_run_is_kept_with_what_it_was_sent_with_and_what_it_learnt(tmp_path: Path) -> None:
    """Never the token."""
    server, path = GrowthHub(), job_of(tmp_path / "a.job", [person(0)])
    await send(server, path, concurrency=7, reserve=0.25)
    with JobView(path) as view:
        [run] = view.runs()
    assert (run.settings["concurrency"], run.settings["reserve"]) == (7, 0.25)
    assert "token" not in run.settings
    assert run.ended_at is not None
    assert run.ended_at >= run.started_at
    assert run.locations is not None
    assert run.locations["L1"]["requests_per_interval"] == 1_000_000


async def test_numbers_are_those_of_the_run(tmp_path: Path) -> None:
    """The job's own are told beside them."""
    server, path = GrowthHub(), job_of(tmp_path / "a.job", [person(number) for number in range(5)])
    await send(server, path, limit=2)

    async def use(_: GrowthHubClient, stream: JobStream) -> None:
        async for _ in stream:
            pass
        assert (stream.summary.read, stream.summary.created, stream.summary.requests) == (3, 3, 3)
        assert (stream.counts.read, stream.counts.created, stream.counts.unsent) == (5, 5, 0)
        assert stream.in_flight == 0

    await using(server, path, use)


async def test_contacts_whose_tags_were_replaced_are_counted(tmp_path: Path) -> None:
    """Those that were there before, and whose record has tags."""
    server = GrowthHub()
    await send(server, job_of(tmp_path / "a.job", [person(number) for number in range(3)]))
    contacts = [person(0, tags=["vip"]), person(1), person(2, last_name='"tags":'), person(3, tags=["vip"])]

    async def use(_: GrowthHubClient, stream: JobStream) -> None:
        async for _ in stream:
            pass
        assert stream.tags_replaced == 1

    await using(server, job_of(tmp_path / "b.job", contacts), use)


# -- what is not read


async def commits(stream: JobStream, number: int = 150) -> None:
    """Let so many commits come and go, which is enough for all that can happen by itself; or all until the end."""
    with suppress(JobError):
        for _ in range(number):
            await stream._keeper.ask(lambda _: None)


async def test_nobody_who_asks_after_the_end_waits_for_ever(tmp_path: Path) -> None:
    """A run that has ended says so, also to who came while it did."""

    async def use(_: GrowthHubClient, stream: JobStream) -> None:
        assert len([outcome async for outcome in stream]) == 3
        with pytest.raises(JobError, match="the run has ended"):
            await stream._keeper.ask(lambda _: None)

    path = job_of(tmp_path / "a.job", [person(number) for number in range(3)])
    await using(GrowthHub(), path, use)
    kept = keeper.Keeper(path, {}, lambda _: Notes(), lambda _: None, lambda: None)
    kept.start()
    ending = asyncio.create_task(kept.end("done", 0, {}))
    await asyncio.sleep(0)
    while kept._thread.is_alive():
        pass  # and the loop has not heard of it
    with pytest.raises(JobError, match="the run has ended"):
        await kept.ask(lambda _: None)
    await ending


async def test_whoever_does_not_read_outcomes_stops_the_sending(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is kept and not read is bounded, and what is read then goes on."""
    monkeypatch.setattr(stream, "_MOST_UNREAD", 4)
    server, path = GrowthHub(), job_of(tmp_path / "a.job", [person(number) for number in range(120)])

    async def use(_: GrowthHubClient, stream: JobStream) -> list[Outcome]:
        await commits(stream)
        assert 4 <= len(server.arrivals) <= 20
        return [outcome async for outcome in stream]

    assert len(await using(server, path, use, concurrency=2, look_ahead=4)) == 120
    check_done(server, path, names(120))


async def test_outcomes_that_wait_to_be_kept_are_bounded_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However slow the disk is."""
    monkeypatch.setattr(keeper, "_MOST", 2)
    server, path = GrowthHub(), job_of(tmp_path / "a.job", [person(number) for number in range(30)])
    assert len(await send(server, path, concurrency=20)) == 30
    check_done(server, path, names(30))


@pytest.mark.parametrize("end", ["leaves", "fails"])
async def test_whoever_leaves_without_reading_holds_nothing_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    """More may come then than could ever be unread."""
    monkeypatch.setattr(stream, "_MOST_UNREAD", 1)
    contacts = [person(number, f"L{number % 2 + 1}", tags=["vip"]) for number in range(60)]
    server, path = GrowthHub(*TWO), job_of(tmp_path / "a.job", contacts, tags="add")

    async def use(_: GrowthHubClient, stream: JobStream) -> None:
        await commits(stream, 20)
        if end == "fails":
            raise ZeroDivisionError

    if end == "fails":
        with pytest.raises(ZeroDivisionError):
            await using(server, path, use)
    else:
        await using(server, path, use)
    await send(server, path)
    check_done(server, path, names(60))


async def test_tags_that_are_not_added_take_no_place_of_what_is_unread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are never told, so nobody could give their places back: the run comes to its end all the same."""
    monkeypatch.setattr(stream, "_MOST_UNREAD", 4)
    contacts = [person(number, tags=["vip"]) for number in range(30)]
    server, path = GrowthHub(), job_of(tmp_path / "a.job", contacts, tags="add")
    server.before = lambda arrival: None if arrival.path == "/contacts/upsert" else UNSENT
    assert await send(server, path, max_attempts=1) == []
    assert counts_of(path).tagging == 30


async def test_tags_of_an_earlier_run_make_no_more_room_than_there_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each outcome that is read makes room for one."""
    contacts = [person(number, tags=["vip"] if number < 40 else []) for number in range(160)]
    server, path = GrowthHub(), job_of(tmp_path / "a.job", contacts, tags="add")
    server.before = lambda arrival: None if arrival.path == "/contacts/upsert" else UNSENT
    await send(server, path, max_attempts=1, limit=40)
    server.before = lambda _: None
    monkeypatch.setattr(stream, "_MOST_UNREAD", 4)
    sent = len(server.arrivals)

    async def use(_: GrowthHubClient, stream: JobStream) -> None:
        for _ in range(40):
            await anext(stream)
        await commits(stream)
        assert len(server.arrivals) - sent - 40 <= 60
        async for _ in stream:
            pass

    await using(server, path, use, concurrency=2, look_ahead=4)
    check_done(server, path, names(160))


async def test_contacts_of_one_phone_go_one_after_the_other(tmp_path: Path) -> None:
    """Also when they were not found to be duplicates: as written the numbers differ."""
    contacts = [
        Contact(first_name="r0", phone="+12055550100", location_id="L1"),
        Contact(first_name="r1", phone="2055550100", location_id="L1"),
    ]
    server, path = GrowthHub(), job_of(tmp_path / "a.job", contacts)
    assert words_of(await send(server, path)) == {"r0": "created", "r1": "updated"}
