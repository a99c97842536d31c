"""What is right for the fields of a contact that have parts: every part that is wrong is told, by where it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

import msgspec
from msgspec import UNSET

from .contact import DndChannel, DndSettings, InboundDnd, InboundDndSettings
from .custom_fields import CustomField, UploadedFile
from .field_rules import Invalid, are_plain_texts, text

MAX_CUSTOM_FIELDS: Final = 1_000

_CHANNEL_STATUSES = ("active", "inactive", "permanent")
_INBOUND_STATUSES = ("active", "inactive")

Part = tuple[str, object, Callable[[Any], None]]
"""Where a part is, what it is, and the rule for it."""


def custom_fields(value: object, _: bool) -> object:
    """Take a list of custom fields."""
    if not isinstance(value, list | tuple):
        raise Invalid(f"must be a list of custom fields, not {type(value).__name__}")
    if len(value) > MAX_CUSTOM_FIELDS:
        raise Invalid(f"are more than {MAX_CUSTOM_FIELDS:,}; send fewer")
    _each((f"[{index}]", field, _custom_field) for index, field in enumerate(value))
    return value


def are_plain_custom_fields(value: object) -> bool:
    """Tell custom fields of the common kind, each of one text or number, which their rule takes as they are."""
    if not isinstance(value, (list, tuple)) or len(value) > MAX_CUSTOM_FIELDS:
        return False
    texts: list[object] = []
    for field in value:
        if not isinstance(field, CustomField) or field.key is not UNSET:
            return False
        texts.append(field.id)
        if type(field.field_value) not in (int, float):
            texts.append(field.field_value)
    return are_plain_texts(texts)


def dnd_settings(value: object, _: bool) -> object:
    """Take do-not-disturb settings of any of the six channels."""
    if not isinstance(value, DndSettings):
        raise Invalid(f"must be DndSettings, not {type(value).__name__}")
    channels = ((name, getattr(value, name)) for name in DndSettings.__struct_fields__)
    _each((name, channel, _channel) for name, channel in channels if channel is not UNSET)
    return value


def inbound_dnd_settings(value: object, _: bool) -> object:
    """Take do-not-disturb settings of all inbound channels together."""
    if not isinstance(value, InboundDndSettings):
        raise Invalid(f"must be InboundDndSettings, not {type(value).__name__}")
    inbound: Any = value  # whatever its parts are declared to be
    if inbound.all is not UNSET:
        _each([("all", inbound.all, _inbound)])
    return value


def _custom_field(field: object) -> None:
    if not isinstance(field, CustomField):
        raise Invalid(f"must be a TextField, a NumericField or the like, not {type(field).__name__}")
    if not field.id.strip():
        raise Invalid("needs an id; client.custom_fields() lists those of the location")
    value = field.field_value
    texts = value if isinstance(value, list) else [value]
    _each(("value", part, _some_text) for part in texts if isinstance(part, str))
    _each(("name", part, _some_text) for part in (field.id, field.key) if part is not UNSET)
    if isinstance(value, dict):
        _each((f"file {number}", file, _file) for number, file in enumerate(value.values(), start=1))


def _file(file: UploadedFile) -> None:
    try:
        msgspec.convert(msgspec.to_builtins(file), UploadedFile)
    except (msgspec.ValidationError, TypeError, ValueError):
        raise Invalid("must have its meta, url and document_id, each of its declared type") from None


def _channel(value: object) -> None:
    if not isinstance(value, DndChannel):
        raise Invalid(f"must be a DndChannel, not {type(value).__name__}")
    channel: Any = value
    texts = [("message", channel.message, _some_text), ("code", channel.code, _some_text)]
    _each([("status", channel.status, _one_of(_CHANNEL_STATUSES)), *texts])


def _inbound(value: object) -> None:
    if not isinstance(value, InboundDnd):
        raise Invalid(f"must be an InboundDnd, not {type(value).__name__}")
    inbound: Any = value
    _each([("status", inbound.status, _one_of(_INBOUND_STATUSES)), ("message", inbound.message, _some_text)])


def _one_of(statuses: tuple[str, ...]) -> Callable[[object], None]:
    def one_of(status: object) -> None:
        if status not in statuses:
            raise Invalid(f"does not exist; write one of {', '.join(statuses)}")

    return one_of


def _some_text(value: object) -> None:
    if value is not UNSET:
        text(value, True)


def _each(parts: Iterable[Part]) -> None:
    """Check every part of a value, and tell of all that are wrong at once."""
    messages = []
    for where, part, rule in parts:
        try:
            rule(part)
        except Invalid as invalid:
            messages += [f"{where} {message}" for message in invalid.messages]
    if messages:
        raise Invalid(*messages)
