"""What is drift and what is only the API's way to write it: observed.md, "What an upsert does to a contact"."""

from __future__ import annotations

from typing import Any

import pytest

from growthhub_async import (
    CheckboxField,
    Contact,
    CustomField,
    DndChannel,
    DndSettings,
    FileField,
    FileMeta,
    InboundDnd,
    InboundDndSettings,
    MultiSelectField,
    NumericField,
    TextField,
    UploadedFile,
)
from growthhub_async.drift import _COMPARED, _are_plain_fields_equal, find_drift
from growthhub_async.outcome import Dropped
from growthhub_async.reply import StoredContact, StoredCustomField, StoredDndChannel, StoredDndSettings
from growthhub_async.sandbox.phones import CALLING_CODES


def drift(sent: Contact, *, new: bool = False, **kept: Any) -> tuple[Dropped, ...]:
    """Find the drift of a contact whose reply has these fields."""
    return find_drift(sent, StoredContact(id="c1", **kept), new=new)


def value_drifts(sent: Any, kept: Any) -> bool:
    """Tell whether a custom field's value, of no known kind, is drift."""
    stored = [StoredCustomField(id="f1", value=kept)]
    dropped = drift(Contact(custom_fields=[CustomField("f1", sent)]), custom_fields=stored)
    assert dropped in ((), (Dropped(field="custom_fields.f1", sent=sent, kept=kept or None),))
    return bool(dropped)


def upload(number: int, **changes: Any) -> UploadedFile:
    """Make a file as it is sent."""
    meta = FileMeta(
        fieldname="f", originalname="a.pdf", encoding="7bit", mimetype="application/pdf", size=9, uuid=f"u{number}"
    )
    return UploadedFile(**{"meta": meta, "url": f"https://files/{number}", "document_id": f"d{number}"} | changes)


def test_what_was_dropped_is_told_with_what_is_kept_in_its_place() -> None:
    """The phone of another contact is not taken: the one updated keeps its own, or none."""
    sent = Contact(email="ada@example.com", phone="+12055550100")
    assert drift(sent, email="ada@example.com", phone="+12055550199") == (
        Dropped(field="phone", sent="+12055550100", kept="+12055550199"),
    )
    assert drift(sent, email="ada@example.com") == (Dropped(field="phone", sent="+12055550100", kept=None),)


def test_what_was_not_sent_is_no_drift() -> None:
    """Fields that are not set are left alone, and whatever the contact has in them is right."""
    assert drift(Contact(), first_name="Ada", tags=["a"], dnd=True, phone="+12055550100", location_id="l1") == ()


@pytest.mark.parametrize("empty", [None, "", " "])
def test_what_is_empty_is_taken_when_nothing_is_kept(empty: str | None) -> None:
    """Nobody knows whether null and an empty text clear a field: drift is what is still there."""
    assert drift(Contact(city=empty, first_name=empty, phone=empty)) == ()
    assert drift(Contact(city=empty), city="") == ()
    assert drift(Contact(city=empty), city="Turin") == (Dropped(field="city", sent=empty, kept="Turin"),)
    assert drift(Contact(city="Turin"), city=empty) == (Dropped(field="city", sent="Turin", kept=None),)


@pytest.mark.parametrize(
    ("field", "sent", "kept"),
    [
        ("first_name", "Zoë ", "Zoe\u0308"),
        ("email", "Ada@Example.COM", "ada@example.com"),
        ("email", "E\u0301va@example.com", "éva@example.com"),
        ("timezone", "America/Chihuahua", "America/chihuahua"),
        ("name", "Ada  LOVELACE", "ada lovelace"),
        ("tags", ["VIP", " New York ", "vip"], ["new york", "vip"]),
        ("tags", ["a"], ["b", "a"]),
        ("tags", ["vip"], ["VIP "]),
        ("tags", ("a",), ["a"]),
        ("tags", [], []),
        ("tags", [], None),
        ("tags", (), []),
        ("date_of_birth", "1990-09-25", "1990-09-25T00:00:00.000Z"),
        ("dnd", False, None),
        ("dnd", None, False),
        ("location_id", "l1", None),
        ("location_id", None, "l1"),
    ],
)
def test_another_form_is_no_drift(field: str, sent: Any, kept: Any) -> None:
    """Case, white space, composition, order and the time of a day are the API's to choose where they mean nothing."""
    assert drift(Contact(**{field: sent}), **{field: kept}) == ()


@pytest.mark.parametrize(
    ("field", "sent", "kept"),
    [
        ("first_name", "Ada", "ada"),
        ("first_name", "Ada L.", "Ada  L."),
        ("company_name", "Analytical Engines", "Analytical"),
        ("postal_code", "01234", "1234"),
        ("email", "ada@example.com", "ada@example.org"),
        ("name", "Ada Lovelace", "Ada Byron"),
        ("tags", ["vip", "new"], ["vip"]),
        ("tags", [], ["vip"]),
        ("date_of_birth", "1990-09-25", "1990-09-24T00:00:00.000Z"),
        ("date_of_birth", "1990-09-25", "1990-09-2500:00"),
        ("dnd", True, False),
        ("dnd", False, True),
        ("dnd", None, True),
        ("dnd", True, None),
        ("location_id", "l1", "l2"),
        ("assigned_to", "u1", None),
    ],
)
def test_another_value_is_drift(field: str, sent: Any, kept: Any) -> None:
    """What was sent and what is kept are told as they were."""
    assert drift(Contact(**{field: sent}), **{field: kept}) == (Dropped(field=field, sent=sent, kept=kept),)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("+1 205-555-0100", "+12055550100"),
        ("(205) 555-0100", "+12055550100"),
        ("1 205 555 0100", "+12055550100"),
        ("020 7946 0999", "+442079460999"),
        ("20 7946 0999", "+442079460999"),
        ("0044 20 7946 0999", "+442079460999"),
        ("44 20 7946 0999", "+442079460999"),
        ("011 44 20 7946 0999", "+442079460999"),
        ("0011 44 20 7946 0999", "+442079460999"),
        ("+44 (0)20 7946 0999", "+442079460999"),
        ("(+44) 020 7946 0999", "+442079460999"),
        ("0044 (0)20 7946 0999", "+442079460999"),
        ("+44 (0)20 7946 0999", "+4402079460999"),
        ("06 6982 1234", "+390669821234"),
        ("06 1 234 5678", "+3612345678"),
        ("8 495 123 45 67", "+74951234567"),
        ("+7 (8) 495 123 45 67", "+74951234567"),
        ("80 29 123 45 67", "+375291234567"),
        ("01 55 1234 5678", "+525512345678"),
        ("+52 1 55 1234 5678", "+525512345678"),
        ("4000123", "+6834000123"),
    ],
)
def test_a_phone_may_be_written_as_at_home_or_from_abroad(sent: str, kept: str) -> None:
    """The API keeps E.164, and completes a number without + by the location's country, which is not known here."""
    assert drift(Contact(phone=sent), phone=kept) == ()


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("+12055550100", "+12055550101"),
        ("+12055550100", "+442055550100"),
        ("+2055550100", "+12055550100"),
        ("0020 5555 0100", "+12055550100"),
        ("0044 123 4567", "+390441234567"),
        ("020 7946 0999", "+441079460999"),
        ("020 7946 0999", "+440999"),
        ("020 7946 0999", "+4420794609991"),
        ("06 1234 5678", "+31712345678"),
        ("81234567", "+4791234567"),
        ("8 495 123 45 67", "+444951234567"),
        ("12055550100", "+442055550100"),
        ("5 205 555 0100", "+12055550100"),
        ("+44 (1)20 7946 0999", "+442079460999"),
        ("020 7946 0999", "+44"),
        ("020 7946 0999", "unknown"),
    ],
)
def test_another_phone_is_drift(sent: str, kept: str) -> None:
    """The national number has to be the same to the last digit, and what is before it something that is dialled."""
    assert drift(Contact(phone=sent), phone=kept) == (Dropped(field="phone", sent=sent, kept=kept),)


@pytest.mark.parametrize("code", sorted(set(CALLING_CODES.values())))
def test_a_phone_is_completed_in_every_country(code: str) -> None:
    """A national number is recognized behind each calling code, and behind no more and no less than one."""
    assert drift(Contact(phone="0 512 345 678"), phone=f"+{code}512345678") == ()
    assert drift(Contact(phone="0 512 345 678"), phone=f"+{code}9512345678")
    assert drift(Contact(phone="0 512 345 678"), phone=f"+{code}12345678")


def test_a_name_is_the_servers_to_make() -> None:
    """Sent with a first or last name, the name is made of these; sent alone, these are made of it."""
    parts = {"first_name": "Ada", "last_name": "Byron"}
    assert drift(Contact(name="Countess", **parts), name="Ada Byron", **parts) == ()
    assert drift(Contact(name=None, last_name="Byron"), name="Ada Byron", **parts) == ()
    assert drift(Contact(name="Ada Byron", first_name=None, last_name=""), name="Ada Byron", **parts) == ()
    assert drift(Contact(name="Ada Byron", first_name=None), name="Byron", last_name="Byron") != ()
    assert [drop.field for drop in drift(Contact(first_name=None), first_name="Ada")] == ["first_name"]
    assert [drop.field for drop in drift(Contact(name="", first_name=None), first_name="Ada")] == ["first_name"]
    both = drift(Contact(name="X", first_name="Eve", last_name=""), name="Ada Byron", **parts)
    assert [drop.field for drop in both] == ["first_name", "last_name"]


def test_gender_is_drift_only_where_the_server_is_known_to_drop_it() -> None:
    """On an existing contact it is dropped; of a new one, replies are not documented to tell it."""
    sent = Contact(gender="female")
    assert drift(sent, new=True) == ()
    assert drift(sent, new=True, gender="female") == ()
    assert drift(sent, new=True, gender="male") == (Dropped(field="gender", sent="female", kept="male"),)
    assert drift(sent, new=False) == (Dropped(field="gender", sent="female", kept=None),)
    assert drift(sent, new=False, gender="male") == (Dropped(field="gender", sent="female", kept="male"),)
    assert drift(Contact(city="Turin"), new=True) != ()


def test_what_no_reply_has_is_never_drift() -> None:
    """Inbound settings and the wish for a double are not in any reply."""
    inbound = InboundDndSettings(all=InboundDnd(status="active"))
    assert drift(Contact(inbound_dnd_settings=inbound, create_new_if_duplicate_allowed=True)) == ()


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (100, "100"),
        (100.0, 100),
        (100.5, "100.50"),
        ("100.50", 100.5),
        ("100", 100.0),
        ("-3", -3),
        (1e22, "1e+22"),
        (0.1, "0.1"),
        ("red ", "red"),
        ("red", ["red"]),
        (["red"], "red"),
        (["red", "blue"], ["blue", "red"]),
        (["red", "red"], ["red"]),
        (["1", "2"], [2, 1]),
        ("09/25/1990", "1990-09-25"),
        ("1990/09/25", "1990-09-25"),
        ("1990.09.25", "1990-09-25"),
        ("1990_09_25", "1990-09-25T00:00:00.000Z"),
        ("1990-09-25", "1990-09-25 00:00:00"),
        ("09-25-1990", "1990-09-25"),
        ("09.25.1990", "1990-09-25"),
        ("09_25_1990", "1990-09-25"),
        ("1990-09-25T00:00:00Z", "1990-09-25"),
        ("", None),
        ("", []),
        ([], ""),
        ({}, None),
    ],
)
def test_another_form_of_a_custom_value_is_no_drift(sent: Any, kept: Any) -> None:
    """Numbers, options and dates are compared by what they mean: the kind of the field is not known."""
    assert not value_drifts(sent, kept)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (100, 101),
        (100, "101"),
        (100, "100 EUR"),
        (0, None),
        (9007199254740993, 9007199254740992.0),
        ("007", 7),
        ("007", "7"),
        ("1,000", 1000),
        ("red", "Red"),
        ("red", ["red", "blue"]),
        (["red", "blue"], ["red"]),
        (["red"], ["red", "blue"]),
        (["red"], [{"red": 1}]),
        (["red"], {"red": 1}),
        (["red"], []),
        ("09/25/1990", "1990-09-26"),
        ("09/10/1990", "1990-10-09"),
        ("09/25-1990", "1990-09-25"),
        ("1990-09-25T10:00", "1990-09-25T11:00"),
        ("red", True),
        ("1", True),
        ("red", 1),
        ("red", float("inf")),
        ("red", {"a": ["red"]}),
        ("", "red"),
    ],
)
def test_another_custom_value_is_drift(sent: Any, kept: Any) -> None:
    """What means something else has not been taken; a text that begins with zeros is no number."""
    assert value_drifts(sent, kept)


def test_custom_fields_are_told_one_by_one() -> None:
    """An unknown id is not in the reply; of an id that is sent twice the last value counts."""
    sent = Contact(
        custom_fields=[TextField("f1", "x"), NumericField("f2", 1), TextField("f3", "old"), TextField("f3", "new")]
    )
    stored = [StoredCustomField(id="f9", value="x"), StoredCustomField(id="f3", value="new")]
    expected = (
        Dropped(field="custom_fields.f1", sent="x", kept=None),
        Dropped(field="custom_fields.f2", sent=1, kept=None),
    )
    assert drift(sent, custom_fields=stored) == expected
    assert [drop.field for drop in drift(sent)] == ["custom_fields.f1", "custom_fields.f2", "custom_fields.f3"]
    assert drift(Contact(custom_fields=[CheckboxField("f1", ""), MultiSelectField("f2", [])])) == ()


def test_files_are_compared_by_document_or_url() -> None:
    """However a reply holds files, each that was sent is looked for by what identifies it."""
    sent = {"u1": upload(1), "u2": upload(2)}
    assert not value_drifts(sent, {"u1": {"documentId": "d1"}, "u2": {"url": "https://files/2"}})
    assert not value_drifts(sent, [{"documentId": "d2"}, ["https://files/1"], "d3"])
    assert value_drifts(sent, {"u1": {"documentId": "d1"}, "u2": {"documentId": "d3", "url": "https://files/3"}})
    assert value_drifts(sent, "d1")
    assert value_drifts(sent, 7)
    named = [StoredCustomField(id="f1", value={"u1": {"url": "https://files/9", "documentId": "d9"}})]
    assert drift(Contact(custom_fields=[FileField("f1", {"u1": upload(1)})]), custom_fields=named)
    assert value_drifts({"u1": upload(1, document_id="")}, {"u1": {"documentId": ""}})


def test_channels_are_compared_by_status_and_by_message() -> None:
    """A message counts when both have one, a code never; a channel that is not kept is off."""
    permanent = DndChannel(status="permanent", message="stop ", code="7")
    sent = Contact(dnd_settings=DndSettings(sms=permanent, fb=DndChannel(status="inactive")))

    def fields(sms: StoredDndChannel | None, **other: StoredDndChannel) -> list[str]:
        return [drop.field for drop in drift(sent, dnd_settings=StoredDndSettings(sms=sms, **other))]

    assert fields(StoredDndChannel(status="permanent", message="stop")) == []
    assert fields(StoredDndChannel(status="permanent"), email=StoredDndChannel(status="active")) == []
    assert fields(StoredDndChannel(status="permanent", message="go")) == ["dnd_settings.sms"]
    assert fields(StoredDndChannel(status="active", message="stop")) == ["dnd_settings.sms"]
    assert fields(None) == ["dnd_settings.sms"]
    assert fields(None, fb=StoredDndChannel(status="active")) == ["dnd_settings.sms", "dnd_settings.fb"]
    assert drift(sent) == (Dropped(field="dnd_settings.sms", sent=permanent, kept=None),)


@pytest.mark.parametrize("name", [name for name, _ in _COMPARED])
def test_every_field_that_is_compared_is_looked_at_first(name: str) -> None:
    """The glance that spares most records the closer look misses no field of it, and none is looked at in vain."""
    text: Any = "some"
    sent, kept = Contact(**{name: text}), StoredContact(id="c1", **{name: text})
    assert _are_plain_fields_equal(sent, kept)
    assert _are_plain_fields_equal(Contact(), kept)
    assert not _are_plain_fields_equal(sent, StoredContact(id="c1"))
