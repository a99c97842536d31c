from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest

from growthhub_async.sandbox import Behaviour, CustomField, Location
from growthhub_async.sandbox.replies import Refusal
from growthhub_async.sandbox.store import Contact, ContactStore
from growthhub_async.sandbox.upsert import Match, look_up, write

FIELDS = (CustomField(id="f1", name="Colour", field_key="contact.colour"),)
ADA = "ada@example.com"
PHONE = "+15550001111"


@dataclass
class Upserts:
    """Upsert into a store, second after second, with ids that tell the order."""

    store: ContactStore
    location: Location

    def __post_init__(self) -> None:
        self._seconds = count()

    def __call__(self, **body: Any) -> tuple[Contact, bool]:
        second = next(self._seconds)
        match = look_up(self.store, self.location, body)
        return write(self.store, self.location, body, match, new_id=f"c{second}", now=float(second))


@pytest.fixture
def upserts(store: ContactStore, request: pytest.FixtureRequest) -> Upserts:
    """Give upserts into a location, the default one or the test's parameter, on each kind of store."""
    return Upserts(store, getattr(request, "param", Location()))


def at(**settings: Any) -> Any:
    """Run a test in a location with these settings."""
    return pytest.mark.parametrize("upserts", [Location(**settings)], indirect=True)


def test_a_new_contact_has_the_derived_fields(upserts: Upserts) -> None:
    """A created contact comes back as the contract says, with what the API makes of it."""
    contact, new = upserts(email="Ada@Example.com", firstName="Ada", lastName="Lovelace", phone="(555) 000-1111")
    assert new
    assert contact == {
        "id": "c0",
        "locationId": "ve9EPM428h8vShlRW1KT",
        "type": "lead",
        "name": "Ada Lovelace",
        "firstName": "Ada",
        "lastName": "Lovelace",
        "firstNameLowerCase": "ada",
        "lastNameLowerCase": "lovelace",
        "fullNameLowerCase": "ada lovelace",
        "email": "Ada@Example.com",
        "emailLowerCase": "ada@example.com",
        "phone": PHONE,
        "dnd": False,
        "tags": [],
        "customFields": [],
        "dateAdded": "1970-01-01T00:00:00.000Z",
        "dateUpdated": "1970-01-01T00:00:00.000Z",
        "lastActivity": "1970-01-01T00:00:00.000Z",
    }


def test_email_case_and_phone_format_do_not_matter(upserts: Upserts) -> None:
    """An email in another case and a phone in another format are the same contact."""
    upserts(email=ADA, phone=PHONE)
    assert upserts(email="ADA@example.COM")[1] is False
    assert upserts(phone="555.000.1111")[1] is False


def test_absent_fields_are_left_alone(upserts: Upserts) -> None:
    """An update changes what it holds, keeps the rest and the date of creation, and moves the date of the update."""
    upserts(email=ADA, city="London", tags=["one"])
    contact, new = upserts(email=ADA, state="AL")
    assert not new
    assert (contact["city"], contact["state"], contact["tags"]) == ("London", "AL", ["one"])
    assert (contact["dateAdded"], contact["dateUpdated"]) == ("1970-01-01T00:00:00.000Z", "1970-01-01T00:00:01.000Z")


@pytest.mark.parametrize(
    ("upserts", "matched"),
    [
        (Location(match="email_then_phone"), "by email"),
        (Location(match="phone_then_email"), "by phone"),
        (Location(match="email"), "by email"),
        (Location(match="phone"), "by phone"),
    ],
    indirect=["upserts"],
)
def test_the_first_field_of_the_order_decides(upserts: Upserts, matched: str) -> None:
    """With one contact by email and another by phone, the one the setting looks for first is updated."""
    upserts(email=ADA, city="by email")
    upserts(phone=PHONE, city="by phone")
    contact, new = upserts(email=ADA, phone=PHONE)
    assert (contact["city"], new) == (matched, False)


@pytest.mark.parametrize(
    ("upserts", "updated", "dropped"),
    [(Location(match="email_then_phone"), "c0", "phone"), (Location(match="phone_then_email"), "c1", "email")],
    indirect=["upserts"],
)
def test_the_second_field_of_two_contacts_is_dropped(upserts: Upserts, updated: str, dropped: str) -> None:
    """Two-contact conflict: the first is updated, the second field stays with the other contact, and no one says so."""
    upserts(email=ADA)
    upserts(phone=PHONE)
    contact, new = upserts(email=ADA, phone=PHONE, city="London")
    assert (contact["id"], new, contact["city"]) == (updated, False, "London")
    assert dropped not in contact
    assert upserts.store.count(upserts.location.id) == 2


@at(behaviour=Behaviour(second_field="refused"))
def test_the_second_field_of_two_contacts_can_be_refused(upserts: Upserts) -> None:
    """By the switch the whole request is a 400 that names the contact in the way, and nothing is written."""
    upserts(email=ADA)
    upserts(phone=PHONE)
    with pytest.raises(Refusal) as refusal:
        upserts(email=ADA, phone=PHONE, city="London")
    assert (refusal.value.status, refusal.value.message) == (400, "This location does not allow duplicated contacts.")
    assert refusal.value.members == {"meta": {"contactId": "c1", "matchingField": "phone"}}
    assert not any("city" in contact for contact in upserts.store.contacts(upserts.location.id))


def test_a_contact_found_by_the_second_field_gets_the_first(upserts: Upserts) -> None:
    """When only the phone is known, its contact is updated and takes the new email."""
    upserts(phone=PHONE, email="old@example.com")
    contact, new = upserts(phone=PHONE, email=ADA)
    assert (contact["id"], contact["email"], new) == ("c0", ADA, False)
    assert upserts(email=ADA)[0]["id"] == "c0"


@at(match="email")
def test_a_field_that_is_not_checked_may_be_there_twice(upserts: Upserts) -> None:
    """Where only the email is checked, a phone finds nothing and several contacts may have it."""
    upserts(email=ADA, phone=PHONE)
    contact, new = upserts(email="grace@example.com", phone=PHONE)
    assert (new, contact["phone"]) == (True, PHONE)


@pytest.mark.parametrize(
    ("upserts", "flag", "creates"),
    [
        (Location(allow_duplicates=True), True, True),
        (Location(allow_duplicates=False), True, False),
        (Location(allow_duplicates=True), False, False),
        (Location(allow_duplicates=True), None, False),
    ],
    indirect=["upserts"],
)
def test_duplicates_need_the_flag_and_the_location(upserts: Upserts, flag: bool | None, creates: bool) -> None:
    """`createNewIfDuplicateAllowed` creates without looking only where duplicates are allowed; it is not stored."""
    upserts(email=ADA)
    contact, new = upserts(email=ADA, createNewIfDuplicateAllowed=flag)
    assert new is creates
    assert "createNewIfDuplicateAllowed" not in contact


def test_tags_are_overwritten_and_lower_cased(upserts: Upserts) -> None:
    """The tags of a request replace all others; an empty list takes them all away."""
    upserts(email=ADA, tags=["Old"])
    assert upserts(email=ADA, tags=["VIP", "vip", " New "])[0]["tags"] == ["vip", "new"]
    assert upserts(email=ADA, tags=[])[0]["tags"] == []


@pytest.mark.parametrize(
    ("upserts", "gender"),
    [(Location(), "female"), (Location(behaviour=Behaviour(gender_on_update="written")), "other")],
    indirect=["upserts"],
)
def test_gender_is_written_on_creation_only(upserts: Upserts, gender: str) -> None:
    """A gender sent for an existing contact is dropped without a word, unless the switch says otherwise."""
    assert upserts(email=ADA, gender="female")[0]["gender"] == "female"
    assert upserts(email=ADA, gender="other")[0]["gender"] == gender


@pytest.mark.parametrize("value", [None, ""])
@pytest.mark.parametrize(
    ("upserts", "left"),
    [
        (Location(custom_fields=FIELDS), (None, None, [])),
        (
            Location(custom_fields=FIELDS, behaviour=Behaviour(null="ignored", empty_text="ignored")),
            ("London", "ada", [{"id": "f1", "value": "red"}]),
        ),
    ],
    indirect=["upserts"],
)
def test_null_and_empty_text_clear_or_not(upserts: Upserts, left: tuple[Any, ...], value: str | None) -> None:
    """`null` and `""` take a field, its derived fields and a custom field away, or leave them: a switch."""
    upserts(email=ADA, city="London", firstName="Ada", customFields=[{"id": "f1", "field_value": "red"}])
    contact, _ = upserts(email=ADA, city=value, firstName=value, customFields=[{"id": "f1", "field_value": value}])
    assert (contact.get("city"), contact.get("firstNameLowerCase"), contact["customFields"]) == left


def test_a_contact_without_identity_is_not_created(upserts: Upserts) -> None:
    """`name` alone does not count: a new contact needs an email, a phone, a first or a last name."""
    with pytest.raises(Refusal) as refusal:
        upserts(name="Ada Lovelace", city="London")
    assert refusal.value.status == 422
    assert refusal.value.message == "Contacts without email, phone, firstName and lastName are not allowed."
    assert upserts(lastName="Lovelace")[1]


@at(behaviour=Behaviour(identity_required=False))
def test_a_name_becomes_first_and_last_name(upserts: Upserts) -> None:
    """Where a name alone is allowed, its first word is the first name and the rest the last name."""
    contact, new = upserts(name="Ada King Lovelace")
    assert new
    assert (contact["firstName"], contact["lastName"]) == ("Ada", "King Lovelace")


def test_the_parts_of_a_name_win_over_the_whole(upserts: Upserts) -> None:
    """A `name` beside a first or last name is not taken."""
    assert upserts(name="Someone Else", firstName="Ada", lastName="Lovelace")[0]["name"] == "Ada Lovelace"


def test_a_birth_date_is_stored_in_one_form(upserts: Upserts) -> None:
    """The date of birth comes back as YYYY-MM-DD, whichever format was sent."""
    assert upserts(email=ADA, dateOfBirth="09/25/1990")[0]["dateOfBirth"] == "1990-09-25"


@pytest.mark.parametrize(
    ("upserts", "email"),
    [(Location(), "second@example.com"), (Location(behaviour=Behaviour(secondary_email="keeps")), ADA)],
    indirect=["upserts"],
)
def test_a_secondary_email_finds_its_contact(upserts: Upserts, email: str) -> None:
    """Matching by a secondary email replaces the first one, unless the switch says otherwise."""
    body = {"email": ADA, "additionalEmails": ["Second@example.com"]}
    write(upserts.store, upserts.location, body, Match(), new_id="c", now=0.0)
    contact, new = upserts(email="second@example.com")
    assert (contact["email"], new) == (email, False)


def test_two_look_ups_before_a_write_create_two(upserts: Upserts) -> None:
    """Nothing but time separates look-up and write: who looks before the other has written creates as well."""
    body = {"email": ADA}
    matches = [look_up(upserts.store, upserts.location, body) for _ in range(2)]
    for number, match in enumerate(matches):
        assert write(upserts.store, upserts.location, body, match, new_id=f"c{number}", now=0.0)[1]
    assert upserts.store.count(upserts.location.id) == 2
