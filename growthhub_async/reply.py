"""What the server answers: the reply of an upsert and of the helper endpoints (contract.md, "Responses").

Unknown fields are ignored and missing ones are no error, for the live API sends more and fewer than documented. What is
there must be what the contract says: a 200 that is not is no success.

A reply is a tree, of a dozen objects: the garbage collector need not follow it (`gc=False`), however many are kept.
"""

from __future__ import annotations

from typing import Any

import msgspec

from .private import Private

Text = str | None
Flag = bool | None


class StoredDndChannel(Private, frozen=True, gc=False, kw_only=True):
    """Whether one channel may be used to reach the contact."""

    status: Text = None
    message: Text = None
    code: Text = None


_CHANNELS = {"call": "Call", "email": "Email", "sms": "SMS", "whatsapp": "WhatsApp", "gmb": "GMB", "fb": "FB"}


class StoredDndSettings(msgspec.Struct, frozen=True, gc=False, kw_only=True, rename=_CHANNELS):
    """Do-not-disturb settings of the six outbound channels."""

    call: StoredDndChannel | None = None
    email: StoredDndChannel | None = None
    sms: StoredDndChannel | None = None
    whatsapp: StoredDndChannel | None = None
    gmb: StoredDndChannel | None = None
    fb: StoredDndChannel | None = None


class StoredCustomField(Private, frozen=True, gc=False, kw_only=True):
    """A custom field's value, of whatever JSON type its kind has."""

    id: str
    value: Any = None


class AttributionSource(Private, frozen=True, gc=False, kw_only=True, rename="camel"):
    """Where a contact came from. The API spells `msclickid` in two ways; each is kept as it came."""

    url: Text = None
    campaign: Text = None
    utm_source: Text = None
    utm_medium: Text = None
    utm_content: Text = None
    referrer: Text = None
    campaign_id: Text = None
    fbclid: Text = None
    gclid: Text = None
    msclickid: Text = None
    msclikid: Text = None
    dclid: Text = None
    fbc: Text = None
    fbp: Text = None
    fb_event_id: Text = None
    user_agent: Text = None
    ip: Text = None
    medium: Text = None
    medium_id: Text = None


class StoredContact(Private, frozen=True, gc=False, kw_only=True, rename="camel"):
    """A contact as the server keeps it. Dates are ISO 8601 in UTC; phones are E.164; tags are lower-case."""

    id: str
    name: Text = None
    location_id: Text = None
    first_name: Text = None
    last_name: Text = None
    email: Text = None
    email_lower_case: Text = None
    timezone: Text = None
    company_name: Text = None
    phone: Text = None
    gender: Text = None
    dnd: Flag = None
    dnd_settings: StoredDndSettings | None = None
    type: Text = None
    source: Text = None
    assigned_to: Text = None
    address1: Text = None
    city: Text = None
    state: Text = None
    country: Text = None
    postal_code: Text = None
    website: Text = None
    tags: list[str] | None = None
    date_of_birth: Text = None
    date_added: Text = None
    date_updated: Text = None
    attachments: Any = None
    ssn: Text = None
    keyword: Text = None
    first_name_lower_case: Text = None
    full_name_lower_case: Text = None
    last_name_lower_case: Text = None
    last_activity: Text = None
    custom_fields: list[StoredCustomField] | None = None
    business_id: Text = None
    attribution_source: AttributionSource | None = None
    last_attribution_source: AttributionSource | None = None
    visitor_id: Text = None

    def _shown(self) -> list[tuple[str, object]]:
        return [("id", self.id)]


class UpsertReply(msgspec.Struct, frozen=True, gc=False, kw_only=True, rename="camel"):
    """A successful upsert: `new` tells a created contact from an updated one.

    unread: the fields of the contact that came in another type than the contract's, and were left out.
    """

    new: bool
    contact: StoredContact
    trace_id: Text = None
    unread: tuple[str, ...] = msgspec.field(default=(), name="")  # no server sends it


class ContactReply(msgspec.Struct, frozen=True, gc=False, kw_only=True, rename="camel"):
    """A contact that was asked for by its id."""

    contact: StoredContact


class TagsReply(Private, frozen=True, gc=False, kw_only=True):
    """All the tags a contact has after some were added or removed."""

    tags: list[str]


class CustomFieldDefinition(msgspec.Struct, frozen=True, gc=False, kw_only=True, rename="camel"):
    """A custom field that a location has; `field_key` is `contact.` and a name."""

    id: str
    name: Text = None
    field_key: Text = None
    data_type: Text = None
    picklist_options: Any = None


class CustomFieldsReply(msgspec.Struct, frozen=True, gc=False, kw_only=True, rename="camel"):
    """The custom fields of a location."""

    custom_fields: list[CustomFieldDefinition]


class Refusal(Private, frozen=True, gc=False, kw_only=True, rename={"trace_id": "traceId"}):
    """A reply that is not a success, in any of the shapes seen (observed.md, "Errors")."""

    message: Any = None
    error: Any = None
    error_description: Any = None
    trace_id: Any = None


class _Sketch(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """What of an upsert's reply has to be right: the rest is not known to decide anything."""

    new: bool
    contact: dict[str, Any]
    trace_id: Any = None


_decode_sketch = msgspec.json.Decoder(_Sketch).decode


def read_leniently(body: bytes) -> UpsertReply:
    """Read a reply some of whose fields are of another type than the contract's: these are left out.

    `new` and `contact.id` decide what became of a record, and are not left out. Raises msgspec.DecodeError.
    """
    sketch = _decode_sketch(body)
    readable: dict[str, Any] = {}
    unread = []
    for field in msgspec.structs.fields(StoredContact):
        value = sketch.contact.get(field.encode_name)
        if value is not None:
            try:
                readable[field.name] = msgspec.convert(value, field.type)
            except msgspec.ValidationError:
                if field.required:
                    raise
                unread.append(field.name)
    if "id" not in readable:
        raise msgspec.ValidationError("the contact has no id")
    trace_id = sketch.trace_id if isinstance(sketch.trace_id, str) else None
    return UpsertReply(new=sketch.new, contact=StoredContact(**readable), trace_id=trace_id, unread=tuple(unread))
