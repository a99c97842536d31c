"""The way of one call: attempts, deadlines, pauses, and what is known of it when it is cut short."""

from __future__ import annotations

import asyncio
import itertools
import logging
import time
from collections.abc import Iterable
from email.utils import formatdate
from typing import Any

import pytest

from growthhub_async import Contact, ErrorReason, Outcome, Status
from growthhub_async.transport import Failure, Reply
from tests import virtual
from tests.network import Attempt, FakeNetwork, client_on, created, reply, upserted

ADA = Contact(email="ada@example.com")
NAMED = Contact(first_name="Ada")

LOST = Failure("the connection broke", sent=True)
UNSENT = Failure("could not connect", sent=False)
THROTTLED = reply(429, {"message": "Too many requests"})


def script(answers: Iterable[Reply | Failure | None], **network: Any) -> FakeNetwork:
    """Answer with each in turn, the last again and again; None is a success."""
    answers = list(answers)
    turns = itertools.chain(answers, itertools.repeat(answers[-1]))

    def answer(attempt: Attempt) -> Reply | Failure:
        return next(turns) or created(attempt)

    return FakeNetwork(answer, **network)


def upsert(network: FakeNetwork, contact: Contact = ADA, **settings: Any) -> Outcome:
    async def main() -> Outcome:
        async with client_on(network, **settings) as client:
            return await client.upsert(contact)

    return virtual.run(main)


def test_a_success_needs_one_attempt() -> None:
    """The outcome tells the contact's id, the trace and how long it took."""
    outcome = upsert(script([None], delays=[0.25]))
    assert outcome.status is Status.CREATED
    assert (outcome.contact_id, outcome.trace_id, outcome.http_status) == ("id-ada@example.com", "trace", 200)
    assert (outcome.attempts, outcome.error) == (1, None)
    assert outcome.duration == pytest.approx(0.5, abs=0.01)


def test_an_update_is_told_from_a_creation() -> None:
    """`new: false` is an update."""
    assert upsert(FakeNetwork(lambda attempt: upserted(attempt, new=False))).status is Status.UPDATED


@pytest.mark.parametrize("failure", [LOST, UNSENT, THROTTLED, reply(503, b""), reply(408, b""), reply(200, b"[]")])
def test_a_transient_failure_is_retried_until_it_passes(failure: Reply | Failure) -> None:
    """A connection fault, a 429, a 408, a 5xx and an unreadable 200 are all tried again."""
    outcome = upsert(script([failure, failure, None]), concurrency=1)  # each has to give its slot back
    assert (outcome.status, outcome.attempts) == (Status.CREATED, 3)


def test_attempts_are_bounded() -> None:
    """After `max_attempts` the record is exhausted when nothing was written, and can be retried later."""
    outcome = upsert(script([UNSENT]), max_attempts=4)
    assert outcome.error is not None
    assert (outcome.attempts, outcome.error.reason, outcome.error.retryable) == (4, ErrorReason.EXHAUSTED, True)


def test_an_attempt_that_never_left_costs_no_quota() -> None:
    """Connections that are refused use up nothing that the server counts: the next attempt waits for no window."""

    class Unreachable(FakeNetwork):
        async def send(self, *_: object) -> Failure:
            return UNSENT

    outcome = upsert(Unreachable(), requests_per_interval=1, interval=1_000.0, concurrency=1)
    assert outcome.attempts == 5
    assert outcome.duration < 10


def test_an_unknown_fate_outlives_a_known_one() -> None:
    """A lost reply followed by refused connections leaves the record in doubt."""
    outcome = upsert(script([LOST, UNSENT]), max_attempts=3)
    assert outcome.error is not None
    assert (outcome.attempts, outcome.error.reason) == (3, ErrorReason.IN_DOUBT)


def test_a_contact_that_cannot_be_matched_is_not_sent_twice() -> None:
    """A lost reply of a contact without email and phone is in doubt at once."""
    outcome = upsert(script([LOST]), NAMED)
    assert outcome.error is not None
    assert (outcome.attempts, outcome.error.reason, outcome.error.retryable) == (1, ErrorReason.IN_DOUBT, False)


def test_an_attempt_that_takes_too_long_is_cut_off() -> None:
    """`attempt_timeout` bounds each attempt, and a cut-off attempt may have been written."""
    network = script([None], delays=[40.0])
    outcome = upsert(network, max_attempts=2, attempt_timeout=5.0)
    assert outcome.error is not None
    assert (outcome.attempts, outcome.error.reason) == (2, ErrorReason.IN_DOUBT)
    assert all(attempt.replied == pytest.approx(attempt.left + 5.0, abs=0.01) for attempt in network.attempts)


def test_an_attempts_time_starts_when_it_is_sent() -> None:
    """Waiting for quota, for however long, takes nothing from `attempt_timeout`."""

    async def main() -> list[Outcome]:
        client = client_on(FakeNetwork(), requests_per_interval=1, interval=60.0, attempt_timeout=5.0)
        async with client:
            return await asyncio.gather(*(client.upsert(Contact(email=f"user{n}@example.com")) for n in range(3)))

    outcomes = virtual.run(main)
    assert [outcome.attempts for outcome in outcomes] == [1, 1, 1]
    assert outcomes[2].duration > 120


@pytest.mark.parametrize(
    ("network", "reason"),
    [
        (script([THROTTLED], delays=[0.0]), ErrorReason.EXHAUSTED),
        (script([UNSENT], delays=[0.0]), ErrorReason.EXHAUSTED),
        (script([LOST]), ErrorReason.IN_DOUBT),
        (script([None], delays=[100.0]), ErrorReason.IN_DOUBT),
    ],
)
def test_a_record_has_an_overall_deadline_if_asked_for(network: FakeNetwork, reason: ErrorReason) -> None:
    """Whatever it waits for, a record settles by its deadline; in doubt if an attempt is then on its way."""
    outcome = upsert(network, record_deadline=8.0, max_attempts=100)
    assert outcome.error is not None
    assert outcome.error.reason is reason
    assert outcome.duration <= 8.01


def test_a_deadline_covers_the_wait_for_an_earlier_record() -> None:
    """A record in line behind one with the same email settles by its deadline too, and was not sent."""

    async def main() -> list[Outcome]:
        client = client_on(FakeNetwork(delays=[20.0]), record_deadline=10.0)
        async with client:
            return await asyncio.gather(client.upsert(ADA), client.upsert(ADA))

    first, second = virtual.run(main)
    assert first.error is not None
    assert second.error is not None
    assert first.error.reason is ErrorReason.IN_DOUBT
    assert (second.error.reason, second.attempts) == (ErrorReason.EXHAUSTED, 0)


@pytest.mark.parametrize("header", ["7", "{date}"])
def test_retry_after_is_honoured(header: str) -> None:
    """In seconds or as a date, nobody of that location sends before it has passed."""
    network = script([reply(429, b"", retry_after=header.format(date=formatdate(time.time() + 8, usegmt=True))), None])
    outcome = upsert(network)
    assert outcome.attempts == 2
    first, second = network.attempts
    assert first.replied is not None
    assert 6.9 <= second.left - first.replied <= 8.6


def test_a_refused_location_pauses_for_all_its_records_and_no_other() -> None:
    """One 429 holds back every waiting record of its location, while another location goes on."""

    async def main() -> FakeNetwork:
        def answer(attempt: Attempt) -> Reply:
            if attempt.contact["locationId"] == "loc1" and len(network.attempts) == 1:
                return reply(429, b"", retry_after="30")
            return created(attempt)

        network = FakeNetwork(answer)
        async with client_on(network, concurrency=1) as client:
            refused = asyncio.create_task(client.upsert(ADA))
            await asyncio.sleep(1)
            other = Contact(email="bob@example.com", location_id="loc2")
            await asyncio.gather(refused, client.upsert(Contact(email="eve@example.com")), client.upsert(other))
        return network

    network = virtual.run(main)
    left = {attempt.contact["email"]: attempt.left for attempt in network.attempts}
    assert left["bob@example.com"] < 2
    assert left["eve@example.com"] > 30
    assert left["ada@example.com"] > 30


@pytest.mark.parametrize(
    ("moment", "answer", "reason", "attempts"),
    [
        ("in flight", None, ErrorReason.IN_DOUBT, 1),
        ("waiting after a lost reply", LOST, ErrorReason.IN_DOUBT, 1),
        ("waiting after a refused connection", UNSENT, ErrorReason.CANCELLED, 1),
    ],
)
def test_a_record_cut_short_says_whether_it_may_have_been_written(
    moment: str, answer: Reply | Failure | None, reason: ErrorReason, attempts: int
) -> None:
    """Cancelled in flight or after a lost reply it is in doubt; after what surely wrote nothing it is cancelled."""

    async def main() -> Outcome:
        network = script([answer], delays=[5.0 if moment == "in flight" else 0.0])
        async with client_on(network) as client, client.upsert_many([ADA]) as stream:
            await asyncio.sleep(0.001)
            stream.cancel()
            return await anext(stream)

    outcome = virtual.run(main)
    assert outcome.error is not None
    assert (outcome.error.reason, outcome.attempts) == (reason, attempts)


def test_a_block_left_early_lets_the_attempt_in_flight_end_and_makes_no_other() -> None:
    """What is on the wire when the block is left is told as it went; a failed attempt is not followed by another."""

    async def main(answer: Reply | Failure | None) -> tuple[Outcome, int]:
        network = script([answer], delays=[5.0])
        async with client_on(network) as client:
            async with client.upsert_many([ADA]) as stream:
                await asyncio.sleep(1)
            return await anext(stream), len(network.attempts)

    outcome, attempts = virtual.run(lambda: main(None))
    assert (outcome.status, attempts) == (Status.CREATED, 1)
    outcome, attempts = virtual.run(lambda: main(UNSENT))
    assert outcome.error is not None
    assert (outcome.error.reason, attempts) == (ErrorReason.CANCELLED, 1)


def test_no_token_and_no_contact_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """At the lowest level, through failures that echo them, neither shows up in a log line."""
    caplog.set_level(logging.DEBUG)
    echo = reply(500, {"message": "Bearer pit-secret was here"})
    outcome = upsert(script([echo, UNSENT, None]))
    assert outcome.status is Status.CREATED
    assert "attempt 1: status 500" in caplog.text
    assert "pit-secret" not in caplog.text
    assert "ada@" not in caplog.text
