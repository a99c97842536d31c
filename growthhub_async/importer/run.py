"""A whole import for scripts: files read, a job kept, records sent, results written."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from ..client import GrowthHubClient
from ..outcome import Outcome, Status
from .definitions import Definitions
from .errors import ImportFileError
from .job import JobView
from .job.lock import locked
from .mapping import ColumnMapper, KeyMapper
from .max_errors import MaxErrors
from .options import ImportOptions
from .prepare import job_path, prepare
from .results import JobSummary, ResultFiles, summary_of
from .rows import Table
from .sending import JobStream
from .staging import Findings


async def run(
    client: GrowthHubClient,
    *sources: str | Path,
    job: str | Path | None = None,
    fresh: bool = False,
    limit: int | None = None,
    max_errors: int | str | None = None,
    on_outcome: Callable[[Outcome], None] | None = None,
    tell: Callable[[str], None] = lambda _: None,
    options: ImportOptions | None = None,
) -> JobSummary:
    """Import files into GrowthHub, and return what became of their records; run again, it goes on where it was.

    `client` is inside its `async with`; with `keep_history=True` the job explains every record later. `sources` are
    paths, `-` or URLs of databases. The job is kept at `job`, by default beside the first source, and its results
    beside it. `options` say how the sources are read. At most `limit` records are sent; more than `max_errors`, a
    number or a share such as "5%", end the run, and nothing is sent when so many are invalid.

    `on_outcome` is called in the loop with each outcome once it is kept: `position` is that of its record in the job,
    `ref` its line. `tell` is called with what a person should know, from a thread.

    Raises ImportFileError for a source or an option that cannot be used, JobError for a job or a result file that
    cannot be written, JobBusyError when another process is at it, JobChangedError when a job of other files or options
    is there, and TokenRefusedError. Whatever it raises, the job can be gone on with.
    """
    if not sources:
        raise ImportFileError("there is no source; name one file or more")
    names = [str(source) for source in sources]
    path = Path(job) if job is not None else job_path(names)
    bound = None if max_errors is None else MaxErrors.parse(str(max_errors))
    made_of = (options or ImportOptions()).completed(client.settings)

    def accept(findings: Findings) -> None:
        if bound is not None and bound.exceeded(findings.invalid, findings.read, all_known=True):
            raise ImportFileError(f"{findings.invalid:,} of {findings.read:,} records are invalid, more than {bound}")

    with locked(path):
        await asyncio.to_thread(
            prepare,
            names,
            path,
            made_of,
            fresh=fresh,
            definitions_of=Definitions(client, tell),
            listener=_Teller(tell),
            accept=accept,
        )
        await send(client, path, limit=limit, max_errors=bound, on_outcome=on_outcome, tell=tell)
    return await asyncio.to_thread(_summary, path)


async def send(
    client: GrowthHubClient,
    path: Path,
    *,
    limit: int | None,
    max_errors: MaxErrors | None,
    on_outcome: Callable[[Outcome], None] | None,
    tell: Callable[[str], None],
) -> None:
    """Send what waits in a job, whose lock is held."""
    errors = settled = 0
    async with JobStream(client, path, lambda kept: ResultFiles(kept, tell), limit=limit) as outcomes:
        async for outcome in outcomes:
            if on_outcome is not None:
                on_outcome(outcome)
            settled += 1
            errors += outcome.status is Status.ERROR
            if max_errors is not None and max_errors.exceeded(errors, settled):
                outcomes.stop()


class _Teller:
    """Hear what a person should know of the files, and nothing else."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self.told = tell

    def opened(self, table: Table, mapper: ColumnMapper | KeyMapper) -> None:
        """Hear how a file is understood."""

    def progressed(self, read: int, share: float | None) -> None:
        """Hear how far the reading is."""


def _summary(path: Path) -> JobSummary:
    with JobView(path) as job:
        return summary_of(job)
