"""`growthhub import`: a file of contacts into a location."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .flags import DEBUG, default, flag
from .guard import UsageError, guarded

if TYPE_CHECKING:
    from ..importer import ContactFile
    from .outcomes_file import OutcomesFile

_DELIMITERS = {"tab": "\t", "\\t": "\t"}
"""How a delimiter that is hard to type can be written."""


def import_command(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="CSV or JSON Lines, also as .gz; - is the standard input")
    ],
    location: Annotated[str | None, flag("location_id", called="--location")] = None,
    base_url: Annotated[str | None, flag("base_url")] = None,
    token_file: Annotated[
        Path | None,
        typer.Option(metavar="PATH", help="a file with the token, which only you may read; else GROWTHHUB_TOKEN"),
    ] = None,
    mapping: Annotated[
        list[str] | None,
        typer.Option(
            "--map",
            metavar='"COLUMN=FIELD"',
            help="read a column as a field (first_name, custom:ID), or as nothing (COLUMN=); may be repeated",
        ),
    ] = None,
    outcomes: Annotated[
        str | None, typer.Option(metavar="FILE", help="write the outcome of every record as NDJSON; - is stdout")
    ] = None,
    encoding: Annotated[
        str | None, typer.Option(help="the file's encoding, such as utf-8 or cp1252; else it is found out")
    ] = None,
    delimiter: Annotated[
        str | None, typer.Option(help="what is between the cells of a CSV, such as ; or tab; else it is found out")
    ] = None,
    concurrency: Annotated[int, flag("concurrency")] = default("concurrency"),
    look_ahead: Annotated[int | None, flag("look_ahead")] = default("look_ahead"),
    max_attempts: Annotated[int, flag("max_attempts")] = default("max_attempts"),
    attempt_timeout: Annotated[float, flag("attempt_timeout")] = default("attempt_timeout"),
    record_deadline: Annotated[float | None, flag("record_deadline")] = default("record_deadline"),
    requests_per_interval: Annotated[int, flag("requests_per_interval")] = default("requests_per_interval"),
    interval: Annotated[float, flag("interval")] = default("interval"),
    requests_per_day: Annotated[int, flag("requests_per_day")] = default("requests_per_day"),
    reserve: Annotated[float, flag("reserve")] = default("reserve"),
    on_daily_quota: Annotated[str, flag("on_daily_quota")] = default("on_daily_quota"),
    send_empty: Annotated[bool, flag("send_empty")] = default("send_empty"),
    strict: Annotated[bool, flag("strict")] = default("strict"),
    debug: Annotated[bool, DEBUG] = False,
) -> None:
    """Import a file of contacts: each is created, or updated when its email or phone is known.

    The token comes from the environment's GROWTHHUB_TOKEN or from --token-file, never from a flag. The header is
    understood in many spellings; --map overrides it. Empty cells leave what a contact has.

    Exit code: 0 all records were accepted, 4 some were not (a day's quota that is spent and not waited for among the
    reasons), 2 an argument or the file is wrong, 3 the token was refused, 1 a fault of ours, 130 Ctrl-C (the first
    finishes what is in flight, without waiting for another day, the second stops now), 141 nobody reads the outcomes
    any more.
    """
    settings = {
        "location_id": location,
        "base_url": base_url,
        "concurrency": concurrency,
        "look_ahead": look_ahead,
        "max_attempts": max_attempts,
        "attempt_timeout": attempt_timeout,
        "record_deadline": record_deadline,
        "requests_per_interval": requests_per_interval,
        "interval": interval,
        "requests_per_day": requests_per_day,
        "reserve": reserve,
        "on_daily_quota": on_daily_quota,
        "send_empty": send_empty,
        "strict": strict,
    }
    reading = {
        "encoding": encoding,
        "delimiter": _DELIMITERS.get(delimiter or "", delimiter),
        "mappings": mapping or (),
    }
    raise typer.Exit(guarded(lambda: _import(file, settings, token_file, reading, outcomes), debug=debug))


def _import(
    file: str, settings: dict[str, Any], token_file: Path | None, reading: dict[str, Any], outcomes: str | None
) -> int:
    from ..client import GrowthHubClient
    from ..importer import open_contacts
    from . import event_loop
    from .columns_text import about
    from .import_run import run_import
    from .outcomes_file import STDOUT
    from .progress import progress_on
    from .report import print_report
    from .screen import Screen
    from .token_file import read_token

    screen = Screen()
    token = read_token(token_file) if token_file else None
    _require_token(token)
    client = GrowthHubClient(token=token, **settings)
    with open_contacts(file, tell=screen.say, **reading) as contacts, ExitStack() as resources:
        _require_location(contacts, settings["location_id"])
        for line in about(contacts):
            screen.say(line)
        outcomes_file = _open_outcomes(file, outcomes, resources)
        progress = progress_on(screen, contacts.name, live=not (outcomes == STDOUT and sys.stdout.isatty()))
        run = event_loop.run(run_import(client, contacts, progress, screen, outcomes_file))
        print_report(screen, contacts.name, run, outcomes)
    return run.exit_code


def _require_token(token: str | None) -> None:
    if not token and not os.environ.get("GROWTHHUB_TOKEN", "").strip():
        raise UsageError("there is no token; set GROWTHHUB_TOKEN, or name a file that has it with --token-file")


def _require_location(contacts: ContactFile, location: str | None) -> None:
    """Refuse a CSV for which no location is named anywhere; the objects of JSON Lines may each name their own."""
    named = location or os.environ.get("GROWTHHUB_LOCATION_ID")
    if not named and contacts.columns and not any(column.field == "location_id" for column in contacts.columns):
        raise UsageError("there is no location; name it with --location, or set GROWTHHUB_LOCATION_ID")


def _open_outcomes(file: str, path: str | None, resources: ExitStack) -> OutcomesFile | None:
    from .outcomes_file import OutcomesFile

    if path is None:
        return None
    if Path(path).exists() and Path(file).exists() and Path(path).samefile(file):
        raise UsageError(f"--outcomes {path} is the file that is imported; name another")
    outcomes_file = OutcomesFile(path)
    resources.callback(outcomes_file.close)
    return outcomes_file
