"""Values become those of custom fields, by the fields' types."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from growthhub_async import CustomFieldDefinition, UploadedFile
from growthhub_async.importer.mapping.custom_values import custom_reader_of
from growthhub_async.importer.mapping.unreadable import Unreadable
from growthhub_async.importer.mapping.values import Habits
from growthhub_async.sandbox.custom_fields import _TAKES
from growthhub_async.sandbox.location import DataType

OPTIONS = ["Red", "Light Blue", "Paris, France"]
FILE = {
    "u1": {
        "meta": {
            "fieldname": "f",
            "originalname": "a.pdf",
            "encoding": "7bit",
            "mimetype": "application/pdf",
            "size": 5,
            "uuid": "u1",
        },
        "url": "https://example.com/a.pdf",
        "documentId": "d",
    }
}


def read(kind: str | None, value: Any, options: Any = None, **habits: Any) -> Any:
    definition = CustomFieldDefinition(id="x", data_type=kind, picklist_options=options)
    return custom_reader_of(definition, Habits(**habits))(value)


@pytest.mark.parametrize(
    ("kind", "value", "taken"),
    [
        ("TEXT", " a ", "a"),
        ("LARGE_TEXT", 5, "5"),
        ("PHONE", 12055550142.0, "12055550142"),
        ("DATE", "2020-01-01", "2020-01-01"),
        ("NUMERICAL", "1.234,50", 1234.5),
        ("NUMERICAL", 5, 5),
        ("MONETORY", "$1,234.50", 1234.5),
        ("MONETORY", 2.5, 2.5),
        ("SINGLE_OPTIONS", " light  BLUE", "Light Blue"),
        ("RADIO", "red", "Red"),
        ("CHECKBOX", "red; Light blue", ["Red", "Light Blue"]),
        ("CHECKBOX", ["red", "red", ""], ["Red"]),
        ("MULTIPLE_OPTIONS", "paris, france", ["Paris, France"]),
        ("MULTIPLE_OPTIONS", "red ::: paris, france", ["Red", "Paris, France"]),
        (None, " a ", "a"),
        (None, ["a"], ["a"]),
        ("NEW_KIND", 2.5, 2.5),
    ],
)
def test_a_value_is_taken_as_its_field_wants_it(kind: str | None, value: Any, taken: Any) -> None:
    """Numbers from text, options in the location's own spelling, several of them from one text."""
    assert read(kind, value, OPTIONS) == taken


@pytest.mark.parametrize(
    ("kind", "value", "problem"),
    [
        ("NUMERICAL", "secret", "is no number; write it like 1234.5"),
        ("NUMERICAL", "1,234", "may be a thousand or a part of it; write it like 1234 or 1.2340"),
        ("NUMERICAL", True, "is true or false, where a number is wanted"),
        ("NUMERICAL", ["secret"], "is a list, where a number is wanted"),
        ("TEXT", ["secret"], "is a list, where a text is wanted"),
        ("SINGLE_OPTIONS", "secret", "is none of the 3 options of the field"),
        ("RADIO", "Light Bleu", "is none of the 3 options of the field; the nearest is Light Blue"),
        ("CHECKBOX", "red, secret", "is none of the 3 options of the field"),
        ("FILE_UPLOAD", "secret.pdf", "is no uploaded file"),
        ("FILE_UPLOAD", "{secret", "is no JSON"),
        ("FILE_UPLOAD", {"u": {}}, "object missing required field `meta`"),
    ],
)
def test_what_a_field_does_not_take_is_refused_without_showing_it(kind: str, value: Any, problem: str) -> None:
    """With what would be right, the nearest option among it."""
    with pytest.raises(Unreadable) as raised:
        read(kind, value, OPTIONS)
    assert str(raised.value).startswith(problem)
    assert "secret" not in str(raised.value)


def test_one_option_is_called_one() -> None:
    """The message counts."""
    with pytest.raises(Unreadable, match="is not the one option of the field"):
        read("RADIO", "x", ["Red"])


@pytest.mark.parametrize(
    "options",
    [
        [{"name": "Red", "value": "r"}],
        [{"label": "Red", "key": "r"}],
        [{"value": "Red", "key": "r"}],
        [" ", {"other": 5}, None, "Red", "r"],
    ],
)
def test_options_may_be_objects(options: Any) -> None:
    """They are found by all they are called, and sent as their text."""
    assert read("RADIO", "red", options) == "Red"
    assert read("RADIO", "R", options) in ("Red", "r")


@pytest.mark.parametrize("options", [None, [], {}, "Red", 5, [None]])
def test_without_options_every_text_is_one(options: Any) -> None:
    """The location may not tell them."""
    assert read("RADIO", " x ", options) == "x"
    assert read("CHECKBOX", "x, y", options) == ["x", "y"]


def test_several_options_are_split_at_what_was_chosen() -> None:
    """As tags are."""
    assert read("CHECKBOX", "a, b|c", None, split_at="|") == ["a, b", "c"]


def test_files_are_taken_as_json_or_as_they_are() -> None:
    """What was written into a table from JSON can be read again."""
    (file,) = read("FILE_UPLOAD", FILE).values()
    assert isinstance(file, UploadedFile)
    assert read("FILE_UPLOAD", str(FILE).replace("'", '"')) == read(None, FILE) == {"u1": file}


@pytest.mark.parametrize("kind", [*get_args(DataType), None])
@pytest.mark.parametrize("value", ["", "  ", None])
@pytest.mark.parametrize("clear", [False, True])
def test_an_empty_value_is_left_out(kind: str | None, value: Any, clear: bool) -> None:
    """Nobody knows what clears a custom field (observed.md, "What an upsert does to a contact")."""
    assert read(kind, value, OPTIONS, clear=clear) is UNSET


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6) | st.sampled_from(["1,5", "red"]),
    lambda values: st.lists(values, max_size=3) | st.dictionaries(st.text(max_size=3), values, max_size=3),
    max_leaves=4,
)


@given(st.sampled_from(get_args(DataType)), _VALUES, st.booleans(), st.sampled_from([None, OPTIONS]))
def test_what_is_taken_is_of_the_type_that_the_field_takes(kind: str, value: Any, keyed: bool, options: Any) -> None:
    """Judged by what the sandbox takes (contract.md, "Request")."""
    try:
        taken = read(kind, value, options, keyed=keyed)
    except Unreadable:
        return
    assert taken is UNSET or kind == "FILE_UPLOAD" or _TAKES[kind](taken)
