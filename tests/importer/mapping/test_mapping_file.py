"""A mapping is written as TOML that a person can edit, and read again; what is wrong with it is told by its key."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given

from growthhub_async.importer import Column, FieldMapping, Ignored, ImportFileError, Join, mapping_text, read_mapping
from growthhub_async.importer.mapping import parse_mapping

from .mappings import mappings


@given(mappings())
def test_what_is_written_is_read_as_the_same(mapping: FieldMapping) -> None:
    """Whatever the columns are called, and whatever the constants are."""
    columns = [Column(name, ignored=Ignored.TAKEN, about=name) for name in mapping.columns]
    assert parse_mapping(mapping_text(mapping, columns), "mapping") == mapping


def test_a_file_says_what_can_be_written_in_it() -> None:
    """What is not decided stands there as a comment, and an ignored column has its reason."""
    mapping = FieldMapping(columns={"E-Mail": "email", "Emial": None}, join={"city": Join(("A", "B"), ", ")})
    assert mapping_text(mapping, [Column("Emial", ignored=Ignored.UNKNOWN, about="email")]) == (
        """\
# How the columns of a file become the fields of a contact. A column that is not named here goes by its name.

# The country of phone numbers without +; with it all are written as E.164, without it as they are.
# default_region = "US"

# What an empty cell does: "skip" leaves what a contact has, "clear" clears it.
empty = "skip"

# What stands between the tags of one cell; without it , and ; do.
# split_at = "|"

# Column = field: first_name, email, tags, ..., or "custom:NAME" for a custom field by its name, its key or its id.
# "" is a column that is not read.
[columns]
"E-Mail" = "email"
"Emial" = ""  # did you mean email?

# Several columns that are one field, a space between; or { columns = [...], separator = ", " }.
[join]
city = { columns = ["A", "B"], separator = ", " }

# What every record has. Tags are added to those of the record.
[constants]
# tags = ["import-2026"]

# What the records have that have no value of their own.
[defaults]
# country = "US"
"""
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[columns]\nA = \n", "m.toml: is no TOML: invalid value (at line 2, column 5); correct it there"),
        ("colums = 5\n", "m.toml: colums: is no key of a mapping; did you mean columns?"),
        ('"Work Mail" = "email"\n', "m.toml: Work Mail: is no key of a mapping; write a column below [columns]"),
        ("zz = 5\n", "m.toml: zz: is no key of a mapping; it has default_region, empty, split_at, columns"),
        ("columns = 5\n", "m.toml: columns: must be a table; write [columns], and its lines below"),
        ("[columns]\nA = 5\n", "m.toml: columns.A: must be a field in quotes"),
        ('[columns]\n"A b" = "emial"\n', 'm.toml: columns."A b": a contact has no field emial; did you mean email?'),
        ('[join]\ncity = "A"\n', 'm.toml: join.city: must be columns, as in ["Street", "House no"]'),
        ("[join]\ncity = [1]\n", "m.toml: join.city: must be columns"),
        ('[join]\ncity = { columns = ["A"], sep = "" }\n', "m.toml: join.city: must be columns"),
        ("[defaults]\ndate_of_birth = 1990-09-25\n", "m.toml: defaults.date_of_birth: must be a text in quotes"),
        ('[constants]\nCity = "x"\n', "m.toml: constants.City: a contact has no field City; did you mean city?"),
        ("default_region = 1\n", 'm.toml: default_region: must be a text in quotes, such as "US"'),
        ('empty = "keep"\n', "m.toml: empty: must be skip or clear"),
        ('split_at = ""\n', "m.toml: split_at: is empty"),
        ("a=" + "[" * 100_000, "m.toml: is nested too deeply"),
    ],
)
def test_what_is_wrong_is_told_by_file_and_key(text: str, message: str) -> None:
    """The line is told where the syntax is wrong, and what would be right everywhere."""
    with pytest.raises(ImportFileError) as raised:
        parse_mapping(text, "m.toml")
    assert str(raised.value).startswith(message)


def test_a_column_is_ignored_by_false_too() -> None:
    """People write it so."""
    assert parse_mapping('[columns]\nA = false\nB = ""\n', "m.toml").columns == {"A": None, "B": None}


def test_a_file_is_read_as_editors_save_it(tmp_path: Path) -> None:
    """With a byte order mark and the line ends of Windows; its name is in what is told of it."""
    path = tmp_path / "m.toml"
    path.write_bytes('[columns]\r\n"Straße" = "address1"\r\n'.encode("utf-8-sig"))
    assert read_mapping(path) == FieldMapping(columns={"Straße": "address1"}, origin="m.toml")


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    """It is not there, or is no text in UTF-8."""
    with pytest.raises(ImportFileError, match=r"none.toml: the mapping cannot be read: .*; check its name"):
        read_mapping(tmp_path / "none.toml")
    (tmp_path / "m.toml").write_bytes(b"\xff")
    with pytest.raises(ImportFileError, match=r"m.toml: the mapping is not UTF-8"):
        read_mapping(tmp_path / "m.toml")
