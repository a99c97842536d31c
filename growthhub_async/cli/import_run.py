"""One run of an import: the records of a file to a client, its outcomes to a file, its numbers to the screen."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import NamedTuple

from ..bulk import UpsertStream
from ..client import GrowthHubClient
from ..importer import ContactFile
from ..outcome import Summary
from .ending import Ending
from .exit_codes import ExitCode
from .guard import UsageError
from .library_log import warnings_on
from .outcomes_file import OutcomesFile
from .outlook import Outlook
from .progress import Progress
from .reading import Reading
from .recorder import Failures, Numbers, Rate, numbers
from .screen import Screen
from .signals import Interruption, heard
from .waits import waits_of

_LOOK_EVERY = 0.5
"""Seconds after which it is looked again at what the quota has in store."""


class ImportRun(NamedTuple):
    """How a run went: its numbers, its failures, its seconds, and what ended it before the end of the file, if so.

    `spent` is why the quota let no more go, when that ended it; `read_whole` whether the file was read to its end.
    """

    summary: Summary
    failures: Failures
    seconds: float
    read_whole: bool
    spent: str | None
    stopped_by: signal.Signals | None
    fault: Exception | None

    @property
    def exit_code(self) -> int:
        """The exit code; raises what ended the run, if it was an exception."""
        if self.fault is not None:
            raise self.fault
        if self.stopped_by is not None:
            return 128 + self.stopped_by
        return ExitCode.NOT_ALL if self.summary.error else ExitCode.OK


async def run_import(
    client: GrowthHubClient,
    contacts: ContactFile,
    progress: Progress,
    screen: Screen,
    outcomes_file: OutcomesFile | None,
) -> ImportRun:
    """Import a file to its end, or to the first of: Ctrl-C, a spent quota, an exception, outcomes nobody takes."""
    failures = Failures()
    fault: Exception | None = None
    reading = Reading(contacts)
    loop = asyncio.get_running_loop()
    started = loop.time()
    async with client, client.upsert_many(reading, read_in_thread=True) as stream:
        ending = Ending(client, stream, reading, screen)
        interruption = Interruption(ending.interrupt, ending.cancel)
        with heard(interruption), warnings_on(screen):
            async with _shown(client, stream, reading, progress, screen, ending):
                try:
                    async for outcome in stream:
                        failures.add(outcome)
                        ending.hear(outcome)
                        if outcomes_file is not None and not await outcomes_file.write(outcome):
                            ending.finish()
                except Exception as error:  # told after the summary of what was done before it
                    fault = error
    return ImportRun(
        summary=stream.summary,
        failures=failures,
        seconds=loop.time() - started,
        read_whole=reading.ended,
        spent=ending.spent,
        stopped_by=interruption.signal,
        fault=fault or _write_fault(outcomes_file),
    )


@asynccontextmanager
async def _shown(
    client: GrowthHubClient,
    stream: UpsertStream,
    reading: Reading,
    progress: Progress,
    screen: Screen,
    ending: Ending,
) -> AsyncIterator[None]:
    """Show the run during the block, and look ahead for it."""
    outlook = Outlook(client, reading, screen)
    take = _numbers_of(client, stream, reading, outlook)

    def look() -> None:
        outlook.tell(stream.summary)
        ending.look()

    with progress:
        async with _every(progress.every, lambda: progress.show(take())), _every(_LOOK_EVERY, look):
            yield


def _numbers_of(
    client: GrowthHubClient, stream: UpsertStream, reading: Reading, outlook: Outlook
) -> Callable[[], Numbers]:
    loop = asyncio.get_running_loop()
    rate = Rate(loop.time())

    def take() -> Numbers:
        summary = stream.summary
        done = summary.created + summary.updated + summary.error
        return numbers(
            summary,
            rate.at(loop.time(), done),
            reading.records,
            reading.share,
            at_least=outlook.seconds_left(summary),
            waits=waits_of(client),
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
