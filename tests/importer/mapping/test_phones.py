"""Phone numbers are written as E.164, by the region of the record or the default one."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from growthhub_async.importer import FieldMapping, ImportFileError
from growthhub_async.importer.mapping.phones import Phones
from growthhub_async.importer.mapping.unreadable import Unreadable

from ..reading import fields, problems
from .mapped import of_cells, of_object

US = Phones("US")


@pytest.mark.parametrize(
    ("phone", "country", "written"),
    [
        ("(205) 555-0142", None, "+12055550142"),
        ("1 205 555 0142", None, "+12055550142"),
        ("011 44 20 7946 0000", None, "+442079460000"),
        ("+44 (0)20 7946 0000", None, "+442079460000"),
        ("\uff0b49 30 901820", None, "+4930901820"),
        ("030 901820", "DE", "+4930901820"),
        ("030 901820", "Germany", "+4930901820"),
        ("(205) 555-0142", "Atlantis", "+12055550142"),
        ("(205) 555-0142", "AQ", "+12055550142"),
        ("+12345678901234", None, "+12345678901234"),
        ("+1 555 123 4567", None, "+15551234567"),
    ],
)
def test_a_number_is_written_as_e164(phone: str, country: str | None, written: str) -> None:
    """The record's own country goes before the default region where it is known and has numbers."""
    assert US.normalised(phone, country) == written


@pytest.mark.parametrize(
    "phone",
    ["555-0142", "(555) 123-4567", "124", "0000000000", "+15", "+999 123 456 789", "--", "2055550142 2055550143"],
)
def test_what_is_no_number_is_refused_with_an_example_of_the_region(phone: str) -> None:
    """The example has `+`, with which no region is needed; the number itself is not shown."""
    with pytest.raises(Unreadable, match=r"^is no phone number( of US)?; write it like \+1 [0-9 -]+$") as raised:
        US.normalised(phone)
    assert phone not in str(raised.value)


@pytest.mark.parametrize(
    "phone", ["205 555 0142 x12", "(205) 555-0142 ext. 5", "1-800-FLOWERS", "205 555 0142 #5", "n/a"]
)
def test_what_would_be_lost_of_a_number_is_refused(phone: str) -> None:
    """The API keeps no extension, and letters may be anything."""
    with pytest.raises(Unreadable, match="has letters or an extension"):
        US.normalised(phone)


@pytest.mark.parametrize(
    ("region", "remedy"), [("Germany", "did you mean DE?"), ("XX", "such as US"), ("AQ", "did you mean AQ|such as US")]
)
def test_a_region_without_numbers_is_refused(region: str, remedy: str) -> None:
    """With what is right."""
    with pytest.raises(ImportFileError, match=remedy):
        Phones(region)


def test_the_package_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the one line that installs it, and only where a region was given."""
    monkeypatch.setitem(sys.modules, "phonenumbers", None)
    with pytest.raises(ImportFileError, match=r"pip install 'growthhub-async\[phones\]'"):
        of_cells({"Phone": "x"}, FieldMapping(default_region="US"))
    assert of_cells({"Phone": "(205) 555-0142"}).contact.phone == "(205) 555-0142"


def test_the_phones_of_a_record_are_those_of_its_country() -> None:
    """A custom field that holds a phone number is one, too; a constant country and a default one count."""
    mapping = FieldMapping(default_region="us", defaults={"country": "Germany"})
    cells = {"Phone": "030 901820", "Second Mobile": "0171 1234567"}
    assert fields(of_cells(cells, mapping)) == {
        "phone": "+4930901820",
        "country": "Germany",
        "customFields": [{"id": "mobile1", "field_value": "+491711234567"}],
    }
    record = of_cells({"Phone": "030 901820", "Country": "US"}, mapping)
    assert problems(record) == ["phone: is no phone number of US; write it like +1 201-555-0123"]
    assert fields(record) == {"country": "US"}


def test_an_empty_phone_stays_as_it_is() -> None:
    """There is nothing to normalise in it."""
    mapping = FieldMapping(default_region="US")
    assert [fields(of_object({"phone": phone}, mapping)) for phone in (None, "", " ")] == [
        {"phone": None},
        {"phone": ""},
        {"phone": " "},
    ]


@given(st.text(max_size=20) | st.text("+0123456789 ()-/.x#", max_size=20), st.text(max_size=4))
def test_whatever_is_a_phone_is_e164_and_stays_so(phone: str, country: str) -> None:
    """There is no text on which it fails in any other way."""
    try:
        written = US.normalised(phone, country)
    except Unreadable:
        return
    assert written.startswith("+")
    assert written[1:].isdecimal()
    assert US.normalised(written) == written
