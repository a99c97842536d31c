"""An open file, or a query to a database, as a table of rows: what it is, is settled here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from ..errors import ImportFileError
from ..rows import Row, Table
from .arrow_table import open_arrow_file, open_arrow_stream, open_parquet
from .encoding import EncodedText
from .excel_table import open_excel
from .fingerprint import Fingerprint
from .kinds import Kind, kind_of
from .source import Source, open_source
from .sql_table import open_query
from .text_table import open_text
from .urls import is_url

_NOT_A_DELIMITER = ('"', " ", "\r", "\n", "\0")


class Rows(Protocol):
    """What a format makes of a source; see `Table` for what its attributes mean."""

    @property
    def format(self) -> str: ...
    @property
    def columns(self) -> list[str] | None: ...
    @property
    def share_read(self) -> float | None: ...

    def __iter__(self) -> Iterator[Row]: ...


class SourceTable:
    """The rows of a file, with what is known of it."""

    def __init__(self, source: Source, rows: Rows) -> None:
        self.name = source.name
        self.format = rows.format
        self.columns = rows.columns
        self._source = source
        self._rows = rows

    @property
    def share_read(self) -> float | None:
        """How much of the file is in the rows read so far, 0 to 1; None when its size is not known."""
        return self._rows.share_read

    def fingerprint(self) -> Fingerprint:
        """Identify the file; what has not been read of it is read, and gives no rows any more."""
        return self._source.fingerprint()

    def __iter__(self) -> Iterator[Row]:
        yield from self._rows
        self._source.require_unchanged()


@contextmanager
def open_table(
    path: str,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    sheet: str | None = None,
    query: str | None = None,
    is_known: Callable[[str], bool],
    tell: Callable[[str], None],
) -> Iterator[Table]:
    """Open a file, the standard input as `-`, or the URL of a database as a table.

    A file is CSV, JSON Lines, a JSON array, Parquet, Arrow or an Excel workbook, plain or compressed with gzip or zstd.
    `encoding` and `delimiter` are for text, `sheet` for a workbook, and `query`, a SELECT or a table's name, for a
    database. `is_known` tells whether the name of a column means a field; `tell` is called with what a person should
    know about how the file is read, from the thread that reads it. Raises ImportFileError, here or while it is read,
    when the file as a whole cannot be used.
    """
    if delimiter is not None and (len(delimiter) != 1 or delimiter in _NOT_A_DELIMITER):
        raise ImportFileError(f"--delimiter {delimiter!r} is not one character; write one such as ';', or tab")
    if is_url(path):
        with open_query(path, query, is_known) as table:
            yield table
        return
    if query is not None:
        raise ImportFileError(f"--query is for the URL of a database, and {path} is none; leave it out")
    with open_source(path) as source:
        kind = kind_of(source.name, source.head(), encoded=encoding is not None)
        if sheet is not None and kind is not Kind.WORKBOOK:
            raise ImportFileError(f"--sheet is for an Excel workbook, and {source.name} is none; leave it out")
        with _rows(kind, source, encoding, delimiter, sheet, is_known, tell) as rows:
            yield SourceTable(source, rows)


def _rows(
    kind: Kind,
    source: Source,
    encoding: str | None,
    delimiter: str | None,
    sheet: str | None,
    is_known: Callable[[str], bool],
    tell: Callable[[str], None],
) -> AbstractContextManager[Rows]:
    match kind:
        case Kind.PARQUET:
            return open_parquet(source, is_known)
        case Kind.ARROW_FILE:
            return open_arrow_file(source, is_known)
        case Kind.ARROW_STREAM:
            return open_arrow_stream(source, is_known)
        case Kind.WORKBOOK:
            return open_excel(source, sheet, is_known, tell)
        case Kind.TEXT:
            return open_text(source, EncodedText(source.chunks(), encoding), delimiter, is_known, tell)
