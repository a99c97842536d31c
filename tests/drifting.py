"""Contacts of every form, and the sandbox that keeps them: for what is to be seen of drift."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Any

from hypothesis import strategies as st
from msgspec import UNSET

from growthhub_async import (
    CheckboxField,
    Contact,
    CustomField,
    DndChannel,
    DndSettings,
    FileField,
    FileMeta,
    LargeTextField,
    MonetaryField,
    MultiSelectField,
    NumericField,
    RadioField,
    Record,
    SingleSelectField,
    TextField,
    UploadedFile,
)
from growthhub_async.checks import check, encode
from growthhub_async.reply import (
    UpsertReply,
)
from growthhub_async.sandbox import Behaviour, Location, Scenario
from growthhub_async.sandbox import CustomField as FieldOfLocation
from growthhub_async.sandbox.api import Api, Call
from growthhub_async.sandbox.auth import Tokens
from growthhub_async.sandbox.phones import CALLING_CODES
from growthhub_async.sandbox.store import MemoryStore
from growthhub_async.upserts import decode_upsert

KINDS: dict[str, tuple[type[CustomField], ...]] = {
    "TEXT": (TextField, CustomField),
    "LARGE_TEXT": (LargeTextField,),
    "SINGLE_OPTIONS": (SingleSelectField, CustomField),
    "RADIO": (RadioField,),
    "DATE": (TextField, CustomField),
    "NUMERICAL": (NumericField, CustomField),
    "MONETORY": (MonetaryField, CustomField),
    "CHECKBOX": (CheckboxField, CustomField),
    "MULTIPLE_OPTIONS": (MultiSelectField,),
    "FILE_UPLOAD": (FileField,),
}
FIELDS = tuple(
    FieldOfLocation(id=f"f_{kind}", name=kind, field_key=f"contact.{kind.lower()}", data_type=kind)  # type: ignore[arg-type]
    for kind in KINDS
)
TAKES_ALL = Behaviour(gender_on_update="written", prefixed_custom_key="written")
COUNTRIES = (*CALLING_CODES, *["US", "GB", "IT", "HU", "RU", "KZ", "BY", "MX", "TM", "CI"] * 20)
ZERO_IS_SIGNIFICANT = ("IT", "SM", "VA", "CI", "CG", "BJ")
TRUNKS = {"HU": "06", "RU": "8", "KZ": "8", "TM": "8", "BY": "80", "MX": "01", **dict.fromkeys(ZERO_IS_SIGNIFICANT, "")}
DATE_FORMATS = ("%Y/%m/%d", "%m/%d/%Y", "%Y-%m-%d", "%m-%d-%Y", "%Y.%m.%d", "%m.%d.%Y", "%Y_%m_%d", "%m_%d_%Y")

words = st.text("aB éß-'.9", min_size=1, max_size=8).filter(str.strip)
dates = st.builds(
    lambda day, form: day.strftime(form), st.dates(date(1900, 1, 1), date(2029, 12, 31)), st.sampled_from(DATE_FORMATS)
)
tags = st.lists(st.sampled_from(["vip", "VIP", " vip ", "New York", "new york ", "Été", "lead"]), max_size=4)
options = st.lists(st.sampled_from(["red", "blue", "light green", "1", "2.50"]), min_size=1, max_size=3)
statuses = st.sampled_from(["active", "inactive", "permanent"])
channels = st.builds(DndChannel, status=statuses, message=words | st.none() | st.just(UNSET))
all_dnd = st.builds(DndSettings, **dict.fromkeys(DndSettings.__struct_fields__, st.just(UNSET) | channels))
emails = st.sampled_from(["ada@example.com", "Ada@Example.COM"])
numbers = st.integers(-(10**12), 10**12) | st.floats(-1e9, 1e9).map(lambda number: round(number, 2))


@st.composite
def phones(draw: st.DrawFn, country: str) -> str:
    """Write a phone as people of a country do: theirs as at home or from abroad, another country's from abroad."""
    home = draw(st.booleans())
    of = country if home else draw(st.sampled_from(COUNTRIES))
    length = 10 if CALLING_CODES[of] == "1" else draw(st.integers(7, 10))
    national = draw(st.sampled_from("23456")) + "".join(
        draw(st.lists(st.sampled_from("0123456789"), min_size=length - 1, max_size=length - 1))
    )
    trunk = "1" if CALLING_CODES[of] == "1" else TRUNKS.get(of, "0")
    code = CALLING_CODES[of]
    abroad = [
        f"+{code}{national}",
        f"+{code} {national[:3]}-{national[3:]}",
        f"00{code} {national}",
        f"+{code} (0){national}",
    ]
    at_home = [national, trunk + national, f"({trunk}{national[:2]}) {national[2:5]}.{national[5:]}"]
    return draw(st.sampled_from(at_home if home else abroad))


files = st.builds(
    lambda n: UploadedFile(
        meta=FileMeta(fieldname="f", originalname="a", encoding="7bit", mimetype="a/b", size=n, uuid=f"u{n}"),
        url=f"https://files/{n}",
        document_id=f"d{n}",
    ),
    st.integers(0, 9),
)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "TEXT": words,
    "LARGE_TEXT": words.map("{0}\n{0}".format),
    "SINGLE_OPTIONS": st.sampled_from(["red", "blue"]),
    "RADIO": st.sampled_from(["yes", "no"]),
    "DATE": dates,
    "NUMERICAL": numbers,
    "MONETORY": numbers,
    "CHECKBOX": options | st.sampled_from(["red", "blue"]),
    "MULTIPLE_OPTIONS": options,
    "FILE_UPLOAD": st.lists(files, min_size=1, max_size=2).map(lambda some: {file.meta.uuid: file for file in some}),
}


@st.composite
def custom_fields(draw: st.DrawFn, at_least: int = 0) -> list[CustomField]:
    """Fill some of the location's custom fields, each by any class that takes its values; some twice."""
    some = draw(st.lists(st.sampled_from(sorted(KINDS)), min_size=at_least, max_size=4))
    return [draw(st.sampled_from(KINDS[kind]))(f"f_{kind}", draw(VALUES[kind])) for kind in some]


def plain_fields() -> dict[str, st.SearchStrategy[Any]]:
    """Give what a contact may have, phone and email apart."""
    return {
        **dict.fromkeys(("first_name", "last_name", "gender", "address1", "city", "state", "postal_code"), words),
        **dict.fromkeys(("website", "source", "company_name", "assigned_to"), words),
        "timezone": st.sampled_from(["America/Chihuahua", "Asia/Calcutta"]),
        "country": st.sampled_from(["US", "United Kingdom", "de"]),
        "dnd": st.booleans(),
        "dnd_settings": all_dnd,
        "tags": tags,
        "custom_fields": custom_fields(),
        "date_of_birth": dates,
    }


def contacts(country: str) -> st.SearchStrategy[Contact]:
    """Make contacts that the API takes whole."""
    optional = plain_fields() | {"phone": phones(country), "name": words}
    return st.fixed_dictionaries({"email": emails}, optional=optional).map(lambda fields: Contact(**fields))


class Server:
    """The sandbox's API without a socket, and the client's way to it: checked, encoded, answered, decoded."""

    def __init__(self, location: Location) -> None:
        scenario = Scenario(locations=(location,))
        self._location_id = location.id
        self._tokens = Tokens(scenario)
        self._api = Api(scenario, MemoryStore(), self._tokens, clock=lambda: 0.0)
        self._api.plant()

    def upsert(self, contact: Contact, *, send_empty: bool = False) -> tuple[Contact, UpsertReply]:
        """Upsert a contact that is right, and return it as it was sent, with the reply."""
        sent, problems = check(Record(contact=contact), self._location_id, send_empty=send_empty)
        assert problems == []
        body = encode(sent)
        assert isinstance(body, bytes)
        call = Call(
            method="POST",
            path="/contacts/upsert",
            authorization=f"Bearer {self._tokens.of(self._location_id)}",
            version="2023-02-21",
            content_type="application/json",
            body=body,
        )
        reply = asyncio.run(self._api.answer(call))
        assert reply.status == 200, reply.body
        return sent, decode_upsert(reply.body)
