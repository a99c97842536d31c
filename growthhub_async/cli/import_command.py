"""`growthhub import`: files of contacts into a location; and `check`, which reads them and sends nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from . import arguments as a
from .flags import default, settings_of
from .guard import guarded


def import_command(
    context: typer.Context,
    files: a.Files,
    location: a.Location = None,
    base_url: a.BaseUrl = None,
    token_file: a.TokenFile = None,
    profile: a.Profile = None,
    job: a.JobPath = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="start over, although a job of these files is there")] = False,
    mapping: a.Map = None,
    mapping_file: a.MappingFile = None,
    region: a.Region = None,
    empty: a.Empty = None,
    tags: a.Tags = "replace",
    duplicates: a.Duplicates = "merge",
    encoding: a.Encoding = None,
    delimiter: a.Delimiter = None,
    sheet: a.Sheet = None,
    query: a.Query = None,
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
    send_empty: a.SendEmpty = default("send_empty"),
    strict: a.Strict = default("strict"),
    verbose: a.Verbose = False,
    debug: a.Debug = False,
) -> None:
    """Import files of contacts: each is created, or updated when its email or phone is known.

    What is read and what becomes of it is kept in a job beside the first file. Run again, the same import goes on where
    it was, after Ctrl-C, a crash or a reboot. The results are written beside the job: NAME.created.csv, .updated.csv,
    .failed.csv, .dropped.csv, .duplicates.csv and .summary.json.

    The token comes from --token-file, from a profile that `growthhub auth login` has made (--profile), or from the
    environment's GROWTHHUB_TOKEN; never from a flag. The header is
    understood in many spellings; --map and --mapping override it. `growthhub check` shows all that and sends nothing.

    Exit code: 0 all records were accepted, 4 some were not or wait for another run, 2 an argument or a file is wrong, 3
    the token was refused, 5 the accounts of the job are broken, 1 a fault of ours, 130 Ctrl-C (the first finishes what
    is in flight, without waiting for another day, the second stops now), 141 nobody reads the outcomes any more.
    """
    raise typer.Exit(guarded(lambda: _import(context, files, job, fresh, limit, max_errors, outcomes), debug=debug))


def check_command(
    context: typer.Context,
    files: a.Files,
    location: a.Location = None,
    base_url: a.BaseUrl = None,
    token_file: a.TokenFile = None,
    profile: a.Profile = None,
    mapping: a.Map = None,
    mapping_file: a.MappingFile = None,
    write_mapping: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="write how the columns are understood, to be edited and given to --mapping"),
    ] = None,
    region: a.Region = None,
    empty: a.Empty = None,
    tags: a.Tags = "replace",
    duplicates: a.Duplicates = "merge",
    encoding: a.Encoding = None,
    delimiter: a.Delimiter = None,
    sheet: a.Sheet = None,
    query: a.Query = None,
    requests_per_interval: a.RequestsPerInterval = default("requests_per_interval"),
    interval: a.Interval = default("interval"),
    requests_per_day: a.RequestsPerDay = default("requests_per_day"),
    reserve: a.Reserve = default("reserve"),
    send_empty: a.SendEmpty = default("send_empty"),
    verbose: a.Verbose = False,
    debug: a.Debug = False,
) -> None:
    """Read files of contacts, and tell what an import of them would do; nothing is sent.

    It shows how the columns are understood, how many records are valid and why the others are not, which are about one
    contact, how many requests an import takes, and how long the quota makes it last. With a token it asks for the
    custom fields of the location, so that these are known by their names; without one it asks nothing.

    Exit code: 0 every record is valid, 4 some are not, 2 an argument or a file is wrong, 3 the token was refused.
    """
    raise typer.Exit(guarded(lambda: _check(context, files, write_mapping), debug=debug))


def _import(
    context: typer.Context,
    files: list[str],
    job: Path | None,
    fresh: bool,
    limit: int | None,
    max_errors: str | None,
    outcomes: str | None,
) -> int:
    from ..importer import job_path
    from .access import access_of
    from .job_run import bounds_of, import_files
    from .reading_options import reading_of
    from .screen import screen_of

    return import_files(
        files,
        job or job_path(files),
        settings_of(context),
        access_of(context),
        reading_of(context),
        fresh=fresh,
        bounds=bounds_of(limit, max_errors),
        outcomes=outcomes,
        screen=screen_of(context),
    )


def _check(
    context: typer.Context,
    files: list[str],
    write_mapping: Path | None,
) -> int:
    from .access import access_of
    from .check_run import check_files
    from .reading_options import reading_of
    from .screen import screen_of

    return check_files(
        files, settings_of(context), access_of(context), reading_of(context), write_mapping, screen_of(context)
    )
