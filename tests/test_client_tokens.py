"""Tokens that die, and locations that are refused: what a client with a token source makes of them."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import pytest

from growthhub_async import Contact, ErrorReason, GrowthHubClient, Outcome, Record, Status, TokenRefusedError
from growthhub_async.breaker import ASK_AGAIN, REFUSALS
from growthhub_async.transport import Reply
from tests.network import Attempt, FakeNetwork, created, on, reply

EXPIRED = reply(401, {"statusCode": 401, "message": "Invalid JWT"})
NO_SCOPE = reply(401, {"statusCode": 401, "message": "The token is not authorized for this scope."})
NO_ACCESS = reply(403, {"statusCode": 403, "message": "The token does not have access to this location."})


class Source:
    """Give tokens `t1`, `t2`, ..., a new one for each that was refused; `last` is the number of the last."""

    def __init__(self, last: int = 1_000) -> None:
        self.last = last
        self.asked = 0
        self.number = 1

    async def __call__(self, location_id: str, refused: str | None) -> str:
        self.asked += 1
        await asyncio.sleep(0.2)
        if refused is not None:
            self.number = min(self.number + 1, self.last)
        return f"t{self.number}"


def people(number: int) -> list[Contact]:
    return [Contact(email=f"user{index}@example.com") for index in range(number)]


def upsert_all(contacts: Any) -> Any:
    async def use(client: GrowthHubClient) -> list[Outcome]:
        async with client.upsert_many(contacts) as stream:
            return [outcome async for outcome in stream]

    return use


def reasons(outcomes: list[Outcome]) -> Counter[ErrorReason | None]:
    return Counter(outcome.error and outcome.error.reason for outcome in outcomes)


def token_of(attempt: Attempt) -> str:
    return attempt.request.token.reveal()


def test_a_token_that_expires_is_renewed_once_and_every_record_goes_again() -> None:
    """With fifty in flight when it dies, the source is asked once, and not one record is lost or blamed for it."""
    source = Source()

    def answer(attempt: Attempt) -> Reply:
        return EXPIRED if token_of(attempt) == "t1" and attempt.left > 10 else created(attempt)

    network = FakeNetwork(answer, delays=[0.5, 0.9])
    outcomes = on(network, upsert_all(people(200)), token=source, concurrency=50, max_attempts=1)
    assert reasons(outcomes) == {None: 200}
    assert source.asked == 2
    assert max(outcome.attempts for outcome in outcomes) == 2


def test_a_token_that_expires_while_records_wait_for_quota_costs_each_of_them_nothing() -> None:
    """Those who wait in line go with the new token."""

    def answer(attempt: Attempt) -> Reply:
        return EXPIRED if token_of(attempt) == "t1" and attempt.left > 10 else created(attempt)

    network = FakeNetwork(answer)
    on(network, upsert_all(people(60)), token=Source(), requests_per_interval=10)
    assert sum(attempt.answer is EXPIRED for attempt in network.attempts) <= 10


@pytest.mark.parametrize("refusal", [EXPIRED, NO_SCOPE, NO_ACCESS])
def test_a_location_that_is_refused_ends_quickly_and_the_others_go_on(refusal: Reply) -> None:
    """A few requests tell; the rest of its records are unauthorized and not sent, and may be sent again once a person
    has mended it.
    """

    def answer(attempt: Attempt) -> Reply:
        return refusal if attempt.contact["locationId"] == "loc2" else created(attempt)

    records = [
        Record(contact=contact, location_id=location) for contact in people(150) for location in ("loc1", "loc2")
    ]
    network = FakeNetwork(answer)
    outcomes = on(network, upsert_all(records), token=Source(last=1), concurrency=10)
    assert reasons([outcome for outcome in outcomes if outcome.location_id == "loc1"]) == {None: 150}
    refused = [outcome for outcome in outcomes if outcome.location_id == "loc2"]
    assert reasons(refused) == {ErrorReason.UNAUTHORIZED: 150}
    assert all(outcome.error and outcome.error.retryable for outcome in refused)
    sent = sum(attempt.contact["locationId"] == "loc2" for attempt in network.attempts)
    assert REFUSALS <= sent <= 2 * 10  # those in flight, and those that went while a new token was asked for
    assert sum(outcome.attempts for outcome in refused) == sent


def test_a_fixed_token_that_one_location_refuses_serves_the_others() -> None:
    """The run goes on for them, and ends as one of which all is told."""

    def answer(attempt: Attempt) -> Reply:
        return EXPIRED if attempt.contact["locationId"] == "loc1" else created(attempt)

    sources = {location: people(300) for location in ("loc1", "loc2")}
    network = FakeNetwork(answer)
    outcomes = on(network, upsert_all(sources), concurrency=10, requests_per_interval=1_000)
    assert reasons([outcome for outcome in outcomes if outcome.location_id == "loc1"]) == {
        ErrorReason.UNAUTHORIZED: 300
    }
    assert reasons([outcome for outcome in outcomes if outcome.location_id == "loc2"]) == {None: 300}
    assert sum(attempt.contact["locationId"] == "loc1" for attempt in network.attempts) <= 2 * 10


def test_those_who_wait_for_the_quota_of_a_refused_location_are_told_at_once() -> None:
    """They do not wait for a place only to hear that there is none."""

    async def use(client: GrowthHubClient) -> float:
        await upsert_all(people(500))(client)
        return asyncio.get_running_loop().time()

    network = FakeNetwork(lambda _: NO_ACCESS)
    assert on(network, use, token=Source(last=1), requests_per_interval=5) < 10
    assert len(network.attempts) == 5


def test_a_location_that_was_mended_is_found_so() -> None:
    """One request in a while asks, and when it is taken all go again."""

    def answer(attempt: Attempt) -> Reply:
        return NO_SCOPE if attempt.left < 10 else created(attempt)

    async def use(client: GrowthHubClient) -> list[Outcome]:
        refused = await upsert_all(people(10))(client)
        await asyncio.sleep(ASK_AGAIN + 1)
        return [*refused, await client.upsert(people(1)[0]), *await upsert_all(people(10))(client)]

    outcomes = on(FakeNetwork(answer), use, token=Source(last=1), concurrency=1)
    assert [outcome.status for outcome in outcomes[10:]] == [Status.CREATED] * 11


def test_a_source_of_wrong_tokens_is_not_asked_for_ever() -> None:
    """A record sees three of them refused, and is unauthorized with the next."""
    source = Source()
    network = FakeNetwork(lambda _: EXPIRED)
    [outcome] = on(network, upsert_all(people(1)), token=source)
    assert outcome.error.reason is ErrorReason.UNAUTHORIZED
    assert (len(network.attempts), source.asked) == (4, 4)


def test_a_source_that_fails_is_tried_again_and_then_tells_why() -> None:
    """It is no record's fault, and nothing was sent: the record is exhausted, with the words of ours."""

    async def source(_: str, __: str | None) -> str:
        raise OSError("secret")

    network = FakeNetwork()
    [outcome] = on(network, upsert_all(people(1)), token=source)
    assert (outcome.error.reason, outcome.error.retryable) == (ErrorReason.EXHAUSTED, True)
    assert outcome.error.message == "the token source failed (OSError) (after 5 attempts)"
    assert not network.attempts


def test_a_single_upsert_with_a_token_that_has_no_other_raises() -> None:
    """As with a fixed token: nothing can be sent until a person acts."""
    with pytest.raises(TokenRefusedError, match="401 Invalid JWT"):
        on(FakeNetwork(lambda _: EXPIRED), lambda client: client.upsert(people(1)[0]), token=Source(last=1))


def test_a_token_is_in_no_outcome_even_when_a_server_echoes_it() -> None:
    """Whichever token was sent is taken out of what the server says."""

    def answer(attempt: Attempt) -> Reply:
        return reply(422, {"message": f"bad header: Bearer {token_of(attempt)}"})

    [outcome] = on(FakeNetwork(answer), upsert_all(people(1)), token=Source())
    assert outcome.error.message == "422 bad header: Bearer ***"
