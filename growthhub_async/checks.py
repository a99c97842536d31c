"""What is checked of a record before it costs a request: all its problems at once, and the contact as it will be sent.

The rules are the contract's ("Request") and what the live API is known to refuse (observed.md, "Errors"); the bounds on
sizes are ours, far above any real contact. A problem names the field and never its value, which is personal data.
Nothing is guessed: white space around a value goes, a country's English name becomes its code, a date of birth becomes
`YYYY-MM-DD`, a time zone takes its proper case, and whatever else is not right is a problem.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import date
from functools import cache
from typing import Any
from zoneinfo import available_timezones

import msgspec
from msgspec import UNSET

from .contact import Contact, DndChannel, DndSettings, InboundDnd, InboundDndSettings
from .countries import country_code
from .custom_fields import CustomField
from .outcome import Problem, Record
from .settings import is_location_id

MAX_TEXT = 20_000
"""Characters in one text, that of a custom field included."""
MAX_EMAIL = 254
MAX_TAGS = 1_000
MAX_TAG = 500
MAX_CUSTOM_FIELDS = 1_000

_encode = msgspec.json.Encoder().encode

# The shape the API's validator asks for: something, one @, a domain of two labels or more with a top level of letters.
_EMAIL = re.compile(
    r"(?![.])(?:[^\s@\"(),:;<>\[\\\].]|[.](?![.@])){1,64}"
    r"@(?:[^\W_](?:(?:[^\W_]|-){0,61}[^\W_])?[.])+(?:[^\W\d_]{2,63}|xn--[a-zA-Z0-9-]{2,59})"
)
_PHONE_SEPARATORS = re.compile(r"[\s().\-/\u2010-\u2015]+")
_PHONE = re.compile(r"(?:\+|00)?[0-9]{6,15}")
_YEAR_FIRST = re.compile(r"([0-9]{4})([-/._])([0-9]{2})\2([0-9]{2})")
_YEAR_LAST = re.compile(r"([0-9]{2})([-/._])([0-9]{2})\2([0-9]{4})")

_CHANNEL_STATUSES = ("active", "inactive", "permanent")
_INBOUND_STATUSES = ("active", "inactive")
MAX_BODY = 1 << 20
"""Bytes of the whole body."""

_MATCHABLE = ("email", "phone", "first_name", "last_name")


class Invalid(ValueError):
    """A value is wrong; each message says what is wrong and what would be right."""

    def __init__(self, *messages: str) -> None:
        super().__init__(*messages)
        self.messages = messages


def check(record: Record, location_id: str | None, *, send_empty: bool = False) -> tuple[Contact, list[Problem]]:
    """Check one record and make the contact that is sent for it; with any problem that contact is not to be sent.

    `location_id` is that of a record that names none. Empty strings are left out unless `send_empty`.
    """
    contact: object = record.contact
    if not isinstance(contact, Contact):
        found = f"must be a Contact or a Record, not {type(contact).__name__}"
        return Contact(), [*record.problems, Problem("contact", found)]
    problems = list(record.problems)
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
    if not record.problems and not any(_has_text(checked_contact, name) for name in _MATCHABLE):
        problems.append(Problem("contact", "has no email, phone, first_name or last_name; set at least one of them"))
    return checked_contact, problems


def encode(contact: Contact) -> bytes | Problem:
    """Encode a checked contact as the body of its upsert, or say why that cannot be."""
    try:
        body = _encode(contact)
    except (TypeError, ValueError, OverflowError):
        return Problem("contact", "cannot be written as JSON; give its fields the types they are declared with")
    if len(body) > MAX_BODY:
        return Problem("contact", f"is longer than {MAX_BODY:,} bytes in all; shorten it")
    return body


def _has_text(contact: Contact, name: str) -> bool:
    value = getattr(contact, name)
    return value is not UNSET and bool(value)


def _location(record: Record, default: str | None) -> str:
    own = record.contact.location_id
    if own is UNSET:
        own = None
    if own and record.location_id and own != record.location_id:
        raise Invalid("the record and its contact name different locations; set one of them")
    location_id = record.location_id or own or default
    if location_id is None:
        raise Invalid("none given; set it on the client or on the record")
    if not is_location_id(location_id):
        raise Invalid("must be a location's id, such as ve9EPM428h8vShlRW1KT")
    return location_id


def _text(value: object, send_empty: bool) -> Any:
    """Check one text, and leave an empty one out. None passes: it is sent as null."""
    if value is None:
        return None
    if not isinstance(value, str):
        raise Invalid(f"must be a string, not {type(value).__name__}")
    if len(value) > MAX_TEXT:
        raise Invalid(f"is longer than {MAX_TEXT:,} characters; shorten it")
    if not value.isascii():
        _refuse_surrogates(value)
    if send_empty or value.strip():
        return value
    return UNSET


def _refuse_surrogates(value: str) -> None:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise Invalid("is not valid Unicode (a lone surrogate); decode the source as what it is") from None


def _some_text(value: object, send_empty: bool) -> Any:
    if value is None:
        raise Invalid("must be a string, not None; leave it unset to keep what the contact has")
    return _text(value, send_empty)


def _stripped(rule: Callable[[str], str]) -> Callable[[object, bool], Any]:
    """Make a rule of one for text that is there: None and what is left out pass by, white space around it goes."""

    def stripped(value: object, send_empty: bool) -> Any:
        text = _text(value, send_empty)
        return rule(text.strip()) if isinstance(text, str) else text

    return stripped


def _email(text: str) -> str:
    if len(text) > MAX_EMAIL or not _EMAIL.fullmatch(text):
        raise Invalid("is not an email address; write it like ada@example.com")
    return text


def _phone(text: str) -> str:
    if not _PHONE.fullmatch(_PHONE_SEPARATORS.sub("", text)):
        raise Invalid("is not a phone number; write 6 to 15 digits without an extension, best like +12055550142")
    return text


def _country(text: str) -> str:
    code = country_code(text)
    if code is None:
        raise Invalid("is not a country the API takes; write a two-letter code such as US, or its English name")
    return code


def _some_country(value: object, send_empty: bool) -> Any:
    if value is None:
        raise Invalid("must be a country, not None; leave it unset to keep what the contact has")
    return _stripped(_country)(value, send_empty)


def _timezone(text: str) -> str:
    zones = _timezones()
    if not zones:  # a machine without a time zone database: the server decides
        return text
    zone = zones.get(text.lower())
    if zone is None:
        raise Invalid("is not an IANA time zone; write a name such as America/Chicago")
    return zone


@cache
def _timezones() -> dict[str, str]:
    return {name.lower(): name for name in available_timezones()}


def _date_of_birth(text: str) -> str:
    if match := _YEAR_FIRST.fullmatch(text):
        year, _, month, day = match.groups()
    elif match := _YEAR_LAST.fullmatch(text):
        month, _, day, year = match.groups()
    else:
        raise Invalid("is not a date the API takes; write YYYY-MM-DD (or MM/DD/YYYY, month first)")
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        raise Invalid("is no date of the calendar (the month comes before the day); write YYYY-MM-DD") from None


def _flag(value: object, _: bool) -> object:
    if value is not None and not isinstance(value, bool):
        raise Invalid(f"must be True or False, not {type(value).__name__}")
    return value


def _tags(value: object, _: bool) -> object:
    if not isinstance(value, list | tuple):
        raise Invalid(f"must be a list of strings, not {type(value).__name__}")
    if len(value) > MAX_TAGS:
        raise Invalid(f"are more than {MAX_TAGS:,}; send fewer")
    for tag in value:
        if not isinstance(tag, str):
            raise Invalid(f"must be strings, not {type(tag).__name__}")
        if not tag.strip():
            raise Invalid("must not be empty; leave an empty tag out")
        if len(tag) > MAX_TAG:
            raise Invalid(f"must have at most {MAX_TAG} characters each; shorten the longest")
        _refuse_surrogates(tag)
    return value


def _custom_fields(value: object, _: bool) -> object:
    if not isinstance(value, list | tuple):
        raise Invalid(f"must be a list of custom fields, not {type(value).__name__}")
    if len(value) > MAX_CUSTOM_FIELDS:
        raise Invalid(f"are more than {MAX_CUSTOM_FIELDS:,}; send fewer")
    _each((f"[{index}]", field, _custom_field) for index, field in enumerate(value))
    return value


def _custom_field(field: object) -> None:
    if not isinstance(field, CustomField):
        raise Invalid(f"must be a TextField, a NumericField or the like, not {type(field).__name__}")
    _some_id(field.id)
    texts = field.field_value if isinstance(field.field_value, list) else [field.field_value]
    for text in texts:
        if isinstance(text, str):
            _text(text, True)


def _some_id(value: object) -> None:
    if not isinstance(value, str) or not value.strip():
        raise Invalid("needs an id; client.custom_fields() lists those of the location")


def _dnd_settings(value: object, _: bool) -> object:
    if not isinstance(value, DndSettings):
        raise Invalid(f"must be DndSettings, not {type(value).__name__}")
    channels = ((name, getattr(value, name)) for name in DndSettings.__struct_fields__)
    _each((name, channel, _dnd_channel) for name, channel in channels if channel is not UNSET)
    return value


def _dnd_channel(channel: object) -> None:
    if not isinstance(channel, DndChannel):
        raise Invalid(f"must be a DndChannel, not {type(channel).__name__}")
    _dnd_status(channel.status, _CHANNEL_STATUSES)
    _dnd_texts(channel.message, channel.code)


def _inbound_dnd_settings(value: object, _: bool) -> object:
    if not isinstance(value, InboundDndSettings):
        raise Invalid(f"must be InboundDndSettings, not {type(value).__name__}")
    if value.all is not UNSET:
        _each([("all", value.all, _inbound_dnd)])
    return value


def _inbound_dnd(inbound: object) -> None:
    if not isinstance(inbound, InboundDnd):
        raise Invalid(f"must be an InboundDnd, not {type(inbound).__name__}")
    _dnd_status(inbound.status, _INBOUND_STATUSES)
    _dnd_texts(inbound.message)


def _dnd_status(status: object, statuses: tuple[str, ...]) -> None:
    if status not in statuses:
        raise Invalid(f"has a status that does not exist; write one of {', '.join(statuses)}")


def _dnd_texts(*texts: object) -> None:
    for text in texts:
        if text is not UNSET:
            _text(text, True)


def _each(parts: Iterable[tuple[str, object, Callable[[Any], None]]]) -> None:
    """Check every part of a value, and tell of all that are wrong at once, each by where it is."""
    messages = []
    for where, part, rule in parts:
        try:
            rule(part)
        except Invalid as invalid:
            messages += [f"{where} {message}" for message in invalid.messages]
    if messages:
        raise Invalid(*messages)


_RULES: tuple[tuple[str, Callable[[Any, bool], Any]], ...] = (
    ("first_name", _text),
    ("last_name", _text),
    ("name", _text),
    ("email", _stripped(_email)),
    ("phone", _stripped(_phone)),
    ("gender", _text),
    ("address1", _text),
    ("city", _text),
    ("state", _text),
    ("postal_code", _text),
    ("website", _text),
    ("timezone", _stripped(_timezone)),
    ("source", _text),
    ("dnd", _flag),
    ("dnd_settings", _dnd_settings),
    ("inbound_dnd_settings", _inbound_dnd_settings),
    ("tags", _tags),
    ("custom_fields", _custom_fields),
    ("date_of_birth", _stripped(_date_of_birth)),
    ("country", _some_country),
    ("company_name", _some_text),
    ("assigned_to", _text),
    ("create_new_if_duplicate_allowed", _flag),
)
