"""Contacts that are made up, the same ones for the same seed: about 263 bytes of JSON each, and no two alike.

What differs is put together when a contact is asked for, in a microsecond, and from parts that were drawn before: what
is measured is not how contacts are made up.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

from growthhub_async import Contact, TextField

LOCATION = "ve9EPM428h8vShlRW1KT"
_CUSTOM_FIELD = "MgobCB14YMVKuE4Ka8p1"
_FIRST_NAMES = ("Ada", "Grace", "Katherine", "Alan", "Edsger", "Barbara", "Zoë", "Søren", "Mary Ann", "José")
_LAST_NAMES = ("Lovelace", "Hopper", "Johnson", "Turing", "Dijkstra", "Liskov", "O'Neill", "Núñez", "Smith", "Knuth")
_CITIES = (("Dolomite", "US"), ("London", "GB"), ("Zürich", "CH"), ("Toronto", "CA"), ("Austin", "US"), ("Perth", "AU"))
_TAGS = ("vip", "newsletter", "webinar", "2024", "trade fair", "partner")
_COLOURS = ("blue", "green", "crimson", "grey")
_DRAWN = 997


def people(count: int, seed: int = 0) -> Iterator[dict[str, Any]]:
    """Make so many contacts as the body of a request has them: dicts, in the API's spelling."""
    drawn = _draw(random.Random(seed))
    for number in range(count):
        first, last, city, country, tags, custom_fields = drawn[number % _DRAWN]
        yield {
            "firstName": first,
            "lastName": last,
            "email": f"contact.{number}@example.com",
            "phone": f"+1205{2_000_000 + number:07}",
            "locationId": LOCATION,
            "city": city,
            "country": country,
            "tags": tags,
            "customFields": custom_fields,
        }


def contact_of(person: dict[str, Any]) -> Contact:
    """Make of such a dict the contact that the library takes."""
    return Contact(
        first_name=person["firstName"],
        last_name=person["lastName"],
        email=person["email"],
        phone=person["phone"],
        location_id=person["locationId"],
        city=person["city"],
        country=person["country"],
        tags=person["tags"],
        custom_fields=[TextField(field["id"], field["field_value"]) for field in person["customFields"]],
    )


def _draw(chance: random.Random) -> list[tuple[str, str, str, str, list[str], list[dict[str, str]]]]:
    return [
        (
            chance.choice(_FIRST_NAMES),
            chance.choice(_LAST_NAMES),
            *chance.choice(_CITIES),
            chance.sample(_TAGS, 2),
            [{"id": _CUSTOM_FIELD, "field_value": chance.choice(_COLOURS)}],
        )
        for _ in range(_DRAWN)
    ]
