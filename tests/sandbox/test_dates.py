from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from growthhub_async.sandbox.dates import birth_date, timestamp

FORMATS = ["%Y/%m/%d", "%m/%d/%Y", "%Y-%m-%d", "%m-%d-%Y", "%Y.%m.%d", "%m.%d.%Y", "%Y_%m_%d", "%m_%d_%Y"]


@settings(deadline=None)
@given(st.dates(min_value=date(1000, 1, 1)), st.sampled_from(FORMATS))
def test_every_day_is_read_in_each_of_the_eight_formats(day: date, form: str) -> None:
    """A date in any of the contract's formats comes back as YYYY-MM-DD."""
    assert birth_date(day.strftime(form)) == day.isoformat()


@pytest.mark.parametrize(
    "text", ["", "1990-9-25", "25/12/1990", "1990-02-30", "1990/09-25", "25 Sep 1990", "1990-09-25T00"]
)
def test_other_dates_are_refused(text: str) -> None:
    """No other format, no mixed separators and no day that the calendar lacks is a date."""
    assert birth_date(text) is None


def test_a_timestamp_has_milliseconds_and_z() -> None:
    """Dates of a contact are ISO 8601 in UTC with three decimals, also on a whole second."""
    assert timestamp(1_625_202_326.704) == "2021-07-02T05:05:26.704Z"
    assert timestamp(0.0) == "1970-01-01T00:00:00.000Z"
