"""CSV files as people export them become records."""

from __future__ import annotations

from pathlib import Path

import pytest

from growthhub_async.importer import ImportFileError, open_contacts

from ..reading import DATA, fields, opened, problems, read


def _exported(name: str, told: list[str] | None = None) -> list[dict[str, object]]:
    with open_contacts(str(DATA / name), tell=([] if told is None else told).append) as contacts:
        records = list(contacts)
    assert [problems(record) for record in records] == [[]] * len(records)
    return [{"line": record.ref, **fields(record)} for record in records]


def test_a_google_export_is_understood() -> None:
    """First of several values, labels without the built-in groups, quoted newlines in a column that is not read."""
    assert _exported("google_contacts.csv") == [
        {
            "line": 2,
            "firstName": "Grace",
            "lastName": "Hopper",
            "companyName": "Example Shipyard",
            "dateOfBirth": "1906-12-09",
            "tags": ["vip", "navy"],
            "email": "grace@example.com",
            "phone": "+1 202 555 0143",
            "address1": "1 Harbour St",
            "city": "Arlington",
            "state": "VA",
            "postalCode": "22201",
            "country": "US",
            "website": "https://example.com",
        },
        {"line": 4, "phone": "(202) 555-0178"},
    ]


def test_an_export_of_growthhub_itself_is_understood() -> None:
    """The company's exact name wins over the business name, and an empty cell of tags leaves them alone."""
    first, second = _exported("growthhub_export.csv")
    assert first["companyName"] == "Zoë's Example Shop"
    assert first["tags"] == ["newsletter", "vip"]
    assert second == {
        "line": 3,
        "firstName": "Jörg",
        "lastName": "Muster",
        "companyName": "Muster & Söhne, GmbH",
        "phone": "+49 30 23125 001",
        "email": "Joerg.Muster@Example.org",
    }


def test_a_hubspot_export_is_understood() -> None:
    """Names with slashes and an associated company are known."""
    first, second = _exported("hubspot_export.csv")
    assert first == {
        "line": 2,
        "firstName": "Núria",
        "lastName": "O'Example",
        "email": "nuria@example.com",
        "phone": "(202) 555-0142",
        "companyName": "Acme",
        "city": "Springfield",
        "state": "AL",
        "postalCode": "35061",
        "country": "United States",
        "dateOfBirth": "09/25/1990",
    }
    assert second == {"line": 3, "email": "info@example.net"}


def test_what_excel_writes_on_a_german_windows_is_understood() -> None:
    """Semicolons, Windows-1252 (told), German names, a newline in an address."""
    told: list[str] = []
    assert _exported("german_excel.csv", told) == [
        {
            "line": 2,
            "firstName": "Jürgen",
            "lastName": "Mußter",
            "email": "juergen@example.de",
            "phone": "030 23125 002",
            "address1": "Hauptstr. 5\r\nHinterhaus",
            "postalCode": "10115",
            "city": "Köln",
            "country": "Germany",
            "dateOfBirth": "1980-01-31",
            "tags": ["Kunde", "Messe"],
        }
    ]
    assert len(told) == 1


def test_tabs_and_french_names_are_understood() -> None:
    """Another delimiter, another language."""
    assert _exported("french.tsv") == [
        {
            "line": 2,
            "firstName": "Anaïs",
            "lastName": "Éxemple",
            "email": "anais@example.fr",
            "phone": "+33 6 39 98 00 01",
            "postalCode": "75001",
            "city": "Paris",
            "country": "France",
            "dateOfBirth": "1992-02-29",
            "tags": ["cliente"],
        }
    ]


def test_a_broken_row_is_a_record_with_its_line(tmp_path: Path) -> None:
    """It takes its place among the others, and does not end the import."""
    records = read(tmp_path, b'Email,City\na@example.com\n"b",c,d\ne@example.com,"f"\n')
    assert [record.ref for record in records] == [2, 3, 4]
    assert [bool(record.problems) for record in records] == [False, True, False]


def test_a_first_line_that_names_the_delimiter_is_obeyed(tmp_path: Path) -> None:
    """Excel's `sep=` counts as a line of the file, and is no header; a delimiter given by hand comes before it."""
    with opened(tmp_path, b"sep=^\nEmail^City\na@example.com^Rome\n") as contacts:
        assert contacts.format == "CSV, ^ between cells"
        assert [(record.ref, record.contact.city) for record in contacts] == [(3, "Rome")]
    with opened(tmp_path, b"sep=;\nEmail,City\n", delimiter=",") as contacts:
        assert contacts.format == "CSV, a comma between cells"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"\n \n", "is empty"),
        (b",,\n,\n", "no line that names the columns"),
        (b"Ada,ada@example.com\n", "line 1 looks like a contact"),
        (b"\nAda,(202) 555-0178\n", "line 2 looks like a contact"),
        (b"Foo,Bar\n1,2\n", '`Foo`, `Bar`.*--map "Foo=email"'),
        (b"Name,City\nAda,London\n", "no column is an email"),
        (b'Email,"City\nx\n', "line 1, the names of the columns, has a quote"),
        (b"Email\0,City\n", "line 1, the names of the columns, has a NUL"),
        (b'{\n"email": "a@example.com"}', "JSON over several lines"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(tmp_path: Path, content: bytes, message: str) -> None:
    """The message names the file, what is wrong and what would be right, and shows no contact data."""
    with pytest.raises(ImportFileError, match=message) as raised:
        read(tmp_path, content)
    assert "contacts.csv" in str(raised.value)
    assert "ada@" not in str(raised.value)
    assert "555" not in str(raised.value)


def test_a_header_alone_is_a_file_without_records(tmp_path: Path) -> None:
    """That is nothing to import, and no error."""
    assert read(tmp_path, b"Email\n") == []
