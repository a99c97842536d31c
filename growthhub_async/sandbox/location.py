"""A location as data: its settings, tokens, custom fields, limits and the switches for what nobody knows."""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from growthhub_async.sandbox.latency import Seconds
from growthhub_async.sandbox.limits import Limits
from growthhub_async.sandbox.phones import CALLING_CODES

SCOPES = ("contacts.write", "contacts.readonly", "locations/customFields.readonly")
DEFAULT_LOCATION_ID = "ve9EPM428h8vShlRW1KT"

DataType = Literal[
    "TEXT",
    "LARGE_TEXT",
    "SINGLE_OPTIONS",
    "RADIO",
    "PHONE",
    "DATE",
    "NUMERICAL",
    "MONETORY",
    "CHECKBOX",
    "MULTIPLE_OPTIONS",
    "FILE_UPLOAD",
]


class Token(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A token that opens a location.

    A `Location` token is a Private Integration Token when its value begins with `pit-`, else an OAuth access token. A
    `Company` token is an agency's: no contact can be reached with it, but `POST /oauth/locationToken` takes it; list
    the same value under each location it may open. Only an `active` one is accepted. The value is never shown.
    """

    value: Annotated[str, Meta(min_length=1)]
    scopes: tuple[str, ...] = SCOPES
    user_type: Literal["Location", "Company"] = "Location"
    state: Literal["active", "revoked", "suspended"] = "active"

    def __repr__(self) -> str:
        return f"Token(user_type={self.user_type!r}, state={self.state!r}, scopes={self.scopes!r})"


class CustomField(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A custom field of a location; `field_key` is `contact.` and the field's key."""

    id: str
    name: str
    field_key: str
    data_type: DataType = "TEXT"
    picklist_options: tuple[str, ...] = ()


class Behaviour(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Switches for what is unknown or was seen by one person only (observed.md). Defaults are the most plausible.

    null, empty_text: whether `null`, and `""`, clear a field or leave it alone. `""` as an email is always a 422.
    second_field: what becomes of the second match field when another contact has it: dropped without a word, or the
        whole request refused with 400 `This location does not allow duplicated contacts.`
    gender_on_update, prefixed_custom_key: whether a `gender` sent for an existing contact, and a custom field whose
        `key` has the `contact.` prefix, are dropped without a word or written.
    secondary_email: whether matching a contact by one of its `additionalEmails` replaces its email or keeps it.
    identity_required: whether a new contact needs an email, a phone, a first name or a last name.
    location_id_required: whether a body without `locationId` is a 422, or means the token's location.
    foreign_location: whether a location the token does not open is answered with 403 or 401.
    custom_field_types: whether a `field_value` of a type its field does not take is a 422 or stored as it is.
    write_delay: seconds between an upsert's look-up and its write. Above zero, two simultaneous upserts of one new
        email both create.
    """

    null: Literal["clears", "ignored"] = "clears"
    empty_text: Literal["clears", "ignored"] = "clears"
    second_field: Literal["dropped", "refused"] = "dropped"
    gender_on_update: Literal["dropped", "written"] = "dropped"
    prefixed_custom_key: Literal["dropped", "written"] = "dropped"
    secondary_email: Literal["replaces", "keeps"] = "replaces"
    identity_required: bool = True
    location_id_required: bool = True
    foreign_location: Literal[401, 403] = 403
    custom_field_types: Literal["checked", "ignored"] = "ignored"
    write_delay: Seconds = 0.0


class Location(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A sub-account.

    country: whose phone numbers are meant by those without `+`.
    tokens: those that open it; without any, the sandbox makes one up.
    match: the fields an existing contact is looked for by, in this order.
    allow_duplicates: whether `createNewIfDuplicateAllowed` is obeyed.
    suspended: whether the account is suspended: no token opens it, and none is given out for it.
    contacts: those it holds from the start, as upsert bodies without `locationId`; `additionalEmails` may be added.
    """

    id: Annotated[str, Meta(min_length=1)] = DEFAULT_LOCATION_ID
    name: str = "Sandbox"
    country: str = "US"
    tokens: tuple[Token, ...] = ()
    match: Literal["email_then_phone", "phone_then_email", "email", "phone"] = "email_then_phone"
    allow_duplicates: bool = False
    custom_fields: tuple[CustomField, ...] = ()
    limits: Limits = Limits()
    behaviour: Behaviour = Behaviour()
    suspended: bool = False
    contacts: tuple[dict[str, Any], ...] = ()

    def __post_init__(self) -> None:
        if self.country not in CALLING_CODES:
            raise ValueError(f"country {self.country!r} is unknown; use a two-letter code such as 'US'")

    def match_order(self) -> tuple[str, ...]:
        """Return the wire names of the match fields, first field first."""
        return tuple(self.match.split("_then_"))
