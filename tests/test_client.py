"""The client: what a program holds to speak to GrowthHub."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import msgspec
import pytest

from growthhub_async import (
    ClientClosedError,
    ConfigurationError,
    Contact,
    ErrorReason,
    GrowthHubClient,
    Outcome,
    Record,
    RejectedError,
    Status,
    TokenRefusedError,
    UnavailableError,
    UpsertStream,
)
from growthhub_async.transport import Reply
from tests import virtual
from tests.network import Attempt, FakeNetwork, client_on, created, on, reply

ADA = Contact(email="ada@example.com")
INVALID_TOKEN = reply(401, {"statusCode": 401, "message": "Invalid JWT", "error": "Unauthorized"})
WRONG_LOCATION = reply(401, {"statusCode": 401, "message": "This location is not accessible from this token!"})


def people(count: int) -> list[Contact]:
    return [Contact(email=f"user{number}@example.com") for number in range(count)]


async def all_of(stream: UpsertStream) -> list[Outcome]:
    async with stream:
        return [outcome async for outcome in stream]


def test_a_request_is_as_the_contract_says() -> None:
    """Path and body of an upsert are the contract's ("Request"), and the token is the client's."""
    network = FakeNetwork()
    on(network, lambda client: client.upsert(Contact(email="ada@example.com", first_name="Ada")))
    request = network.attempts[0].request
    assert (request.method, request.path) == ("POST", "/contacts/upsert")
    assert request.token.reveal() == "pit-secret"
    body = {"firstName": "Ada", "email": "ada@example.com", "locationId": "loc1"}
    assert msgspec.json.decode(request.body or b"") == body


def test_a_wrong_record_costs_no_request() -> None:
    """Every problem of it is told at once."""
    network = FakeNetwork()
    outcome = on(network, lambda client: client.upsert(Contact(email="ada", country="Atlantis")))
    assert outcome.error.reason is ErrorReason.INVALID
    assert [problem.field for problem in outcome.error.problems] == ["email", "country"]
    assert outcome.error.message.startswith("email: is not an email address; write it like ")
    assert not network.attempts


def test_records_of_several_locations_go_in_one_stream() -> None:
    """A record's own location comes before the client's, and each location has a quota of its own."""
    records = [Record(contact=contact, location_id=location) for location in ("loc2", None) for contact in people(3)]
    network = FakeNetwork(delays=[0.0])
    outcomes = on(network, lambda client: all_of(client.upsert_many(records)), requests_per_interval=3)
    assert sorted(outcome.location_id for outcome in outcomes) == ["loc1"] * 3 + ["loc2"] * 3
    assert all(attempt.left < 0.1 for attempt in network.attempts)


def test_a_ref_and_a_position_tell_which_record_it_was() -> None:
    """Outcomes come as they settle; the caller's ref and the place in the source come with them."""
    network = FakeNetwork(delays=[3.0, 0.1, 0.1, 0.1])
    records = [Record(contact=contact, ref=f"row {number}") for number, contact in enumerate(people(2))]
    outcomes = on(network, lambda client: all_of(client.upsert_many(records)))
    assert [(outcome.position, outcome.ref) for outcome in outcomes] == [(1, "row 1"), (0, "row 0")]


def test_anything_in_a_source_is_an_outcome() -> None:
    """What is neither Contact nor Record is an invalid record, and the run goes on."""
    outcomes = on(FakeNetwork(), lambda client: all_of(client.upsert_many([{"email": "ada@example.com"}, None, ADA])))
    assert [outcome.status for outcome in outcomes] == [Status.ERROR, Status.ERROR, Status.CREATED]
    assert "must be a Contact or a Record, not dict" in outcomes[0].error.message


def test_an_async_source_is_taken_like_any_other() -> None:
    """An async generator of contacts streams as an iterable does."""

    async def source() -> AsyncIterator[Contact]:
        for contact in people(3):
            await asyncio.sleep(1)
            yield contact

    assert len(on(FakeNetwork(), lambda client: all_of(client.upsert_many(source())))) == 3


def test_a_refused_token_is_an_exception() -> None:
    """An upsert with a token that the server refuses raises, for nothing can be sent until a person acts."""
    with pytest.raises(TokenRefusedError, match="401 Invalid JWT"):
        on(FakeNetwork(lambda _: INVALID_TOKEN), lambda client: client.upsert(ADA))


def test_a_refused_token_ends_a_stream_after_its_outcomes() -> None:
    """All that was read is told as unauthorized; then the stream raises, and no more was read."""
    read = 0

    def source() -> Any:
        nonlocal read
        for contact in people(1000):
            read += 1
            yield contact

    async def use(client: GrowthHubClient) -> list[Outcome]:
        outcomes: list[Outcome] = []
        async with client.upsert_many(source()) as stream:
            try:
                async for outcome in stream:
                    outcomes.append(outcome)
            except TokenRefusedError:
                return outcomes
        raise AssertionError("the stream ended without an exception")

    network = FakeNetwork(lambda _: INVALID_TOKEN)
    outcomes = on(network, use, concurrency=3)
    assert sorted(outcome.position for outcome in outcomes) == list(range(read))
    assert read < 12
    assert len(network.attempts) < 6
    reasons = {outcome.error.reason for outcome in outcomes}
    assert reasons == {ErrorReason.UNAUTHORIZED}


def test_a_refused_location_is_its_records_trouble_alone() -> None:
    """A token that may not write to one location still serves the others."""

    def answer(attempt: Attempt) -> Reply:
        return WRONG_LOCATION if attempt.contact["locationId"] == "loc2" else created(attempt)

    records = [Record(contact=contact, location_id=loc) for contact in people(3) for loc in ("loc1", "loc2")]
    outcomes = on(FakeNetwork(answer), lambda client: all_of(client.upsert_many(records)))
    by_location = {(o.location_id, o.error and o.error.reason) for o in outcomes}
    assert by_location == {("loc1", None), ("loc2", ErrorReason.UNAUTHORIZED)}


def test_upserts_of_one_identity_wait_for_each_other_across_streams() -> None:
    """A service's upsert and a running import never have one email in flight together."""

    async def use(client: GrowthHubClient) -> None:
        async with client.upsert_many([ADA]) as stream:
            await asyncio.gather(client.upsert(ADA), client.upsert(ADA))
            assert [outcome.status async for outcome in stream] == [Status.CREATED]

    network = FakeNetwork()
    on(network, use)
    assert network.most_in_flight == 1


def test_an_upsert_that_is_cancelled_frees_those_behind_it() -> None:
    """A service that gives up on one upsert does not block the next one of the same email."""

    async def use(client: GrowthHubClient) -> Outcome:
        first, second = asyncio.ensure_future(client.upsert(ADA)), asyncio.ensure_future(client.upsert(ADA))
        last = asyncio.ensure_future(client.upsert(ADA))
        await asyncio.sleep(0.05)
        second.cancel()
        await asyncio.sleep(0.01)
        first.cancel()
        return await last

    assert on(FakeNetwork(), use).status is Status.CREATED


def test_live_traffic_passes_a_running_import() -> None:
    """An upsert of a higher priority waits for the next place of the quota, and for nobody of the import."""

    async def use(client: GrowthHubClient) -> float:
        async with client.upsert_many(people(20)) as stream:
            await asyncio.sleep(1)
            urgent = await client.upsert(ADA, priority=1)
            stream.cancel()
        return urgent.duration

    assert on(FakeNetwork(), use, requests_per_interval=2) < 10


def test_no_more_requests_of_a_client_are_in_flight_than_its_concurrency() -> None:
    """Upserts awaited from many tasks share the bound."""
    network = FakeNetwork()
    on(network, lambda client: asyncio.gather(*map(client.upsert, people(20))), concurrency=4)
    assert network.most_in_flight == 4


def test_a_contact_is_read_by_its_id() -> None:
    """What is stored under it comes back."""
    network = FakeNetwork(lambda _: reply(200, {"contact": {"id": "x", "firstName": "Ada"}}))
    contact = on(network, lambda client: client.get_contact("x"))
    assert contact.first_name == "Ada"
    assert (network.attempts[0].request.method, network.attempts[0].request.path) == ("GET", "/contacts/x")


@pytest.mark.parametrize("contact_id", ["", "..", "x/../y", "x?y", "x\r\ny", "\ud800", None, 5])
def test_an_id_that_is_none_reaches_no_endpoint(contact_id: Any) -> None:
    """What could be another path is refused before it is one."""
    network = FakeNetwork()
    with pytest.raises(ConfigurationError, match="contact_id: must be the id of a contact"):
        on(network, lambda client: client.get_contact(contact_id))
    assert not network.attempts


def test_a_call_uses_the_quota_of_the_location_that_is_named() -> None:
    """Reading a contact of another location costs that location's quota, not the client's own."""

    async def use(client: GrowthHubClient) -> float:
        await asyncio.gather(*(client.get_contact("x", location_id=location) for location in ("loc1", "loc2")))
        await client.get_contact("x", location_id="loc1")
        return asyncio.get_running_loop().time()

    network = FakeNetwork(lambda _: reply(200, {"contact": {"id": "x"}}), delays=[0.0])
    assert on(network, use, requests_per_interval=1) > 10
    assert network.attempts[1].left == 0.0


@pytest.mark.parametrize(("change", "method", "status"), [("add_tags", "POST", 201), ("remove_tags", "DELETE", 200)])
def test_tags_are_changed_by_their_own_endpoint(change: str, method: str, status: int) -> None:
    """Adding and removing answer with all the tags the contact then has."""
    network = FakeNetwork(lambda _: reply(status, {"tags": ["vip", "new"]}))
    tags = on(network, lambda client: getattr(client, change)("x", ["New"]))
    request = network.attempts[0].request
    assert tags == ["vip", "new"]
    assert (request.method, request.path, request.body) == (method, "/contacts/x/tags", b'{"tags":["New"]}')


def test_the_custom_fields_of_a_location_are_listed() -> None:
    """The client's own location by default, or another."""
    field = {"id": "f1", "name": "Shoe size", "fieldKey": "contact.shoe_size", "dataType": "NUMERICAL"}
    network = FakeNetwork(lambda _: reply(200, {"customFields": [field]}))
    fields = on(network, lambda client: client.custom_fields())
    assert (fields[0].id, fields[0].field_key) == ("f1", "contact.shoe_size")
    on(network, lambda client: client.custom_fields("loc9"))
    paths = [attempt.request.path for attempt in network.attempts]
    assert paths == ["/locations/loc1/customFields", "/locations/loc9/customFields"]


@pytest.mark.parametrize(
    ("answer", "error", "attempts"),
    [
        (reply(400, {"message": "Contact not found for id:x", "traceId": "t"}), RejectedError, 1),
        (reply(403, {"message": "no", "traceId": "t"}), RejectedError, 1),
        (reply(503, {"message": "no", "traceId": "t"}), UnavailableError, 5),
        (INVALID_TOKEN, TokenRefusedError, 1),
    ],
)
def test_a_helper_call_that_fails_raises(answer: Reply, error: type[Exception], attempts: int) -> None:
    """What is not about a record has no outcome: it is retried like one, and then raises."""
    network = FakeNetwork(lambda _: answer)
    with pytest.raises(error) as raised:
        on(network, lambda client: client.get_contact("x"))
    assert len(network.attempts) == attempts
    assert raised.value.http_status == answer.status
    assert getattr(raised.value, "trace_id", "t") == "t"


@pytest.mark.parametrize("tags", [[], [""], "vip", ["vip", 5], 5])
def test_tags_that_are_none_are_refused_at_once(tags: Any) -> None:
    """A string in place of a list is the mistake everybody makes once."""
    with pytest.raises(ConfigurationError, match="tags: must be"):
        on(FakeNetwork(), lambda client: client.add_tags("x", tags))


async def _use_closed(use: Callable[[GrowthHubClient], Any]) -> None:
    client = client_on(FakeNetwork())
    async with client:
        pass
    result = use(client)
    if asyncio.iscoroutine(result):
        await result


@pytest.mark.parametrize(
    "use",
    [
        lambda client: client.upsert(ADA),
        lambda client: client.upsert_many([ADA]),
        lambda client: client.get_contact("x"),
    ],
)
def test_a_client_is_used_inside_its_block(use: Callable[[GrowthHubClient], Any]) -> None:
    """Outside it every call says how it is used."""
    with pytest.raises(ClientClosedError, match="async with GrowthHubClient"):
        virtual.run(lambda: _use_closed(use))


def test_a_stream_is_read_inside_its_block() -> None:
    """A stream that is iterated without `async with` says how it is used, rather than wait for ever."""

    async def use(client: GrowthHubClient) -> None:
        async for _ in client.upsert_many([ADA]):
            pass

    with pytest.raises(ClientClosedError, match=r"async with client\.upsert_many"):
        on(FakeNetwork(), use)


def test_the_transport_is_opened_and_closed_with_the_client() -> None:
    """No connection outlives the block."""
    network = FakeNetwork()

    async def use(_: GrowthHubClient) -> bool:
        return network.is_open

    assert on(network, use)
    assert not network.is_open


def test_no_token_is_in_a_repr() -> None:
    """A client shows where it speaks to and no more."""
    shown = repr(client_on(FakeNetwork()))
    assert "https://growthhub.test" in shown
    assert "pit-secret" not in shown
