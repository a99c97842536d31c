import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from growthhub_async.sandbox.phones import CALLING_CODES, to_e164

COUNTRIES = st.sampled_from(sorted(CALLING_CODES))


@pytest.mark.parametrize(
    ("text", "country", "number"),
    [
        ("+1 888-888-8888", "US", "+18888888888"),
        ("(888) 888-8888", "US", "+18888888888"),
        ("1 888 888 8888", "CA", "+18888888888"),
        ("+44 20 7946 0018", "US", "+442079460018"),
        ("0044 20 7946 0018", "US", "+442079460018"),
        ("020 7946 0018", "GB", "+442079460018"),
        ("030/901820", "DE", "+4930901820"),
        ("06 1234 5678", "IT", "+390612345678"),
        ("8 912 345-67-89", "RU", "+79123456789"),
        ("06 1 234 5678", "HU", "+3612345678"),
        ("912.345.678", "ES", "+34912345678"),
    ],
)
def test_a_number_is_read_by_its_plus_or_by_the_country(text: str, country: str, number: str) -> None:
    """A number with `+` or `00` keeps its digits; another gets the country's code for its trunk prefix."""
    assert to_e164(text, country) == number


@pytest.mark.parametrize(
    "text", ["", "+", "hello", "888-8888", "12345678901234567", "+0 123 456 789", "888 888 8888 x12"]
)
def test_what_cannot_be_a_number_is_none(text: str) -> None:
    """Words, extensions, and too few or too many digits are no phone number in the US."""
    assert to_e164(text, "US") is None


@settings(deadline=None)
@given(st.text(alphabet="+0123456789 ()-./x", max_size=22), COUNTRIES)
def test_the_result_is_always_e164(text: str, country: str) -> None:
    """Whatever is read, the result is `+` and 7 to 15 digits without a leading zero, or nothing."""
    number = to_e164(text, country)
    assert number is None or re.fullmatch(r"\+[1-9][0-9]{6,14}", number)


@settings(deadline=None)
@given(st.from_regex(r"\+[1-9][0-9]{6,14}", fullmatch=True), COUNTRIES)
def test_e164_stays_as_it_is(number: str, country: str) -> None:
    """A number already in E.164 means the same in every country."""
    assert to_e164(number, country) == number


def test_every_country_of_the_api_has_a_calling_code() -> None:
    """The table has the 247 countries the API accepts, each with one to three digits."""
    assert len(CALLING_CODES) == 247
    assert all(re.fullmatch(r"[1-9][0-9]{0,2}", code) for code in CALLING_CODES.values())
