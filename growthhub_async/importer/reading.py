"""The files of an import read, one after the other, into findings and, with a writer, into a job."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from .errors import ImportFileError
from .formats import open_table
from .mapping import ColumnMapper, DefinitionsOf, KeyMapper, known_names, mapper_for
from .options import ImportOptions
from .rows import Table
from .staging import Findings, JobWriter, Staging

_TOLD_EVERY = 500
"""Records after which the reading tells how far it is."""


class Listener(Protocol):
    """Who hears how the reading goes, in the thread that reads; what it raises ends the reading."""

    def opened(self, table: Table, mapper: ColumnMapper | KeyMapper) -> None:
        """Hear how a file is understood."""

    def told(self, text: str) -> None:
        """Hear what a person should know about a file."""

    def progressed(self, read: int, share: float | None) -> None:
        """Hear how many records were read, and which share of the files that is, 0 to 1, if it is known."""


def read_files(
    paths: Sequence[str],
    options: ImportOptions,
    writer: JobWriter | None,
    *,
    definitions_of: DefinitionsOf,
    listener: Listener,
) -> Findings:
    """Read all files; raises ImportFileError when one cannot be used as a whole, and JobError as the writer does."""
    if len(set(paths)) < len(paths):
        raise ImportFileError("the same file is named twice; name each once")
    staging = Staging(
        writer,
        location_id=options.location_id,
        duplicates=options.duplicates,
        tags=options.tags,
        send_empty=options.send_empty,
    )
    try:
        for number, path in enumerate(paths):
            _read_file(path, options, staging, definitions_of, listener, number, len(paths))
    finally:
        staging.close()
    return staging.findings


def _read_file(
    path: str,
    options: ImportOptions,
    staging: Staging,
    definitions_of: DefinitionsOf,
    listener: Listener,
    number: int,
    files: int,
) -> None:
    with open_table(
        path,
        encoding=options.encoding,
        delimiter=options.delimiter,
        sheet=options.sheet,
        query=options.query,
        is_known=known_names(options.mapping, definitions_of),
        tell=listener.told,
    ) as table:
        mapper = mapper_for(table.name, table.columns, options.mapping, listener.told, definitions_of=definitions_of)
        listener.opened(table, mapper)
        staging.begin_file(table.name, table.format, table.columns)
        for row in table:
            staging.add(row, mapper.record(row))
            if staging.findings.read % _TOLD_EVERY == 0:
                share = table.share_read
                listener.progressed(staging.findings.read, None if share is None else (number + share) / files)
        mapper.end()
        staging.end_file(msgspec.to_builtins(table.fingerprint()))
