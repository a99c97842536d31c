"""The nine kinds of custom field: what each takes, what it refuses, and what is sent."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from rich.pretty import pretty_repr

from growthhub_async import (
    CheckboxField,
    CustomField,
    FileField,
    FileMeta,
    LargeTextField,
    MonetaryField,
    MultiSelectField,
    NumericField,
    RadioField,
    SingleSelectField,
    TextField,
    UploadedFile,
)

META = FileMeta(
    fieldname="field", originalname="cv.pdf", encoding="7bit", mimetype="application/pdf", size=12, uuid="uuid-1"
)
FILES = {"uuid-1": UploadedFile(meta=META, url="https://example.com/cv.pdf", document_id="doc-1")}
WIRE_FILES = {
    "uuid-1": {
        "meta": {
            "fieldname": "field",
            "originalname": "cv.pdf",
            "encoding": "7bit",
            "mimetype": "application/pdf",
            "size": 12,
            "uuid": "uuid-1",
        },
        "url": "https://example.com/cv.pdf",
        "documentId": "doc-1",
    }
}

VALUES: dict[str, list[Any]] = {
    "text": ["", "secret", "多"],
    "number": [0, -100, 100.5, 10**30],
    "texts": [[], ["secret"], ["a", "b"]],
    "files": [FILES],
    "nothing": [
        None,
        True,
        b"secret",
        ("secret",),
        {"secret"},
        [1],
        ["a", None],
        {"secret": "secret"},
        {1: FILES["uuid-1"]},
        object(),
    ],
}
TAKES: dict[type[CustomField], set[str]] = {
    TextField: {"text"},
    LargeTextField: {"text"},
    SingleSelectField: {"text"},
    RadioField: {"text"},
    NumericField: {"number"},
    MonetaryField: {"number"},
    CheckboxField: {"text", "texts"},
    MultiSelectField: {"texts"},
    FileField: {"files"},
    CustomField: {"text", "number", "texts", "files"},
}

taken = [(kind, value) for kind, takes in TAKES.items() for take in sorted(takes) for value in VALUES[take]]
refused = [
    (kind, value) for kind, takes in TAKES.items() for other in sorted(VALUES.keys() - takes) for value in VALUES[other]
]


@pytest.mark.parametrize(("kind", "value"), taken)
def test_a_kind_sends_what_it_takes(kind: type[CustomField], value: Any) -> None:
    """The value goes out as it is, beside the field's id; a key that is not given is absent."""
    sent = msgspec.json.decode(msgspec.json.encode(kind("field-1", value)))
    assert sent == {"id": "field-1", "field_value": WIRE_FILES if value is FILES else value}


@pytest.mark.parametrize(("kind", "value"), refused)
def test_a_kind_refuses_what_it_does_not_take(kind: type[CustomField], value: Any) -> None:
    """A value of another kind is a TypeError where the field is made, which names the kind and never the value."""
    with pytest.raises(TypeError, match=f"^field_value of {kind.__name__} must be {kind.takes}$"):
        kind("field-1", value)


@pytest.mark.parametrize("kind", [NumericField, MonetaryField, CustomField])
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_number_json_cannot_hold_is_refused(kind: type[CustomField], value: Any) -> None:
    """Not-a-number would be sent as null, and infinity likewise: both are refused where the field is made."""
    with pytest.raises(ValueError, match="must be a finite number"):
        kind("field-1", value)


def test_a_key_is_sent_when_given() -> None:
    """`key` is optional, and sent beside the id."""
    sent = msgspec.json.decode(msgspec.json.encode(TextField("field-1", "text", key="my_custom_field")))
    assert sent == {"id": "field-1", "key": "my_custom_field", "field_value": "text"}


@pytest.mark.parametrize("value", [value for take in ("text", "number", "texts", "files") for value in VALUES[take]])
def test_a_field_can_be_read_back(value: Any) -> None:
    """A field that was written as JSON is read back with the same value, whatever its kind."""
    field = CustomField("field-1", value, key="a_key")
    assert msgspec.json.decode(msgspec.json.encode(field), type=CustomField) == field


def test_a_field_that_is_read_back_is_checked_too() -> None:
    """JSON that no kind takes is no custom field."""
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(b'{"id": "field-1", "field_value": null}', type=CustomField)


@pytest.mark.parametrize("show", [repr, str, pretty_repr])
@pytest.mark.parametrize(
    "field",
    [
        TextField("field-1", "secret"),
        MultiSelectField("field-1", ["secret"]),
        NumericField("field-1", 5318008),
        CustomField("field-1", "secret"),
        FileField("field-1", FILES),
    ],
)
def test_a_field_shows_its_kind_and_id_only(show: Callable[[object], str], field: CustomField) -> None:
    """What somebody answered is in no repr, rich's included."""
    shown = show(field)
    assert shown.startswith(f"{type(field).__name__}(")
    assert "field-1" in shown
    assert not any(value in shown for value in ("secret", "5318008", "cv.pdf"))


@pytest.mark.parametrize("show", [repr, str, pretty_repr])
@pytest.mark.parametrize("value", [META, FILES["uuid-1"]])
def test_an_uploaded_file_does_not_show_its_name(show: Callable[[object], str], value: object) -> None:
    """What somebody called a file, and where it can be had, is personal data."""
    assert "cv.pdf" not in show(value)


class Number(float):
    """A number that is not the built-in one, as numpy's are not."""

    __slots__ = ()


def test_a_number_of_another_kind_is_sent_as_a_number() -> None:
    """Data frames give such numbers: they are taken like any other."""
    assert msgspec.json.encode(NumericField("f1", Number(1.5))) == b'{"id":"f1","field_value":1.5}'


@pytest.mark.parametrize("make", [lambda: TextField(5, "text"), lambda: TextField("f1", "text", key=5)])
def test_an_id_and_a_key_are_strings(make: Callable[[], CustomField]) -> None:
    """An id of another type is a mistake that is told where it is made."""
    with pytest.raises(TypeError, match="id and key of TextField must be strings"):
        make()
