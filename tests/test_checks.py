"""What is checked before anything is sent: every rule of the contract, all problems at once, no value in any text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from growthhub_async import (
    Contact,
    DndChannel,
    DndSettings,
    FileField,
    InboundDnd,
    InboundDndSettings,
    MultiSelectField,
    Problem,
    Record,
    TextField,
    UploadedFile,
)
from growthhub_async.checks import check, encode
from tests.test_contact import FLAGS, NULLABLE_TEXTS, PAGE_EXAMPLE, TEXTS, WIRE_NAMES, page_contact

LOCATION = "ve9EPM428h8vShlRW1KT"
SURROGATE = "\ud800"
CHECKED_TEXTS = sorted(TEXTS.keys() - {"location_id"})
FREE_TEXTS = sorted(set(CHECKED_TEXTS) - {"email", "phone", "timezone", "date_of_birth", "country"})

EMAILS = """
ada@example.com o'brien+tag@mail.example.co.uk !#$%&'*+-/=?^_`{|}~@example.com ñ@bücher.example 用户@例子.广告
ada@example.xn--fiqs8s ADA@EXAMPLE.XN--FIQS8S उपयोगकर्ता@उदाहरण.भारत
"""
NO_EMAILS = """
ada @example.com ada@ ada@localhost ada@example.c ada@example.123 ada@-x.com ada@x-.com ada@x..com .a@x.com a.@x.com
a..b@x.com a@b@x.com <ada@example.com> ada@x.com,bob@x.com ada@x.com; mailto:ada@x.com ada@1.2.3.4 ada@[1.2.3.4]
ada@x_y.com n/a
"""
NO_DATES = """
25/09/1990 09/31/1990 1990-02-29 1990-13-01 1990-00-10 0000-01-01 1990-9-25 90-09-25 1990/09-25 1990-09-25T00:00:00Z
19900925 1990:09:25 Sep-25-1990 ١٩٩٠-09-25
"""
NO_TEXTS = (5, True, b"text", ["text"], date(1990, 9, 25), "x" * 20_001, SURROGATE)


def dnd(**channel: Any) -> DndSettings:
    return DndSettings(sms=DndChannel(**channel))


def inbound(**channel: Any) -> InboundDndSettings:
    return InboundDndSettings(all=InboundDnd(**channel))


RIGHT: dict[str, Iterable[Any]] = {
    "email": [*EMAILS.split(), "a" * 64 + "@example.com"],
    "phone": [
        "+1 888-888-8888",
        "(205) 555-0142",
        "205.555.0142",
        "0044 20 7946 0018",
        "089/123456",
        "+49\u00a089\u2011123456",
        "123456",
        "+123456789012345",
    ],
    "timezone": ["America/Chihuahua", "Europe/London", "UTC"],
    "country": ["US", "GB", "XK"],
    "tags": [[], ["vip"], ["x" * 500], [f"tag {number}" for number in range(1_000)]],
    "custom_fields": [[]],
    **dict.fromkeys(FLAGS, (True, False, None)),
    **dict.fromkeys(FREE_TEXTS, ("Ada", "Ада 🎈", " x ", "x" * 20_000)),
}
MENDED = [
    ("email", " ada@example.com\n", "ada@example.com"),
    ("phone", "\t+12055550142 ", "+12055550142"),
    ("timezone", " america/chihuahua", "America/Chihuahua"),
    ("country", "us", "US"),
    ("country", " United States of America ", "US"),
    ("country", "côte d'ivoire", "CI"),
    ("date_of_birth", " 09/25/1990 ", "1990-09-25"),
    ("tags", ("a", "b"), ["a", "b"]),
]
WRONG: dict[str, Iterable[Any]] = {
    "email": [*NO_EMAILS.split(), "a b@x.com", "a\nb@x.com", "a\x00b@x.com", "a" * 65 + "@x.com", f"a@{'x.' * 130}com"],
    "phone": [
        "12345",
        "1234567890123456",
        "1-800-FLOWERS",
        "12055550142.0",
        "5550100/5550101",
        "+1 205 555 0142 x5",
        "none",
        "+",
        "++12055550142",
        "12+345678",
        "١٢٣٤٥٦٧",
    ],
    "timezone": ["Mars/Base", "America", "GMT+25", "../etc/passwd", "Central Standard Time"],
    "country": ["XX", "Atlantis", "USAA", None],
    "company_name": [None],
    "date_of_birth": NO_DATES.split(),
    "dnd_settings": [
        None,
        {"SMS": {"status": "active"}},
        DndSettings(sms="active"),  # type: ignore[arg-type]
        dnd(status="off"),
        dnd(status=None),
        dnd(status="active", message=5),
        dnd(status="active", code=SURROGATE),
    ],
    "inbound_dnd_settings": [
        None,
        dnd(status="active"),
        InboundDndSettings(all="active"),  # type: ignore[arg-type]
        inbound(status="permanent"),
        inbound(status="active", message=5),
    ],
    "tags": [None, "vip", {"vip"}, [5], [None], [""], ["a", " "], ["x" * 501], [SURROGATE], ["x"] * 1_001],
    "custom_fields": [
        None,
        TextField("f1", "text"),
        [{"id": "f1", "field_value": "text"}],
        [TextField("", "text")],
        [TextField("f1", "text", key=SURROGATE)],
        [FileField("f1", {"u": UploadedFile(meta="m", url="u", document_id="d")})],  # type: ignore[arg-type]
        [TextField("f1", SURROGATE)],
        [TextField("f1", "x" * 20_001)],
        [MultiSelectField("f1", ["a", "x" * 20_001])],
        [TextField("f1", "text")] * 1_001,
    ],
    **dict.fromkeys(FLAGS, ("yes", 1, 0)),
}


def cases(table: Mapping[str, Iterable[Any]]) -> list[Any]:
    return [pytest.param(name, value, id=f"{name}-{at}") for name in table for at, value in enumerate(table[name])]


def fields_of(contact: Contact) -> list[str]:
    return [problem.field for problem in check(Record(contact=contact), LOCATION)[1]]


def body_of(contact: Contact, *, send_empty: bool = False) -> dict[str, Any]:
    """Make the body of a contact that must have no problem, without its location."""
    checked, problems = check(Record(contact=contact), LOCATION, send_empty=send_empty)
    assert not problems
    body = encode(checked)
    assert isinstance(body, bytes)
    decoded: dict[str, Any] = msgspec.json.decode(body)
    assert decoded.pop("locationId") == LOCATION
    return decoded


def with_names(name: str, value: object) -> Contact:
    """Make a contact that is right but for one field."""
    fields: dict[str, Any] = {"first_name": "Ada", "last_name": "Lovelace", name: value}
    return Contact(**fields)


def test_the_request_example_of_the_page_is_right() -> None:
    """What the page shows has no problem, and is sent as it stands."""
    assert body_of(page_contact()) == PAGE_EXAMPLE


@pytest.mark.parametrize(("name", "value"), cases(RIGHT))
def test_what_is_right_is_sent_as_it_is(name: str, value: object) -> None:
    """A value within the rules is not changed; the bounds themselves are allowed."""
    assert body_of(with_names(name, value))[WIRE_NAMES[name]] == value


@pytest.mark.parametrize(("name", "value", "expected"), MENDED)
def test_what_can_only_mean_one_thing_is_mended(name: str, value: object, expected: object) -> None:
    """White space around a shaped value goes, a country becomes its code, a time zone takes its proper case."""
    assert body_of(with_names(name, value))[WIRE_NAMES[name]] == expected


@pytest.mark.parametrize(("name", "value"), cases(WRONG) + cases(dict.fromkeys(CHECKED_TEXTS, NO_TEXTS)))
def test_what_is_wrong_is_a_problem_of_its_field(name: str, value: object) -> None:
    """A value outside the rules, of another type or too long is one problem, told by the field's name."""
    assert fields_of(with_names(name, value)) == [name]


def test_all_problems_are_told_at_once() -> None:
    """Every field that is wrong is named, each with what would be right; so is each part of a field that has parts."""
    wrong: dict[str, Any] = {name: next(iter(values)) for name, values in WRONG.items()}
    wrong["dnd_settings"] = DndSettings(call=DndChannel(status="off"), fb=DndChannel(status="on"))  # type: ignore[arg-type]
    wrong["custom_fields"] = [TextField("f1", "text"), TextField("", "text"), "text"]
    wrong["location_id"] = "a/b"
    _, problems = check(Record(contact=Contact(**wrong)), LOCATION)
    assert sorted(problem.field for problem in problems) == sorted([*wrong, "dnd_settings", "custom_fields"])
    assert {
        "email: is not an email address; write it like ada@example.com",
        "dnd_settings: fb status does not exist; write one of active, inactive, permanent",
        "custom_fields: [1] needs an id; client.custom_fields() lists those of the location",
    } < set(map(str, problems))


@pytest.mark.parametrize(
    ("own", "of_record", "default", "expected"),
    [
        (UNSET, None, "default", "default"),
        (None, None, "default", "default"),
        ("", None, "default", "default"),
        ("own", None, "default", "own"),
        (UNSET, "record", "default", "record"),
        ("same", "same", "default", "same"),
        (UNSET, None, None, None),
        ("a", "b", None, None),
        ("a/b", None, None, None),
        (UNSET, "a\r\nb", "default", None),
        ("x" * 65, None, "default", None),
        (5, None, "default", None),
        (0, None, "default", None),
        (UNSET, 5, "default", None),
    ],
)
def test_the_nearest_location_is_sent(own: Any, of_record: Any, default: str | None, expected: str | None) -> None:
    """The record's or its contact's goes before the client's; none, two that differ or no location id is a problem."""
    record = Record(contact=Contact(email="ada@example.com", location_id=own), location_id=of_record)
    contact, problems = check(record, default)
    assert [problem.field for problem in problems] == ([] if expected else ["location_id"])
    assert not expected or contact.location_id == expected


@pytest.mark.parametrize("name", ["email", "phone", "first_name", "last_name"])
def test_one_of_email_phone_first_or_last_name_is_enough(name: str) -> None:
    """Each of the four will do alone."""
    value = {"email": "ada@example.com", "phone": "+12055550142"}.get(name, "Ada")
    assert fields_of(msgspec.structs.replace(Contact(), **{name: value})) == []


@pytest.mark.parametrize(
    "contact",
    [
        Contact(),
        Contact(name="Ada Lovelace"),
        Contact(email=None),
        Contact(first_name="", phone=" "),
        Contact(city="Bath"),
    ],
)
def test_none_of_email_phone_first_or_last_name_is_a_problem(contact: Contact) -> None:
    """The full name does not count, nor does what is empty, blank or null."""
    assert fields_of(contact) == ["contact"]


def test_problems_found_before_are_told_with_the_others() -> None:
    """A record's own problems come first; a record that lost its email to one is not told to set one as well."""
    earlier = Problem("email", "is a formula; export its value")
    _, problems = check(Record(contact=Contact(tags=[""]), problems=(earlier,)), LOCATION)
    assert [problem.field for problem in problems] == ["email", "tags"]
    assert problems[0] is earlier


@pytest.mark.parametrize("thing", [None, {"email": "ada@example.com"}, "ada@example.com"])
def test_what_is_no_contact_is_a_problem(thing: Any) -> None:
    """A dict or a text in a contact's place is told apart, and not quoted."""
    _, problems = check(Record(contact=thing), LOCATION)
    assert list(map(str, problems)) == [f"contact: must be a Contact or a Record, not {type(thing).__name__}"]


@pytest.mark.parametrize("name", CHECKED_TEXTS)
@pytest.mark.parametrize("empty", ["", " ", "\t\n"])
def test_an_empty_text_is_left_out(name: str, empty: str) -> None:
    """Nobody knows what an empty text does to a stored contact: it is not sent unless asked for."""
    assert WIRE_NAMES[name] not in body_of(with_names(name, empty))


@pytest.mark.parametrize("name", FREE_TEXTS)
def test_an_empty_text_is_sent_when_asked_for(name: str) -> None:
    """A caller who knows what it does may send an empty text."""
    assert body_of(with_names(name, ""), send_empty=True)[WIRE_NAMES[name]] == ""


@pytest.mark.parametrize("name", sorted(NULLABLE_TEXTS.keys() - {"location_id"}))
def test_none_is_sent_as_null(name: str) -> None:
    """None passes where the contract allows null, whatever shape a text would need there."""
    assert body_of(with_names(name, None))[WIRE_NAMES[name]] is None


@given(st.dates(), st.sampled_from("/-._"), st.booleans())
def test_a_date_of_birth_is_sent_year_month_day(born: date, separator: str, year_first: bool) -> None:
    """Each of the eight formats, for any day of the calendar, becomes YYYY-MM-DD."""
    year, month, day = f"{born.year:04}", f"{born.month:02}", f"{born.day:02}"
    written = separator.join([year, month, day] if year_first else [month, day, year])
    assert body_of(with_names("date_of_birth", written))["dateOfBirth"] == f"{year}-{month}-{day}"


@given(st.emails(domains=st.sampled_from(["example.com", "mail.example.co.uk", "xn--bcher-kva.example"])))
def test_any_address_of_a_sane_domain_is_taken(email: str) -> None:
    """Whatever the standard allows before the @, without quotes, is an email address."""
    assert body_of(with_names("email", email))["email"] == email


@pytest.mark.parametrize("value", [SURROGATE, object()])
def test_a_body_that_is_no_json_is_a_problem(value: Any) -> None:
    """What cannot be encoded is told instead of raised."""
    assert isinstance(encode(Contact(source=value)), Problem)


def test_a_body_may_have_a_mebibyte() -> None:
    """The bound is on the bytes of the whole body, and may be reached."""
    room = (1 << 20) - len(msgspec.json.encode(Contact(address1="")))
    assert isinstance(encode(Contact(address1="x" * room)), bytes)
    assert isinstance(encode(Contact(address1="x" * (room + 1))), Problem)


class Text(str):
    """A string that is not the built-in one, as numpy's are not."""

    __slots__ = ()


def test_a_string_of_another_kind_is_sent_as_a_string() -> None:
    """Data frames give such strings: they are taken like any other."""
    body = body_of(Contact(first_name="Ada", city=Text("London"), tags=[Text("vip")]))
    assert (body["city"], body["tags"]) == ("London", ["vip"])


@pytest.mark.parametrize("name", ["phone", "timezone", "date_of_birth", "country"])
def test_an_empty_key_or_code_is_sent_when_asked_for(name: str) -> None:
    """An empty phone is no wrong phone: who asks to send empty texts gets it sent."""
    assert body_of(with_names(name, ""), send_empty=True)[WIRE_NAMES[name]] == ""


def test_an_empty_email_is_a_problem_when_empty_texts_are_sent() -> None:
    """The API refuses an empty email (observed.md, "What an upsert does to a contact")."""
    _, problems = check(Record(contact=Contact(first_name="Ada", email=" ")), LOCATION, send_empty=True)
    assert [str(problem) for problem in problems] == ["email: is empty, which the API refuses; leave it unset"]


def test_blanks_are_no_name() -> None:
    """A name of blanks does not make a contact, even where empty texts are sent."""
    _, problems = check(Record(contact=Contact(first_name=" ")), LOCATION, send_empty=True)
    assert [problem.field for problem in problems] == ["contact"]
