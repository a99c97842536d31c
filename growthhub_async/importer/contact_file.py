"""A file of contacts as an iterable of records: opened, its format and columns settled, then read as a stream.

The `ref` of every record is the number of the line it begins at, counted from 1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from ..outcome import Record
from .formats import open_table
from .mapping import (
    Column,
    ColumnMapper,
    DefinitionsOf,
    FieldMapping,
    KeyMapper,
    known_names,
    mapper_for,
    parse_flags,
)
from .rows import Table


class ContactFile:
    """The records of one open file, to be read once.

    `columns` are empty where every record may have keys of its own, as in JSON Lines. `mapping` is what was decided by
    hand, and `records_read` counts what has been read so far, broken lines included.
    """

    def __init__(self, table: Table, mapper: ColumnMapper | KeyMapper) -> None:
        self.name = table.name
        self.format = table.format
        self.columns: Sequence[Column] = mapper.columns
        self.mapping: FieldMapping = mapper.mapping
        self.records_read = 0
        self._table = table
        self._mapper = mapper

    @property
    def share_read(self) -> float | None:
        """How much of the file is in the records read so far, 0 to 1; None when its size is not known."""
        return self._table.share_read

    def template(self) -> FieldMapping:
        """Write down how every column was understood, of JSON Lines those met so far, for a person to edit."""
        return self._mapper.template()

    def __iter__(self) -> Iterator[Record]:
        for row in self._table:
            self.records_read += 1
            yield self._mapper.record(row)
        self._mapper.end()


@contextmanager
def open_contacts(
    path: str,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    mappings: Sequence[str] = (),
    mapping: FieldMapping | None = None,
    definitions_of: DefinitionsOf | None = None,
    tell: Callable[[str], None],
) -> Iterator[ContactFile]:
    """Open a file of contacts: CSV or JSON Lines, plain or gzip; `-` is the standard input.

    `mappings` are `Column=field`, where `field` is a field of a contact, `custom:NAME`, or empty to ignore the column;
    they go before what `mapping` says. `definitions_of` gives the custom fields of a location by its id, of the default
    one for None, and None where they are not known; without it they can be named by their ids only. `tell` is called
    with what a person should know about how the file is read, from the thread that reads it. Raises ImportFileError,
    here or while it is read, when the file as a whole cannot be used.
    """
    decided = (mapping or FieldMapping()).with_flags(parse_flags(mappings))
    known = known_names(decided, definitions_of)
    with open_table(path, encoding=encoding, delimiter=delimiter, is_known=known, tell=tell) as table:
        yield ContactFile(table, mapper_for(table.name, table.columns, decided, tell, definitions_of))
