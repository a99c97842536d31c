"""What is checked of a record before it costs a request: all its problems at once, and the contact as it is sent."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import UNSET

from . import field_rules, nested_rules
from .contact import Contact
from .field_rules import Invalid, Rule
from .outcome import Problem, Record
from .settings import is_id

FAR_FUTURE = 1e11
"""Unix time in seconds, three thousand years from now: what is later is in milliseconds."""
MAX_BODY = 1 << 20
"""Bytes of the whole body."""

_MATCHABLE = ("email", "phone", "first_name", "last_name")
"""Without any of these the API makes no contact; `name` alone does not count (observed.md, "Errors")."""

_RULES: tuple[tuple[str, Rule], ...] = (
    ("first_name", field_rules.text),
    ("last_name", field_rules.text),
    ("name", field_rules.text),
    ("email", field_rules.email),
    ("phone", field_rules.phone),
    ("gender", field_rules.text),
    ("address1", field_rules.text),
    ("city", field_rules.text),
    ("state", field_rules.text),
    ("postal_code", field_rules.text),
    ("website", field_rules.text),
    ("timezone", field_rules.timezone),
    ("source", field_rules.text),
    ("dnd", field_rules.flag),
    ("dnd_settings", nested_rules.dnd_settings),
    ("inbound_dnd_settings", nested_rules.inbound_dnd_settings),
    ("tags", field_rules.tags),
    ("custom_fields", nested_rules.custom_fields),
    ("date_of_birth", field_rules.date_of_birth),
    ("country", field_rules.country),
    ("company_name", field_rules.required_text),
    ("assigned_to", field_rules.text),
    ("create_new_if_duplicate_allowed", field_rules.flag),
)

_encode = msgspec.json.Encoder().encode


def check(record: Record, location_id: str | None, *, send_empty: bool = False) -> tuple[Contact, list[Problem]]:
    """Check one record and make the contact that is sent for it; with any problem that contact is not to be sent.

    `location_id` is that of a record that names none. Empty strings are left out unless `send_empty`.
    """
    contact: object = record.contact
    problems = _problems_of(record)
    if record.unheard_since is not None and not _is_unix_time(record.unheard_since):
        problems.append(Problem("unheard_since", "must be a Unix time in seconds, such as time.time() gives"))
    if not isinstance(contact, Contact):
        found = f"must be a Contact or a Record, not {type(contact).__name__}"
        return Contact(), [*problems, Problem("contact", found)]
    changes: dict[str, Any] = {}
    for name, rule in _RULES:
        value = getattr(contact, name)
        if value is UNSET:
            continue
        try:
            checked = rule(value, send_empty)
        except Invalid as invalid:
            problems += [Problem(name, message) for message in invalid.messages]
        else:
            if checked is not value:
                changes[name] = checked
    try:
        changes["location_id"] = _location(record, location_id)
    except Invalid as invalid:
        problems += [Problem("location_id", message) for message in invalid.messages]
    checked_contact = msgspec.structs.replace(contact, **changes)
    if not record.problems and not any(_is_given(getattr(checked_contact, name)) for name in _MATCHABLE):
        problems.append(Problem("contact", "has no email, phone, first_name or last_name; set at least one of them"))
    return checked_contact, problems


def encode(contact: Contact) -> bytes | Problem:
    """Encode a checked contact as the body of its upsert, or say why that cannot be."""
    try:
        body = _encode(contact)
    except (TypeError, ValueError, OverflowError, RecursionError):
        return Problem("contact", "cannot be written as JSON; give its fields the types they are declared with")
    if len(body) > MAX_BODY:
        return Problem("contact", f"is longer than {MAX_BODY:,} bytes in all; shorten it")
    return body


def _problems_of(record: Record) -> list[Problem]:
    """Take the problems that the record's maker has found."""
    given: object = record.problems
    if isinstance(given, list | tuple) and all(isinstance(problem, Problem) for problem in given):
        return list(given)
    return [Problem("problems", f"must be a tuple of Problem, not {type(given).__name__}")]


def _is_unix_time(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < FAR_FUTURE


def _is_given(value: object) -> bool:
    """Tell a value that is there; one of a wrong type is: its own problem has been told."""
    return bool(value.strip() if isinstance(value, str) else value)


def _location(record: Record, default: str | None) -> str:
    own: object = record.contact.location_id
    if own is UNSET or own == "":
        own = None
    if own is not None and record.location_id and own != record.location_id:
        raise Invalid("the record and its contact name different locations; set one of them")
    location_id = record.location_id or (default if own is None else own)
    if location_id is None:
        raise Invalid("none given; set it on the client or on the record")
    if not isinstance(location_id, str) or not is_id(location_id):
        raise Invalid("must be a location's id, such as ve9EPM428h8vShlRW1KT")
    return location_id
