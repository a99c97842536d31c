"""`growthhub resume` and `growthhub retry`: a job gone on with, without the files it was made of."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from . import arguments as a
from .flags import default, settings_of
from .guard import guarded


def resume_command(
    context: typer.Context,
    job: a.JobOrFile,
    token_file: a.TokenFile = None,
    profile: a.Profile = None,
    limit: a.Limit = None,
    max_errors: a.Errors = None,
    outcomes: a.Outcomes = None,
    concurrency: a.Concurrency = default("concurrency"),
    look_ahead: a.LookAhead = default("look_ahead"),
    max_attempts: a.MaxAttempts = default("max_attempts"),
    attempt_timeout: a.AttemptTimeout = default("attempt_timeout"),
    record_deadline: a.RecordDeadline = default("record_deadline"),
    requests_per_interval: a.RequestsPerInterval = default("requests_per_interval"),
    interval: a.Interval = default("interval"),
    requests_per_day: a.RequestsPerDay = default("requests_per_day"),
    reserve: a.Reserve = default("reserve"),
    on_daily_quota: a.OnDailyQuota = default("on_daily_quota"),
    strict: a.Strict = default("strict"),
    verbose: a.Verbose = False,
    debug: a.Debug = False,
) -> None:
    """Send what waits in a job: what was not sent yet, and what was in flight when its last run was killed.

    The files it was made of are not needed. Location and server are those it was begun with. Exit codes are those of
    `growthhub import`.
    """
    raise typer.Exit(guarded(lambda: _resume(context, job, limit, max_errors, outcomes), debug=debug))


def retry_command(
    context: typer.Context,
    job: a.JobOrFile,
    failed: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="the failed file, mended; else NAME.failed.csv beside the job"),
    ] = None,
    token_file: a.TokenFile = None,
    profile: a.Profile = None,
    limit: a.Limit = None,
    max_errors: a.Errors = None,
    outcomes: a.Outcomes = None,
    concurrency: a.Concurrency = default("concurrency"),
    look_ahead: a.LookAhead = default("look_ahead"),
    max_attempts: a.MaxAttempts = default("max_attempts"),
    attempt_timeout: a.AttemptTimeout = default("attempt_timeout"),
    record_deadline: a.RecordDeadline = default("record_deadline"),
    requests_per_interval: a.RequestsPerInterval = default("requests_per_interval"),
    interval: a.Interval = default("interval"),
    requests_per_day: a.RequestsPerDay = default("requests_per_day"),
    reserve: a.Reserve = default("reserve"),
    on_daily_quota: a.OnDailyQuota = default("on_daily_quota"),
    strict: a.Strict = default("strict"),
    verbose: a.Verbose = False,
    debug: a.Debug = False,
) -> None:
    """Send again what failed in a way that may pass, and what was mended in the failed file.

    A line of the failed file that is as it was written is sent again if its reason may pass; a changed one is read anew
    and sent if it is right now; one that was deleted is left alone. What was never sent waits for `growthhub resume`.
    Exit codes are those of `growthhub import`.
    """
    raise typer.Exit(guarded(lambda: _retry(context, job, failed, limit, max_errors, outcomes), debug=debug))


def _resume(
    context: typer.Context,
    job: str,
    limit: int | None,
    max_errors: str | None,
    outcomes: str | None,
) -> int:
    from ..importer import find_job
    from .access import access_of
    from .job_run import bounds_of, resume_job
    from .screen import screen_of

    return resume_job(
        find_job(job),
        settings_of(context),
        access_of(context),
        bounds=bounds_of(limit, max_errors),
        outcomes=outcomes,
        screen=screen_of(context),
    )


def _retry(
    context: typer.Context,
    job: str,
    failed: Path | None,
    limit: int | None,
    max_errors: str | None,
    outcomes: str | None,
) -> int:
    from ..importer import find_job
    from .access import access_of
    from .job_run import bounds_of, retry_job
    from .screen import screen_of

    bounds = bounds_of(limit, max_errors)
    return retry_job(
        find_job(job),
        failed,
        settings_of(context),
        access_of(context),
        bounds=bounds,
        outcomes=outcomes,
        screen=screen_of(context),
    )
