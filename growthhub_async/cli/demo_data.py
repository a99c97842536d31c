"""The contacts of the demo: made up, messy in the ways real exports are, and the same for the same seed.

Of each hundred records about ten are doubles of an earlier one, by email in another case or by phone in another format,
and six are wrong. Every phone number is one that is kept free for fiction, every address is at an example domain.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path
from random import Random
from typing import NamedTuple

HEADER = (
    "Customer ID",
    "First Name",
    "Surname",
    "E-mail",
    "Mobile phone",
    "Company",
    "Street",
    "City",
    "Country",
    "Birthday",
    "Tags",
    "Notes",
)

_DOUBLE_BY_EMAIL = 0.06
_DOUBLE_BY_PHONE = 0.04
_WRONG = 0.06


def _listed(names: str) -> list[str]:
    return names.split(", ")


_FIRST_NAMES = _listed(
    "Ada, Zoë, José, María José, Jürgen, Søren, Łukasz, Anaïs, Siân, François, Grace, Chloé, Núria, Björn, Aoife,"
    " Miloš, İpek, Nguyễn, Renée, Ole, Inès, Tomáš, Åsa, Mary Ann, Jean-Luc, Đorđe"
)
_LAST_NAMES = _listed(
    "Lovelace, O'Neil, Weiß, Müller, Nuñez, Strøm, Dvořák, Błaszczyk, d'Arc, van der Berg, Szabó, Çelik, Hopper,"
    " Martin, Smith-Jones, Ångström, Pérez García, Ó Briain, Kowalski, St. John"
)
_COMPANIES = ("", "", "Weiß & Söhne, GmbH", 'The "Very Good" Bakery', "Analytical Engines", "L'Épicerie", "Smith; Sons")
_STREETS = ("12 St James's Square", "Hauptstraße 5", "4 rue de l'Église\nBât. B", "Calle Mayor, 8", "PO Box 77", "")
_CITIES = ("London", "Köln", "Orléans", "Málaga", "Tromsø", "Springfield", "Zürich", "")
_COUNTRIES = ("US", "United States", "Germany", "gb", "France", "Spain", "")
_TAGS = ("newsletter", "newsletter,vip", "VIP; event 2024", "customer", "", "")
_NOTES = (
    "",
    "called twice",
    'said "call me\nafter lunch"',
    "met at the fair;\nwants a quote",
    "líne one\n\nline three",
)

Cells = dict[str, str]


class DemoFile(NamedTuple):
    """What was written: how many people, doubles of them and wrong records, and the lines of one such pair."""

    people: int
    doubles: int
    wrong: int
    example: tuple[int, int] | None


def write_demo_file(path: Path, records: int, seed: int = 0) -> DemoFile:
    """Write a CSV file of so many records, in UTF-8 with a byte order mark as Excel does it."""
    maker = _Maker(Random(seed))
    with path.open("wb") as file:
        file.write(b"\xef\xbb\xbf" + _line(HEADER))
        for _ in range(records):
            file.write(maker.next_line())
    return DemoFile(maker.people, maker.doubles, maker.wrong, maker.example)


class _Maker:
    """Make one record after the other, each double from an earlier person who has none yet."""

    def __init__(self, random: Random) -> None:
        self.people = 0
        self.doubles = 0
        self.wrong = 0
        self.example: tuple[int, int] | None = None
        self._random = random
        self._single: list[tuple[int, int, Cells]] = []
        self._line_number = 2

    def next_line(self) -> bytes:
        line = self._next_line()
        self._line_number += line.count(b"\n")
        return line

    def _next_line(self) -> bytes:
        chance = self._random.random()
        if chance < _WRONG:
            self.wrong += 1
            return _wrong(self._person(900_000 + self.wrong), self.wrong)
        if chance < _WRONG + _DOUBLE_BY_EMAIL + _DOUBLE_BY_PHONE and self._single:
            return self._double(by_email=chance < _WRONG + _DOUBLE_BY_EMAIL)
        self.people += 1
        person = self._person(self.people)
        if person["E-mail"] and person["Mobile phone"]:
            self._single.append((self._line_number, self.people, person))
        return _line(person.values())

    def _double(self, *, by_email: bool) -> bytes:
        line, number, person = self._single.pop(self._random.randrange(len(self._single)))
        self.doubles += 1
        self.example = self.example or (line, self._line_number)
        if by_email:
            double = person | {"E-mail": person["E-mail"].upper(), "Mobile phone": "", "City": "Paris"}
        else:
            double = person | {"E-mail": "", "Mobile phone": _phone(number, self._random), "City": "Paris"}
        return _line((double | {"Customer ID": f"X-{number}"}).values())

    def _person(self, number: int) -> Cells:
        choose = self._random.choice
        reachable = self._random.random()
        return {
            "Customer ID": f"C-{number:06}",
            "First Name": choose(_FIRST_NAMES),
            "Surname": choose(_LAST_NAMES),
            "E-mail": "" if reachable < 0.1 else f"person{number}@example.{choose(('com', 'net', 'org'))}",
            "Mobile phone": "" if reachable > 0.85 else _phone(number, self._random),
            "Company": choose(_COMPANIES),
            "Street": choose(_STREETS),
            "City": choose(_CITIES),
            "Country": choose(_COUNTRIES),
            "Birthday": self._birthday(),
            "Tags": choose(_TAGS),
            "Notes": choose(_NOTES),
        }

    def _birthday(self) -> str:
        year, month, day = self._random.randint(1930, 2006), self._random.randint(1, 12), self._random.randint(1, 28)
        return self._random.choice(
            ("", f"{year}-{month:02}-{day:02}", f"{month:02}/{day:02}/{year}", f"{year}.{month:02}.{day:02}")
        )


def _phone(number: int, random: Random) -> str:
    """Write the phone of a person in one of several formats; those that end in 555-01xx belong to nobody."""
    area, last = str(201 + number // 100 % 799), f"01{number % 100:02}"
    formats = ("({}) 555-{}", "{}.555.{}", "{} 555 {}", "+1 {} 555 {}", "+1{}555{}", "001 {} 555 {}", "1-{}-555-{}")
    return random.choice(formats).format(area, last)


def _wrong(person: Cells, number: int) -> bytes:
    """Spoil a record, in one way after the other."""
    person = person | {"E-mail": f"wrong{number}@example.com", "Mobile phone": "", "Notes": ""}
    spoilt = (
        person | {"E-mail": f"wrong{number} at example.com"},
        person | {"Mobile phone": "ask reception"},
        person | {"Birthday": "1987-02-31"},
        person | {"Country": "Atlantis"},
        person | {"Mobile phone": f"555-{number:04}-7"},  # digits enough for a phone, but for none of the location's
        dict.fromkeys(HEADER, "") | {"City": "Nowhere"},
    )
    match number % (len(spoilt) + 3):
        case 0:
            return f'{person["Customer ID"]},Jo,"The "Rock" Smith",{person["E-mail"]},,,,,,,,\n'.encode()
        case 1:
            return f"{person['Customer ID']},Jo,Smith,{person['E-mail']},,Smith, Sons and Daughters,,,,,,\n".encode()
        case 2:
            return f"{person['Customer ID']},Jürgen,Smith,{person['E-mail']},,,,,,,,\n".encode("latin-1")
        case kind:
            return _line(spoilt[kind - 3].values())


def _line(cells: Iterable[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue().encode()
