"""What is checked of a record before it costs a request: all its problems at once, and the contact as it is sent.

This is done for every record, and almost every value is plainly right: so that is looked at first, and a rule is only
asked about what is left.
"""

from __future__ import annotations

from functools import lru_cache
from operator import attrgetter
from typing import Any, Final

import msgspec
from msgspec import UNSET
from msgspec.structs import replace

from . import field_rules, nested_rules
from .contact import Contact
from .countries import is_country_code
from .field_rules import Invalid, Rule, are_plain_tags, are_plain_texts, is_plain_email, is_plain_phone
from .nested_rules import are_plain_custom_fields
from .outcome import Problem, Record
from .settings import is_id

FAR_FUTURE = 1e11
"""Unix time in seconds, three thousand years from now: what is later is in milliseconds."""
MAX_BODY: Final = 1 << 20
"""Bytes of the whole body."""

_RULES: dict[str, Rule] = {
    "first_name": field_rules.text,
    "last_name": field_rules.text,
    "name": field_rules.text,
    "email": field_rules.email,
    "phone": field_rules.phone,
    "gender": field_rules.text,
    "address1": field_rules.text,
    "city": field_rules.text,
    "state": field_rules.text,
    "postal_code": field_rules.text,
    "website": field_rules.text,
    "timezone": field_rules.timezone,
    "source": field_rules.text,
    "dnd": field_rules.flag,
    "dnd_settings": nested_rules.dnd_settings,
    "inbound_dnd_settings": nested_rules.inbound_dnd_settings,
    "tags": field_rules.tags,
    "custom_fields": nested_rules.custom_fields,
    "date_of_birth": field_rules.date_of_birth,
    "country": field_rules.country,
    "company_name": field_rules.required_text,
    "assigned_to": field_rules.text,
    "create_new_if_duplicate_allowed": field_rules.flag,
}

_FIELDS = tuple(_RULES)
_TEXTS: Final = tuple(name for name, rule in _RULES.items() if rule in (field_rules.text, field_rules.required_text))
_RARE: Final = (
    "timezone",
    "dnd",
    "dnd_settings",
    "inbound_dnd_settings",
    "date_of_birth",
    "create_new_if_duplicate_allowed",
)

_texts_of: Final = attrgetter(*_TEXTS)
_is_id = lru_cache(maxsize=1_024)(is_id)
_encode: Final = msgspec.json.Encoder().encode


def check(record: Record, location_id: str | None, *, send_empty: bool = False) -> tuple[Contact, list[Problem]]:
    """Check one record and make the contact that is sent for it; with any problem that contact is not to be sent.

    `location_id` is that of a record that names none. Empty strings are left out unless `send_empty`.
    """
    given: Any = record  # whatever its parts are declared to be
    contact: object = given.contact
    problems = _problems_of(given)
    if given.unheard_since is not None and not _is_unix_time(given.unheard_since):
        problems.append(Problem("unheard_since", "must be a Unix time in seconds, such as time.time() gives"))
    if not isinstance(contact, Contact):
        found = f"must be a Contact or a Record, not {type(contact).__name__}"
        return Contact(), [*problems, Problem("contact", found)]
    if doubtful := _doubtful(contact):
        contact = _judged(contact, doubtful, problems, send_empty)
    try:
        location = _location(given, location_id)
    except Invalid as invalid:
        problems += [Problem("location_id", message) for message in invalid.messages]
    else:
        if location is not contact.location_id:
            contact = replace(contact, location_id=location)
    if not given.problems and not _is_matchable(contact):
        problems.append(Problem("contact", "has no email, phone, first_name or last_name; set at least one of them"))
    return contact, problems


def _doubtful(contact: Any) -> list[str]:
    """Name the fields that a rule has to be asked about: it takes all others as they are."""
    unset = UNSET  # compiled, a global name costs more than what is asked of it
    doubtful: list[str] = []
    if contact.company_name is None or not are_plain_texts(_texts_of(contact)):
        doubtful += _TEXTS
    email, phone, country = contact.email, contact.phone, contact.country
    if email is not unset and email is not None and not (type(email) is str and is_plain_email(email)):
        doubtful.append("email")
    if phone is not unset and phone is not None and not (type(phone) is str and is_plain_phone(phone)):
        doubtful.append("phone")
    if country is not unset and not (type(country) is str and is_country_code(country)):
        doubtful.append("country")
    if contact.tags is not unset and not are_plain_tags(contact.tags):
        doubtful.append("tags")
    if contact.custom_fields is not unset and not are_plain_custom_fields(contact.custom_fields):
        doubtful.append("custom_fields")
    if not (
        unset
        is contact.timezone
        is contact.dnd
        is contact.dnd_settings
        is contact.inbound_dnd_settings
        is contact.date_of_birth
        is contact.create_new_if_duplicate_allowed
    ):
        doubtful += _RARE
    return doubtful


def _judged(contact: Contact, fields: list[str], problems: list[Problem], send_empty: bool) -> Contact:
    """Ask the rules about some fields: make the contact that is sent, and tell what is wrong in their order."""
    changes: dict[str, Any] = {}
    found: list[Problem] = []
    for name in fields:
        value = getattr(contact, name)
        if value is UNSET:
            continue
        try:
            checked = _RULES[name](value, send_empty)
        except Invalid as invalid:
            found += [Problem(name, message) for message in invalid.messages]
        else:
            if checked is not value:
                changes[name] = checked
    problems += sorted(found, key=lambda problem: _FIELDS.index(problem.field))
    return replace(contact, **changes) if changes else contact


def encode(contact: Contact) -> bytes | Problem:
    """Encode a checked contact as the body of its upsert, or say why that cannot be."""
    try:
        body = _encode(contact)
    except (TypeError, ValueError, OverflowError, RecursionError):
        return Problem("contact", "cannot be written as JSON; give its fields the types they are declared with")
    if len(body) > MAX_BODY:
        return Problem("contact", f"is longer than {MAX_BODY:,} bytes in all; shorten it")
    return body


def _problems_of(record: Any) -> list[Problem]:
    """Take the problems that the record's maker has found."""
    given: object = record.problems
    if type(given) is tuple and not given:
        return []
    if isinstance(given, list | tuple) and all(isinstance(problem, Problem) for problem in given):
        return list(given)
    return [Problem("problems", f"must be a tuple of Problem, not {type(given).__name__}")]


def _is_unix_time(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < FAR_FUTURE


def _is_matchable(contact: Any) -> bool:
    """Tell whether the API makes a contact of it; `name` alone does not count (observed.md, "Errors")."""
    return (
        _is_given(contact.email)
        or _is_given(contact.phone)
        or _is_given(contact.first_name)
        or _is_given(contact.last_name)
    )


def _is_given(value: object) -> bool:
    """Tell a value that is there; one of a wrong type is: its own problem has been told."""
    return bool(value.strip() if isinstance(value, str) else value)


def _location(record: Any, default: str | None) -> str:
    own: object = record.contact.location_id
    if own is UNSET or own == "":
        own = None
    if own is not None and record.location_id and own != record.location_id:
        raise Invalid("the record and its contact name different locations; set one of them")
    location_id = record.location_id or (default if own is None else own)
    if location_id is None:
        raise Invalid("none given; set it on the client or on the record")
    if not isinstance(location_id, str) or not _is_id(location_id):
        raise Invalid("must be a location's id, such as ve9EPM428h8vShlRW1KT")
    return location_id
