"""Drift in both directions, the sandbox being the judge: no false alarm, and nothing missed."""

from __future__ import annotations

import unicodedata
from datetime import date, datetime, timedelta
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import UNSET

from growthhub_async import (
    Contact,
    CustomField,
    DndSettings,
    TextField,
)
from growthhub_async.drift import find_drift
from growthhub_async.outcome import Dropped
from growthhub_async.reply import (
    StoredContact,
    StoredCustomField,
    StoredDndChannel,
    StoredDndSettings,
    UpsertReply,
)
from growthhub_async.sandbox import Behaviour, Location
from tests.drifting import (
    COUNTRIES,
    DATE_FORMATS,
    FIELDS,
    TAKES_ALL,
    Server,
    contacts,
    custom_fields,
    plain_fields,
)


def drifting(sent: Contact, reply: UpsertReply) -> list[str]:
    """Name what drifts, in order."""
    return sorted(drop.field for drop in find_drift(sent, reply.contact, new=reply.new))


def fields_of(dropped: tuple[Dropped, ...]) -> list[str]:
    """Name what drifts, in the order of the alphabet."""
    return sorted(drop.field for drop in dropped)


@st.composite
def taken(draw: st.DrawFn) -> tuple[Contact, UpsertReply]:
    """Upsert a contact that is new, or known with other fields, where the server takes everything."""
    country = draw(st.sampled_from(COUNTRIES))
    match = draw(st.sampled_from(["email_then_phone", "email"]))
    server = Server(Location(country=country, match=match, custom_fields=FIELDS, behaviour=TAKES_ALL))
    if draw(st.booleans()):
        server.upsert(draw(contacts(country)))
    return server.upsert(draw(contacts(country)))


@settings(deadline=None, max_examples=200)
@given(taken())
def test_what_the_server_took_is_no_drift(upserted: tuple[Contact, UpsertReply]) -> None:
    """Whatever is sent to whichever location, new or known: where the server takes everything, nothing is told."""
    sent, reply = upserted
    assert find_drift(sent, reply.contact, new=reply.new) == ()


TEXTS: tuple[str, ...] = (
    "first_name",
    "last_name",
    "gender",
    "address1",
    "city",
    "state",
    "postal_code",
    "website",
    "source",
    "country",
    "company_name",
    "assigned_to",
)


def in_another_form(draw: st.DrawFn, kept: StoredContact, *, new: bool) -> StoredContact:
    """Write what is kept as the live API may."""
    changes: dict[str, Any] = {}
    for name in (*TEXTS, "name"):
        if text := getattr(kept, name):
            changes[name] = draw(st.sampled_from([f" {text}\n", unicodedata.normalize("NFD", text), text]))
    if kept.name:
        changes["name"] = draw(st.sampled_from([kept.name.lower(), kept.name.replace(" ", "  "), kept.name]))
    if kept.email:
        changes["email"] = draw(st.sampled_from([kept.email.lower(), kept.email.upper()]))
    if kept.timezone:
        changes["timezone"] = kept.timezone.lower()
    if kept.date_of_birth:
        changes["date_of_birth"] = kept.date_of_birth + draw(st.sampled_from(["T00:00:00.000Z", " 00:00:00", ""]))
    if kept.tags:
        changes["tags"] = draw(st.permutations([*kept.tags, "started by an automation"]))
    if new:
        changes["gender"] = None
    changes["dnd"] = kept.dnd or draw(st.sampled_from([False, None]))
    changes["custom_fields"] = [
        StoredCustomField(id=field.id, value=draw(st.sampled_from(forms(field)))) for field in kept.custom_fields or ()
    ]
    return msgspec.structs.replace(kept, **changes)


def forms(field: StoredCustomField) -> list[Any]:
    """Give the forms in which the live API may write a custom field's value."""
    value = field.value
    if isinstance(value, list):
        return [value[::-1], sorted(set(value)), value[0] if len(value) == 1 else value]
    if isinstance(value, dict):
        kept = list(value.values())
        return [kept, [file["url"] for file in kept], [file["documentId"] for file in kept]]
    if isinstance(value, int | float):
        return [float(value), str(value), f"{value:.2f}", f"{value:.1f}" if value == int(value) else value]
    if field.id == "f_DATE":
        day = next(day for form in DATE_FORMATS if (day := day_in(value, form)))
        return [day.isoformat(), f"{day.isoformat()}T00:00:00.000Z", *(day.strftime(form) for form in DATE_FORMATS)]
    return [f" {value} ", [value]]


def day_in(text: str, form: str) -> date | None:
    """Read a date in one format."""
    try:
        return datetime.strptime(text, form).date()
    except ValueError:
        return None


@settings(deadline=None, max_examples=200)
@given(st.data())
def test_another_form_is_no_drift(data: st.DataObject) -> None:
    """However the API writes what it took, nothing is told."""
    sent, reply = data.draw(taken())
    kept = in_another_form(data.draw, reply.contact, new=reply.new)
    assert find_drift(sent, kept, new=reply.new) == ()


IGNORES = Behaviour(null="ignored", empty_text="ignored", secondary_email="keeps")
OTHERS_PHONE = "+12055550100"
ADA: dict[str, Any] = {
    "email": "ada@example.com",
    "additionalEmails": ["second@example.com"],
    "gender": "not told",
    "city": "Turin",
    "website": "https://ada.example.com",
    "customFields": [{"id": "f_TEXT", "field_value": "old"}, {"id": "f_RADIO", "field_value": "maybe"}],
}
DROPS: dict[str, Any] = {
    "phone": "(205) 555-0100",
    "gender": "female",
    "city": None,
    "website": "",
    "email": "Second@Example.com",
    "custom_fields.nobody": TextField("nobody", "x"),
    "custom_fields.f_TEXT": TextField("f_TEXT", "new", key="contact.text"),
    "custom_fields.f_RADIO": CustomField("f_RADIO", ""),
}
"""What is sent for Ada and dropped, by the name under which that is told."""


@settings(deadline=None, max_examples=200)
@given(contacts("US"), st.sets(st.sampled_from(sorted(DROPS))), st.sampled_from([None, "+12055550199"]))
def test_what_the_server_dropped_is_told_and_nothing_else(
    contact: Contact, drops: set[str], own_phone: str | None
) -> None:
    """Of everything that is sent, exactly what the server is known to drop without a word is drift."""
    planted = ADA | ({"phone": own_phone} if own_phone else {})
    known = (planted, {"email": "eve@example.com", "phone": OTHERS_PHONE})
    server = Server(Location(custom_fields=FIELDS, behaviour=IGNORES, contacts=known))
    plain = {name: DROPS[name] for name in drops if "." not in name}
    custom = [] if contact.custom_fields is UNSET else contact.custom_fields
    custom = [field for field in custom if field.id != "f_RADIO"]
    changes = {"gender": UNSET, "custom_fields": custom + [DROPS[name] for name in sorted(drops) if "." in name]}
    sent, reply = server.upsert(msgspec.structs.replace(contact, **(changes | plain)), send_empty=True)
    dropped = find_drift(sent, reply.contact, new=reply.new)
    assert not reply.new
    assert fields_of(dropped) == sorted(drops)
    for drop in dropped:
        if drop.field == "phone":
            assert (drop.sent, drop.kept) == ("(205) 555-0100", own_phone)


@settings(deadline=None, max_examples=50)
@given(contacts("US"))
def test_the_second_match_field_is_told_when_another_contact_has_it(contact: Contact) -> None:
    """In a location that looks for phones first, the email of another contact is what is dropped."""
    known = (ADA, {"email": "eve@example.com", "phone": OTHERS_PHONE})
    server = Server(Location(match="phone_then_email", custom_fields=FIELDS, contacts=known))
    sent, reply = server.upsert(msgspec.structs.replace(contact, phone=OTHERS_PHONE, gender=UNSET))
    assert find_drift(sent, reply.contact, new=reply.new) == (
        Dropped(field="email", sent=contact.email, kept="eve@example.com"),
    )


def alterations(draw: st.DrawFn, sent: Contact, kept: StoredContact, *, new: bool) -> list[tuple[str, StoredContact]]:
    """Change each field of a reply to what is really different: the name that is to be told, and the contact then."""
    altered: list[tuple[str, dict[str, Any]]] = []
    for name in sent.set_fields():
        given, stored = getattr(sent, name), getattr(kept, name)
        if name in TEXTS or (name == "name" and not (sent.first_name or sent.last_name)):
            nothing = [] if name == "gender" and new else [None, ""]
            altered.append((name, {name: draw(st.sampled_from([f"{stored}x", f"x{stored}", *nothing]))}))
        elif name in ("email", "timezone"):
            altered.append((name, {name: draw(st.sampled_from([f"x{stored}", None]))}))
        elif name == "location_id":
            altered.append((name, {name: "another"}))
        elif name == "phone":
            altered.append((name, {name: draw(st.just(None) | other_phones(stored))}))
        elif name == "date_of_birth":
            day = date.fromisoformat(stored) + timedelta(days=draw(st.integers(1, 400)))
            altered.append((name, {name: draw(st.sampled_from([day.isoformat(), f"{day}T00:00:00.000Z", None]))}))
        elif name == "tags":
            missing = draw(st.sampled_from(stored)) if given else None
            altered.append((name, {name: [tag for tag in stored if tag != missing] if given else ["left"]}))
        elif name == "dnd":
            altered.append((name, {name: draw(st.sampled_from([False, None] if given else [True]))}))
        elif name == "custom_fields":
            for number, field in enumerate(stored):
                if field.id in {one.id for one in given}:
                    value = StoredCustomField(id=field.id, value=draw(st.sampled_from(other_values(field))))
                    left_out = draw(st.booleans())
                    others = [*stored[:number], *([] if left_out else [value]), *stored[number + 1 :]]
                    altered.append((f"custom_fields.{field.id}", {name: others}))
        elif name == "dnd_settings":
            for channel in DndSettings.__struct_fields__:
                if getattr(given, channel) is not UNSET:
                    other = draw(st.sampled_from(other_channels(getattr(stored, channel))))
                    changed = msgspec.structs.replace(stored, **{channel: other})
                    altered.append((f"dnd_settings.{channel}", {name: changed}))
    return [(name, msgspec.structs.replace(kept, **changes)) for name, changes in altered]


@st.composite
def other_phones(draw: st.DrawFn, phone: str) -> str:
    """Change one of the last seven digits, or add one."""
    place = draw(st.integers(1, 7))
    digit = (int(phone[-place]) + draw(st.integers(1, 9))) % 10
    other = phone[:-place] + str(digit) + phone[len(phone) - place + 1 :]
    return draw(st.sampled_from([other, other, f"{phone}{digit}"]))


def other_values(field: StoredCustomField) -> list[Any]:
    """Give values of a custom field that are really others."""
    value = field.value
    odd = [None, "", [], {}, "other", ["other"], {"other": {"url": "https://files/other", "documentId": "other"}}]
    if isinstance(value, list):
        return [[*value, "other"], [value], *odd]
    if isinstance(value, int | float):
        return [value + 1, -value - 1, f"{value + 1}", f"{value} EUR", *odd]
    return odd if isinstance(value, dict) else [f"{value}x", [value, "other"], *odd]


def other_channels(channel: StoredDndChannel) -> list[StoredDndChannel | None]:
    """Give settings of a channel that are really others."""
    others = [status for status in ("active", "inactive", "permanent", None) if status != channel.status]
    changed: list[StoredDndChannel | None] = [msgspec.structs.replace(channel, status=status) for status in others]
    if channel.message:
        changed.append(msgspec.structs.replace(channel, message=f"{channel.message}x"))
    return changed if channel.status == "inactive" else [*changed, None]


@settings(deadline=None, max_examples=300)
@given(st.data())
def test_one_field_that_is_another_is_told_and_no_other(data: st.DataObject) -> None:
    """Change any one field of a reply that was right, and just that field is told."""
    sent, reply = data.draw(taken())
    for name, kept in alterations(data.draw, sent, reply.contact, new=reply.new):
        assert fields_of(find_drift(sent, kept, new=reply.new)) == [name]


texts = st.text(max_size=8) | st.sampled_from(["+", "+44", "0", "1e999", "2020-02-30", "T00:", "9" * 400])
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
stored_contacts = st.builds(
    StoredContact,
    id=st.just("c1"),
    **dict.fromkeys((*TEXTS, "name", "email", "phone", "timezone", "date_of_birth", "location_id"), st.none() | texts),
    dnd=st.none() | st.booleans(),
    tags=st.none() | st.lists(texts, max_size=3),
    custom_fields=st.none()
    | st.lists(st.builds(StoredCustomField, id=st.sampled_from([f.id for f in FIELDS]), value=json_values), max_size=9),
    dnd_settings=st.none()
    | st.builds(
        StoredDndSettings,
        **dict.fromkeys(
            StoredDndSettings.__struct_fields__,
            st.none() | st.builds(StoredDndChannel, status=st.none() | texts, message=st.none() | texts),
        ),
    ),
)


@st.composite
def full_contacts(draw: st.DrawFn) -> Contact:
    """Set every field, some to any text."""
    fields = {name: draw(strategy) for name, strategy in plain_fields().items()}
    odd = {name: draw(st.none() | texts) for name in ("name", "email", "phone", "date_of_birth", "location_id")}
    return Contact(**(fields | odd | {"custom_fields": draw(custom_fields(at_least=3))}))


@settings(deadline=None, max_examples=200)
@given(full_contacts(), stored_contacts, st.booleans())
def test_no_reply_is_too_odd_to_be_compared(sent: Contact, kept: StoredContact, new: bool) -> None:
    """Whatever comes back, nothing is raised, and what is told is of a field that was sent."""
    names = sent.set_fields()
    for drop in find_drift(sent, kept, new=new):
        assert drop.field.partition(".")[0] in names
