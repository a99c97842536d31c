"""The upsert rules (contract.md, "What an upsert does"; observed.md, "What an upsert does to a contact").

An upsert has two steps with nothing between them but, if the scenario says so, time: `look_up` decides which contact
is meant and `write` changes or creates it. Both take bodies the validator has passed.
"""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from growthhub_async.sandbox import custom_fields
from growthhub_async.sandbox.dates import birth_date, timestamp
from growthhub_async.sandbox.location import Location
from growthhub_async.sandbox.phones import to_e164
from growthhub_async.sandbox.replies import Refusal
from growthhub_async.sandbox.store import Contact, ContactStore, email_key, phone_key

_IDENTITY = ("email", "phone", "firstName", "lastName")
_NOT_STORED = frozenset({"locationId", "createNewIfDuplicateAllowed", "customFields"})


class Match(Struct, frozen=True):
    """What a look-up found: the contact to update, if any, and the match fields that stay out of it."""

    contact_id: str | None = None
    dropped: frozenset[str] = frozenset()


def look_up(store: ContactStore, location: Location, body: Mapping[str, Any]) -> Match:
    """Find the contact an upsert is about.

    Raises `Refusal`: 400 when another contact has the second match field and the location refuses that, 422 when none
    is found and the new one would have none of email, phone, first and last name.
    """
    match = _match(store, location, body)
    if match.contact_id is None and location.behaviour.identity_required and not any(map(body.get, _IDENTITY)):
        raise Refusal(422, "Contacts without email, phone, firstName and lastName are not allowed.")
    return match


def write(
    store: ContactStore, location: Location, body: Mapping[str, Any], match: Match, *, new_id: str, now: float
) -> tuple[Contact, bool]:
    """Write an upsert and return the contact and whether it is new; `new_id` is used only then."""
    old = store.get(match.contact_id) if match.contact_id else None
    changes = _changes(body, location)
    for field in match.dropped:
        changes.pop(field, None)
    created = old is None
    if old is None:
        old = _blank(new_id, location.id, now)
    elif location.behaviour.gender_on_update == "dropped":
        changes.pop("gender", None)
    entries = body.get("customFields", ())
    contact = _apply(old, changes)
    contact["customFields"] = custom_fields.merged(old["customFields"], entries, location)
    contact["dateUpdated"] = contact["lastActivity"] = timestamp(now)
    store.save(contact)
    return contact, created


def stored_tags(tags: list[str]) -> list[str]:
    """Return tags as they are stored: trimmed, lower-cased, each once, in the order given."""
    return list(dict.fromkeys(tag.strip().lower() for tag in tags if tag.strip()))


def with_tags(contact: Contact, tags: list[str], now: float) -> Contact:
    """Return a contact with other tags."""
    return contact | {"tags": tags, "dateUpdated": timestamp(now)}


def _match(store: ContactStore, location: Location, body: Mapping[str, Any]) -> Match:
    if body.get("createNewIfDuplicateAllowed") and location.allow_duplicates:
        return Match()
    found = [(field, _find(store, location, field, body.get(field))) for field in location.match_order()]
    matches = [(field, contact) for field, contact in found if contact is not None]
    if not matches:
        return Match()
    _, target = matches[0]
    conflicts = {field: contact for field, contact in matches[1:] if contact["id"] != target["id"]}
    if conflicts and location.behaviour.second_field == "refused":
        field, contact = next(iter(conflicts.items()))
        raise Refusal(
            400,
            "This location does not allow duplicated contacts.",
            meta={"contactId": contact["id"], "matchingField": field},
        )
    return Match(target["id"], frozenset(conflicts) | _kept_email(location, body, target))


def _find(store: ContactStore, location: Location, field: str, value: str | None) -> Contact | None:
    if not value:
        return None
    if field == "email":
        return store.find(location.id, email_key(value))
    return store.find(location.id, phone_key(_e164(value, location)))


def _kept_email(location: Location, body: Mapping[str, Any], target: Contact) -> frozenset[str]:
    email = (body.get("email") or "").lower()
    secondary = [other.lower() for other in target.get("additionalEmails", ())]
    keeps = location.behaviour.secondary_email == "keeps" and email in secondary
    return frozenset({"email"}) if keeps else frozenset()


def _changes(body: Mapping[str, Any], location: Location) -> dict[str, Any]:
    """Return the fields to store in their stored form; None clears one."""
    changes: dict[str, Any] = {}
    for field, value in body.items():
        if field in _NOT_STORED:
            continue
        if value is None or value == "":
            switch = location.behaviour.null if value is None else location.behaviour.empty_text
            if switch == "clears":
                changes[field] = None
        else:
            changes[field] = _stored(field, value, location)
    return changes


def _stored(field: str, value: Any, location: Location) -> Any:
    match field:
        case "phone":
            return _e164(value, location)
        case "dateOfBirth":
            return birth_date(value)
        case "tags":
            return stored_tags(value)
        case _:
            return value


def _e164(phone: str, location: Location) -> str:
    number = to_e164(phone, location.country)
    if number is None:
        raise ValueError("the phone is no number; validate the body first")
    return number


def _blank(contact_id: str, location_id: str, now: float) -> Contact:
    return {
        "id": contact_id,
        "locationId": location_id,
        "type": "lead",
        "dnd": False,
        "tags": [],
        "customFields": [],
        "dateAdded": timestamp(now),
    }


def _apply(old: Contact, changes: dict[str, Any]) -> Contact:
    if changes.get("name") and not (changes.get("firstName") or changes.get("lastName")):
        first, _, last = changes["name"].partition(" ")
        changes = changes | {"firstName": first, "lastName": last or None}
    contact = old | changes
    contact |= _derived(contact)
    return {field: value for field, value in contact.items() if value is not None}


def _derived(contact: Contact) -> Contact:
    """Return the fields the API makes from others; None where there is nothing to make one from."""
    first, last, email = contact.get("firstName"), contact.get("lastName"), contact.get("email")
    name = " ".join(part for part in (first, last) if part) or None
    return {
        "name": name,
        "firstNameLowerCase": first and first.lower(),
        "lastNameLowerCase": last and last.lower(),
        "fullNameLowerCase": name and name.lower(),
        "emailLowerCase": email and email.lower(),
    }
