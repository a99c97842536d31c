"""Jobs to look at: of a few records, each of a row and a contact of its own."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from growthhub_async.importer.job import Job, database
from tests.importer.results.jobs import Source, stage


def job_at(path: Path, records: int = 3, **options: Any) -> Path:
    """Make a job of so many records, and return where it is."""
    stage(path, Source(["name"], [[f"name {number}"] for number in range(records)]), **options)
    return path


@contextmanager
def crashed(job: Path, at: Path) -> Iterator[Job]:
    """Open a job, and leave at another place what a crash would leave of it at the end of the block."""
    with Job(job) as open_job:
        yield open_job
        for file, copy in zip(database.with_companions(job), database.with_companions(at), strict=True):
            if file.exists():
                shutil.copy(file, copy)


def run_of(job: Job) -> int:
    """Begin a run."""
    return job.begin_run({}, 1.0)
