"""The values of a source to those of custom fields, as their types take them (contract.md, "Request").

An empty value is left out, whether empty cells clear fields or not: nobody knows what clears a custom field
(observed.md, "What an upsert does to a contact").
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import UNSET

from ...custom_fields import UploadedFile
from ...reply import CustomFieldDefinition
from .names import nearest_name
from .numbers import parse_number
from .unreadable import Unreadable
from .values import Habits, Read, converted, is_empty, kind_of, split, text_of, texts_of

_TEXTS = ("TEXT", "LARGE_TEXT", "PHONE", "DATE")
_NUMBERS = ("NUMERICAL", "MONETORY")
_ONE_OPTION = ("SINGLE_OPTIONS", "RADIO")
_SEVERAL_OPTIONS = ("CHECKBOX", "MULTIPLE_OPTIONS")
_FILES = "FILE_UPLOAD"

_OPTION_NAMES = ("name", "label", "value", "key")
"""What an option may be called by, where it is an object; the first that is there is its text."""


def takes_several(field: CustomFieldDefinition) -> bool:
    """Tell whether a field holds several texts."""
    return _kind(field) in _SEVERAL_OPTIONS


def is_phone(field: CustomFieldDefinition) -> bool:
    """Tell whether a field holds a phone number."""
    return _kind(field) == "PHONE"


def custom_reader_of(field: CustomFieldDefinition, habits: Habits) -> Read:
    """Make the reader of a custom field; one of a type that is not known takes every value as it is."""
    kind = _kind(field)
    options = Options(field.picklist_options)
    if kind in _TEXTS or (kind in _ONE_OPTION and not options):
        return _given(text_of if habits.keyed else lambda value: text_of(value).strip())
    if kind in _NUMBERS:
        return _given(_number)
    if kind in _ONE_OPTION:
        return _given(lambda value: options.one(text_of(value)))
    if kind in _SEVERAL_OPTIONS:
        return _given(lambda value: _several(value, options, habits.split_at))
    if kind == _FILES:
        return _given(_files)
    return _given(_as_it_is if habits.keyed else lambda value: _as_it_is(_trimmed(value)))


class Options:
    """The options of a field, found in any case."""

    def __init__(self, picklist: Any) -> None:
        self._texts: dict[str, str] = {}
        for names in _option_names(picklist):
            for name in names:
                self._texts.setdefault(_plain(name), names[0])

    def __bool__(self) -> bool:
        return bool(self._texts)

    def __contains__(self, text: str) -> bool:
        return _plain(text) in self._texts

    def one(self, text: str) -> str:
        """Find the option of a text, as the location spells it; without options every text is one."""
        if not self._texts:
            return text.strip()
        found = self._texts.get(_plain(text))
        if found is None:
            raise Unreadable(self._refusal(text))
        return found

    def _refusal(self, text: str) -> str:
        texts = list(dict.fromkeys(self._texts.values()))
        near = nearest_name(text, texts)
        remedy = f"; the nearest is {near[:60]}" if near else ""
        return (
            f"is none of the {len(texts)} options of the field{remedy}"
            if len(texts) > 1
            else ("is not the one option of the field" + remedy)
        )


def _given(read: Read) -> Read:
    return lambda value: UNSET if is_empty(value) else read(value)


def _number(value: Any) -> int | float:
    if isinstance(value, bool):
        raise Unreadable("is true or false, where a number is wanted")
    if isinstance(value, int | float):
        return value
    try:
        return parse_number(text_of(value))
    except Unreadable:
        raise Unreadable(f"is {kind_of(value)}, where a number is wanted") from None
    except ValueError as error:
        raise Unreadable(str(error)) from None


def _several(value: Any, options: Options, split_at: str | None) -> Any:
    """Read several options; a text that is one as a whole is not split."""
    if isinstance(value, list | tuple):
        texts = texts_of(list(value))
    else:
        text = text_of(value)
        texts = [text] if text in options else split(text, split_at)
    return list(dict.fromkeys(options.one(text) for text in texts)) or UNSET


def _files(value: Any) -> Any:
    if isinstance(value, dict) or (isinstance(value, str) and value.lstrip().startswith("{")):
        return converted(value, dict[str, UploadedFile])
    raise Unreadable("is no uploaded file; a file must be uploaded before, and is then written by its uuid as JSON")


def _trimmed(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


def _as_it_is(value: Any) -> Any:
    if isinstance(value, str | int | float | list) and not isinstance(value, bool):
        return value
    return converted(value, dict[str, UploadedFile]) if isinstance(value, dict) else text_of(value)


def _kind(field: CustomFieldDefinition) -> str:
    return (field.data_type or "").upper()


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


def _option_names(picklist: Any) -> Iterator[list[str]]:
    for option in picklist if isinstance(picklist, list | tuple) else ():
        given = [option.get(name) for name in _OPTION_NAMES] if isinstance(option, dict) else [option]
        names = [text for text in given if isinstance(text, str) and text.strip()]
        if names:
            yield names
