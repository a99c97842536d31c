"""What is right for each plain field of a contact: a value in, the value to send out, or `Invalid`.

The rules are the contract's ("Request") and what the live API is known to refuse (observed.md, "Errors"); the bounds on
sizes are ours, far above any real contact. Nothing is guessed: white space around a key or a code goes, a country's
English name becomes its code, a date of birth becomes `YYYY-MM-DD`, a time zone takes its proper case, and whatever
else is not right is a problem. A message never quotes the value: that is somebody's personal data.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import date
from functools import cache
from typing import Any, Final
from zoneinfo import available_timezones

from msgspec import UNSET

from .countries import country_code

MAX_TEXT: Final = 20_000
"""Characters in one text, that of a custom field included."""
MAX_EMAIL = 254
MAX_TAGS: Final = 1_000
MAX_TAG: Final = 500

Rule = Callable[[Any, bool], Any]
"""Takes a value and whether empty texts are sent; gives what is sent, or UNSET for what is left out."""

# The shape the API's validator asks for: something, one @, a domain of two labels or more with a top level of letters.
_LETTER = r"[a-zA-Z\u00a1-\U0010ffff]"
_ALNUM = r"[a-zA-Z0-9\u00a1-\U0010ffff]"
_EMAIL = re.compile(
    r"(?![.])(?:[^\s\x00-\x1f\x7f@\"(),:;<>\[\\\].]|[.](?![.@])){1,64}"
    rf"@(?:{_ALNUM}(?:(?:{_ALNUM}|-){{0,61}}{_ALNUM})?[.])+(?:{_LETTER}{{2,63}}|(?i:xn--)[a-zA-Z0-9-]{{2,59}})"
)
_PHONE_SEPARATORS = re.compile(r"[\s().\-/\u2010-\u2015]+")
_PHONE = re.compile(r"(?:\+|00)?[0-9]{6,15}")
_SPREADSHEET_NUMBER = re.compile(r"[0-9]+\.0")
_YEAR_FIRST = re.compile(r"([0-9]{4})([-/._])([0-9]{2})\2([0-9]{2})")
_YEAR_LAST = re.compile(r"([0-9]{2})([-/._])([0-9]{2})\2([0-9]{4})")

_NO_ZONES = {"localtime", "Factory"}
"""Files of a time zone database that name no zone."""

is_plain_email: Final = re.compile(
    r"[A-Za-z0-9_+-]{1,31}+(?:[.][A-Za-z0-9_+-]{1,31}+)?+@[A-Za-z0-9]{1,31}+(?:[.][A-Za-z]{2,31}+){1,3}+"
).fullmatch
is_plain_phone: Final = re.compile(r"[+]?[0-9]{6,15}").fullmatch
"""What most emails and phones are like: the rules take these as they are."""


class Invalid(ValueError):
    """A value is wrong; each message says what is wrong and what would be right."""

    def __init__(self, *messages: str) -> None:
        super().__init__(*messages)
        self.messages = messages


def are_plain_texts(values: Iterable[object]) -> bool:
    """Tell whether all of these are unset, null or texts of the common kind, which `text` takes as they are."""
    unset = UNSET
    for value in values:
        if value is unset or value is None:
            continue
        if type(value) is not str or value <= "!" or len(value) > MAX_TEXT:
            return False
        if not value.isascii() and not value.isprintable():  # what is printable has no lone surrogates
            return False
    return True


def text(value: object, send_empty: bool) -> Any:
    """Take any text, and leave an empty one out; None passes, it is sent as null."""
    if value is None:
        return None
    if type(value) is not str:
        value = _plain_text(value)
    if len(value) > MAX_TEXT:
        raise Invalid(f"is longer than {MAX_TEXT:,} characters; shorten it")
    if not value.isascii():
        _refuse_surrogates(value)
    if send_empty or value.strip():
        return value
    return UNSET


def required_text(value: object, send_empty: bool) -> Any:
    """Take any text, but not None."""
    _refuse_none(value)
    return text(value, send_empty)


def flag(value: object, _: bool) -> object:
    """Take True, False or None."""
    if value is not None and not isinstance(value, bool):
        raise Invalid(f"must be True or False, not {type(value).__name__}")
    return value


def tags(value: object, _: bool) -> object:
    """Take a list of texts that are not empty."""
    if not isinstance(value, list | tuple):
        raise Invalid(f"must be a list of strings, not {type(value).__name__}")
    if len(value) > MAX_TAGS:
        raise Invalid(f"are more than {MAX_TAGS:,}; send fewer")
    return value if are_plain_tags(value) else [_tag(tag) for tag in value]


def are_plain_tags(value: object) -> bool:
    """Tell tags of the common kind, which their rule takes as they are."""
    if not isinstance(value, (list, tuple)) or len(value) > MAX_TAGS:
        return False
    for tag in value:
        if type(tag) is not str or not tag.isascii() or not 0 < len(tag) <= MAX_TAG or tag.isspace():
            return False
    return True


def _tag(value: object) -> str:
    tag = _plain_text(value, are="must be strings")
    if not tag.strip():
        raise Invalid("must not be empty; leave an empty tag out")
    if len(tag) > MAX_TAG:
        raise Invalid(f"must have at most {MAX_TAG} characters each; shorten the longest")
    _refuse_surrogates(tag)
    return tag


def _plain_text(value: object, are: str = "must be a string") -> str:
    """Make a built-in string of one of a subclass (numpy has such), which the encoder does not take."""
    if not isinstance(value, str):
        raise Invalid(f"{are}, not {type(value).__name__}")
    return str(value)


def _refuse_none(value: object) -> None:
    if value is None:
        raise Invalid("must be a string, not None; leave it unset to keep what the contact has")


def _refuse_surrogates(value: str) -> None:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise Invalid("is not valid Unicode (a lone surrogate); decode the source as what it is") from None


def _stripped(rule: Callable[[str], str]) -> Rule:
    """Make a rule of one for text that is there: None and empty texts pass, white space around a text goes."""

    def stripped(value: object, send_empty: bool) -> Any:
        given = text(value, send_empty)
        return rule(given.strip()) if given else given

    return stripped


def _email(given: str) -> str:
    if len(given) > MAX_EMAIL or not _EMAIL.fullmatch(given):
        raise Invalid("is not an email address; write it like ada@example.com")
    return given


def _phone(given: str) -> str:
    if _SPREADSHEET_NUMBER.fullmatch(given):
        raise Invalid("is a number that a spreadsheet has changed; write it as text, best like +12055550142")
    if "/" in given and sum(len(_PHONE_SEPARATORS.sub("", part)) > 6 for part in given.split("/")) > 1:
        raise Invalid("is more than one phone number; keep one of them")
    if not _PHONE.fullmatch(_PHONE_SEPARATORS.sub("", given)):
        raise Invalid("is not a phone number; write 6 to 15 digits without an extension, best like +12055550142")
    return given


def _country(given: str) -> str:
    code = country_code(given)
    if code is None:
        raise Invalid("is not a country the API takes; write a two-letter code such as US, or its English name")
    return code


def _timezone(given: str) -> str:
    zones = _timezones()
    if not zones:  # a machine without a time zone database: the server decides
        return given
    zone = zones.get(given.lower())
    if zone is None:
        raise Invalid("is not an IANA time zone; write a name such as America/Chicago")
    return zone


@cache
def _timezones() -> dict[str, str]:
    return {name.lower(): name for name in available_timezones() - _NO_ZONES}


def _date_of_birth(given: str) -> str:
    if match := _YEAR_FIRST.fullmatch(given):
        year, _, month, day = match.groups()
    elif match := _YEAR_LAST.fullmatch(given):
        month, _, day, year = match.groups()
    else:
        raise Invalid("is not a date the API takes; write YYYY-MM-DD (or MM/DD/YYYY, month first)")
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        raise Invalid("is no date of the calendar (the month comes before the day); write YYYY-MM-DD") from None


def email(value: object, send_empty: bool) -> Any:
    """Take an email address; an empty one is refused even where empty texts are sent, for the API refuses it."""
    if send_empty and isinstance(value, str) and not value.strip():
        raise Invalid("is empty, which the API refuses; leave it unset")
    return _stripped_email(value, send_empty)


def country(value: object, send_empty: bool) -> Any:
    """Take a country's two-letter code or English name, but not None."""
    _refuse_none(value)
    return _stripped_country(value, send_empty)


_stripped_email = _stripped(_email)
_stripped_country = _stripped(_country)
phone = _stripped(_phone)
timezone = _stripped(_timezone)
date_of_birth = _stripped(_date_of_birth)
