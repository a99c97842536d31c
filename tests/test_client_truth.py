"""What an outcome says when replies were lost: created or updated, written or not, taken whole or not."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from email.utils import formatdate
from typing import Any

import pytest

from growthhub_async import Contact, ErrorReason, GrowthHubClient, Outcome, Status
from growthhub_async.server_clock import ServerClock
from growthhub_async.transport import Failure, Reply
from growthhub_async.upserts import was_added_since
from tests.network import Attempt, FakeNetwork, created, on, reply

ADA = Contact(email="ada@example.com", first_name="Ada")
NOON = 1_764_072_000.0
AHEAD = NOON + 3_600.4
"""Seconds that the server's clock is ahead of the loop's, and not a whole number of them."""
LOST = Failure("the connection broke", sent=True)
UNSENT = Failure("could not connect", sent=False)


def iso(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Server:
    """Write contacts, date them by its own clock, and lose the replies to the requests of these numbers."""

    def __init__(self, *lost: int, dates: bool = True) -> None:
        self.lost = lost
        self.dates = dates
        self.requests = 0
        self.added: dict[str, float] = {}

    def __call__(self, attempt: Attempt) -> Reply | Failure:
        self.requests += 1
        now = asyncio.get_running_loop().time() + AHEAD
        email = attempt.contact["email"]
        new = email not in self.added
        self.added.setdefault(email, now)
        if self.requests in self.lost:
            return LOST
        contact = {"id": f"id-{email}", "email": email, "firstName": "Ada", "dateAdded": iso(self.added[email])}
        dated = {"Date": formatdate(now, usegmt=True)} if self.dates else {}
        return reply(200, {"new": new, "contact": contact}, **dated)


def statuses(*outcomes: Outcome) -> list[tuple[str, bool]]:
    return [(str(outcome.status), outcome.inferred) for outcome in outcomes]


async def upsert(client: GrowthHubClient) -> Outcome:
    return await client.upsert(ADA)


def test_a_contact_whose_creation_was_not_heard_of_is_told_as_created() -> None:
    """The reply to the first attempt was lost, and the server says to the second that it updated: it was ours."""
    outcome = on(FakeNetwork(Server(1)), upsert)
    assert (statuses(outcome), outcome.attempts) == ([("created", True)], 2)


def test_a_contact_that_was_there_before_is_told_as_updated() -> None:
    """Also when the reply to the first attempt was lost: it was added long before that left."""
    server = Server(1)
    server.added["ada@example.com"] = AHEAD - 10.0
    assert statuses(on(FakeNetwork(server), upsert)) == [("updated", True)]


def test_the_word_of_the_server_needs_no_inference() -> None:
    """Nothing was lost, or only what surely was not written: `new` is believed."""
    server = Server()
    answers = iter([UNSENT, None, reply(429, b""), None])
    network = FakeNetwork(lambda attempt: next(answers) or server(attempt))

    async def twice(client: GrowthHubClient) -> list[Outcome]:
        return [await client.upsert(ADA), await client.upsert(ADA)]

    assert statuses(*on(network, twice)) == [("created", False), ("updated", False)]


def test_one_record_does_not_claim_what_the_one_before_it_created() -> None:
    """Right after each other, of one email, the second with its reply lost: the clocks cannot tell them apart."""

    async def twice(client: GrowthHubClient) -> list[Outcome]:
        return [await client.upsert(ADA), await client.upsert(ADA)]

    assert statuses(*on(FakeNetwork(Server(2), delays=[0.01]), twice)) == [("created", False), ("updated", True)]


def test_a_contact_that_was_added_in_the_millisecond_of_the_attempt_may_be_its_own() -> None:
    """The server cuts its dates to milliseconds: nobody can tell then, and one that is older is not."""
    clock = ServerClock()
    clock.heard(formatdate(NOON, usegmt=True), 0.0, 0.0)
    assert was_added_since(0.1006, iso(NOON + 0.100), clock) is None
    assert was_added_since(0.1006, iso(NOON + 0.099), clock) is False


@pytest.mark.parametrize("missing", ["Date", "dateAdded"])
def test_without_dates_the_server_is_believed_and_the_outcome_says_that_it_is_not_sure(missing: str) -> None:
    """Neither a garbled `dateAdded` nor a reply without `Date` makes a created contact of an updated one."""

    def answer(attempt: Attempt) -> Reply | Failure:
        answered = server(attempt)
        if missing == "dateAdded" and isinstance(answered, Reply):
            contact = {"id": "x", "email": "ada@example.com", "firstName": "Ada", "dateAdded": "today"}
            return reply(200, {"new": False, "contact": contact}, **dict(answered.headers))
        return answered

    server = Server(1, dates=missing != "Date")
    assert statuses(on(FakeNetwork(answer), upsert)) == [("updated", True)]


def test_the_server_is_believed_when_the_first_attempt_was_lost_on_its_way_there() -> None:
    """It says that the second created it: nothing is to be inferred."""
    answers = iter([LOST])
    assert statuses(on(FakeNetwork(lambda attempt: next(answers, None) or created(attempt)), upsert)) == [
        ("created", False)
    ]


@pytest.mark.parametrize(
    ("contact", "decision", "attempts", "reason"),
    [
        (ADA, None, 2, None),
        (ADA, False, 1, ErrorReason.IN_DOUBT),
        (Contact(first_name="Ada"), None, 1, ErrorReason.IN_DOUBT),
        (Contact(first_name="Ada"), True, 2, None),
    ],
)
def test_a_policy_decides_what_is_sent_again(
    contact: Contact, decision: bool | None, attempts: int, reason: Any
) -> None:
    """It is asked after an attempt of unknown fate, with the contact and what happened; None leaves it to the rule."""
    asked = []

    def policy(given: Contact, why: str) -> bool | None:
        asked.append((given.first_name, why))
        return decision

    answers = iter([UNSENT, LOST])
    network = FakeNetwork(lambda attempt: next(answers, None) or created(attempt))
    outcome = on(network, lambda client: client.upsert(contact), may_repeat=policy)
    assert asked == [("Ada", "the connection broke")]
    assert (outcome.attempts, outcome.error and outcome.error.reason) == (attempts + 1, reason)


def kept(**contact: Any) -> Any:
    return lambda _: reply(200, {"new": False, "contact": {"id": "x"} | contact})


def test_what_the_server_did_not_take_is_told_and_counted() -> None:
    """The phone of another contact is dropped under a 200: the outcome is a success that says so."""
    contact = Contact(email="ada@example.com", phone="+12055550100")
    network = FakeNetwork(kept(email="ada@example.com", phone="+12055550199"))

    async def use(client: GrowthHubClient) -> tuple[Outcome, Any]:
        async with client.upsert_many([contact]) as stream:
            [outcome] = [outcome async for outcome in stream]
        return outcome, stream.summary

    outcome, summary = on(network, use)
    [dropped] = outcome.dropped
    assert (outcome.status, outcome.error) == (Status.UPDATED, None)
    assert (dropped.field, dropped.sent, dropped.kept) == ("phone", "+12055550100", "+12055550199")
    assert (summary.updated, summary.dropped, summary.dropped_by_field) == (1, 1, {"phone": 1})
    assert "205555" not in repr(outcome) + repr(dropped) + repr(summary)


def test_what_cannot_be_read_is_not_held_to_be_dropped() -> None:
    """A server that tells a birthday in another type than the contract's has taken it, as far as anybody knows."""
    contact = Contact(email="ada@example.com", first_name="Ada", date_of_birth="1990-09-25")
    network = FakeNetwork(kept(email="ada@example.com", firstName="Bob", dateOfBirth=654220800000))
    outcome = on(network, lambda client: client.upsert(contact))
    assert [dropped.field for dropped in outcome.dropped] == ["first_name"]


def test_with_strict_it_is_an_error() -> None:
    """One that says that it was written all the same, with the id of the contact, and which fields were not taken."""
    network = FakeNetwork(kept(email="ada@example.com"))
    outcome = on(network, upsert, strict=True)
    assert (outcome.status, outcome.error.reason, outcome.contact_id) == (Status.ERROR, ErrorReason.DRIFT, "x")
    assert outcome.error.message == "written, but the server did not take: first_name"
    assert not outcome.error.retryable
    assert on(FakeNetwork(kept(email="ada@example.com", firstName="Ada")), upsert, strict=True).error is None


async def close_while_in_flight(client: GrowthHubClient) -> tuple[list[Any], float]:
    loop = asyncio.get_running_loop()
    running = [asyncio.create_task(client.upsert(Contact(email=f"u{number}@example.com"))) for number in range(3)]
    await asyncio.sleep(1.0)
    began = loop.time()
    await client.aclose()
    took = loop.time() - began
    return await asyncio.gather(*running, return_exceptions=True), took


def test_a_client_that_is_closed_waits_for_what_is_in_flight() -> None:
    """For `close_timeout` seconds at most, and what waited is sent no more."""
    (first, second, third), took = on(FakeNetwork(ways=[0.0], delays=[4.0]), close_while_in_flight, concurrency=2)
    assert [first.status, second.status, type(third).__name__] == [Status.CREATED, Status.CREATED, "ClientClosedError"]
    assert took == pytest.approx(3.0, abs=0.1)


def test_a_client_that_is_closed_does_not_wait_for_ever() -> None:
    """What is in flight for longer than `close_timeout` is left to be cut off."""
    _, took = on(FakeNetwork(ways=[0.0], delays=[40.0]), close_while_in_flight)
    assert took == pytest.approx(5.0, abs=0.1)


def test_an_attempt_that_fails_while_the_client_is_closed_is_not_made_again() -> None:
    """The record is told as what it is by then: in doubt where it may have been written, else cancelled."""
    answers = iter([LOST, UNSENT])
    network = FakeNetwork(lambda _: next(answers), delays=[2.0], ways=[0.0])
    (first, second, _), _ = on(network, close_while_in_flight, concurrency=2)
    assert {first.error.reason, second.error.reason} == {ErrorReason.IN_DOUBT, ErrorReason.CANCELLED}
    assert len(network.attempts) == 2
