"""What was sent against what came back: the fields the server silently did not take.

Comparing is the only way to see what was dropped (observed.md, "What an upsert does to a contact"). The server may
write a value in a form of its own, and that is no drift: a phone as E.164, emails and tags in lower case, a date as ISO
8601, a number as text, options in another order. This is done for every record, so plain equality is asked for first.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from msgspec import UNSET

from .contact import Contact, DndChannel, DndSettings
from .custom_fields import CustomField, UploadedFile
from .outcome import Dropped
from .reply import StoredContact, StoredDndChannel


def find_drift(sent: Contact, kept: StoredContact, *, new: bool) -> tuple[Dropped, ...]:
    """Name what of a contact, as it was encoded, the contact of its reply does not hold; `new` is the reply's own.

    `Dropped.field` is the name of the contact's field, for a part `custom_fields.<id>` or `dnd_settings.<channel>`;
    `Dropped.kept` is None where the server keeps nothing. A field that replies do not have is never named.
    """
    given: Any = sent  # its lists may be tuples: they are taken, too
    dropped = [] if _are_plain_fields_equal(given, kept) else _plain_field_drift(sent, kept, new)
    if given.custom_fields:
        dropped += _custom_field_drift(given.custom_fields, kept)
    if sent.dnd_settings is not UNSET:
        dropped += _dnd_drift(sent.dnd_settings, kept)
    return tuple(dropped)


def _are_plain_fields_equal(sent: Any, kept: Any) -> bool:
    """Tell whether the fields of `_COMPARED` are kept to the letter; written out, for it is asked for every record."""
    unset = UNSET  # compiled, a global name costs more than a comparison
    return (
        (sent.first_name is unset or sent.first_name == kept.first_name)
        and (sent.last_name is unset or sent.last_name == kept.last_name)
        and (sent.name is unset or sent.name == kept.name)
        and (sent.email is unset or sent.email == kept.email)
        and (sent.phone is unset or sent.phone == kept.phone)
        and (sent.location_id is unset or sent.location_id == kept.location_id)
        and (sent.gender is unset or sent.gender == kept.gender)
        and (sent.address1 is unset or sent.address1 == kept.address1)
        and (sent.city is unset or sent.city == kept.city)
        and (sent.state is unset or sent.state == kept.state)
        and (sent.postal_code is unset or sent.postal_code == kept.postal_code)
        and (sent.website is unset or sent.website == kept.website)
        and (sent.timezone is unset or sent.timezone == kept.timezone)
        and (sent.source is unset or sent.source == kept.source)
        and (sent.dnd is unset or sent.dnd == kept.dnd)
        and (sent.tags is unset or sent.tags == kept.tags)
        and (sent.date_of_birth is unset or sent.date_of_birth == kept.date_of_birth)
        and (sent.country is unset or sent.country == kept.country)
        and (sent.company_name is unset or sent.company_name == kept.company_name)
        and (sent.assigned_to is unset or sent.assigned_to == kept.assigned_to)
    )


def _plain_field_drift(sent: Contact, kept: StoredContact, new: bool) -> list[Dropped]:
    dropped = []
    for name, same in _COMPARED:
        given = getattr(sent, name)
        if given is not UNSET:
            stored = getattr(kept, name)
            if given != stored and not _is_taken(given, stored, same) and not _says_nothing(name, sent, kept, new):
                dropped.append(_dropped(name, given, stored))
    return dropped


def _is_taken(given: Any, stored: Any, same: Callable[[Any, Any], bool]) -> bool:
    """Tell whether a value is kept; an empty one is when nothing is, and nobody knows whether it clears."""
    if _is_empty(given) or _is_empty(stored):
        return _is_empty(given) and _is_empty(stored)
    return same(given, stored)


def _says_nothing(name: str, sent: Contact, kept: StoredContact, new: bool) -> bool:
    """Tell whether a field that differs is one whose difference means nothing."""
    match name:
        case "name":  # the server makes it of the other two
            return bool(sent.first_name or sent.last_name)
        case "first_name" | "last_name":  # and these of the name that comes without them
            return bool(sent.name) and not (sent.first_name or sent.last_name)
        case "gender":  # replies are not documented to have it, and only an update is known to drop it
            return new and not kept.gender
        case "location_id":
            return not (sent.location_id and kept.location_id)
        case "dnd":  # what is not set is off
            return not (sent.dnd or kept.dnd)
        case _:
            return False


def _custom_field_drift(sent: Iterable[CustomField], kept: StoredContact) -> list[Dropped]:
    stored = {field.id: field.value for field in kept.custom_fields or ()}
    given = {field.id: field.field_value for field in sent}  # of one sent twice, the last counts
    if given.items() <= stored.items():
        return []
    return [
        _dropped(f"custom_fields.{field_id}", value, stored.get(field_id))
        for field_id, value in given.items()
        if value != stored.get(field_id) and not _is_taken(value, stored.get(field_id), _same_value)
    ]


def _dnd_drift(settings: DndSettings, kept: StoredContact) -> list[Dropped]:
    dropped = []
    for channel in DndSettings.__struct_fields__:
        given = getattr(settings, channel)
        if given is not UNSET:
            stored = getattr(kept.dnd_settings, channel, None)
            if not _same_channel(given, stored):
                dropped.append(_dropped(f"dnd_settings.{channel}", given, stored))
    return dropped


def _dropped(field: str, given: Any, stored: Any) -> Dropped:
    return Dropped(field=field, sent=given, kept=None if _is_empty(stored) else stored)


def _is_empty(value: object) -> bool:
    if isinstance(value, str):
        return not value.strip()
    return value is None or (isinstance(value, (list, tuple, dict)) and not value)


def _text(value: str) -> str:
    text = value.strip()
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def _same_text(given: str, stored: str) -> bool:
    if given.isascii() and stored.isascii():
        return given.strip() == stored.strip()
    return _text(given) == _text(stored)


def _same_in_any_case(given: str, stored: str) -> bool:
    return _text(given.lower()) == _text(stored.lower())


def _same_name(given: str, stored: str) -> bool:
    return _same_in_any_case(" ".join(given.split()), " ".join(stored.split()))


def _same_tags(given: Iterable[str], stored: Iterable[str]) -> bool:
    """Tell whether all tags that were sent are there; the customer's automations add others."""
    return {_text(tag.lower()) for tag in given} <= {_text(tag.lower()) for tag in stored}


def _same_flag(given: bool, stored: bool) -> bool:
    return given is stored


def _same_channel(given: DndChannel, stored: StoredDndChannel | None) -> bool:
    if stored is None:  # what is not set is off
        return given.status == "inactive"
    if given.status != stored.status:
        return False
    return not (given.message and stored.message) or _same_text(given.message, stored.message)


_NOT_DIGITS = re.compile(r"[^0-9]+")

_CALLING_CODE = re.compile(r"[17]|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|[0-9]{3}")
"""E.164's country codes: no code is the beginning of another, and all that are not listed have three digits."""

_TRUNK_PREFIXES = MappingProxyType(
    {
        "36": ("06",),
        "52": ("01", "044", "045", "1"),
        "7": ("8",),
        "370": ("8",),
        "375": ("8", "80"),
        "993": ("8",),
        "998": ("8",),
    }
)
"""What is dialled before a national number at home, by calling code, where it may be another than 0."""

_FROM_ABROAD = ("", "00", "011", "0011")
"""What is dialled before a calling code."""


def _same_phone(given: str, stored: str) -> bool:
    """Tell whether a phone may be that of an E.164 number; which country completed it is not known.

    The national number has to be the same to the last digit. Before it there may be what is dialled there.
    """
    digits, e164 = _digits(given), _digits(stored)
    code = _CALLING_CODE.match(e164)
    if digits == e164 or code is None:
        return digits == e164
    national = e164[code.end() :]
    if not digits.endswith(national):
        return False
    before = digits[: len(digits) - len(national)]
    trunks = ("", "0", *_TRUNK_PREFIXES.get(code[0], ()))
    if before in trunks and "+" not in given and not digits.startswith("00"):  # as it is dialled at home
        return True
    return before in [dialled + code[0] + trunk for dialled in _FROM_ABROAD for trunk in trunks]


def _digits(phone: str) -> str:
    digits = phone.removeprefix("+")
    return digits if digits.isascii() and digits.isdigit() else _NOT_DIGITS.sub("", digits)


_YEAR_FIRST = re.compile(r"([0-9]{4})([-/._])([0-9]{2})\2([0-9]{2})")
_YEAR_LAST = re.compile(r"([0-9]{2})([-/._])([0-9]{2})\2([0-9]{4})")
_TIME = re.compile(r"[T ][0-9]{2}:.*", re.DOTALL)


def _same_date(given: str, stored: str) -> bool:
    return _same_text(given, stored) or _is_day_of(given, stored) or _is_day_of(stored, given)


def _is_day_of(day: str, moment: str) -> bool:
    """Tell whether a moment, or a day, is of the day; two moments of one day are not the same."""
    found = _day(day)
    return found is not None and found == _day(_TIME.sub("", moment))


def _day(text: str) -> tuple[str, str, str] | None:
    """Read a date in one of the eight formats of contract.md, "Request", as year, month and day."""
    text = text.strip()
    if not text[:2].isdigit():  # as most texts do not begin
        return None
    if match := _YEAR_FIRST.fullmatch(text):
        return match[1], match[3], match[4]
    if match := _YEAR_LAST.fullmatch(text):
        return match[4], match[1], match[3]
    return None


_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,39})(?:\.[0-9]{1,40})?(?:[eE][-+]?[0-9]{1,3})?")
"""A number as text. One that begins with more zeros is an account or a phone: it is not the same without them."""


def _same_value(given: Any, stored: Any) -> bool:
    """Compare the values of a custom field, whose kind the reply does not tell."""
    if isinstance(given, dict):
        return _same_files(given, stored)
    if isinstance(given, list) or isinstance(stored, list):
        return _options(given) == _options(stored)
    if isinstance(given, str) and isinstance(stored, str) and _same_date(given, stored):
        return True
    return _form(given) == _form(stored)


def _options(value: Any) -> set[object]:
    return {_form(option) for option in (value if isinstance(value, list) else [value])}


def _form(value: object) -> object:
    """Make of a value one form to compare; None of what is neither text nor number, as nothing that is sent is."""
    if isinstance(value, str):
        text = _text(value)
        return Decimal(text) if _NUMBER.fullmatch(text) else text
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    return None


def _same_files(given: dict[str, UploadedFile], stored: object) -> bool:
    """Tell whether each file that was sent is somewhere in a value, by its document id or url."""
    there = _texts_in(stored)
    return all(file.document_id in there or file.url in there for file in given.values())


def _texts_in(value: object) -> set[str]:
    texts: set[str] = set()
    left = [value]
    while left:
        part = left.pop()
        if isinstance(part, str):
            texts.add(part)
        elif isinstance(part, dict):
            left += part.values()
        elif isinstance(part, list):
            left += part
    return texts - {""}


_COMPARED: tuple[tuple[str, Callable[[Any, Any], bool]], ...] = (
    ("first_name", _same_text),
    ("last_name", _same_text),
    ("name", _same_name),
    ("email", _same_in_any_case),
    ("phone", _same_phone),
    ("location_id", _same_text),
    ("gender", _same_text),
    ("address1", _same_text),
    ("city", _same_text),
    ("state", _same_text),
    ("postal_code", _same_text),
    ("website", _same_text),
    ("timezone", _same_in_any_case),
    ("source", _same_text),
    ("dnd", _same_flag),
    ("tags", _same_tags),
    ("date_of_birth", _same_date),
    ("country", _same_text),
    ("company_name", _same_text),
    ("assigned_to", _same_text),
)
"""The fields a reply has, each with what makes a value the same; what is equal is not asked for."""
