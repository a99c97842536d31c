"""The whole client against the whole sandbox, over real sockets."""

from __future__ import annotations

from typing import Any

import pytest

from growthhub_async import (
    Contact,
    DndChannel,
    DndSettings,
    ErrorReason,
    GrowthHubClient,
    InboundDnd,
    InboundDndSettings,
    NumericField,
    Outcome,
    Record,
    RejectedError,
    Status,
    TextField,
    TokenRefusedError,
)
from growthhub_async.sandbox import (
    Behaviour,
    CommandTimedOut,
    CustomField,
    Disconnect,
    HtmlPage,
    HugeBody,
    Limits,
    Location,
    MalformedJson,
    Redirect,
    Sandbox,
    Scenario,
    SearchFailed,
    Token,
    TruncatedBody,
)
from growthhub_async.sandbox import Status as StatusFault

UNLIMITED = Limits(requests_per_interval=1_000_000, requests_per_day=1_000_000)
HERE = Location(
    limits=UNLIMITED,
    custom_fields=(
        CustomField(id="colour", name="Colour", field_key="contact.colour"),
        CustomField(id="size", name="Size", field_key="contact.size", data_type="NUMERICAL"),
    ),
)
ADA = Contact(email="ada@example.com", first_name="Ada")

pytestmark = pytest.mark.anyio


def client_of(sandbox: Sandbox, **settings: Any) -> GrowthHubClient:
    given = {"token": sandbox.token, "location_id": sandbox.location_id, "base_url": sandbox.base_url}
    return GrowthHubClient(**(given | {"requests_per_interval": 1_000_000} | settings))


async def upsert_all(sandbox: Sandbox, contacts: list[Contact] | list[Record], **settings: Any) -> list[Outcome]:
    async with client_of(sandbox, **settings) as client, client.upsert_many(contacts) as stream:
        outcomes = [outcome async for outcome in stream]
    summary = stream.summary
    assert summary.read == len(contacts) == summary.created + summary.updated + summary.error
    return sorted(outcomes, key=lambda outcome: outcome.position)


async def test_contacts_are_created_and_then_updated() -> None:
    """The outcomes say what the sandbox did, and its contacts are those that were sent."""
    contacts = [Contact(email=f"user{number}@example.com", first_name=f"User {number}") for number in range(500)]
    async with Sandbox(Scenario(locations=(HERE,))) as sandbox:
        created = await upsert_all(sandbox, contacts)
        updated = await upsert_all(sandbox, contacts)
        stored = {contact["id"]: contact["email"] for contact in sandbox.contacts()}
    assert {outcome.status for outcome in created} == {Status.CREATED}
    assert {outcome.status for outcome in updated} == {Status.UPDATED}
    assert [outcome.contact_id for outcome in created] == [outcome.contact_id for outcome in updated]
    assert [stored[outcome.contact_id or ""] for outcome in created] == [contact.email for contact in contacts]


async def test_every_field_arrives() -> None:
    """A contact with every field set is taken by a server that refuses any property it does not know."""
    contact = Contact(
        first_name="Ada",
        last_name="Lovelace",
        name="Ada Lovelace",
        email="Ada@Example.com",
        phone="(205) 555-0142",
        gender="female",
        address1="12 St James's Square",
        city="London",
        state="AL",
        postal_code="35061",
        website="https://example.com",
        timezone="america/chihuahua",
        source="import",
        dnd=True,
        dnd_settings=DndSettings(
            call=DndChannel(status="active"),
            email=DndChannel(status="inactive", message="no"),
            sms=DndChannel(status="permanent", code="1"),
            whatsapp=DndChannel(status="active"),
            gmb=DndChannel(status="active"),
            fb=DndChannel(status="active"),
        ),
        inbound_dnd_settings=InboundDndSettings(all=InboundDnd(status="inactive", message="no")),
        tags=["VIP"],
        custom_fields=[TextField("colour", "blue"), NumericField("size", 43)],
        date_of_birth="12.10.1815",
        country="United States",
        company_name="Analytical Engines",
        assigned_to="y0BeYjuRIlDwsDcOHOJo",
        create_new_if_duplicate_allowed=False,
    )
    async with Sandbox(Scenario(locations=(HERE,))) as sandbox, client_of(sandbox) as client:
        outcome = await client.upsert(contact)
        assert outcome.error is None, str(outcome.error)
        stored = await client.get_contact(outcome.contact_id or "")
    assert stored == outcome.contact
    assert (stored.phone, stored.country, stored.timezone) == ("+12055550142", "US", "America/Chihuahua")
    assert (stored.date_of_birth, stored.tags, stored.email_lower_case) == ("1815-12-10", ["vip"], "ada@example.com")
    assert [(field.id, field.value) for field in stored.custom_fields or []] == [("colour", "blue"), ("size", 43)]
    assert stored.dnd_settings is not None
    assert stored.dnd_settings.sms is not None
    assert stored.dnd_settings.sms.status == "permanent"


async def test_the_helper_calls_work() -> None:
    """Tags are added and removed without wiping the others, fields are listed, a missing contact is a refusal."""
    async with Sandbox(Scenario(locations=(HERE,))) as sandbox, client_of(sandbox) as client:
        contact_id = (await client.upsert(Contact(email="ada@example.com", tags=["one"]))).contact_id or ""
        assert await client.add_tags(contact_id, ["Two"]) == ["one", "two"]
        assert await client.remove_tags(contact_id, ["one"]) == ["two"]
        assert [field.field_key for field in await client.custom_fields()] == ["contact.colour", "contact.size"]
        with pytest.raises(RejectedError, match="400 Contact not found for id:nobody") as raised:
            await client.get_contact("nobody")
        assert raised.value.trace_id


async def test_a_refused_record_is_an_outcome() -> None:
    """What our checks let pass and the server refuses is told in the server's words, with its trace."""
    strict = Scenario(locations=(HERE,), faults=(StatusFault(status=422, message="no such thing", requests=(1,)),))
    async with Sandbox(strict) as sandbox:
        [outcome] = await upsert_all(sandbox, [ADA])
    assert outcome.error is not None
    assert (outcome.error.reason, outcome.error.message) == (ErrorReason.REJECTED, "422 no such thing")
    assert outcome.http_status == 422
    assert outcome.trace_id


@pytest.mark.parametrize(
    "fault",
    [
        StatusFault(status=503, every=2),
        StatusFault(status=500, every=2, moment="after"),
        StatusFault(status=429, every=2, headers={"Retry-After": "0"}),
        HtmlPage(code=522, every=2),
        CommandTimedOut(every=2),
        SearchFailed(every=2),
        Disconnect(every=2),
        Disconnect(every=2, moment="after"),
        TruncatedBody(every=2),
        MalformedJson(every=2),
        HugeBody(every=2, size=10_000_000),
    ],
    ids=lambda fault: f"{type(fault).__name__} {getattr(fault, 'status', '')} {getattr(fault, 'moment', '')}",
)
async def test_every_second_request_fails_and_no_record_is_lost(fault: Any) -> None:
    """Whatever goes wrong on the way, each record ends as accepted, and the sandbox keeps each contact once."""
    contacts = [Contact(email=f"user{number}@example.com") for number in range(2)]
    async with Sandbox(Scenario(locations=(HERE,), faults=(fault,))) as sandbox:
        outcomes = await upsert_all(sandbox, contacts, concurrency=1, interval=0.01)
        stored = sorted(contact["email"] for contact in sandbox.contacts())
    assert [outcome.error for outcome in outcomes] == [None] * 2
    assert stored == sorted(contact.email or "" for contact in contacts)


async def test_a_redirect_is_an_outcome_that_says_what_to_look_at() -> None:
    """The token is not taken elsewhere, and the message names `base_url`."""
    async with Sandbox(Scenario(locations=(HERE,), faults=(Redirect(every=1),))) as sandbox:
        [outcome] = await upsert_all(sandbox, [ADA])
    assert outcome.error is not None
    assert outcome.error.reason is ErrorReason.REJECTED
    assert "is base_url right?" in outcome.error.message


async def test_a_quota_that_others_share_is_survived() -> None:
    """Refused calls are waited out and sent again: nothing is lost, and nothing is doubled."""
    limits = Limits(requests_per_interval=20, interval=0.3, others_per_interval=15)
    contacts = [Contact(email=f"user{number}@example.com") for number in range(30)]
    async with Sandbox(Scenario(locations=(Location(limits=limits),))) as sandbox:
        outcomes = await upsert_all(sandbox, contacts, requests_per_interval=20, interval=0.3, max_attempts=50)
        assert len(sandbox.contacts()) == 30
    assert {outcome.status for outcome in outcomes} == {Status.CREATED}


async def test_a_wrong_token_raises() -> None:
    """A token the server does not know is the run's trouble, not a record's."""
    async with Sandbox(Scenario(locations=(HERE,))) as sandbox, client_of(sandbox, token="pit-wrong") as client:
        with pytest.raises(TokenRefusedError, match="Invalid Private Integration token"):
            await client.upsert(ADA)


async def test_a_wrong_version_raises() -> None:
    """A `Version` the server does not know is refused like a token."""
    async with Sandbox(Scenario(locations=(HERE,))) as sandbox, client_of(sandbox, api_version="1999-01-01") as client:
        with pytest.raises(TokenRefusedError):
            await client.upsert(ADA)


async def test_two_locations_in_one_stream_keep_apart() -> None:
    """Each record lands in its own location, under a token that opens both."""
    token = Token(value="an-access-token")
    places = (Location(id="here", tokens=(token,), limits=UNLIMITED), Location(id="there", limits=UNLIMITED))
    records = [Record(contact=ADA, location_id=place) for place in ("here", "there")]
    async with Sandbox(Scenario(locations=places)) as sandbox:
        outcomes = await upsert_all(sandbox, records, token="an-access-token")
        assert len(sandbox.contacts("here")) == 1
    assert outcomes[0].status is Status.CREATED
    assert outcomes[1].error is not None
    assert outcomes[1].error.reason is ErrorReason.UNAUTHORIZED


async def test_records_of_one_email_make_one_contact_in_a_server_that_races() -> None:
    """Where simultaneous upserts of a new email both create, ours are never simultaneous; the last one wins."""
    racing = Location(limits=UNLIMITED, behaviour=Behaviour(write_delay=0.01))
    contacts = [Contact(email="ada@example.com", city=f"City {number}") for number in range(10)]
    async with Sandbox(Scenario(locations=(racing,))) as sandbox:
        outcomes = await upsert_all(sandbox, contacts)
        [stored] = sandbox.contacts()
    assert [outcome.status for outcome in outcomes] == [Status.CREATED] + [Status.UPDATED] * 9
    assert stored["city"] == "City 9"
