"""What a contact looks like on the wire: the names, the absences and the nulls of contract.md, "Request"."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from rich.pretty import pretty_repr

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
    LargeTextField,
    MonetaryField,
    MultiSelectField,
    NumericField,
    RadioField,
    SingleSelectField,
    TextField,
    UploadedFile,
)

NULLABLE_TEXTS = {
    "first_name": "firstName",
    "last_name": "lastName",
    "name": "name",
    "email": "email",
    "phone": "phone",
    "location_id": "locationId",
    "gender": "gender",
    "address1": "address1",
    "city": "city",
    "state": "state",
    "postal_code": "postalCode",
    "website": "website",
    "timezone": "timezone",
    "source": "source",
    "date_of_birth": "dateOfBirth",
    "assigned_to": "assignedTo",
}
TEXTS = {**NULLABLE_TEXTS, "country": "country", "company_name": "companyName"}
FLAGS = {"dnd": "dnd", "create_new_if_duplicate_allowed": "createNewIfDuplicateAllowed"}
WIRE_NAMES = {
    **TEXTS,
    **FLAGS,
    "dnd_settings": "dndSettings",
    "inbound_dnd_settings": "inboundDndSettings",
    "tags": "tags",
    "custom_fields": "customFields",
}
CHANNELS = {"call": "Call", "email": "Email", "sms": "SMS", "whatsapp": "WhatsApp", "gmb": "GMB", "fb": "FB"}

FIELD_ID = "6dvNaf7VhkQ9snc5vnjJ"
KEY = "my_custom_field"
UPLOAD = "f31175d4-2b06-4fc6-b7bc-74cd814c68cb"
FILE_URL = "https://services.leadconnectorhq.com/documents/download/w2M9qTZ0ZJz8rGt02jdJ"
FILE_META = {
    "fieldname": "1HeGizb13P0odwgOgKSs",
    "originalname": "IMG_20231215_164412935.jpg",
    "encoding": "7bit",
    "mimetype": "image/jpeg",
    "size": 1786611,
    "uuid": UPLOAD,
}
FIELD_VALUES: list[object] = [
    "My Text",
    "My Text",
    "My Selected Option",
    "My Selected Option",
    100,
    100.5,
    ["test", "test2"],
    ["test", "test2"],
    {UPLOAD: {"meta": FILE_META, "url": FILE_URL, "documentId": "w2M9qTZ0ZJz8rGt02jdJ"}},
]
PAGE_EXAMPLE: dict[str, object] = {
    "firstName": "rosan",
    "lastName": "Deo",
    "name": "rosan Deo",
    "email": "rosan@example.com",
    "phone": "+1 888-888-8888",
    "address1": "3535 1st St N",
    "city": "Dolomite",
    "state": "AL",
    "postalCode": "35061",
    "website": "https://www.tesla.com",
    "timezone": "America/Chihuahua",
    "dnd": True,
    "dndSettings": {wire: {"status": "active", "message": "string", "code": "string"} for wire in CHANNELS.values()},
    "inboundDndSettings": {"all": {"status": "active", "message": "string"}},
    "tags": ["nisi sint commodo amet", "consequat"],
    "customFields": [{"id": FIELD_ID, "key": KEY, "field_value": value} for value in FIELD_VALUES],
    "source": "public api",
    "dateOfBirth": "1990-09-25",
    "country": "US",
    "assignedTo": "y0BeYjuRIlDwsDcOHOJo",
}


def on_the_wire(value: object) -> Any:
    return msgspec.json.decode(msgspec.json.encode(value))


def with_field(name: str, value: object) -> Contact:
    fields: dict[str, Any] = {name: value}
    return Contact(**fields)


def page_contact() -> Contact:
    """Build the request example of the API's page."""
    file = UploadedFile(meta=FileMeta(**FILE_META), url=FILE_URL, document_id="w2M9qTZ0ZJz8rGt02jdJ")  # type: ignore[arg-type]
    fields: list[CustomField] = [
        TextField(FIELD_ID, "My Text", KEY),
        LargeTextField(FIELD_ID, "My Text", KEY),
        SingleSelectField(FIELD_ID, "My Selected Option", KEY),
        RadioField(FIELD_ID, "My Selected Option", KEY),
        NumericField(FIELD_ID, 100, KEY),
        MonetaryField(FIELD_ID, 100.5, KEY),
        CheckboxField(FIELD_ID, ["test", "test2"], KEY),
        MultiSelectField(FIELD_ID, ["test", "test2"], KEY),
        FileField(FIELD_ID, {UPLOAD: file}, KEY),
    ]
    channel = DndChannel(status="active", message="string", code="string")
    return Contact(
        first_name="rosan",
        last_name="Deo",
        name="rosan Deo",
        email="rosan@example.com",
        phone="+1 888-888-8888",
        address1="3535 1st St N",
        city="Dolomite",
        state="AL",
        postal_code="35061",
        website="https://www.tesla.com",
        timezone="America/Chihuahua",
        dnd=True,
        dnd_settings=DndSettings(call=channel, email=channel, sms=channel, whatsapp=channel, gmb=channel, fb=channel),
        inbound_dnd_settings=InboundDndSettings(all=InboundDnd(status="active", message="string")),
        tags=["nisi sint commodo amet", "consequat"],
        custom_fields=fields,
        source="public api",
        date_of_birth="1990-09-25",
        country="US",
        assigned_to="y0BeYjuRIlDwsDcOHOJo",
    )


def test_the_request_example_of_the_page_is_expressible() -> None:
    """A contact built in snake_case is, as JSON, the page's example to the letter."""
    assert on_the_wire(page_contact()) == PAGE_EXAMPLE


def test_a_contact_has_the_fields_of_the_contract_and_no_other() -> None:
    """Every body field of the contract exists under its snake_case name, and none is invented."""
    assert dict(zip(Contact.__struct_fields__, Contact.__struct_encode_fields__, strict=True)) == WIRE_NAMES


def test_an_unset_field_is_absent() -> None:
    """A contact of which nothing is set is an empty object."""
    assert on_the_wire(Contact()) == {}


@pytest.mark.parametrize(("name", "wire"), TEXTS.items())
def test_a_text_is_sent_under_its_wire_name(name: str, wire: str) -> None:
    """One field set is one field sent."""
    assert on_the_wire(with_field(name, "text")) == {wire: "text"}


@pytest.mark.parametrize(("name", "wire"), {**NULLABLE_TEXTS, **FLAGS}.items())
def test_none_is_sent_as_null(name: str, wire: str) -> None:
    """A nullable field that is None is null on the wire, which is not the same as absent."""
    assert on_the_wire(with_field(name, None)) == {wire: None}


@pytest.mark.parametrize(("name", "wire"), FLAGS.items())
@pytest.mark.parametrize("flag", [True, False])
def test_a_flag_is_a_boolean(name: str, wire: str, flag: bool) -> None:
    """False is sent like True, not taken for unset."""
    assert on_the_wire(with_field(name, flag)) == {wire: flag}


@pytest.mark.parametrize(("name", "wire"), CHANNELS.items())
@pytest.mark.parametrize("status", ["active", "inactive", "permanent"])
def test_each_dnd_channel_takes_each_status(name: str, wire: str, status: str) -> None:
    """A channel is sent under its own capitals, without the channels, message and code that are unset."""
    channel = msgspec.convert({"status": status}, DndChannel)
    assert on_the_wire(DndSettings(**{name: channel})) == {wire: {"status": status}}


@pytest.mark.parametrize("status", ["active", "inactive"])
def test_inbound_dnd_takes_each_status(status: str) -> None:
    """Inbound settings have one channel, `all`."""
    settings = InboundDndSettings(all=msgspec.convert({"status": status, "message": None}, InboundDnd))
    assert on_the_wire(settings) == {"all": {"status": status, "message": None}}


@pytest.mark.parametrize(
    ("kind", "status"), [(DndChannel, "off"), (DndChannel, None), (InboundDnd, "permanent"), (InboundDnd, None)]
)
def test_the_statuses_of_the_contract_are_the_declared_ones(kind: type[object], status: object) -> None:
    """A status the contract does not list is outside of the declared type."""
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"status": status}, kind)


@pytest.mark.parametrize("kind", [DndChannel, InboundDnd])
def test_a_dnd_status_is_required(kind: type[object]) -> None:
    """A channel without a status cannot be made."""
    with pytest.raises(TypeError, match="status"):
        kind()


def test_message_and_code_of_a_channel_may_be_null() -> None:
    """None is null in a channel, too."""
    channel = DndChannel(status="active", message=None, code=None)
    assert on_the_wire(channel) == {"status": "active", "message": None, "code": None}


@pytest.mark.parametrize("show", [repr, str, pretty_repr])
def test_a_contact_shows_which_fields_are_set_and_not_what_they_hold(show: Callable[[object], str]) -> None:
    """Personal data is in no repr, rich's included; None, which is sent, counts as set."""
    shown = show(Contact(email="ada@example.com", tags=["vip"], phone=None))
    assert shown.replace("'", "") == "Contact(email=***, phone=***, tags=***)"


@pytest.mark.parametrize("show", [repr, str, pretty_repr])
@pytest.mark.parametrize("kind", [DndChannel, InboundDnd])
def test_a_channel_does_not_show_its_message(
    show: Callable[[object], str], kind: Callable[..., DndChannel | InboundDnd]
) -> None:
    """Why somebody must not be reached is personal data."""
    assert "court order" not in show(kind(status="active", message="court order"))
