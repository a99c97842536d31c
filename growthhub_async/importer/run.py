"""A whole import for scripts: files read, a job kept, records sent, results written."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path

from ..client import GrowthHubClient
from ..outcome import Outcome
from .definitions import Definitions
from .errors import ImportFileError
from .job import JobView
from .job.lock import locked
from .mapping import ColumnMapper, KeyMapper
from .max_errors import MaxErrors
from .options import ImportOptions
from .prepare import job_path, prepare
from .results import JobSummary, ResultFiles, write_summary
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
        hearing.progressed(findings.read, 1.0)

    hearing, asked = _Hearing(tell), Definitions(client, tell)

    def prepared() -> None:
        prepare(names, path, made_of, fresh=fresh, definitions_of=asked, listener=hearing, accept=accept)

    with locked(path):
        await _in_thread(prepared, hearing)
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
    async with JobStream(client, path, lambda kept: ResultFiles(kept, tell), limit=limit) as outcomes:
        before = outcomes.counts
        async for outcome in outcomes:
            if on_outcome is not None:
                on_outcome(outcome)
            if max_errors is not None and max_errors.exceeded_since(before, outcomes.counts):
                outcomes.stop()


async def _in_thread(work: Callable[[], None], hearing: _Hearing) -> None:
    """Do some work that is heard of; when this is cancelled, the work is ended first: it has a job in its hands."""
    working = asyncio.create_task(asyncio.to_thread(work))
    try:
        await asyncio.shield(working)
    except asyncio.CancelledError:
        hearing.stopped.set()
        await asyncio.wait([working])
        working.exception()  # it was stopped, and has nothing to tell
        raise


class _StoppedError(Exception):
    """Nobody waits for the reading any more."""


class _Hearing:
    """Hear what a person should know of the files, and nothing else; `stopped` ends the reading."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self.told = tell
        self.stopped = threading.Event()

    def opened(self, table: Table, mapper: ColumnMapper | KeyMapper) -> None:
        """Hear how a file is understood."""

    def progressed(self, read: int, share: float | None) -> None:  # noqa: ARG002 - nobody asked how far it is
        """End the reading when nobody waits for it."""
        if self.stopped.is_set():
            raise _StoppedError


def _summary(path: Path) -> JobSummary:
    with JobView(path) as job:
        return write_summary(job)
