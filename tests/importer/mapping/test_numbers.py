"""Numbers are read as people write them; what may be two numbers is none."""

from __future__ import annotations

import contextlib
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from growthhub_async.importer.mapping.numbers import parse_number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("100", 100),
        ("-5", -5),
        ("+5", 5),
        ("\u22125.5", -5.5),
        ("1.5", 1.5),
        ("1,5", 1.5),
        ("12,34", 12.34),
        ("0,125", 0.125),
        (".5", 0.5),
        ("1234.567", 1234.567),
        ("1,234.50", 1234.5),
        ("1.234,50", 1234.5),
        ("1 234,50", 1234.5),
        ("1\u202f234\u00a0567", 1234567),
        ("1'234.50", 1234.5),
        ("1’234", 1234),
        ("1,234,567", 1234567),
        ("1.234.567", 1234567),
        ("12,34,567.50", 1234567.5),
        ("$1,234.50", 1234.5),
        ("-$5", -5),
        ("$-5", -5),
        ("1.234,50 €", 1234.5),
        ("CHF 1'000", 1000),
        ("5EUR", 5),
        ("1e5", 100000.0),
        ("2.5E-3", 0.0025),
        ("007", 7),
    ],
)
def test_the_usual_spellings_are_read(text: str, number: float) -> None:
    """Of English, German, French, Swiss and Indian readers, with a currency and without, whole ones as whole ones."""
    assert parse_number(text) == number
    assert isinstance(parse_number(text), type(number))


@pytest.mark.parametrize("text", ["1,234", "1.234", "100.000", "$1,234", "-999,999"])
def test_a_thousand_that_may_be_a_part_is_not_guessed(text: str) -> None:
    """Wrong by a factor of a thousand is worse than a record to mend."""
    with pytest.raises(ValueError, match="may be a thousand or a part of it"):
        parse_number(text)


NO_NUMBERS = ["", "x", "1 2", "1,2,3", "1.2.3", "1,23.4", "5%", "1e999", "--5", "$", "EUR", "CAT 5", "5 apples", "١٢"]
MORE_OF_THEM = ["1" * 19, "1" * 5000, "0." + "1" * 60, "(5)", "1,2345,678", "NaN", "inf", "1_000", "0x10"]


@pytest.mark.parametrize("text", NO_NUMBERS + MORE_OF_THEM)
def test_what_is_no_number_is_refused_without_showing_it(text: str) -> None:
    """Nothing is picked out of a text."""
    with pytest.raises(ValueError, match=r"^(is no number; write it like 1234\.5|is too long for a number)$"):
        parse_number(text)


@given(st.integers(-(10**17), 10**17), st.integers(0, 99))
def test_every_number_with_two_decimals_is_read_in_both_spellings(whole: int, cents: int) -> None:
    """The same number, whether the point or the comma parts its thousands."""
    english = f"{whole:,}.{cents:02}"
    german = english.translate(str.maketrans(",.", ".,"))
    assert parse_number(english) == parse_number(german) == float(f"{whole}.{cents:02}")


@given(st.text("0123456789.,' -+eE$€", max_size=12))
def test_no_text_fails_in_another_way(text: str) -> None:
    """It is a number or a ValueError."""
    with contextlib.suppress(ValueError):
        assert math.isfinite(parse_number(text))
