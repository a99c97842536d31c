"""Records that failed sent again: those that may fare better as they are, and those that were mended."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from msgspec import UNSET

from ..checks import check, encode
from ..outcome import Problem
from .errors import JobError
from .job import Job, Mended
from .mapping import ColumnMapper, DefinitionsOf, KeyMapper, mapper_for
from .options import ImportOptions
from .results import Again, Kind, ResultFiles, path_of, read_failed, retryable
from .rows import Row

_to_json = msgspec.json.Encoder().encode


class SentAgain(msgspec.Struct):
    """What was let go again, and at which positions; `still_wrong` tells of mended records that are not right yet."""

    unchanged: int = 0
    mended: int = 0
    still_wrong: list[str] = []
    positions: set[int] = set()


def send_again(
    path: Path, failed: Path | None, *, definitions_of: DefinitionsOf, tell: Callable[[str], None]
) -> SentAgain:
    """Let the records of a job wait to be sent again that failed retryably, or were mended in its failed file.

    `failed` is that file, by default the one beside the job. The job's lock is held. Raises JobError.
    """
    found = SentAgain()
    with Job(path) as job:
        file = failed or path_of(path, Kind.FAILED)
        if failed is not None and not file.exists():
            raise JobError(f"{file} does not exist; name the failed file that was mended")
        ResultFiles(job, tell).refresh()
        again = read_failed(job, file, tell) if file.exists() else retryable(job)
        options = ImportOptions.kept(job.about()["options"])
        mend = _Mender(job, options, definitions_of, tell)
        job.send_again(list(_again(again, mend, found)))
    return found


def _again(again: Iterator[Again], mend: _Mender, found: SentAgain) -> Iterator[tuple[int, Mended | None]]:
    for one in again:
        if one.cells is None:
            found.unchanged += 1
            found.positions.add(one.position)
            yield one.position, None
            continue
        mended = mend(one)
        if isinstance(mended, str):
            found.still_wrong.append(mended)
        else:
            found.mended += 1
            found.positions.add(one.position)
            yield one.position, mended


class _Mender:
    """Make of new cells what a record is to be sent as, or say what is still wrong."""

    def __init__(
        self,
        job: Job,
        options: ImportOptions,
        definitions_of: DefinitionsOf,
        tell: Callable[[str], None],
    ) -> None:
        self._options = options
        self._job = job
        self._files = job.files()
        self._definitions_of = definitions_of
        self._tell = tell
        self._mapper_of = cache(self._make_mapper)

    def __call__(self, again: Again) -> Mended | str:
        cells: Any = again.cells
        (source,) = self._job.sources([again.position])
        record = self._mapper_of(source.file).record(Row(source.line, cells))
        contact, problems = check(record, self._options.location_id, send_empty=self._options.send_empty)
        tags: list[str] = []
        if self._options.tags == "add" and isinstance(contact.tags, list):
            tags = contact.tags
            contact = msgspec.structs.replace(contact, tags=UNSET)
        body = problems[0] if problems else encode(contact)
        if isinstance(body, Problem):
            where = f"{self._files[source.file].name}, line {source.line:,}"
            return f"{where}: {'; '.join(map(str, problems or [body]))}"
        return Mended(_to_json(cells), body, _to_json(tags) if tags else None)

    def _make_mapper(self, number: int) -> ColumnMapper | KeyMapper:
        """Make what maps the records of a file: of one of which nothing was mended, custom fields are not asked for."""
        file = self._files[number]
        mapping = self._options.mapping
        return mapper_for(file.name, file.columns, mapping, self._tell, definitions_of=self._definitions_of)
