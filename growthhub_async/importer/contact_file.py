"""A file of contacts as an iterable of records: opened, its format and columns settled, then read as a stream.

The `ref` of every record is the number of the line it begins at, counted from 1.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, islice

from ..outcome import Record
from .columns import Column, Overrides, parse_overrides
from .csv_records import CsvRecords
from .errors import ImportFileError
from .jsonl_reader import JsonLinesReader
from .lines import Line, Lines
from .source import Source, open_source

_FIRST_LINES = 20
"""Lines that are looked at to tell the format and the delimiter."""
_JSON_NAME = re.compile(r".*\.(jsonl|ndjson)(\.gz)?", re.IGNORECASE)
_JSON_ARRAY = re.compile(r"\[\s*(\{.*|\Z)", re.DOTALL)
_NOT_A_DELIMITER = ('"', " ", "\r", "\n", "\0")


class ContactFile:
    """The records of one open file, to be read once.

    `delimiter` and `columns` are those of a CSV file; for JSON Lines they are None and empty, since every line may have
    keys of its own. `records_read` counts what has been read so far, broken lines included.
    """

    def __init__(self, source: Source, lines: Lines, records: CsvRecords | JsonLinesReader) -> None:
        self.name = source.name
        self.delimiter = records.delimiter if isinstance(records, CsvRecords) else None
        self.columns: Sequence[Column] = records.columns if isinstance(records, CsvRecords) else ()
        self.records_read = 0
        self._source = source
        self._lines = lines
        self._records = records

    @property
    def share_read(self) -> float | None:
        """How much of the file is in the records read so far, 0 to 1; None when its size is not known."""
        share = self._source.share_read
        return None if share is None else share * self._lines.share_handed_out

    def __iter__(self) -> Iterator[Record]:
        for record in self._records:
            self.records_read += 1
            yield record


@contextmanager
def open_contacts(
    path: str,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    mappings: Sequence[str] = (),
    tell: Callable[[str], None],
) -> Iterator[ContactFile]:
    """Open a file of contacts: CSV or JSON Lines, plain or gzip; `-` is the standard input.

    `mappings` are `Column=field`, where `field` is a field of a contact, `custom:ID`, or empty to ignore the column.
    `tell` is called with what a person should know about how the file is read, from the thread that reads it. Raises
    ImportFileError, here or while it is read, when the file as a whole cannot be used.
    """
    overrides = parse_overrides(mappings)
    if delimiter is not None and (len(delimiter) != 1 or delimiter in _NOT_A_DELIMITER):
        raise ImportFileError(f"--delimiter {delimiter!r} is not one character; write one such as ';', or tab")
    with open_source(path) as source:
        lines = Lines(source.chunks(), encoding, tell)
        yield ContactFile(source, lines, _records(source.name, iter(lines), delimiter, overrides, tell))


def _records(
    name: str, lines: Iterator[Line], delimiter: str | None, overrides: Overrides, tell: Callable[[str], None]
) -> CsvRecords | JsonLinesReader:
    first = list(islice(lines, _FIRST_LINES))
    start = next((line.text.strip() for line in first if line.text.strip()), None)
    if start is None:
        raise ImportFileError(f"{name} is empty; its first line must name the columns, as in First Name,Email,Phone")
    if _JSON_ARRAY.fullmatch(start):
        raise ImportFileError(f"{name} is one JSON array; write one object a line (`jq -c '.[]'` does it)")
    if start.startswith("{") or _JSON_NAME.fullmatch(name):
        return JsonLinesReader(chain(first, lines), overrides, tell)
    try:
        return CsvRecords(first, lines, delimiter, overrides)
    except ImportFileError as error:
        raise ImportFileError(f"{name}: {error}") from None
