"""What the names of columns mean: which field of a contact, a field's second value, or something of another system.

Names are compared without case, accents, punctuation and spaces, so that `E-Mail`, `email` and `eMail` are one name.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple

from ...contact import Contact
from .synonyms import FOREIGN, LESSER, NO_FIELDS, QUALIFIERS, SECONDS, SYNONYMS, TRAILING

_OURS = re.compile(r"growthhub_\w+", re.IGNORECASE)
"""Columns that an import writes beside those of its source, into the files of what became of them."""

SYNONYM = 1
"""The rank up to which a name says in so many words what it means."""

_LESSER_RANK = 100

_NEAR = 0.8
"""How alike two short names must be for one to be suggested for the other, 0 to 1; long ones must be more alike."""

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_WORD = re.compile(r"[^\W_]+")


class Meaning(NamedTuple):
    """What a name means; of two names for one field the lower `rank` is the closer.

    `second` is set on a name that is numbered 2 or more; `foreign` on one that another system keeps for itself.
    """

    field: str | None
    rank: int = 0
    second: bool = False
    foreign: bool = False


def normalised(name: str) -> str:
    """Reduce a name to its letters and digits, without case and accents."""
    return "".join(_words(name))


def meaning(name: str) -> Meaning:
    """Tell what a column's name means."""
    words = _words(name)
    field = _exact_fields().get("".join(words))
    if field is not None:
        return Meaning(field, rank=0)
    field = _field_names().get("".join(words))
    if field is not None:
        return Meaning(field, rank=SYNONYM)
    if is_ours(name) or FOREIGN.intersection(words):
        return Meaning(None, foreign=True)
    return _looser_meaning(words)


def is_ours(name: str) -> bool:
    """Tell a column that an earlier import wrote."""
    return _OURS.fullmatch(name.strip()) is not None


def nearest_field(name: str) -> str | None:
    """Suggest the field that an unknown name may have meant; None when no name is near."""
    if normalised(name) in NO_FIELDS:
        return None
    near = _nearest(name, [known for known, field in _field_names().items() if field in SYNONYMS])
    return _field_names()[near] if near else None


def nearest_name(name: str, names: list[str]) -> str | None:
    """Suggest which of some names another may have meant; None when none is near."""
    by_normalised = {normalised(candidate): candidate for candidate in names}
    near = _nearest(name, list(by_normalised))
    return by_normalised[near] if near else None


def listed(names: Sequence[str]) -> str:
    """Write names one after the other, as they are told to people: the first twenty, cut where long."""
    told = ", ".join(f"`{name[:40]}`" for name in names[:20])
    return f"{told} and {len(names) - 20} more" if len(names) > 20 else told


def exact_field(name: str) -> str | None:
    """Find the field of that very name, in snake_case or as on the wire."""
    return next((field for field, wire in _wire_names() if name in (field, wire)), None)


def _looser_meaning(words: list[str]) -> Meaning:
    """Read `E-mail 2 - Value` as a second email, and `Mailing City` as a city."""
    second = any((word.isdecimal() and word.lstrip("0") not in ("", "1")) or word in SECONDS for word in words)
    plain = [word for word in words if not word.isdecimal() and word not in SECONDS and word not in ("value", LESSER)]
    for rank, (bare, only) in enumerate(_without_qualifiers(plain), start=_LESSER_RANK if LESSER in words else 2):
        field = _field_names().get("".join(bare))
        if field is not None and only in (None, field):
            return Meaning(field, rank=rank, second=second)
    return Meaning(None)


def _without_qualifiers(words: list[str]) -> Iterator[tuple[list[str], str | None]]:
    """Take qualifiers off, one at a time; with what is left comes the one field that it can be, if there is one."""
    yield words, None
    while words and words[0] in QUALIFIERS:
        words = words[1:]
        yield words, None
    only = None
    while words and words[-1] in QUALIFIERS:
        only = TRAILING.get(words[-1], only)
        words = words[:-1]
        yield words, only


def _nearest(name: str, known: list[str]) -> str | None:
    wanted = normalised(name)
    cutoff = max(_NEAR, 1 - 2 / max(len(wanted), 1))
    return next(iter(difflib.get_close_matches(wanted, known, n=1, cutoff=cutoff)), None)


def _words(name: str) -> list[str]:
    spaced = _HUMP.sub(" ", name)
    unaccented = "".join(c for c in unicodedata.normalize("NFKD", spaced) if not unicodedata.combining(c))
    return _WORD.findall(unaccented.casefold())


@cache
def _wire_names() -> tuple[tuple[str, str], ...]:
    return tuple(zip(Contact.__struct_fields__, Contact.__struct_encode_fields__, strict=True))


@cache
def _exact_fields() -> dict[str, str]:
    return {normalised(field): field for field in Contact.__struct_fields__}


@cache
def _field_names() -> dict[str, str]:
    synonyms = ((normalised(name), field) for field, names in SYNONYMS.items() for name in names.split(","))
    return dict(synonyms) | _exact_fields()
