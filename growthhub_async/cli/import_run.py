"""One run of a job: its records to a client, its outcomes to a file, its numbers to the screen."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from ..client import GrowthHubClient
from ..importer import Counts, JobStream, MaxErrors, ResultFiles
from ..outcome import Summary
from .ending import Ending
from .exit_codes import ExitCode
from .guard import UsageError
from .library_log import log_on
from .outcomes_file import OutcomesFile
from .outlook import Outlook
from .progress import Progress
from .recorder import Numbers, Rate, numbers
from .screen import Screen
from .signals import Interruption, heard
from .waits import waits_of


class ImportRun(NamedTuple):
    """How a run went: its numbers and seconds, the job's, and what ended it before all was sent, if so.

    `settled` counts the records whose outcome was found, and not those that wait for another run. `unsent` is
    why no more was sent to locations; `too_many` the bound on errors that ended it. `tags_replaced` counts the contacts
    that were there before, whose tags are now those of their record.
    """

    summary: Summary
    counts: Counts
    settled: int
    seconds: float
    tags_replaced: int
    limited: bool
    too_many: MaxErrors | None
    unsent: dict[str, str]
    stopped_by: signal.Signals | None
    fault: Exception | None

    @property
    def exit_code(self) -> int:
        """The exit code; raises what ended the run, if it was an exception."""
        if self.fault is not None:
            raise self.fault
        if self.stopped_by is not None:
            return 128 + self.stopped_by
        left = self.counts.unsent and not self.limited
        return ExitCode.NOT_ALL if self.counts.error or left else ExitCode.OK


async def run_job(
    client: GrowthHubClient,
    job: Path,
    progress: Progress,
    screen: Screen,
    outcomes_file: OutcomesFile | None = None,
    *,
    limit: int | None = None,
    max_errors: MaxErrors | None = None,
    only: Collection[int] | None = None,
) -> ImportRun:
    """Send what waits in a job, or `only` what is at some positions.

    It ends with that, or with the first of: Ctrl-C, a spent quota, an exception, too many errors.
    """
    fault: Exception | None = None
    too_many: MaxErrors | None = None
    loop = asyncio.get_running_loop()
    started = loop.time()
    stream = JobStream(client, job, lambda kept: ResultFiles(kept, screen.say), limit=limit, only=only)
    async with stream:
        ending = Ending(client, stream, screen)
        interruption = Interruption(ending.interrupt, ending.cancel)
        with heard(interruption), log_on(screen):
            before = stream.counts
            async with _shown(client, stream, progress):
                try:
                    async for outcome in stream:
                        ending.hear(outcome)
                        if max_errors is not None and max_errors.exceeded_since(before, stream.counts):
                            too_many = max_errors
                            ending.finish()
                        if outcomes_file is not None and not await outcomes_file.write(outcome):
                            ending.finish()
                except Exception as error:  # told after the summary of what was done before it
                    fault = error
    return ImportRun(
        summary=stream.summary,
        counts=stream.counts,
        settled=stream.counts.settled - before.settled,
        seconds=loop.time() - started,
        tags_replaced=stream.tags_replaced,
        limited=limit is not None and stream.summary.read >= limit,
        too_many=too_many,
        unsent=ending.unsent,
        stopped_by=interruption.signal,
        fault=fault or _write_fault(outcomes_file),
    )


@asynccontextmanager
async def _shown(client: GrowthHubClient, stream: JobStream, progress: Progress) -> AsyncIterator[None]:
    """Show the run during the block."""
    take = _numbers_of(client, stream)
    with progress:
        async with _every(progress.every, lambda: progress.show(take())):
            yield


def _numbers_of(client: GrowthHubClient, stream: JobStream) -> Callable[[], Numbers]:
    loop = asyncio.get_running_loop()
    rate = Rate(loop.time())
    outlook = Outlook(client, stream)
    before = stream.counts

    def take() -> Numbers:
        counts = stream.counts
        return numbers(
            counts,
            rate.at(loop.time(), counts.settled - before.settled),
            allowed=outlook.allowed,
            at_least=outlook.seconds_left,
            waits=waits_of(client),
            unsent=stream.unsent,
        )

    return take


@asynccontextmanager
async def _every(seconds: float, act: Callable[[], None]) -> AsyncIterator[None]:
    """Act again and again during the block, after so many seconds each time."""

    async def repeat() -> None:
        while True:
            await asyncio.sleep(seconds)
            act()

    repeating = asyncio.create_task(repeat())
    try:
        yield
    finally:
        repeating.cancel()
        with suppress(asyncio.CancelledError):
            await repeating


def _write_fault(outcomes_file: OutcomesFile | None) -> Exception | None:
    failure = outcomes_file.failure if outcomes_file else None
    if failure is None or isinstance(failure, BrokenPipeError):
        return failure
    return UsageError(f"the outcomes could not be written on, so the run ended: {failure.strerror}")
