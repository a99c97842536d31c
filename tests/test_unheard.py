"""A record of which an attempt of an earlier run was not heard: sent again where that is safe, and told as it is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from email.utils import formatdate
from typing import Any
from unittest import mock

import pytest

from growthhub_async import (
    ClientClosedError,
    Contact,
    ErrorReason,
    GrowthHubClient,
    Outcome,
    Record,
    TokenRefusedError,
    UpsertStream,
)
from growthhub_async.transport import Failure, Reply
from tests.network import Attempt, FakeNetwork, created, on, reply
from tests.test_client_truth import iso

NOON = 1_764_072_000.4
"""Unix time by our clock when a run begins."""
AHEAD = NOON + 3_600.3
"""Seconds that the server's clock is ahead of the loop's."""
ADA = Contact(email="ada@example.com", first_name="Ada")
BOB = Contact(email="bob@example.com")
NAMED = Contact(first_name="Ada")
FORCED = Contact(email="ada@example.com", create_new_if_duplicate_allowed=True)
LONG_AGO = 100_000.0


def unheard(contact: Contact, ago: float, ref: str | None = None) -> Record:
    return Record(contact=contact, unheard_since=NOON - ago, ref=ref)


def wall_clock() -> float:
    return NOON + asyncio.get_running_loop().time()


def run(network: FakeNetwork, use: Callable[[GrowthHubClient], Awaitable[Any]], **settings: Any) -> Any:
    """Use a client whose wall clock goes with the virtual one."""
    with mock.patch("time.time", wall_clock):
        return on(network, use, **settings)


def stream(
    records: list[Record | Contact], network: FakeNetwork | None = None, **settings: Any
) -> tuple[list[Outcome], list[float]]:
    """Stream all records, and tell when the requests left."""
    network = network or FakeNetwork()

    async def use(client: GrowthHubClient) -> list[Outcome]:
        async with client.upsert_many(records) as outcomes:
            return sorted([outcome async for outcome in outcomes], key=lambda outcome: outcome.position)

    return run(network, use, **settings), [attempt.left for attempt in network.attempts]


async def told_by(stream: UpsertStream, raised: type[Exception]) -> list[Outcome]:
    """Take the outcomes of a stream that raises after them."""
    outcomes = []

    async def take() -> None:
        async with stream:
            async for outcome in stream:
                outcomes.append(outcome)

    with pytest.raises(raised):
        await take()
    return sorted(outcomes, key=lambda outcome: outcome.position)


def reasons(*outcomes: Outcome) -> list[str]:
    return [str(outcome.error.reason if outcome.error else outcome.status) for outcome in outcomes]


@pytest.mark.parametrize(
    ("ago", "leaves_at"),
    [(0.0, 3.0), (1.0, 2.0), (3.0, 0.0), (LONG_AGO, 0.0), (-0.5, 3.0), (-LONG_AGO, 3.0)],
)
def test_it_is_sent_when_the_server_cannot_be_at_work_on_that_attempt(ago: float, leaves_at: float) -> None:
    """Three seconds after it left, at once if they are over; in three at the latest, where our clock was set back."""
    [outcome], [left] = stream([unheard(ADA, ago)])
    assert (str(outcome.status), outcome.attempts, outcome.inferred) == ("created", 1, False)
    assert left == pytest.approx(leaves_at, abs=0.01)


def test_a_single_upsert_waits_as_well() -> None:
    """It is the same record, whoever hands it in."""
    network = FakeNetwork()
    outcome = run(network, lambda client: client.upsert(unheard(ADA, 1.0)))
    assert (outcome.attempts, network.attempts[0].left) == (1, pytest.approx(2.0, abs=0.01))


def test_the_next_of_its_email_waits_behind_it_and_no_other() -> None:
    """The second goes when the first was answered; that of another email at once."""
    _, left = stream([unheard(ADA, 1.0), ADA, BOB])
    assert left == pytest.approx([0.0, 2.0, 2.2], abs=0.01)


def test_the_next_of_its_email_waits_for_the_server_also_when_it_is_not_sent_itself() -> None:
    """One that is in doubt at once holds up those behind it for as long as the server may be at work on it."""
    outcomes, left = stream([unheard(FORCED, 1.0), ADA])
    assert reasons(*outcomes) == ["in_doubt", "created"]
    assert outcomes[0].duration == pytest.approx(0.0, abs=0.01)
    assert left == pytest.approx([2.0], abs=0.01)


@pytest.mark.parametrize(
    ("contact", "decision", "told"),
    [
        (ADA, None, "created"),
        (ADA, False, "in_doubt"),
        (NAMED, None, "in_doubt"),
        (NAMED, True, "created"),
        (FORCED, None, "in_doubt"),
    ],
)
def test_it_is_sent_when_rule_and_policy_let_it(contact: Contact, decision: bool | None, told: str) -> None:
    """The policy is asked once, before the first attempt; without one, the rule decides."""
    asked: list[str] = []

    def policy(_: Contact, why: str) -> bool | None:
        asked.append(why)
        return decision

    [outcome], left = stream([unheard(contact, LONG_AGO)], may_repeat=policy)
    assert asked == ["an attempt of an earlier run was not heard of"]
    assert (reasons(outcome), outcome.attempts, len(left)) == ([told], int(told == "created"), int(told == "created"))
    if decision is None:
        assert reasons(*stream([unheard(contact, LONG_AGO)])[0]) == [told]


def test_one_that_is_not_sent_says_why() -> None:
    """It is not retryable: sending it again could make a second contact."""
    [outcome], _ = stream([unheard(NAMED, LONG_AGO, ref="line 7")])
    assert (outcome.ref, outcome.http_status) == ("line 7", None)
    assert (outcome.error and outcome.error.retryable) is False
    assert str(outcome.error) == (
        "in_doubt: an attempt of an earlier run was not heard of; sending it again could create a second contact"
    )


def test_a_policy_that_raises_ends_the_run_and_the_record_is_in_doubt() -> None:
    """As for every fault, what it raised is raised after the outcomes; and the record may have been written."""

    def policy(_: Contact, why: str) -> bool:
        raise ZeroDivisionError

    async def use(client: GrowthHubClient) -> list[Outcome]:
        return await told_by(client.upsert_many([unheard(ADA, LONG_AGO)]), ZeroDivisionError)

    assert reasons(*run(FakeNetwork(), use, may_repeat=policy)) == ["in_doubt"]


@pytest.mark.parametrize(
    ("added_ago", "status"),
    [(20.0, "updated"), (8.0, "created"), (LONG_AGO, "updated")],
)
def test_whether_it_was_created_is_told_by_when_that_attempt_left(added_ago: float, status: str) -> None:
    """It left ten seconds ago: what the server says was added since then was made by it, and what is older was not."""

    def answer(attempt: Attempt) -> Reply:
        now = asyncio.get_running_loop().time() + AHEAD
        contact = {"id": "x", "email": "ada@example.com", "firstName": "Ada", "dateAdded": iso(AHEAD - added_ago)}
        return reply(200, {"new": False, "contact": contact}, Date=formatdate(now, usegmt=True))

    [outcome], _ = stream([unheard(ADA, 10.0)], FakeNetwork(answer))
    assert (str(outcome.status), outcome.inferred) == (status, True)


@pytest.mark.parametrize(
    "answer",
    [reply(422, {"message": "no"}), reply(401, {"message": "Invalid JWT"}), Failure("could not connect", sent=False)],
)
def test_no_later_answer_makes_it_surely_unwritten(answer: Reply | Failure) -> None:
    """Refused by rule, its token refused, never connected: the earlier attempt may have been written all the same."""

    async def use(client: GrowthHubClient) -> list[Outcome]:
        async with client.upsert_many([unheard(ADA, LONG_AGO)]) as stream:
            return [await anext(stream)]

    assert reasons(*run(FakeNetwork(lambda _: answer), use)) == ["in_doubt"]


async def _stop(stream: UpsertStream, _: GrowthHubClient) -> None:
    stream.stop()


async def _cancel(stream: UpsertStream, _: GrowthHubClient) -> None:
    stream.cancel()


async def _close(_: UpsertStream, client: GrowthHubClient) -> None:
    await client.aclose()


async def _leave(_: UpsertStream, __: GrowthHubClient) -> None:
    pass


async def _break(_: UpsertStream, __: GrowthHubClient) -> None:
    raise ZeroDivisionError


WAITING = [BOB, unheard(ADA, 0.0), unheard(BOB, 0.0), unheard(NAMED, LONG_AGO), Contact(phone="+12055550100")]
"""In flight; waiting for the server, for its turn, for the quota; and one that was never sent."""
ONE_AT_A_TIME: dict[str, Any] = {"concurrency": 1, "look_ahead": 10, "may_repeat": lambda *_: True}


@pytest.mark.parametrize("end", [_stop, _cancel, _close, _leave, _break])
def test_a_run_that_ends_before_it_was_sent_tells_it_in_doubt(end: Callable[..., Awaitable[None]]) -> None:
    """Whatever it waits for, and however the run ends; what was never sent is cancelled."""

    async def use(client: GrowthHubClient) -> list[Outcome]:
        stream = client.upsert_many(WAITING)
        outcomes = []
        with suppress(ZeroDivisionError):
            async with stream:
                await asyncio.sleep(0.5)
                await end(stream, client)
        with suppress(ClientClosedError):
            async for outcome in stream:
                outcomes.append(outcome)
        return sorted(outcomes, key=lambda outcome: outcome.position)

    network = FakeNetwork(delays=[1.0])
    outcomes = run(network, use, **ONE_AT_A_TIME)
    assert reasons(*outcomes[1:]) == ["in_doubt", "in_doubt", "in_doubt", "cancelled"]
    assert [outcome.attempts for outcome in outcomes[1:]] == [0, 0, 0, 0]
    assert len(network.attempts) == 1


def test_a_deadline_tells_it_in_doubt() -> None:
    """Whatever it waits for then; what was never sent is exhausted."""
    outcomes, left = stream(WAITING, FakeNetwork(delays=[10.0]), record_deadline=2.0, **ONE_AT_A_TIME)
    assert reasons(*outcomes[1:]) == ["in_doubt", "in_doubt", "in_doubt", "exhausted"]
    assert left == [0.0]


def test_one_that_leaves_before_its_turn_holds_up_those_behind_it_all_the_same() -> None:
    """It is cancelled while it waits for an earlier one: the next goes when the server cannot be at work on it."""

    async def use(client: GrowthHubClient) -> None:
        first = asyncio.create_task(client.upsert(ADA))
        await asyncio.sleep(0.1)
        second = asyncio.create_task(client.upsert(unheard(ADA, 0.0)))
        await asyncio.sleep(0.1)
        third = asyncio.create_task(client.upsert(ADA))
        second.cancel()
        await asyncio.wait([first, second, third])

    network = FakeNetwork(delays=[0.5])
    run(network, use)
    assert [attempt.left for attempt in network.attempts] == pytest.approx([0.0, 3.0], abs=0.01)


def test_a_day_that_is_spent_tells_it_in_doubt() -> None:
    """With "stop" it is not waited for; what was never sent is cancelled."""
    records = [BOB, Contact(email="eve@example.com"), unheard(ADA, 0.0)]
    outcomes, left = stream(records, requests_per_day=1, on_daily_quota="stop")
    assert (reasons(*outcomes), len(left)) == (["created", "cancelled", "in_doubt"], 1)


def test_a_token_that_is_refused_tells_it_in_doubt() -> None:
    """It is not sent any more, and may have been written; what was never sent is unauthorized."""
    people = [Contact(email=f"user{number}@example.com") for number in range(4)]
    network = FakeNetwork(lambda _: reply(401, {"message": "Invalid JWT"}))

    async def use(client: GrowthHubClient) -> list[Outcome]:
        return await told_by(client.upsert_many([*people, unheard(ADA, 0.0)]), TokenRefusedError)

    outcomes = run(network, use, concurrency=1, look_ahead=10)
    assert reasons(*outcomes) == ["unauthorized"] * 4 + ["in_doubt"]
    assert len(network.attempts) == 3


def test_what_a_stopped_source_still_gives_is_in_doubt() -> None:
    """What it gives in spite of that has been read: it may have been written, and is not sent."""

    async def stubborn() -> AsyncIterator[Record]:
        try:
            await asyncio.sleep(1_000.0)
        except asyncio.CancelledError:
            yield unheard(ADA, 0.0)

    async def use(client: GrowthHubClient) -> list[Outcome]:
        async with client.upsert_many(stubborn()) as stream:
            await asyncio.sleep(1.0)
            stream.drain()
            return [outcome async for outcome in stream]

    network = FakeNetwork()
    assert (reasons(*run(network, use)), network.attempts) == (["in_doubt"], [])


def test_it_is_tried_as_often_as_any_other() -> None:
    """The attempt of the earlier run is none of this one: `max_attempts` and `Outcome.attempts` are of one run."""
    network = FakeNetwork(lambda _: Failure("the connection broke", sent=True))
    [outcome], left = stream([unheard(ADA, LONG_AGO)], network, max_attempts=2)
    assert (outcome.attempts, len(left), reasons(outcome)) == (2, 2, ["in_doubt"])


def test_one_that_was_answered_is_as_any_other() -> None:
    """A success is a success, and the reason of an error is not that of the earlier run."""
    answers = iter([Failure("could not connect", sent=False)])
    network = FakeNetwork(lambda attempt: next(answers, None) or created(attempt))
    [outcome], _ = stream([unheard(ADA, LONG_AGO)], network)
    assert (reasons(outcome), outcome.error, outcome.attempts) == (["created"], None, 2)


def test_in_doubt_is_what_is_counted() -> None:
    """In the summary it is an error of its reason, and cost no request."""

    async def use(client: GrowthHubClient) -> Any:
        async with client.upsert_many([unheard(NAMED, LONG_AGO)]) as stream:
            _ = [outcome async for outcome in stream]
        return stream.summary

    summary = run(FakeNetwork(), use)
    assert (summary.read, summary.error, summary.requests) == (1, 1, 0)
    assert summary.errors_by_reason == {ErrorReason.IN_DOUBT: 1}


@pytest.mark.parametrize(
    "wrong", ["yesterday", True, b"1", float("nan"), float("inf"), -float("inf"), -1, 10**400, NOON * 1_000, [NOON]]
)
def test_what_is_no_time_is_a_problem_of_the_record(wrong: Any) -> None:
    """A text, a flag, what is not finite, milliseconds: the record is invalid, and costs no request."""
    [outcome], left = stream([Record(contact=ADA, unheard_since=wrong)])
    assert outcome.error is not None
    assert (outcome.error.reason, left) == (ErrorReason.INVALID, [])
    assert str(outcome.error.problems[0]) == "unheard_since: must be a Unix time in seconds, such as time.time() gives"


@pytest.mark.parametrize("right", [0, 0.0, int(NOON), NOON + LONG_AGO])
def test_any_time_is_right(right: float) -> None:
    """Also a whole number, and one that our clock has not come to."""
    assert reasons(*stream([Record(contact=ADA, unheard_since=right)])[0]) == ["created"]
