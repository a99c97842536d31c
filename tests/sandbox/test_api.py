import asyncio
from collections.abc import Callable
from typing import Any

import async_solipsism
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from growthhub_async.sandbox import Behaviour, CustomField, Location, Scenario
from growthhub_async.sandbox.api import Api, Call
from growthhub_async.sandbox.auth import Tokens
from growthhub_async.sandbox.replies import Reply
from growthhub_async.sandbox.store import MemoryStore

pytestmark = pytest.mark.anyio

FIELD = CustomField(
    id="f1", name="Colour", field_key="contact.colour", data_type="SINGLE_OPTIONS", picklist_options=("red", "blue")
)
SCENARIO = Scenario(locations=(Location(custom_fields=(FIELD,)), Location(id="elsewhere")))


def call_with(token: str, body: dict[str, Any]) -> Call:
    """Return an upsert as the API sees it."""
    return Call(
        method="POST",
        path="/contacts/upsert",
        authorization=f"Bearer {token}",
        version="v3",
        content_type="application/json",
        body=msgspec.json.encode(body),
    )


async def test_an_upsert_creates_then_updates(calling: Callable[..., Any]) -> None:
    """The reply is `{new, contact, traceId}`, as in the contract, and the contact can be read by its id."""
    async with calling(SCENARIO) as caller:
        first = await caller.upsert(email="ada@example.com", firstName="Ada")
        second = await caller.upsert(email="ada@example.com", customFields=[{"id": "f1", "field_value": "red"}])
        contact_id = first.json["contact"]["id"]
        read = await caller.request("GET", f"/contacts/{contact_id}")
    assert (first.status, second.status, read.status) == (200, 200, 200)
    assert [list(answer.json) for answer in (first, second)] == [["new", "contact", "traceId"]] * 2
    assert [answer.json["new"] for answer in (first, second)] == [True, False]
    assert first.json["traceId"] != second.json["traceId"]
    assert len(contact_id) == 20
    assert contact_id.isalnum()
    assert read.json["contact"] == second.json["contact"]
    assert caller.sandbox.contacts() == [second.json["contact"]]


async def test_a_refused_body_is_a_422_with_a_list(calling: Callable[..., Any]) -> None:
    """The validator's answer has a list of messages, and nothing is written."""
    async with calling() as caller:
        answer = await caller.upsert(email="", shoeSize=42)
    assert answer.status == 422
    assert answer.json["message"] == ["property shoeSize should not exist", "email must be an email"]
    assert answer.json["error"] == "Unprocessable Entity"
    assert caller.sandbox.contacts() == []


async def test_a_contact_without_identity_is_a_422_with_a_string(calling: Callable[..., Any]) -> None:
    """Not every 422 has a list."""
    async with calling() as caller:
        answer = await caller.upsert(name="Ada Lovelace")
    message = "Contacts without email, phone, firstName and lastName are not allowed."
    assert (answer.status, answer.json["message"]) == (422, message)


@pytest.mark.parametrize(("method", "suffix"), [("GET", ""), ("POST", "/tags"), ("DELETE", "/tags")])
async def test_a_missing_contact_is_a_400(calling: Callable[..., Any], method: str, suffix: str) -> None:
    """A contact that is not there is answered with 400, never 404, and without `error`."""
    async with calling() as caller:
        answer = await caller.request(method, f"/contacts/missing{suffix}", body=b'{"tags": []}')
    assert answer.status == 400
    assert answer.json == {
        "statusCode": 400,
        "message": "Contact not found for id:missing",
        "traceId": answer.json["traceId"],
    }


async def test_a_contact_of_another_location_is_refused(calling: Callable[..., Any]) -> None:
    """A contact can be read and tagged by its own location's tokens only."""
    async with calling(SCENARIO) as caller:
        contact_id = (await caller.upsert(email="ada@example.com")).json["contact"]["id"]
        foreign = {"Authorization": f"Bearer {caller.sandbox.token_for('elsewhere')}"}
        assert (await caller.request("GET", f"/contacts/{contact_id}", headers=foreign)).status == 403
        assert (await caller.request("POST", f"/contacts/{contact_id}/tags", headers=foreign)).status == 403


async def test_tags_are_added_and_removed(calling: Callable[..., Any]) -> None:
    """Adding answers 201 with all tags, removing 200 with those left; what is not there is removed without a word."""
    async with calling() as caller:
        path = f"/contacts/{(await caller.upsert(email='a@example.com', tags=['one'])).json['contact']['id']}/tags"
        added = await caller.request("POST", path, body=b'{"tags": ["Two", "ONE"]}')
        removed = await caller.request("DELETE", path, body=b'{"tags": ["One", "three"]}')
        refused = await caller.request("POST", path, body=b'{"tags": ["x"], "locationId": "y"}')
    assert (added.status, added.json["tags"]) == (201, ["one", "two"])
    assert (removed.status, removed.json["tags"]) == (200, ["two"])
    assert (refused.status, refused.json["message"]) == (422, ["property locationId should not exist"])
    assert caller.sandbox.contacts()[0]["tags"] == ["two"]


async def test_custom_fields_are_listed(calling: Callable[..., Any]) -> None:
    """A location tells its custom fields by their wire names, to its own tokens only."""
    async with calling(SCENARIO) as caller:
        answer = await caller.request("GET", f"/locations/{caller.sandbox.location_id}/customFields")
        foreign = await caller.request("GET", "/locations/elsewhere/customFields")
    field = {"id": "f1", "name": "Colour", "fieldKey": "contact.colour", "dataType": "SINGLE_OPTIONS"}
    assert (answer.status, answer.json["customFields"]) == (200, [field | {"picklistOptions": ["red", "blue"]}])
    assert foreign.status == 403


async def test_locations_are_apart(calling: Callable[..., Any]) -> None:
    """The same email is one contact in each location."""
    async with calling(SCENARIO) as caller:
        token = caller.sandbox.token_for("elsewhere")
        answers = [
            await caller.upsert(email="ada@example.com"),
            await caller.upsert(email="ada@example.com", location_id="elsewhere", token=token),
        ]
        assert [answer.json["new"] for answer in answers] == [True, True]
        assert len(caller.sandbox.contacts()) == len(caller.sandbox.contacts("elsewhere")) == 1


@pytest.mark.parametrize(
    ("body", "status"), [(b"{", 400), (b"[]", 422), (b'"x"', 422), (b"", 422), (b'{"email": "\xff"}', 400)]
)
async def test_a_body_that_is_no_object_is_refused(calling: Callable[..., Any], body: bytes, status: int) -> None:
    """Broken JSON is a 400; JSON that is no object, or no body at all, is a 422."""
    async with calling() as caller:
        assert (await caller.request("POST", "/contacts/upsert", body=body)).status == status


async def test_a_body_of_another_content_type_is_not_read(calling: Callable[..., Any]) -> None:
    """Without `Content-Type: application/json` the body counts as empty."""
    async with calling() as caller:
        body = f'{{"locationId": "{caller.sandbox.location_id}", "email": "ada@example.com"}}'.encode()
        answer = await caller.request("POST", "/contacts/upsert", body=body, headers={"Content-Type": "text/plain"})
    assert (answer.status, answer.json["message"]) == (422, ["locationId must be a string"])


@pytest.mark.parametrize(("method", "path"), [("GET", "/nothing"), ("PUT", "/contacts/upsert"), ("POST", "/contacts")])
async def test_what_is_not_there_is_a_404(calling: Callable[..., Any], method: str, path: str) -> None:
    """An unknown method or path is a 404 in the API's shape."""
    async with calling() as caller:
        answer = await caller.request(method, path)
    assert (answer.status, answer.json["message"]) == (404, f"Cannot {method} {path}")


async def test_a_location_can_begin_with_contacts(calling: Callable[..., Any]) -> None:
    """Contacts of the scenario are there before the first request, derived fields included."""
    seeds = ({"email": "Ada@Example.com", "tags": ["VIP"]}, {"phone": "888 888 8888"})
    async with calling(Scenario(locations=(Location(contacts=seeds),))) as caller:
        assert [c.get("phone") or c["emailLowerCase"] for c in caller.sandbox.contacts()] == [
            "ada@example.com",
            "+18888888888",
        ]
        assert (await caller.upsert(email="ada@example.com")).json["new"] is False


@pytest.mark.parametrize(("delay", "created"), [(0.0, 1), (0.5, 2)])
def test_simultaneous_upserts_race_if_the_write_is_delayed(delay: float, created: int) -> None:
    """With time between look-up and write, two upserts of one new email at once both create; without, one does."""
    scenario = Scenario(locations=(Location(behaviour=Behaviour(write_delay=delay)),))
    store, tokens = MemoryStore(), Tokens(scenario)
    loop = async_solipsism.EventLoop()
    api = Api(scenario, store, tokens, clock=loop.time)
    location_id = scenario.locations[0].id
    call = call_with(tokens.of(location_id), {"locationId": location_id, "email": "ada@example.com"})

    async def both() -> None:
        await asyncio.gather(api.answer(call), api.answer(call))

    loop.run_until_complete(both())
    loop.close()
    assert store.count(location_id) == created


NAMES = st.sampled_from(["email", "phone", "tags", "firstName", "dateOfBirth", "customFields", "dnd", "city", "other"])
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-9, 9)
    | st.text(max_size=6)
    | st.sampled_from(["a@example.com", "1990-01-02"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "key", "field_value"]), inner | st.just("f1"), max_size=3)
    ),
    max_leaves=6,
)


@settings(deadline=None)
@given(st.lists(st.dictionaries(NAMES, VALUES), min_size=1, max_size=6))
def test_no_body_makes_the_sandbox_fail(bodies: list[dict[str, Any]]) -> None:
    """Whatever bodies come one after another, each is answered with 200 or 422, and only a 200 has an effect."""
    store, tokens = MemoryStore(), Tokens(SCENARIO)
    api = Api(SCENARIO, store, tokens, clock=lambda: 0.0)
    location_id = SCENARIO.locations[0].id

    async def answers() -> list[Reply]:
        calls = [call_with(tokens.of(location_id), {"locationId": location_id} | body) for body in bodies]
        return [await api.answer(call) for call in calls]

    for reply in asyncio.run(answers()):
        assert reply.status in (200, 422)
        assert (reply.effect is not None) == (reply.status == 200)
