"""Whatever is in a record, checking it is safe: nothing raised, quoted, or sent that is not the contract's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
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
    InboundDnd,
    InboundDndSettings,
    Problem,
    Record,
    TextField,
    UploadedFile,
)
from growthhub_async import field_rules as rules
from growthhub_async.checks import check, encode
from growthhub_async.countries import is_country_code
from growthhub_async.nested_rules import are_plain_custom_fields
from growthhub_async.nested_rules import custom_fields as custom_fields_rule
from tests.test_checks import FREE_TEXTS, LOCATION, SURROGATE
from tests.test_contact import FLAGS, WIRE_NAMES


class Odd:
    """A thing no field takes, whose repr is personal."""

    def __repr__(self) -> str:
        return "zq7"


# Whatever is given can be recognized: a text holds zq7, a number 70707070.
texts = st.text(max_size=20).map("zq7{}".format)
scalars = st.one_of(
    texts,
    st.integers(0).map(lambda number: int(f"70707070{number}")),
    st.floats(0, 1).map(lambda part: 70707070 + part),
    st.sampled_from([None, True, b"zq7", Odd(), float("nan"), SURROGATE + "zq7", "", " ", "zq7@example.com", UNSET]),
)
junk: st.SearchStrategy[Any] = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(texts, inner, max_size=2), max_leaves=4
)
channels = st.builds(DndChannel, status=st.sampled_from(["active", "off"]) | junk, message=junk, code=junk)
metas = st.builds(FileMeta, fieldname=texts, originalname=junk, encoding=texts, mimetype=texts, size=junk, uuid=texts)
files = st.dictionaries(texts, st.builds(UploadedFile, meta=metas | junk, url=junk, document_id=texts), max_size=2)
kinds = st.one_of(
    st.builds(CustomField, texts, st.integers(70707070, 70707079)),
    st.builds(CheckboxField, texts, st.lists(texts, max_size=2)),
    st.builds(FileField, texts, files),
    st.builds(TextField, texts, texts, texts | st.just(SURROGATE)),
)
odd: dict[str, st.SearchStrategy[Any]] = {
    **dict.fromkeys(WIRE_NAMES, texts | junk),
    "dnd_settings": junk | st.builds(DndSettings, sms=channels | junk, fb=channels),
    "inbound_dnd_settings": junk | st.builds(InboundDndSettings, all=junk | st.builds(InboundDnd, status=junk)),
    "custom_fields": junk | st.lists(kinds | junk, max_size=3),
    "tags": junk | st.lists(texts, max_size=3),
}
plausible: dict[str, st.SearchStrategy[Any]] = {
    **dict.fromkeys(FREE_TEXTS, texts),
    **dict.fromkeys(FLAGS, st.booleans()),
    "email": st.just("zq7@example.com"),
    "custom_fields": st.lists(kinds, max_size=3),
    "tags": st.lists(texts, max_size=3),
}
fields = st.fixed_dictionaries({}, optional=odd) | st.fixed_dictionaries({}, optional=plausible)
contacts = fields.map(lambda given_fields: Contact(**given_fields))
records = st.builds(Record, contact=contacts | junk, location_id=st.none() | junk)


@given(records, st.sampled_from([LOCATION, None]), st.booleans())
def test_no_contact_is_too_odd_to_be_checked(record: Record, default: str | None, send_empty: bool) -> None:
    """Whatever is in a record, nothing is raised, no value is quoted, and a body has only fields of the contract."""
    contact, problems = check(record, default, send_empty=send_empty)
    body = encode(contact)
    told = "".join(map(str, [*problems, *([body] if isinstance(body, Problem) else [])]))
    assert "zq7" not in told
    assert "70707070" not in told
    if not problems and isinstance(body, bytes):
        assert msgspec.json.decode(body).keys() <= set(WIRE_NAMES.values())


def given_texts(characters: str, *more: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Draw what some field may be given, mostly of its own characters."""
    return st.one_of(st.text(characters), st.text(max_size=8), *more)


near_emails = st.builds("{}@{}.{}".format, *[st.text("aZ0._+-é ", max_size=9) | st.text("a", max_size=70)] * 3)
GLANCES: dict[str, tuple[Callable[[str], object], rules.Rule, st.SearchStrategy[str]]] = {
    "text": (lambda value: rules.are_plain_texts([value]), rules.text, given_texts("aé !\t\x1c\xa0\u3000\ud800")),
    "email": (rules.is_plain_email, rules.email, given_texts("aZ0._+-@é", near_emails)),
    "phone": (rules.is_plain_phone, rules.phone, given_texts("+0123456789 ./٣")),
    "country": (is_country_code, rules.country, given_texts("USGBuk. ")),
    "tag": (lambda tag: rules.are_plain_tags([tag]), lambda tag, _: rules._tag(tag), given_texts("aé \t\x1f\ud800")),
}


@pytest.mark.parametrize("kind", GLANCES)
@given(data=st.data(), send_empty=st.booleans(), times=st.sampled_from([1, 60, 501, 20_001]))
def test_what_is_plainly_right_is_taken_by_its_rule_as_it_is(
    kind: str, data: st.DataObject, send_empty: bool, times: int
) -> None:
    """A glance that spares the asking of a rule sees no more than the rule would leave as it is."""
    is_plain, rule, values = GLANCES[kind]
    value = data.draw(values) * times
    if is_plain(value):
        assert rule(value, send_empty) == value


@given(st.lists(kinds | junk, max_size=3), st.booleans())
@example([TextField("zq7", "x" * 20_001)], False)
@example([TextField(" ", "zq7")], False)
def test_custom_fields_that_are_plainly_right_are_taken_by_their_rule(given_fields: list[Any], as_tuple: bool) -> None:
    """So are custom fields: the glance is no laxer than the rule."""
    value = tuple(given_fields) if as_tuple else given_fields
    if are_plain_custom_fields(value):
        assert custom_fields_rule(value, False) is value


LONG = "a" * 64
COMMON = ["ada@example.com", "ADA.lovelace+1@mail.example.co.uk", "+12055550142", "020794609"]
RARE = [f"ada@{LONG}.com", f"ada@example.{LONG}", f"{LONG}a@example.com", "a..b@example.com", "٣" * 8, "00" + "1" * 15]


@pytest.mark.parametrize("value", COMMON + RARE)
def test_a_glance_takes_what_most_write_and_leaves_the_rest_to_the_rule(value: str) -> None:
    """One that took nothing would spare nothing; one that took what is odd would let it through."""
    is_plain = rules.is_plain_email if "@" in value else rules.is_plain_phone
    assert bool(is_plain(value)) is (value in COMMON)


def test_problems_are_told_in_the_order_of_the_fields() -> None:
    """Whichever was found first, for they are read beside the contact."""
    names = Contact.__struct_fields__
    wrong: dict[str, Any] = dict.fromkeys(names, 5)
    _, problems = check(Record(contact=Contact(**wrong)), None)
    assert [problem.field for problem in problems] == [*(n for n in names if n != "location_id"), "location_id"]
