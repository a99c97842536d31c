"""Who is imported: people of every kind that matters to sending a request twice, and what is true of each.

Each record carries the name of its sending in its source: records that the import has to make one of have one name, and
so a request tells for which of them it was sent.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

HEADER = ("First Name", "Last Name", "E-mail", "Phone", "Source", "Gender", "Tags")

_NOBODYS = ("290", "391", "492", "593", "694", "795", "896", "997")
"""Area codes that are given to nobody."""

_INVALID = 0.02
_REJECTED = 0.02
_NAMES_ONLY = 0.15
_KNOWN = 0.06
_AGAIN = 0.10
_ALIAS = 0.05
_WIDE = 0.005


class Sending(NamedTuple):
    """What one request is about: the first record of it, and what is true of it whatever happens.

    `identity` is of the contact that the server holds it to be about, None without email or phone; `fate` is `sent`,
    `invalid` or `rejected`; `known` says that the contact was there before.
    """

    name: str
    position: int
    identity: str | None
    fate: str
    known: bool
    full_name: str
    tags: frozenset[str]


class People(NamedTuple):
    """All records by their position, each with the sending that it is of, and the contacts that are there before."""

    records: list[str]
    sendings: dict[str, Sending]
    known: tuple[dict[str, Any], ...]


class _Identity(NamedTuple):
    name: str
    email: str
    digits: str


def make_people(path: Path, records: int, seed: int) -> People:
    """Write a CSV file of so many records, the same for the same seed."""
    maker = _Maker(Random(f"{seed}/people"))
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        for row in maker.rows(records):
            writer.writerow(row)
    return People(maker.records, maker.sendings, tuple(maker.known))


class _Maker:
    def __init__(self, random: Random) -> None:
        self.records: list[str] = []
        self.sendings: dict[str, Sending] = {}
        self.known: list[dict[str, Any]] = []
        self._random = random
        self._identities: list[_Identity] = []
        self._tails: set[str] = set()

    def rows(self, number: int) -> Iterator[list[str]]:
        while len(self.records) < number:
            yield self._row()

    def _row(self) -> list[str]:
        chance = self._random.random()
        for share, make in (
            (_INVALID, self._invalid),
            (_WIDE, self._wide),
            (_REJECTED, self._rejected),
            (_NAMES_ONLY, self._names_only),
            (_AGAIN, self._again),
            (_ALIAS, self._alias),
        ):
            if chance < share:
                return make()
            chance -= share
        return self._new()

    def _add(self, name: str, identity: str | None, fate: str, *, known: bool = False, tags: str = "") -> list[str]:
        """Note a record, and return its first and last name."""
        sending = self.sendings.get(name)
        last = f"Person{len(self.records)}" if sending is None else sending.full_name.partition(" ")[2]
        mine = frozenset(filter(None, tags.split(",")))
        if sending is None:
            self.sendings[name] = Sending(name, len(self.records), identity, fate, known, f"Ada {last}", mine)
        else:
            self.sendings[name] = sending._replace(tags=sending.tags | mine)
        self.records.append(name)
        return ["Ada", last]

    def _next_name(self) -> str:
        return f"s{len(self.records)}"

    def _tags(self) -> str:
        return self._random.choice(("", "", "vip", "vip,event", "newsletter"))

    def _new(self) -> list[str]:
        name = self._next_name()
        kind = self._random.choice(("email", "phone", "both"))
        email = f"{name}@example.com" if kind != "phone" else ""
        digits = self._phone() if kind != "email" else ""
        identity = _Identity(name, email, digits)
        self._identities.append(identity)
        known = self._random.random() < _KNOWN
        if known:
            self.known.append(self._contact(identity))
        tags = self._tags()
        gender = self._random.choice(("", "", "female"))
        return [*self._add(name, name, "sent", known=known, tags=tags), *self._spelt(identity), name, gender, tags]

    def _again(self) -> list[str]:
        """Write a record of a contact once more, so that the import can see it is the same."""
        if not self._identities:
            return self._new()
        identity = self._random.choice(self._identities)
        email, phone = self._spelt(identity)
        if email and phone:
            email, phone = self._random.choice(((email, ""), ("", phone), (email, phone)))
        tags = self._tags()
        return [*self._add(identity.name, identity.name, "sent", tags=tags), email, phone, identity.name, "", tags]

    def _alias(self) -> list[str]:
        """Write a record of a contact whose phone is spelt so that only the server can see it is the same."""
        with_phone = [identity for identity in self._identities[-50:] if identity.digits]
        if not with_phone:
            return self._new()
        identity, name = self._random.choice(with_phone), self._next_name()
        self._identities.remove(identity)
        area, rest = identity.digits[:3], identity.digits[3:]
        phone = self._random.choice((f"({area}) {rest[:3]}-{rest[3:]}", f"{area}.{rest}", identity.digits))
        known = self.sendings[identity.name].known
        return [*self._add(name, identity.name, "sent", known=known), "", phone, name, "", ""]

    def _names_only(self) -> list[str]:
        name = self._next_name()
        tags = self._tags()
        return [*self._add(name, None, "sent", tags=tags), "", "", name, "", tags]

    def _rejected(self) -> list[str]:
        """Write a record that only the server knows to be wrong: a number is short there, and fine elsewhere."""
        name = self._next_name()
        phone = f"2{len(self.records):07d}"
        return [*self._add(name, name, "rejected"), f"{name}@example.com", phone, name, "", ""]

    def _invalid(self) -> list[str]:
        name = self._next_name()
        return [*self._add(name, None, "invalid"), f"{name} at example", "", name, "", ""]

    def _wide(self) -> list[str]:
        name = self._next_name()
        return [*self._add(name, None, "invalid"), f"{name}@example.com", "", name, "", "", "one", "too", "many"]

    def _phone(self) -> str:
        while True:
            tail = f"{self._random.randrange(1_000_000):06d}"  # by which phones are held to be alike
            if tail not in self._tails:
                self._tails.add(tail)
                return f"{self._random.choice(_NOBODYS)}5{tail}"

    def _spelt(self, identity: _Identity) -> tuple[str, str]:
        """Write an identity in one of the spellings that the import knows to be the same."""
        email, digits = identity.email, identity.digits
        if email:
            email = self._random.choice((email, email.upper(), email.capitalize(), f" {email} "))
        if not digits:
            return email, ""
        area, rest = digits[:3], digits[3:]
        spellings = (f"+1{digits}", f"+1 {area} {rest[:3]} {rest[3:]}", f"+1 ({area}) {rest[:3]}-{rest[3:]}")
        return email, self._random.choice((*spellings, f"001 {area} {rest}"))

    def _contact(self, identity: _Identity) -> dict[str, Any]:
        contact: dict[str, Any] = {"firstName": "Known", "tags": ["before"]}
        if identity.email:
            contact["email"] = identity.email
        if identity.digits:
            contact["phone"] = f"+1{identity.digits}"
        return contact
