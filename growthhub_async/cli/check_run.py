"""A check from the command line: the files read, what was found and what an import would take, told; nothing sent."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from ..client import GrowthHubClient
from ..importer import Findings, ImportOptions, mapping_text, read_files, unknown
from ..quota import Quotas
from ..settings import Settings
from . import event_loop
from .access import Access, with_access
from .clients import client_with, definitions_of
from .exit_codes import ExitCode
from .guard import UsageError
from .library_log import log_on
from .plan_text import found, planned
from .reading import Heard
from .reading_options import options_of
from .screen import Screen
from .signals import stopped_by_signals

_PLACEHOLDER = "LOCATION"
"""Stands for the location of a check that was told none: it decides nothing but the custom fields."""


def check_files(
    files: list[str],
    settings: dict[str, Any],
    access: Access,
    reading: dict[str, Any],
    write_mapping: Path | None,
    screen: Screen,
) -> int:
    """Check files, and return the exit code."""
    found_access = with_access(settings, access)
    settings = settings if found_access is None else found_access
    given = Settings(**settings)
    location_id = given.location_id or os.environ.get("GROWTHHUB_LOCATION_ID") or None
    if write_mapping is not None and write_mapping.exists():
        raise UsageError(f"--write-mapping {write_mapping}: is there already; name another file, or remove it")
    options = options_of(reading, Settings(**{**settings, "location_id": location_id or _PLACEHOLDER}))
    hearing = Heard(screen)
    asks = location_id is not None and found_access is not None
    if not asks:
        screen.say("without a token and a location the custom fields are not known: only custom:ID can be checked")
    with log_on(screen):
        findings = _read(files, options, client_with(settings) if asks else None, hearing)
    for line in found(findings, options, several_files=len(files) > 1):
        screen.say(line)
    quotas = Quotas(given)
    for line in planned(findings.requests, findings.tag_requests, quotas.estimate):
        screen.say(line)
    if write_mapping is not None:
        _write(write_mapping, hearing)
        screen.say(f"{write_mapping} says how the columns are understood; edit it, and give it to --mapping")
    return ExitCode.NOT_ALL if findings.invalid else ExitCode.OK


def _read(files: list[str], options: ImportOptions, client: GrowthHubClient | None, hearing: Heard) -> Findings:
    """Read the files; a client, if there is one, asks for the custom fields."""
    with event_loop.runner() as runner, stopped_by_signals():
        asked = unknown if client is None else definitions_of(client, runner, hearing.told)
        return read_files(files, options, None, definitions_of=asked, listener=hearing)


def _write(path: Path, hearing: Heard) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(mapping_text(hearing.template, hearing.columns))
    except OSError as error:
        raise UsageError(f"--write-mapping {path}: {error.strerror}; name a file that you may write") from None
