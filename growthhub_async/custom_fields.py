"""The nine kinds of custom field an upsert takes (contract.md, "Request").

Each kind is a class of its own, so that a value of the wrong type is an error for the type checker, and a `TypeError`
where it is made. `CustomField` is the kind that is not known: it takes a value of any of the nine.
"""

from __future__ import annotations

import math
from typing import ClassVar

import msgspec
from msgspec import UNSET, UnsetType

from .private import Private


class FileMeta(Private, frozen=True, gc=False, kw_only=True):
    """What is known of one uploaded file; `size` is in bytes."""

    fieldname: str
    originalname: str
    encoding: str
    mimetype: str
    size: int
    uuid: str


class UploadedFile(Private, frozen=True, gc=False, kw_only=True, rename="camel"):
    """One file that was uploaded before, as a value of a `FileField`."""

    meta: FileMeta
    url: str
    document_id: str


CustomFieldValue = str | int | float | list[str] | dict[str, UploadedFile]


class CustomField(Private, frozen=True, gc=False):
    """A custom field whose kind is not known: a value of any kind is taken.

    `id` is the field's id in its location; an unknown one is silently dropped (observed.md, "What an upsert does").
    Raises TypeError for a value that the kind does not take, ValueError for a number that JSON cannot hold.
    """

    id: str
    field_value: CustomFieldValue
    key: str | UnsetType = UNSET

    takes: ClassVar[str] = "a string, a number, a list of strings or uploaded files by uuid"

    def __post_init__(self) -> None:
        value = self.field_value
        if not self._accepts(value):
            raise TypeError(f"field_value of {type(self).__name__} must be {self.takes}")
        if type(value) is str and type(self.id) is str and self.key is UNSET:
            return  # as almost all are
        if isinstance(value, float) and not math.isfinite(value):
            raise ValueError(f"field_value of {type(self).__name__} must be a finite number")
        if not isinstance(self.id, str) or not (self.key is UNSET or isinstance(self.key, str)):
            raise TypeError(f"id and key of {type(self).__name__} must be strings")
        msgspec.structs.force_setattr(self, "field_value", _plain(value))

    @classmethod
    def _accepts(cls, value: object) -> bool:
        return _is_text(value) or _is_number(value) or _is_texts(value) or _is_files(value)

    def _shown(self) -> list[tuple[str, object]]:
        return [("id", self.id)]


class _TextKind(CustomField, frozen=True):
    field_value: str

    takes: ClassVar[str] = "a string"

    @classmethod
    def _accepts(cls, value: object) -> bool:
        return _is_text(value)


class TextField(_TextKind, frozen=True):
    """A single line of text."""


class LargeTextField(_TextKind, frozen=True):
    """Several lines of text."""


class SingleSelectField(_TextKind, frozen=True):
    """One of the field's options, by its text."""


class RadioField(_TextKind, frozen=True):
    """One of the field's options, by its text."""


class _NumberKind(CustomField, frozen=True):
    field_value: int | float

    takes: ClassVar[str] = "a number"

    @classmethod
    def _accepts(cls, value: object) -> bool:
        return _is_number(value)


class NumericField(_NumberKind, frozen=True):
    """A number, such as 100."""


class MonetaryField(_NumberKind, frozen=True):
    """An amount in the location's currency, such as 100.5."""


class CheckboxField(CustomField, frozen=True):
    """One ticked option, or several."""

    field_value: str | list[str]

    takes: ClassVar[str] = "a string or a list of strings"

    @classmethod
    def _accepts(cls, value: object) -> bool:
        return _is_text(value) or _is_texts(value)


class MultiSelectField(CustomField, frozen=True):
    """Several of the field's options, by their texts."""

    field_value: list[str]

    takes: ClassVar[str] = "a list of strings"

    @classmethod
    def _accepts(cls, value: object) -> bool:
        return _is_texts(value)


class FileField(CustomField, frozen=True):
    """Files that were uploaded before, by the uuid of the upload."""

    field_value: dict[str, UploadedFile]

    takes: ClassVar[str] = "a dict of UploadedFile by uuid"

    @classmethod
    def _accepts(cls, value: object) -> bool:
        return _is_files(value)


def _plain(value: CustomFieldValue) -> CustomFieldValue:
    """Make a built-in value of one of a subclass (numpy's scalars are such), which the encoder does not take."""
    for kind in (str, int, float):
        if isinstance(value, kind):
            return kind(value)
    return [str(part) for part in value] if isinstance(value, list) else value


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


def _is_files(value: object) -> bool:
    return isinstance(value, dict) and all(
        isinstance(uuid, str) and isinstance(file, UploadedFile) for uuid, file in value.items()
    )
