"""The result files of a job that is started over: those that nobody has touched go with it."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from ..errors import JobError
from ..job import JobView
from .files import MARKS, path_of
from .layout import Kind
from .result_file import mark_of


def forget_results(job: Path) -> None:
    """Remove the result files of a job as it left them; one that was edited stays, and is kept by who writes anew."""
    marks = {}
    with suppress(JobError), JobView(job) as view:  # of a damaged one nothing is known
        marks = view.about().get(MARKS, {})
    for kind in Kind:
        path = path_of(job, kind)
        if path.exists() and marks.get(kind) is not None and mark_of(path) == marks[kind]:
            path.unlink()
