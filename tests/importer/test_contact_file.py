"""A file of contacts as a whole: its options, how far it has been read, and how little of it is in memory."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from growthhub_async import CustomFieldDefinition
from growthhub_async.importer import FieldMapping, ImportFileError, mapping_text, open_contacts, read_mapping

from .reading import fields, opened, peak_memory, read, unheard

COLOUR = CustomFieldDefinition(id="colour1", name="Colour", field_key="contact.colour", data_type="TEXT")


def test_gzip_and_plain_files_read_alike(tmp_path: Path) -> None:
    """What is packed makes the same records."""
    content = b"Email\na@example.com\nb@example.com\n"
    assert read(tmp_path, gzip.compress(content), name="a.csv.gz") == read(tmp_path, content)


def test_mapping_encoding_and_delimiter_are_passed_on(tmp_path: Path) -> None:
    """Each option overrides what would be found out."""
    content = "Wer|Mail, privat\nZoë|a@example.com\n".encode("utf-16-le")
    (record,) = read(tmp_path, content, encoding="utf-16-le", delimiter="|", mappings=["Wer=first_name"])
    assert (record.contact.first_name, record.contact.email) == ("Zoë", "a@example.com")


def test_what_a_mapping_says_goes_behind_what_a_flag_says(tmp_path: Path) -> None:
    """The file, its flags and the location's custom fields together; the mapping is there to be shown."""
    mapping = FieldMapping(columns={"A": "city", "B": "custom:Colour"}, constants={"source": "fair"})
    options = {"mapping": mapping, "mappings": ["A=first_name"], "definitions_of": lambda _: [COLOUR]}
    with opened(tmp_path, b"A,B\nAda,red\n", **options) as contacts:
        (record,) = contacts
        assert contacts.mapping.constants == {"source": "fair"}
    assert fields(record) == {
        "firstName": "Ada",
        "source": "fair",
        "customFields": [{"id": COLOUR.id, "field_value": "red"}],
    }


def test_the_template_can_be_written_and_read_for_the_next_import(tmp_path: Path) -> None:
    """The records are the same."""
    content = b"Mail;Strasse;Colour;Egal\na@example.com;Am Tor 5;red;x\n"
    options = {"definitions_of": lambda _: [COLOUR]}
    with opened(tmp_path, content, **options) as contacts:
        records = list(contacts)
        (tmp_path / "m.toml").write_text(mapping_text(contacts.template(), contacts.columns))
    assert read(tmp_path, content, mapping=read_mapping(tmp_path / "m.toml"), **options) == records


@pytest.mark.parametrize("delimiter", ["", "ab", '"', "\n", " "])
def test_what_cannot_be_a_delimiter_is_refused(tmp_path: Path, delimiter: str) -> None:
    """It must be one character that is not already something else."""
    with pytest.raises(ImportFileError, match="--delimiter"):
        read(tmp_path, b"Email\n", delimiter=delimiter)


def test_a_mapping_of_a_column_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """A CSV file has all its columns in its header."""
    with pytest.raises(ImportFileError, match="no column `Mail`"):
        read(tmp_path, b"Email\n", mappings=["Mail=phone"])


def test_records_and_the_share_of_the_file_are_counted_as_it_is_read(tmp_path: Path) -> None:
    """Half the records are about half the file, long before it ends."""
    lines = b"".join(b"person%06d@example.com\n" % number for number in range(20_000))
    with opened(tmp_path, b"Email\n" + lines) as contacts:
        records = iter(contacts)
        for _ in range(10_000):
            next(records)
        assert contacts.records_read == 10_000
        assert contacts.share_read == pytest.approx(0.5, abs=0.01)
        assert sum(1 for _ in records) == 10_000
        assert contacts.share_read == 1.0


@given(
    content=st.one_of(st.binary(), st.binary().map(b"Email,Name\n".__add__), st.binary().map(b'{"email":1}\n'.__add__))
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_arbitrary_bytes_are_read_or_refused_as_a_file(tmp_path: Path, content: bytes) -> None:
    """There is no content on which the importer fails in any other way; each record knows its line."""
    try:
        records = read(tmp_path, content)
    except ImportFileError:
        return
    lines = [record.ref for record in records]
    assert all(isinstance(line, int) for line in lines)
    assert lines == sorted(set(lines), key=lambda line: int(line or 0))


def _read_made(path: Path, head: bytes, line: bytes, lines: int) -> int:
    """Make a file of so many lines, and return the bytes in use at the most while it is read."""
    with path.open("wb") as file:
        file.write(head)
        file.writelines(line for _ in range(lines))

    def read_all() -> None:
        with open_contacts(str(path), tell=unheard) as contacts:
            assert sum(1 for _ in contacts) >= lines

    return peak_memory(read_all)


@pytest.mark.parametrize(
    ("head", "line"),
    [
        (b"Email,Notes\n", b'person@example.com,"two\nlines"\n'),
        (b"Email,Notes\n", b'broken,"by "a" quote"\n'),
        (b'{"email":"a@example.com"}\n', b'{"email":"person@example.com","tags":["a","b"]}\n'),
    ],
)
def test_memory_does_not_grow_with_the_file(tmp_path: Path, head: bytes, line: bytes) -> None:
    """Ten times the records do not take even twice the memory: what is kept are chunks, never records."""
    little = _read_made(tmp_path / "contacts", head, line, 5_000)
    much = _read_made(tmp_path / "contacts", head, line, 50_000)
    assert much < 2 * little
