"""The delimiter is found by what it makes of the header and of the first rows."""

from __future__ import annotations

import pytest

from growthhub_async.importer.formats.delimiter import DELIMITERS, sniff_delimiter


def _known(name: str) -> bool:
    return name in ("Name", "Email", "City")


@pytest.mark.parametrize("delimiter", DELIMITERS)
def test_the_delimiter_of_known_columns_is_found(delimiter: str) -> None:
    """Whatever stands between the columns, it is found by them."""
    assert sniff_delimiter([f"Name{delimiter}Email\n", "Ada, B; C|D\tE\n"], _known) == delimiter


def test_known_columns_count_more_than_many_columns() -> None:
    """A header full of commas is no comma-separated one when its columns are known by semicolons."""
    assert sniff_delimiter(["Name;Email;a, b, c, d, e\n"], _known) == ";"


def test_rows_as_wide_as_the_header_decide_when_no_column_is_known() -> None:
    """A comma in one name, or in numbers, does not beat a delimiter that every row agrees on."""
    assert sniff_delimiter(["A, first;B\n", "1;2\n", "3;4\n"], _known) == ";"


def test_a_quoted_newline_does_not_confuse() -> None:
    """The first lines may end in the middle of a quoted cell."""
    assert sniff_delimiter(["Name|Email\n", '"Ada\n', "Byron"], _known) == "|"


def test_one_column_alone_is_a_comma_separated_file() -> None:
    """Without any delimiter the first is as good as another."""
    assert sniff_delimiter(["Email\n", "ada@example.com\n"], _known) == ","
