"""A job from the command line: made of files or gone on with, sent, and told of."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

from ..client import GrowthHubClient
from ..importer import (
    DefinitionsOf,
    Findings,
    ImportFileError,
    ImportOptions,
    JobError,
    JobView,
    MaxErrors,
    locked,
    prepare,
    send_again,
    summary_of,
    write_summary,
)
from . import event_loop
from .access import Access, check_server
from .clients import client_of, definitions_of
from .exit_codes import ExitCode
from .guard import UsageError
from .import_run import ImportRun, run_job
from .library_log import log_on
from .outcomes_file import STDOUT, OutcomesFile
from .plan_text import found, going_on, planned, sent_again
from .progress import progress_on
from .reading import Heard
from .reading_options import options_of
from .report import print_report, tell_broken
from .screen import Screen
from .signals import stopped_by_signals

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
    access: Access,
    reading: dict[str, Any],
    *,
    fresh: bool,
    bounds: Bounds,
    outcomes: str | None,
    screen: Screen,
) -> int:
    """Import files, and return the exit code."""
    client = client_of(settings, access)
    options = options_of(reading, client.settings)

    def prepared(asked: DefinitionsOf) -> bool:
        made = make_job(files, job, options, screen, asked, fresh=fresh, max_errors=bounds.max_errors)
        if not made:
            with JobView(job) as view:
                screen.say(going_on(job, view.counts()))
        return made

    return _run(client, job, screen, prepared, bounds, outcomes, files)


def resume_job(
    job: Path, settings: dict[str, Any], access: Access, *, bounds: Bounds, outcomes: str | None, screen: Screen
) -> int:
    """Go on with a job, and return the exit code."""
    client = _client_of_job(job, settings, access)

    def prepared(_: DefinitionsOf) -> bool:
        return False

    return _run(client, job, screen, prepared, bounds, outcomes, [])


def retry_job(
    job: Path,
    failed: Path | None,
    settings: dict[str, Any],
    access: Access,
    *,
    bounds: Bounds,
    outcomes: str | None,
    screen: Screen,
) -> int:
    """Send again what failed retryably, and what was mended in the failed file; return the exit code."""
    client = _client_of_job(job, settings, access)

    only: set[int] = set()

    def prepared(asked: DefinitionsOf) -> bool:
        with stopped_by_signals():
            again = send_again(job, failed, definitions_of=asked, tell=screen.say)
        for line in sent_again(again):
            screen.say(line)
        only.update(again.positions)
        return False

    return _run(client, job, screen, prepared, bounds, outcomes, [], only)


def make_job(
    files: list[str],
    job: Path,
    options: ImportOptions,
    screen: Screen,
    definitions_of: DefinitionsOf,
    *,
    fresh: bool,
    max_errors: MaxErrors | None = None,
) -> bool:
    """Read files into a job, telling of it, unless it is there already; tells whether it was made."""
    hearing = Heard(screen, needs_location=options.location_id is None)

    def accept(findings: Findings) -> None:
        for line in found(findings, options, several_files=len(files) > 1):
            screen.say(line)
        if max_errors is not None and max_errors.exceeded(findings.invalid, findings.read, all_known=True):
            raise ImportFileError(
                f"{findings.invalid:,} of {findings.read:,} records are invalid, more than --max-errors {max_errors}:"
                " nothing was sent; mend them, or allow more"
            )

    with stopped_by_signals():
        findings = prepare(
            files, job, options, fresh=fresh, definitions_of=definitions_of, listener=hearing, accept=accept
        )
    return findings is not None


def _run(
    client: GrowthHubClient,
    job: Path,
    screen: Screen,
    prepared: Callable[[DefinitionsOf], bool],
    bounds: Bounds,
    outcomes: str | None,
    files: list[str],
    only: set[int] | None = None,
) -> int:
    """Run a job, or `only` what is at some positions, once it is `prepared`, which tells whether it was made."""
    with ExitStack() as resources:
        resources.enter_context(locked(job))
        outcomes_file = _open_outcomes(files, outcomes, resources)
        runner = resources.enter_context(event_loop.runner())
        live = not (outcomes == STDOUT and sys.stdout.isatty())
        with log_on(screen):
            made = prepared(definitions_of(client, runner, screen.say))
        if made and outcomes_file is not None:
            _write_first(outcomes_file, job)

        async def sent() -> ImportRun:
            async with client:
                with JobView(job) as view:
                    requests, tags = view.upserts_by_location(only), view.tags_by_location(only)
                for line in planned(requests, tags, lambda place, number: client.estimate(number, location_id=place)):
                    screen.say(line)
                progress = progress_on(screen, job.stem, live=live)
                return await run_job(
                    client,
                    job,
                    progress,
                    screen,
                    outcomes_file,
                    limit=bounds.limit,
                    max_errors=bounds.max_errors,
                    only=only,
                )

        return tell(screen, job, runner.run(sent()))


def tell(screen: Screen, job: Path, run: ImportRun) -> int:
    """Tell how a run went and how its job stands, and return the exit code."""
    unwritten: JobError | None = None
    with JobView(job) as view:
        try:
            summary = write_summary(view)
        except JobError as error:  # the disk is full, perhaps: how it went is told all the same
            summary, unwritten = summary_of(view), error
        failures = view.failures(_FAILURES)
    print_report(screen, job, summary, failures, run)
    if tell_broken(screen, summary):
        return ExitCode.ACCOUNTING
    if unwritten is not None and run.fault is None:
        raise unwritten
    return run.exit_code


def _client_of_job(job: Path, settings: dict[str, Any], access: Access) -> GrowthHubClient:
    """Make a client for the location and the server that a job was made for."""
    with JobView(job) as view:
        options = ImportOptions.kept(view.about()["options"])
    check_server(options.base_url, access)
    kept = {"location_id": options.location_id, "base_url": options.base_url, "send_empty": options.send_empty}
    return client_of({**kept, **{name: value for name, value in settings.items() if value is not None}}, access)


def _write_first(outcomes_file: OutcomesFile, job: Path) -> None:
    """Write the outcomes that a job was made with: of records that are never sent."""
    with JobView(job) as view:
        for settled in view.settled():
            if not outcomes_file.write_settled(settled):
                return


def _open_outcomes(files: list[str], path: str | None, resources: ExitStack) -> OutcomesFile | None:
    if path is None:
        return None
    for file in files:
        if Path(path).exists() and Path(file).exists() and Path(path).samefile(file):
            raise UsageError(f"--outcomes {path} is the file that is imported; name another")
    outcomes_file = OutcomesFile(path)
    resources.callback(outcomes_file.close)
    return outcomes_file
