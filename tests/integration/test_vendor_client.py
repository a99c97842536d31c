"""The vendor's official Python client, pointed at the sandbox: two readings of one API, made apart."""

from collections.abc import AsyncIterator

import pytest
from highlevel import GHLError, HighLevel

from growthhub_async.sandbox import CustomField, Location, Sandbox, Scenario

pytestmark = pytest.mark.anyio

COLOUR = CustomField(id="6dvNaf7VhkQ9snc5vnjJ", name="Colour", field_key="contact.colour")


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    """Give a running sandbox whose location has one custom field."""
    async with Sandbox(Scenario(locations=(Location(custom_fields=(COLOUR,)),))) as sandbox:
        yield sandbox


@pytest.fixture
async def vendor(sandbox: Sandbox) -> AsyncIterator[HighLevel]:
    """Give the vendor's client with the sandbox in the place of the live API."""

    class Local(HighLevel):
        BASE_URL = sandbox.base_url

    client = Local(private_integration_token=sandbox.token, log_level="none")
    yield client
    await client.http_client.aclose()


async def test_it_upserts_and_reads_a_contact(sandbox: Sandbox, vendor: HighLevel) -> None:
    """What the vendor's client writes it reads back, and a second upsert updates."""
    body = {"locationId": sandbox.location_id, "email": "Ada@example.com", "firstName": "Ada", "tags": ["VIP"]}
    created = await vendor.contacts.upsert_contact(body)
    updated = await vendor.contacts.upsert_contact(body | {"lastName": "Lovelace"})
    read = await vendor.contacts.get_contact(created["contact"]["id"])
    assert (created["new"], updated["new"]) == (True, False)
    assert read["contact"] == updated["contact"]
    assert (read["contact"]["name"], read["contact"]["tags"]) == ("Ada Lovelace", ["vip"])


async def test_it_changes_tags_and_lists_custom_fields(sandbox: Sandbox, vendor: HighLevel) -> None:
    """The helper endpoints are where the vendor's client looks for them, and answer what it expects."""
    body = {"locationId": sandbox.location_id, "email": "ada@example.com", "tags": ["one"]}
    contact_id = (await vendor.contacts.upsert_contact(body))["contact"]["id"]
    added = await vendor.contacts.add_tags(contact_id, {"tags": ["Two"]})
    removed = await vendor.contacts.remove_tags(contact_id, {"tags": ["one"]})
    fields = await vendor.locations.get_custom_fields(sandbox.location_id)
    assert (added["tags"], removed["tags"]) == (["one", "two"], ["two"])
    assert [field["fieldKey"] for field in fields["customFields"]] == ["contact.colour"]


async def test_it_understands_a_refusal(sandbox: Sandbox, vendor: HighLevel) -> None:
    """The vendor's client sees the status of a refused body."""
    with pytest.raises(GHLError) as error:
        await vendor.contacts.upsert_contact({"locationId": sandbox.location_id, "email": "no email"})
    assert error.value.status_code == 422
