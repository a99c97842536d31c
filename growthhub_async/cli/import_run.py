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
from .exit_codes import ExitCode
from .guard import UsageError
from .library_log import warnings_on
from .outcomes_file import OutcomesFile
from .progress import Progress
from .recorder import Failures, Numbers, Rate, numbers
from .screen import Screen
from .signals import Interruption, heard


class ImportRun(NamedTuple):
    """How a run went: its numbers, its failures, its seconds, and what ended it before the end of the file, if so."""

    summary: Summary
    failures: Failures
    seconds: float
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
    """Import a file to its end, or to the first of: Ctrl-C, a refused token, an exception, outcomes nobody takes."""
    failures = Failures()
    fault: Exception | None = None
    loop = asyncio.get_running_loop()
    started = loop.time()
    async with client, client.upsert_many(contacts, read_in_thread=True) as stream:
        interruption = _interruption(stream, screen)
        with heard(interruption), warnings_on(screen):
            async with _shown(progress, _numbers_of(stream, contacts)):
                try:
                    async for outcome in stream:
                        failures.add(outcome)
                        if outcomes_file is not None and not await outcomes_file.write(outcome):
                            stream.drain()
                except Exception as error:  # told after the summary of what was done before it
                    fault = error
    fault = fault or _write_fault(outcomes_file)
    return ImportRun(stream.summary, failures, loop.time() - started, interruption.signal, fault)


def _interruption(stream: UpsertStream, screen: Screen) -> Interruption:
    def drain() -> None:
        stream.drain()
        screen.say(f"finishing {stream.in_flight:,} in flight; Ctrl-C again to stop now")

    def cancel() -> None:
        screen.say("stopping now")
        stream.cancel()

    return Interruption(drain, cancel)


def _numbers_of(stream: UpsertStream, contacts: ContactFile) -> Callable[[], Numbers]:
    loop = asyncio.get_running_loop()
    rate = Rate(loop.time())

    def take() -> Numbers:
        summary = stream.summary
        done = summary.created + summary.updated + summary.error
        return numbers(summary, rate.at(loop.time(), done), contacts.records_read, contacts.share_read)

    return take


@asynccontextmanager
async def _shown(progress: Progress, take: Callable[[], Numbers]) -> AsyncIterator[None]:
    async def show() -> None:
        while True:
            await asyncio.sleep(progress.every)
            progress.show(take())

    with progress:
        showing = asyncio.create_task(show())
        try:
            yield
        finally:
            showing.cancel()
            with suppress(asyncio.CancelledError):
                await showing


def _write_fault(outcomes_file: OutcomesFile | None) -> Exception | None:
    failure = outcomes_file.failure if outcomes_file else None
    if failure is None or isinstance(failure, BrokenPipeError):
        return failure
    return UsageError(f"the outcomes could not be written on, so the run ended: {failure.strerror}")
