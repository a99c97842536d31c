"""Whatever is in a record, checking it is safe: nothing raised, quoted, or sent that is not the contract's."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import given
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
from growthhub_async.checks import check, encode
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
