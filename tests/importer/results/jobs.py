"""Jobs to make result files of: staged as an import stages them, and settled as its outcomes are kept."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from growthhub_async import Contact, Dropped, ErrorReason, Outcome, Problem, Record, Status
from growthhub_async.importer.job import Entry, Job, JobView, State
from growthhub_async.importer.rows import Row
from growthhub_async.importer.staging import DuplicatesPolicy, JobWriter, Staging
from growthhub_async.outcome import OutcomeError

Cells = list[Any] | dict[str, Any]


class Told(Outcome, frozen=True, kw_only=True):
    """An outcome with the attempts that led to it."""

    history: tuple[Any, ...] = ()


class Source:
    """One file of a job to be: its columns, or None where rows have keys of their own, and its rows."""

    def __init__(self, columns: list[str] | None, rows: Sequence[Cells | str], name: str = "contacts.csv") -> None:
        self.columns = columns
        self.rows = rows
        self.name = name


def stage(
    path: Path,
    *sources: Source,
    duplicates: DuplicatesPolicy = "merge",
    emails: Sequence[str] = (),
    locations: Sequence[str] = ("L1",),
) -> None:
    """Make a job; a row that is a text could not be read. Each contact has an email, of its own unless one is given.

    The rows are the locations' in turn.
    """
    writer = JobWriter(path)
    staging = Staging(writer, location_id=None, duplicates=duplicates)
    number = 0
    for index, source in enumerate(sources):
        staging.begin_file(source.name, "CSV, a comma between cells", source.columns)
        for line, cells in enumerate(source.rows, start=2):
            email = emails[number] if number < len(emails) else f"person{number}@example.com"
            contact = Contact(email=email, location_id=locations[number % len(locations)])
            if isinstance(cells, str):
                row = Row(line, [], "is broken", cells)
                staging.add(row, Record(contact=contact, ref=line, problems=(Problem("line", "is broken"),)))
            else:
                staging.add(Row(line, cells), Record(contact=contact, ref=line))
            number += 1
        writer.end_file(index, {})
    staging.close()
    writer.finish({"options": {}, "created_at": 1.0, "read": staging.findings.read})


@contextmanager
def job_of(path: Path, *sources: Source, **options: Any) -> Iterator[Job]:
    """Make a job, and open it."""
    stage(path, *sources, **options)
    with Job(path) as job:
        yield job


def created(position: int, **values: Any) -> Entry:
    """Make the outcome of a contact that is new, or as `values` have it."""
    values = {"status": Status.CREATED, "contact_id": f"c{position}", "attempts": 1, **values}
    outcome = Told(position=position, ref=position, **values)
    return Entry(outcome, State[outcome.status.name], 1_000.0 + position, 0.1)


def updated(position: int, **values: Any) -> Entry:
    """Make the outcome of a contact that was there."""
    return created(position, status=Status.UPDATED, **values)


def failed(
    position: int,
    reason: ErrorReason = ErrorReason.REJECTED,
    message: str = "it was refused",
    *,
    retryable: bool = False,
    **values: Any,
) -> Entry:
    """Make the outcome of a record that is an error."""
    error = OutcomeError(reason=reason, message=message, retryable=retryable)
    values = {"contact_id": None, "http_status": 400, "trace_id": "t-1", **values}
    return created(position, status=Status.ERROR, error=error, **values)


def dropped(*fields: str) -> tuple[Dropped, ...]:
    """Name what the server did not take."""
    return tuple(Dropped(field=field, sent="sent", kept=None) for field in fields)


def change(path: Path, statement: str) -> None:
    """Change a job behind its back."""
    connection = sqlite3.connect(path)
    with connection:
        connection.execute(statement)
    connection.close()


def files_beside(path: Path) -> dict[str, bytes]:
    """Return what the result files of a job hold, by their kind."""
    return {
        file.name.removeprefix(f"{path.stem}.").removesuffix(".csv"): file.read_bytes()
        for file in path.parent.glob(f"{path.stem}.*.csv")
    }


def last_settled(view: JobView, after: int) -> list[Any]:
    """Return what settled after an outcome, as it is to be written down."""
    return list(view.settled(after=after))
