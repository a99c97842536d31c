"""What the server answers: the contract's reply field by field, lenient about more and fewer, strict about the rest."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.pretty import pretty_repr

from growthhub_async import AttributionSource, CustomFieldDefinition, StoredContact, StoredCustomField
from growthhub_async.reply import ContactReply, CustomFieldsReply, Refusal, TagsReply, UpsertReply
from growthhub_async.transport import Reply

CHANNEL = {"status": "active", "message": "string", "code": "string"}
ATTRIBUTION = {
    "url": "Trigger Link",
    "campaign": "campaign",
    "utmSource": "source",
    "utmMedium": "medium",
    "utmContent": "content",
    "referrer": "https: //www.google.com",
    "campaignId": "campaign id",
    "fbclid": "fbclid",
    "gclid": "CjOKCQjwnNyUBhCZARISAI9AYIFtNnIcWcYGIOQINz_ZoFI5SSLRRugSoPZoiEu27IZBY£1-MAIWmEaAo2VEALW_WCB",
    "msclikid": "msclikid",
    "dclid": "dclid",
    "fbc": "fbc",
    "fbp": "fb. 1.1674748390986.1171287961",
    "fbEventId": "Mozilla/5.0",
    "userAgent": "Mozilla/5.0",
    "ip": "58.111.106.198",
    "medium": "survey",
    "mediumId": "FglfHAn30PRwsZVyQlKp",
}
PAGE_CONTACT: dict[str, Any] = {
    "id": "seD4PfOuKoVMLkEZqohJ",
    "name": "rubika deo",
    "locationId": "ve9EPM428h8vShlRW1KT",
    "firstName": "rubika",
    "lastName": "Deo",
    "email": "rubika@example.com",
    "emailLowerCase": "rubika@example.com",
    "timezone": "Asia/Calcutta",
    "companyName": "DGS VolMAX",
    "phone": "+18832327657",
    "dnd": True,
    "dndSettings": dict.fromkeys(["Call", "Email", "SMS", "WhatsApp", "GMB", "FB"], CHANNEL),
    "type": "read",
    "source": "public api",
    "assignedTo": "ve9EPM428h8vShlRW1KT",
    "address1": "3535 1st St N",
    "city": "ruDolomitebika",
    "state": "AL",
    "country": "US",
    "postalCode": "35061",
    "website": "https://www.tesla.com",
    "tags": ["nisi sint commodo amet", "consequat"],
    "dateOfBirth": "Date format YYYY-MM-DD",
    "dateAdded": "2021-07-02T05:18:26.704Z",
    "dateUpdated": "2021-07-02T05:18:26.704Z",
    "attachments": "string",
    "ssn": "string",
    "keyword": "test",
    "firstNameLowerCase": "rubika",
    "fullNameLowerCase": "rubika deo",
    "lastNameLowerCase": "deo",
    "lastActivity": "2021-07-16T11:39:30.564Z",
    "customFields": [{"id": "MgobCB14YMVKuE4Ka8p1", "value": "name"}],
    "businessId": "641c094001436dbc2081e642",
    "attributionSource": ATTRIBUTION,
    "lastAttributionSource": ATTRIBUTION | {"campaign": "last campaign"},
    "visitorId": "ve9EPM428h8vShlRW1KT",
}
PAGE_EXAMPLE: dict[str, Any] = {"new": True, "contact": PAGE_CONTACT, "traceId": "string"}

anything = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


def decode(body: object, kind: Any = UpsertReply) -> Any:
    return msgspec.json.decode(body if isinstance(body, bytes) else msgspec.json.encode(body), type=kind)


def assert_holds(value: Any, wire: Any) -> None:
    """Require that a struct holds every field of a JSON value, each under the snake_case of its wire name."""
    if isinstance(wire, list):
        assert len(value) == len(wire)
        for one, wire_one in zip(value, wire, strict=True):
            assert_holds(one, wire_one)
    elif isinstance(wire, dict):
        for name, wire_one in wire.items():
            snake = name.lower() if name in PAGE_CONTACT["dndSettings"] else re.sub("([A-Z])", r"_\1", name).lower()
            assert_holds(getattr(value, snake), wire_one)
    else:
        assert value == wire


def test_the_200_of_the_page_is_read_whole() -> None:
    """Every field of the page's reply is there in snake_case, those of both attribution sources included."""
    assert_holds(decode(PAGE_EXAMPLE), PAGE_EXAMPLE)


def test_both_spellings_of_msclickid_are_kept() -> None:
    """The page names the field `msclickid` and its example `msclikid`: each is kept as it came."""
    source = decode({"url": "u", "msclickid": "a", "msclikid": "b"}, AttributionSource)
    assert (source.msclickid, source.msclikid) == ("a", "b")


def test_what_is_missing_is_no_error() -> None:
    """A contact needs an id and no more; what did not come is None."""
    reply = decode({"new": False, "contact": {"id": "c1"}})
    assert (reply.new, reply.trace_id) == (False, None)
    assert reply.contact == StoredContact(id="c1")
    assert all(getattr(reply.contact, name) is None for name in StoredContact.__struct_fields__ if name != "id")


@pytest.mark.parametrize("name", sorted(PAGE_CONTACT.keys() - {"id"}))
def test_null_is_no_error(name: str) -> None:
    """Any field of a stored contact but its id may be null."""
    assert decode({"new": True, "contact": {"id": "c1", name: None}}).contact == StoredContact(id="c1")


@given(st.dictionaries(st.text().map("x-{}".format), anything, max_size=3))
def test_unknown_fields_are_ignored(unknown: dict[str, Any]) -> None:
    """Whatever else the server sends, anywhere in the reply, changes nothing of what is read."""
    body = copy.deepcopy(PAGE_EXAMPLE)
    contact = body["contact"]
    for part in (body, contact, contact["dndSettings"], contact["attributionSource"], contact["customFields"][0]):
        part.update(unknown)
    assert decode(body) == decode(PAGE_EXAMPLE)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>ok</html>",
        b'{"new": true, "contact": {"id": "c1"}',
        [],
        None,
        {},
        {"contact": {"id": "c1"}},
        {"new": None, "contact": {"id": "c1"}},
        {"new": "true", "contact": {"id": "c1"}},
        {"new": 1, "contact": {"id": "c1"}},
        {"new": True},
        {"new": True, "contact": None},
        {"new": True, "contact": "c1"},
        {"new": True, "contact": [{"id": "c1"}]},
        {"new": True, "contact": {}},
        {"new": True, "contact": {"id": None}},
        {"new": True, "contact": {"id": 5}},
        {"new": True, "contact": {"id": "c1", "email": 5}},
        {"new": True, "contact": {"id": "c1", "dnd": "true"}},
        {"new": True, "contact": {"id": "c1", "tags": "vip"}},
        {"new": True, "contact": {"id": "c1", "tags": [5]}},
        {"new": True, "contact": {"id": "c1", "dndSettings": []}},
        {"new": True, "contact": {"id": "c1", "customFields": [{"value": "no id"}]}},
        {"new": True, "contact": {"id": "c1", "attributionSource": "Trigger Link"}},
        {"new": True, "contact": {"id": "c1"}, "traceId": 5},
        {"statusCode": 200, "message": "ok"},
    ],
)
def test_a_200_that_is_not_what_the_contract_says_is_an_error(body: object) -> None:
    """A reply without `new` or the contact's id, or with a field of another type, is no success."""
    with pytest.raises(msgspec.DecodeError):
        decode(body)


@given(anything)
def test_the_value_of_a_custom_field_is_of_any_type(value: Any) -> None:
    """What a custom field holds depends on its kind: all of JSON is kept as it came."""
    assert decode({"id": "f1", "value": value}, StoredCustomField).value == value


def test_the_helper_endpoints_are_read() -> None:
    """A contact by its id, the tags left, and the custom fields of a location."""
    assert_holds(decode({"contact": PAGE_CONTACT, "traceId": "t"}, ContactReply).contact, PAGE_CONTACT)
    assert decode({"tags": ["a", "b"], "tagsAdded": ["b"]}, TagsReply).tags == ["a", "b"]
    field = {"id": "f1", "name": "Size", "fieldKey": "contact.size", "dataType": "RADIO", "picklistOptions": ["S", "M"]}
    assert_holds(decode({"customFields": [field]}, CustomFieldsReply).custom_fields, [field])
    assert decode({"id": "f1"}, CustomFieldDefinition) == CustomFieldDefinition(id="f1")


@pytest.mark.parametrize(
    "body",
    [
        {"statusCode": 400, "message": "Bad Request"},
        {"statusCode": 401, "message": "Invalid token: access token is invalid", "error": "Unauthorized"},
        {"statusCode": 422, "message": ["Unprocessable Entity"], "error": "Unprocessable Entity", "traceId": "t"},
        {"error": "invalid_grant", "error_description": "expired"},
        {"error": {"code": 500, "message": "boom"}},
        {"statusCode": 500, "message": {"text": "boom"}, "traceId": 5},
    ],
)
def test_a_refusal_is_read_in_any_shape(body: dict[str, Any]) -> None:
    """The shapes of the page and those seen live are kept as they came."""
    refusal = decode(body, Refusal)
    assert [refusal.message, refusal.error, refusal.error_description, refusal.trace_id] == [
        body.get(name) for name in ("message", "error", "error_description", "traceId")
    ]


@pytest.mark.parametrize("show", [repr, str, pretty_repr])
@pytest.mark.parametrize(
    "shown",
    [
        Reply(200, {}, msgspec.json.encode(PAGE_EXAMPLE)),
        decode(PAGE_EXAMPLE),
        decode({"contact": PAGE_CONTACT}, ContactReply),
        decode(PAGE_CONTACT, StoredContact),
        StoredCustomField(id="f1", value="rubika"),
        decode(ATTRIBUTION, AttributionSource),
    ],
    ids=lambda value: type(value).__name__,
)
def test_no_reply_shows_personal_data(show: Callable[[object], str], shown: object) -> None:
    """Ids may be shown; what the server keeps of a person is in no repr, rich's included."""
    text = show(shown)
    assert not any(value in text for value in ("rubika", "58.111.106.198", "+1883", "'name'", "consequat"))
