"""The contact that is sent: the body of an upsert (contract.md, "Request").

snake_case in Python, the API's names on the wire. A field left unset is absent from the body, and the server leaves it
alone; `None` is sent as `null`. No repr of a contact shows what it holds: it is somebody's personal data. A contact is
a tree, which the garbage collector need not follow (`gc=False`).
"""

from __future__ import annotations

from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from .custom_fields import CustomField
from .private import HIDDEN, Private

DndStatus = Literal["active", "inactive", "permanent"]
InboundDndStatus = Literal["active", "inactive"]

Text = str | UnsetType
NullableText = str | None | UnsetType
NullableBool = bool | None | UnsetType


class DndChannel(Private, frozen=True, gc=False, kw_only=True):
    """Whether one channel may be used to reach the contact."""

    status: DndStatus
    message: NullableText = UNSET
    code: NullableText = UNSET


_CHANNELS = {"call": "Call", "email": "Email", "sms": "SMS", "whatsapp": "WhatsApp", "gmb": "GMB", "fb": "FB"}


class DndSettings(msgspec.Struct, frozen=True, gc=False, kw_only=True, rename=_CHANNELS):
    """Do-not-disturb settings of the six outbound channels."""

    call: DndChannel | UnsetType = UNSET
    email: DndChannel | UnsetType = UNSET
    sms: DndChannel | UnsetType = UNSET
    whatsapp: DndChannel | UnsetType = UNSET
    gmb: DndChannel | UnsetType = UNSET
    fb: DndChannel | UnsetType = UNSET


class InboundDnd(Private, frozen=True, gc=False, kw_only=True):
    """Whether the contact may reach the location."""

    status: InboundDndStatus
    message: NullableText = UNSET


class InboundDndSettings(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """Do-not-disturb settings of all inbound channels together."""

    all: InboundDnd | UnsetType = UNSET


class Contact(Private, frozen=True, gc=False, kw_only=True, rename="camel"):
    """A contact to create or update, matched by `email` and `phone` (contract.md, "What an upsert does").

    `tags` replaces every tag the contact has. `timezone` is an IANA name, `country` a two-letter code or an English
    name, `date_of_birth` in one of the eight formats of the contract, `assigned_to` a user's id.
    """

    first_name: NullableText = UNSET
    last_name: NullableText = UNSET
    name: NullableText = UNSET
    email: NullableText = UNSET
    phone: NullableText = UNSET
    location_id: NullableText = UNSET
    gender: NullableText = UNSET
    address1: NullableText = UNSET
    city: NullableText = UNSET
    state: NullableText = UNSET
    postal_code: NullableText = UNSET
    website: NullableText = UNSET
    timezone: NullableText = UNSET
    source: NullableText = UNSET
    dnd: NullableBool = UNSET
    dnd_settings: DndSettings | UnsetType = UNSET
    inbound_dnd_settings: InboundDndSettings | UnsetType = UNSET
    tags: list[str] | UnsetType = UNSET
    custom_fields: list[CustomField] | UnsetType = UNSET
    date_of_birth: NullableText = UNSET
    country: Text = UNSET
    company_name: Text = UNSET
    assigned_to: NullableText = UNSET
    create_new_if_duplicate_allowed: NullableBool = UNSET

    def set_fields(self) -> list[str]:
        """Name the fields that have been set, in the order of the contract."""
        return [name for name in self.__struct_fields__ if getattr(self, name) is not UNSET]

    def _shown(self) -> list[tuple[str, object]]:
        return [(name, HIDDEN) for name in self.set_fields()]
