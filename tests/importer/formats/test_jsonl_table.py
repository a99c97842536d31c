"""JSON Lines become records, one a line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from growthhub_async import Record
from growthhub_async.importer.formats.encoding import EncodedText
from growthhub_async.importer.formats.jsonl_table import JsonLinesTable
from growthhub_async.importer.formats.lines import Lines
from growthhub_async.importer.mapping import FieldMapping, KeyMapper

from ..reading import fields, opened, problems, read

TEXTS = st.text(st.characters(exclude_characters="\ufffd", exclude_categories=["Cs"]), min_size=1, max_size=10)


def _reader(content: bytes, told: list[str], **overrides: str | None) -> Iterator[Record]:
    mapper = KeyMapper(FieldMapping().with_flags(overrides), told.append)
    yield from map(mapper.record, JsonLinesTable(Lines(EncodedText([content], "utf-8"), told.append).runs()))
    mapper.end()


@given(st.lists(st.dictionaries(st.sampled_from(["email", "firstName", "city"]), TEXTS, min_size=1), max_size=5))
def test_whatever_a_json_writer_wrote_reads_back_the_same(objects: list[dict[str, str]]) -> None:
    """Each object is a record, with the number of its line."""
    content = b"".join(msgspec.json.encode(each) + b"\n" for each in objects)
    records = [(record.ref, fields(record)) for record in _reader(content, [])]
    assert records == list(enumerate(objects, start=1))


@given(st.binary())
def test_arbitrary_bytes_make_records_and_never_an_exception(content: bytes) -> None:
    """Each line that is not blank is one record, good or broken; a byte order mark is no line."""
    lines = [record.ref for record in _reader(content, [])]
    content = content.removeprefix(b"\xef\xbb\xbf")
    assert lines == [
        number for number, line in enumerate(content.splitlines(), start=1) if line.decode(errors="replace").strip()
    ]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (b'{"email": ', "line: is not JSON"),
        (b'["a"]', "line: is no JSON object"),
        (b'"a"', "line: is no JSON object"),
        (b"{" * 100, "line: is not JSON"),
        (b'{"a":' * 100_000, "line: is nested too deeply"),
        (b'{"email": "\xff"}', "line: has characters that cannot be decoded as UTF-8"),
    ],
)
def test_a_line_that_is_no_object_is_a_broken_record(line: bytes, problem: str) -> None:
    """The lines around it are read."""
    before, broken, after = _reader(b'{"email":"a@example.com"}\n' + line + b'\n\n{"email":"b@example.com"}\n', [])
    assert [before.ref, broken.ref, after.ref] == [1, 2, 4]
    assert problems(broken)[0].startswith(problem)


def test_keys_are_read_like_the_names_of_columns() -> None:
    """Python names, wire names and headers; of two that mean one field the closest is taken."""
    (record,) = _reader(b'{"Vorname":"A","lastName":"B","E-Mail 1":"c@example.com","email":"d@example.com"}', [])
    assert fields(record) == {"firstName": "A", "lastName": "B", "email": "d@example.com"}


def test_a_key_that_means_nothing_is_told_once() -> None:
    """With a suggestion where there is one; those of other systems are ignored quietly."""
    told: list[str] = []
    list(_reader(b'{"Emial":1,"id":2}\n{"Emial":1,"email":"a@example.com"}\n{"zzz":0}\n', told))
    assert told == ["the key `Emial` is ignored; did you mean email?", "the key `zzz` is ignored"]


def test_the_keys_told_of_are_bounded() -> None:
    """A file in which every line has keys of its own cannot flood the screen, nor memory."""
    told: list[str] = []
    list(_reader(b"".join(b'{"zz%d":1}\n' % number for number in range(500)), told))
    assert len(told) == 100


def test_a_mapping_works_on_keys_and_one_that_no_line_has_is_told_in_the_end() -> None:
    """Which keys a file has is known only when it has been read."""
    told: list[str] = []
    (record,) = _reader(
        b'{"kontakt":"a@example.com","note":"x"}\n',
        told,
        Kontakt="email",
        note="custom:6dvNaf7VhkQ9snc5vnjJ",
        zz="city",
    )
    assert fields(record) == {
        "email": "a@example.com",
        "customFields": [{"id": "6dvNaf7VhkQ9snc5vnjJ", "field_value": "x"}],
    }
    assert told == ['--map "zz": no line has the key `zz`']


def test_json_lines_are_recognised_by_their_content_or_their_name(tmp_path: Path) -> None:
    """A file of objects needs no name, and one with the name needs no object on its first line."""
    for name, content in (("a", b'\n{"email":"a@example.com"}\n'), ("a.jsonl", b'x\n{"email":"a@example.com"}\n')):
        with opened(tmp_path, content, name=name) as contacts:
            assert contacts.format == "JSON Lines"
            assert [record.contact for record in contacts][-1].email == "a@example.com"
    assert [record.ref for record in read(tmp_path, b'\n{"email":"a@example.com"}\n')] == [2]
