"""A job from the command line: made of files or gone on with, sent, and told of."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

from ..client import GrowthHubClient
from ..importer import (
    Definitions,
    Findings,
    ImportFileError,
    ImportOptions,
    JobView,
    MaxErrors,
    broken,
    locked,
    prepare,
    send_again,
    write_summary,
)
from . import event_loop
from .clients import client_of
from .exit_codes import ExitCode
from .guard import UsageError
from .import_run import ImportRun, run_job
from .outcomes_file import STDOUT, OutcomesFile
from .plan_text import found, planned
from .progress import progress_on
from .reading import Heard
from .reading_options import options_of
from .report import print_report
from .screen import Screen
from .signals import Interruption, heard

_FAILURES = 5
"""Messages of each reason that are told."""


class Bounds(NamedTuple):
    """What ends a run before all is sent: records, and errors."""

    limit: int | None
    max_errors: MaxErrors | None


def bounds_of(limit: int | None, max_errors: str | None) -> Bounds:
    """Make the bounds of what was given; raises ImportFileError."""
    return Bounds(limit, None if max_errors is None else MaxErrors.parse(max_errors))


def import_files(
    files: list[str],
    job: Path,
    settings: dict[str, Any],
    token_file: Path | None,
    reading: dict[str, Any],
    *,
    fresh: bool,
    bounds: Bounds,
    outcomes: str | None,
) -> int:
    """Import files, and return the exit code."""
    screen = Screen()
    client = client_of(settings, token_file)
    options = options_of(reading, client.settings)

    async def prepared() -> None:
        if not await make_job(client, files, job, options, screen, fresh=fresh, max_errors=bounds.max_errors):
            screen.say(f"{job} is there already: going on where it was (--fresh starts over)")

    return _run(client, job, screen, prepared, bounds, outcomes, files)


def resume_job(
    job: Path, settings: dict[str, Any], token_file: Path | None, *, bounds: Bounds, outcomes: str | None
) -> int:
    """Go on with a job, and return the exit code."""
    client = _client_of_job(job, settings, token_file)

    async def prepared() -> None:
        return

    return _run(client, job, Screen(), prepared, bounds, outcomes, [])


def retry_job(
    job: Path,
    failed: Path | None,
    settings: dict[str, Any],
    token_file: Path | None,
    *,
    bounds: Bounds,
    outcomes: str | None,
) -> int:
    """Send again what failed retryably, and what was mended in the failed file; return the exit code."""
    screen = Screen()
    client = _client_of_job(job, settings, token_file)

    async def prepared() -> None:
        again = await asyncio.to_thread(send_again, job, failed, definitions_of=Definitions(client), tell=screen.say)
        screen.say(f"{again.mended:,} mended and {again.unchanged:,} unchanged records are sent again")
        for problem in again.still_wrong[:_FAILURES]:
            screen.say(f"  still wrong: {problem}")
        if len(again.still_wrong) > _FAILURES:
            screen.say(f"  and {len(again.still_wrong) - _FAILURES:,} more")

    return _run(client, job, screen, prepared, bounds, outcomes, [])


async def make_job(
    client: GrowthHubClient,
    files: list[str],
    job: Path,
    options: ImportOptions,
    screen: Screen,
    *,
    fresh: bool,
    max_errors: MaxErrors | None = None,
) -> bool:
    """Read files into a job, telling of it, unless it is there already; tells whether it was made."""
    hearing = Heard(screen, needs_location=options.location_id is None)

    def accept(findings: Findings) -> None:
        for line in found(findings):
            screen.say(line)
        if max_errors is not None and max_errors.exceeded(findings.invalid, findings.read, all_known=True):
            raise ImportFileError(
                f"{findings.invalid:,} of {findings.read:,} records are invalid, more than --max-errors {max_errors}:"
                " nothing was sent; mend them, or allow more"
            )

    interruption = Interruption(hearing.stop)
    with heard(interruption):
        findings = await asyncio.to_thread(
            prepare,
            files,
            job,
            options,
            fresh=fresh,
            definitions_of=Definitions(client),
            listener=hearing,
            accept=accept,
        )
    return findings is not None


def _run(
    client: GrowthHubClient,
    job: Path,
    screen: Screen,
    prepared: Callable[[], Awaitable[None]],
    bounds: Bounds,
    outcomes: str | None,
    files: list[str],
) -> int:
    with ExitStack() as resources:
        resources.enter_context(locked(job))
        outcomes_file = _open_outcomes(files, outcomes, resources)
        live = not (outcomes == STDOUT and sys.stdout.isatty())

        async def whole() -> ImportRun:
            async with client:
                await prepared()
                with JobView(job) as view:
                    requests, tags = view.upserts_by_location(), view.tags_by_location()
                for line in planned(requests, tags, lambda place, number: client.estimate(number, location_id=place)):
                    screen.say(line)
                progress = progress_on(screen, job.stem, live=live)
                return await run_job(
                    client, job, progress, screen, outcomes_file, limit=bounds.limit, max_errors=bounds.max_errors
                )

        run = event_loop.run(whole())
        return tell(screen, job, run)


def tell(screen: Screen, job: Path, run: ImportRun) -> int:
    """Tell how a run went and how its job stands, and return the exit code."""
    with JobView(job) as view:
        summary, failures, imbalances = write_summary(view), view.failures(_FAILURES), broken(view)
    print_report(screen, job, summary, failures, run)
    if imbalances:
        screen.say("the accounts of this job are broken; please report it:")
        for imbalance in imbalances:
            screen.say(f"  {imbalance}")
        return ExitCode.ACCOUNTING
    return run.exit_code


def _client_of_job(job: Path, settings: dict[str, Any], token_file: Path | None) -> GrowthHubClient:
    """Make a client for the location and the server that a job was made for."""
    with JobView(job) as view:
        options = ImportOptions.kept(view.about()["options"])
    kept = {"location_id": options.location_id, "base_url": options.base_url, "send_empty": options.send_empty}
    return client_of({**kept, **{name: value for name, value in settings.items() if value is not None}}, token_file)


def _open_outcomes(files: list[str], path: str | None, resources: ExitStack) -> OutcomesFile | None:
    if path is None:
        return None
    for file in files:
        if Path(path).exists() and Path(file).exists() and Path(path).samefile(file):
            raise UsageError(f"--outcomes {path} is the file that is imported; name another")
    outcomes_file = OutcomesFile(path)
    resources.callback(outcomes_file.close)
    return outcomes_file
