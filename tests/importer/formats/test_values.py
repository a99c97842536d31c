"""Values of typed formats become what JSON has."""

from __future__ import annotations

import datetime
import decimal
import math
import uuid
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from growthhub_async.importer.formats.values import UNREADABLE, ColumnName, plain, plain_cells

_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.characters(categories=["Cs"])
    | st.binary() | st.decimals() | st.dates() | st.datetimes(timezones=st.none() | st.timezones()) | st.times()
    | st.timedeltas() | st.uuids() | st.just(UNREADABLE) | st.builds(object) | st.complex_numbers(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers() | st.dates() | st.none(), inner)
    | st.tuples(inner, inner) | st.sets(st.integers()),
    max_leaves=10,
)  # fmt: skip


@given(_VALUES)
def test_every_value_becomes_json_or_is_refused(value: Any) -> None:
    """What was made of it is the same after it was written as JSON and read again."""
    try:
        made = plain(value)
    except ValueError as error:
        assert str(error).startswith(("holds", "is nested", "cannot"))  # noqa: PT017 - it may be either
        return
    assert msgspec.json.decode(msgspec.json.encode(made)) == made


@pytest.mark.parametrize(
    ("value", "made"),
    [
        (datetime.datetime(2026, 11, 25), "2026-11-25"),
        (datetime.datetime(2026, 11, 25, 14, 3), "2026-11-25T14:03:00"),
        (datetime.datetime(2026, 11, 25, tzinfo=datetime.UTC), "2026-11-25T00:00:00+00:00"),
        (datetime.date(2026, 11, 25), "2026-11-25"),
        (datetime.time(14, 3), "14:03:00"),
        (datetime.timedelta(minutes=1.5), 90.0),
        (decimal.Decimal("2055550142"), 2055550142),
        (decimal.Decimal("2055550142.00"), 2055550142),
        (decimal.Decimal("1.50"), "1.50"),
        (decimal.Decimal("1E+40"), "1E+40"),
        (decimal.Decimal("NaN"), None),
        (math.nan, None),
        (True, True),
        (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        ({1: (datetime.date(2026, 1, 2),)}, {"1": ["2026-01-02"]}),
        (2**70, str(2**70)),
    ],
)
def test_a_value_is_written_as_people_would(value: Any, made: Any) -> None:
    """A midnight without a time zone is a day; what is no number is nothing."""
    assert plain(value) == made
    assert type(plain(value)) is type(made)


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (b"x", "bytes"),
        (memoryview(b"x"), "bytes"),
        (math.inf, "infinite"),
        (decimal.Decimal("-Infinity"), "infinite"),
        ("\ud800", "surrogate"),
        (object(), "object"),
        ({None: 1}, "names are no text"),
        (UNREADABLE, "cannot be read"),
        ([[b"x"]], "bytes"),
    ],
)
def test_what_is_no_text_says_what_it_is(value: Any, problem: str) -> None:
    """And not what is in it."""
    with pytest.raises(ValueError, match=problem):
        plain(value)


def test_a_bad_value_matters_only_where_its_column_does() -> None:
    """It is None either way, and the first in a column that means a field is told."""
    columns = [ColumnName("photo", known=False), ColumnName("email", known=True), ColumnName("phone", known=True)]
    assert plain_cells(columns, [b"x", "a", 1]) == ([None, "a", 1], None)
    cells, problem = plain_cells(columns, [b"x", b"y", math.inf])
    assert cells == [None, None, None]
    assert problem == "the column `email` holds bytes, which are no text; convert them where they come from"
