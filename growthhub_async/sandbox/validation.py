"""The API's validator: all that is wrong with a body at once, in its words (observed.md, "Errors").

A problem is a message such as `email must be an email`; a body without problems has none.
"""

import re
import zoneinfo
from collections.abc import Callable, Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

from growthhub_async.sandbox.custom_fields import custom_field_problems
from growthhub_async.sandbox.dates import birth_date
from growthhub_async.sandbox.dnd import dnd_problems, inbound_dnd_problems
from growthhub_async.sandbox.location import Location
from growthhub_async.sandbox.phones import CALLING_CODES, to_e164

Check = Callable[[str, Any], list[str]]

_LABEL = r"[0-9A-Za-z\u00a1-\uffff](?:[0-9A-Za-z\u00a1-\uffff-]{0,61}[0-9A-Za-z\u00a1-\uffff])?"
_EMAIL = re.compile(
    r"(?=.{6,254}\Z)(?=[^@]{1,64}@)[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*"
    rf"@(?:{_LABEL}\.)+[A-Za-z\u00a1-\uffff]{{2,63}}"
)


def upsert_problems(body: Mapping[str, Any], location: Location) -> list[str]:
    """Return the problems of an upsert body; the location decides how its phone and custom fields are read."""
    problems = _unknown(body, _CHECKS)
    for name, value in body.items():
        if name in _CHECKS and not (value is None and name in _NULLABLE):
            problems += _CHECKS[name](name, value)
    if location.behaviour.location_id_required and body.get("locationId") is None:
        problems.append("locationId must be a string")
    phone = body.get("phone")
    if phone and isinstance(phone, str) and to_e164(phone, location.country) is None:
        problems.append("phone must be a valid phone number")
    if body.get("customFields") is not None:
        problems += custom_field_problems(body["customFields"], location)
    return problems


def tags_problems(body: Mapping[str, Any]) -> list[str]:
    """Return the problems of a body that adds or removes tags: it holds `tags` and nothing else."""
    return _unknown(body, ("tags",)) + _texts("tags", body.get("tags"))


def _unknown(body: Mapping[str, Any], known: Mapping[str, Check] | tuple[str, ...]) -> list[str]:
    return [f"property {name} should not exist" for name in body if name not in known]


def _text(name: str, value: Any) -> list[str]:
    return [] if isinstance(value, str) else [f"{name} must be a string"]


def _flag(name: str, value: Any) -> list[str]:
    return [] if isinstance(value, bool) else [f"{name} must be a boolean value"]


def _texts(name: str, value: Any) -> list[str]:
    if not isinstance(value, list):
        return [f"{name} must be an array"]
    return [] if all(isinstance(item, str) for item in value) else [f"each value in {name} must be a string"]


def _email(name: str, value: Any) -> list[str]:
    return [] if isinstance(value, str) and _EMAIL.fullmatch(value) else [f"{name} must be an email"]


def _timezone(name: str, value: Any) -> list[str]:
    # Without a time zone database on this machine, every name has to pass.
    if isinstance(value, str) and (not value or not _timezones() or value.lower() in _timezones()):
        return []
    return [f"{name} must be a valid IANA time-zone"]


def _date_of_birth(name: str, value: Any) -> list[str]:
    if isinstance(value, str) and (not value or birth_date(value)):
        return []
    return [f"{name} must be a valid date in a supported format"]


def _country(name: str, value: Any) -> list[str]:
    if isinstance(value, str) and value in CALLING_CODES:
        return []
    return [f"{name} must be a valid ISO31661 Alpha2 code"]


def _array(name: str, value: Any) -> list[str]:
    return [] if isinstance(value, list) else [f"{name} must be an array"]


@cache
def _timezones() -> frozenset[str]:
    # Case is ignored: the page itself writes "America/chihuahua".
    return frozenset(name.lower() for name in zoneinfo.available_timezones())


_TEXTS = (
    "firstName lastName name phone locationId gender address1 city state postalCode website source companyName"
    " assignedTo"
)
_CHECKS: Mapping[str, Check] = MappingProxyType(
    dict.fromkeys(_TEXTS.split(), _text)
    | {
        "email": _email,
        "timezone": _timezone,
        "dnd": _flag,
        "dndSettings": dnd_problems,
        "inboundDndSettings": inbound_dnd_problems,
        "tags": _texts,
        "customFields": _array,
        "dateOfBirth": _date_of_birth,
        "country": _country,
        "createNewIfDuplicateAllowed": _flag,
    }
)
# contract.md, "Request": the fields marked N.
_NULLABLE = frozenset(_CHECKS) - {"dndSettings", "inboundDndSettings", "tags", "customFields", "country", "companyName"}
