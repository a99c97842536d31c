"""A file as it is read: whether its end was reached, and whose its records are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from growthhub_async import Record
from growthhub_async.cli.reading import Reading
from tests.importer.reading import opened

CSV = b"Email\na@example.com\nb@example.com\n"


def test_the_end_is_known_when_it_was_read(tmp_path: Path) -> None:
    """Not with the last record, for there might be another."""
    with opened(tmp_path, CSV) as contacts:
        reading = Reading(contacts)
        records = iter(reading)
        assert [next(records).ref, next(records).ref] == [2, 3]
        assert (reading.ended, reading.records) == (False, 2)
        assert next(records, None) is None
        assert (reading.ended, reading.share) == (True, 1.0)


class _Pipe:
    columns = ()
    records_read = 0
    share_read = None

    def __iter__(self) -> Iterator[Record]:
        return iter(())


def test_of_a_pipe_that_ended_all_has_been_read() -> None:
    """Before that, nobody knows how much of it there is."""
    reading = Reading(_Pipe())  # type: ignore[arg-type]
    assert reading.share is None
    assert list(reading) == []
    assert reading.share == 1.0


@pytest.mark.parametrize(
    ("name", "content", "one"),
    [
        ("a.csv", CSV, True),
        ("a.csv", b"Email,Location ID\na@example.com,\n", False),
        ("a.jsonl", b'{"email": "a@example.com"}\n', True),
        ("a.jsonl", b'{"email": "a@example.com", "locationId": null}\n', True),
        ("a.jsonl", b'{"email": "a@example.com"}\n{"email": "b@example.com", "locationId": "loc2"}\n', False),
    ],
)
def test_a_file_whose_records_name_locations_is_not_of_one(
    tmp_path: Path, name: str, content: bytes, one: bool
) -> None:
    """A column tells it before anything is read, an object when it is."""
    with opened(tmp_path, content, name=name) as contacts:
        reading = Reading(contacts)
        list(reading)
        assert reading.one_location is one
