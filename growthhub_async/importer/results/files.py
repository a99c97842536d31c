"""The result files of a job: `<job>.created.csv`, `.updated.csv`, `.failed.csv`, `.dropped.csv`, `.duplicates.csv`.

The job is what is true. When the files are opened they are written anew from it, and then written on as outcomes
settle; so they are whole after a crash. What somebody edited is never lost: it is kept under another name.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ..errors import JobError
from ..job import Job, Settled
from .layout import Kind, Layout, layout_of
from .result_file import ResultFile, keep_edited, mark_of

MARKS = "results"
"""The key of `about` under which it stands how the files were left."""


class ResultFiles:
    """The result files beside a job, to be written in the thread that has the job; what fails is a JobError.

    `tell` is called with what a person should know, such as where a file that was edited is kept.
    """

    def __init__(self, job: Job, tell: Callable[[str], None]) -> None:
        self._job = job
        self._tell = tell
        self._layout: Layout | None = None
        self._files: dict[Kind, ResultFile] = {}
        self._failure: JobError | None = None

    def open(self) -> list[Path]:
        """Write every file anew, to be written on, and return where those are kept that somebody had edited."""
        files = self._written_anew()
        kept = []
        try:
            marks = self._marks()
            for kind, file in files.items():
                if not file.would_replace(marks.get(kind)):
                    kept.append(self._keep_edited(file.path))
                file.put_in_place()
        except BaseException:
            _abandon(files)
            raise
        self._files = files
        return kept

    def append(self, settled: Sequence[Settled]) -> None:
        """Write down outcomes, in the order in which the job kept them; after a failure it fails the same again."""
        assert self._layout is not None
        if self._failure is not None:
            raise self._failure
        rows, files = self._layout.rows, self._files
        for outcome in settled:
            for kind, row in rows(outcome):
                files[kind].add(row)
        try:
            for file in files.values():
                file.flush()
        except JobError as failure:
            self._failure = failure
            self.abandon()
            raise

    def close(self) -> None:
        """Close the files, and note in the job how they were left."""
        files, self._files = self._files, {}
        try:
            for file in files.values():
                file.sync()
        except BaseException:
            _abandon(files)
            raise
        for file in files.values():
            file.close()
        if files:
            self._job.about_set(MARKS, {kind: file.mark for kind, file in files.items()})

    def abandon(self) -> None:
        """Close the files as they are: what was wrong before is what is to be told."""
        _abandon(self._files)
        self._files = {}

    def refresh(self) -> None:
        """Bring the files up to date, but for those that somebody edited, and note in the job how they are.

        To be called before the job is changed by `Job.send_again`: after that nobody could tell what a crash has left
        of a file from what somebody made of it.
        """
        marks = self._marks()
        if marks and all(mark_of(self.path_of(kind)) == marks.get(kind) for kind in Kind):
            return
        files = self._written_anew()
        try:
            for kind, file in files.items():
                if file.would_replace(marks.get(kind)):
                    file.put_in_place()
                    marks[kind] = file.mark
        finally:
            _abandon(files)
        self._job.about_set(MARKS, marks)

    def path_of(self, kind: Kind) -> Path:
        """Return where a file is."""
        return path_of(self._job.path, kind)

    def _marks(self) -> dict[str, Any]:
        return dict(self._job.about().get(MARKS, {}))

    def _keep_edited(self, path: Path) -> Path:
        kept = keep_edited(path)
        self._tell(f"{path.name} was edited: it is kept as {kept.name}, and written anew")
        return kept

    def _written_anew(self) -> dict[Kind, ResultFile]:
        self._layout = layout_of(self._job)
        files: dict[Kind, ResultFile] = {}
        try:
            for kind in Kind:
                files[kind] = ResultFile(self.path_of(kind), self._layout.header(kind))
            _fill(files, self._job, self._layout)
            for file in files.values():
                file.sync()
        except BaseException:
            _abandon(files)
            raise
        return files


def path_of(job: Path, kind: Kind) -> Path:
    """Return where a result file of a job is: beside it, and named like it."""
    return job.with_name(f"{job.stem}.{kind}.csv")


def _fill(files: dict[Kind, ResultFile], job: Job, layout: Layout) -> None:
    for settled in job.settled():
        for kind, row in layout.rows(settled):
            file = files[kind]
            file.add(row)
            file.flush_when_full()
    duplicates = files[Kind.DUPLICATES]
    for duplicate, standing in job.duplicates():
        duplicates.add(layout.duplicate_row(duplicate, standing))
        duplicates.flush_when_full()


def _abandon(files: dict[Kind, ResultFile]) -> None:
    for file in files.values():
        file.abandon()
