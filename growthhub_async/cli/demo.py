"""`growthhub demo`: a sandbox, a messy file of contacts, an import, and what came of it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import msgspec
import typer

from .exit_codes import ExitCode
from . import arguments as a
from .guard import UsageError, guarded
from .program import as_typed

if TYPE_CHECKING:
    from ..importer import ContactFile
    from ..outcome import Summary
    from .demo_data import DemoFile
    from .import_run import ImportRun
    from .outcomes_file import OutcomesFile
    from .screen import Screen

_REQUESTS_PER_INTERVAL = 100_000
"""The quota of the demo's location, far above the live API's, so that the demo is quick."""
_MOST_RECORDS = 50_000


class _Files(NamedTuple):
    contacts: Path
    outcomes: Path
    database: Path


def demo_command(
    context: typer.Context,
    directory: Annotated[Path, typer.Option("--dir", metavar="DIR", help="where its files are kept")] = Path(
        "growthhub-demo"
    ),
    records: Annotated[int, typer.Option(min=1, max=_MOST_RECORDS, help="how many contacts the file has")] = 5_000,
    fresh: Annotated[bool, typer.Option("--fresh", help="begin with an empty sandbox")] = False,
    debug: a.Debug = False,
) -> None:
    """Start a local GrowthHub, write a messy file of contacts, import it, and show what came of it.

    Nothing leaves this machine. The local GrowthHub keeps its contacts, so that a second run updates them.
    """
    program = as_typed(context)
    raise typer.Exit(guarded(lambda: _demo(directory, records, fresh, program), debug=debug))


def _demo(directory: Path, records: int, fresh: bool, program: str) -> int:
    from ..importer import open_contacts
    from . import event_loop
    from .columns_text import about
    from .demo_data import write_demo_file
    from .outcomes_file import OutcomesFile
    from .report import print_report
    from .screen import Screen

    screen = Screen()
    files = _prepared(directory, fresh=fresh)
    written = write_demo_file(files.contacts, records)
    screen.say(f"{files.contacts}: {records:,} made-up contacts: {written.people:,} people,")
    screen.say(
        f"  {written.doubles:,} doubles of them (the same email or phone, written otherwise), {written.wrong:,} wrong"
    )
    outcomes_file = OutcomesFile(str(files.outcomes))
    try:
        with open_contacts(str(files.contacts), tell=screen.say) as contacts:
            for line in about(contacts):
                screen.say(line)
            run, kept = event_loop.run(_import(files.database, contacts, screen, outcomes_file))
    finally:
        outcomes_file.close()
    print_report(screen, contacts.name, run, str(files.outcomes))
    if run.fault is not None or run.stopped_by is not None:
        return run.exit_code
    return _conclude(screen, files, written, run.summary, kept, program)


def _prepared(directory: Path, *, fresh: bool) -> _Files:
    files = _Files(directory / "contacts.csv", directory / "outcomes.ndjson", directory / "sandbox.sqlite")
    database = files.database
    try:
        directory.mkdir(parents=True, exist_ok=True)
        if fresh:
            for file in (
                database,
                database.with_name(f"{database.name}-wal"),
                database.with_name(f"{database.name}-shm"),
            ):
                file.unlink(missing_ok=True)
        files.contacts.touch()
    except OSError as error:
        raise UsageError(f"--dir {directory}: {error.strerror}; name a directory that you may write to") from None
    return files


class _Kept(NamedTuple):
    """How many contacts the sandbox kept before and after the run."""

    before: int
    after: int


async def _import(
    database: Path, contacts: ContactFile, screen: Screen, outcomes_file: OutcomesFile
) -> tuple[ImportRun, _Kept]:
    from ..client import GrowthHubClient
    from ..sandbox import Limits, Location, Scenario
    from .import_run import run_import
    from .progress import progress_on
    from .sandbox import serving

    limits = Limits(requests_per_interval=_REQUESTS_PER_INTERVAL, requests_per_day=100 * _REQUESTS_PER_INTERVAL)
    async with serving(Scenario(locations=(Location(limits=limits),)), 0, database) as sandbox:
        before = len(sandbox.contacts())
        screen.say(f"a local GrowthHub listens on {sandbox.base_url}; it keeps {before:,} contacts in {database}")
        client = GrowthHubClient(
            token=sandbox.token,
            location_id=sandbox.location_id,
            base_url=sandbox.base_url,
            requests_per_interval=_REQUESTS_PER_INTERVAL,
        )
        run = await run_import(client, contacts, progress_on(screen, contacts.name, live=True), screen, outcomes_file)
        return run, _Kept(before, len(sandbox.contacts()))


def _conclude(screen: Screen, files: _Files, written: DemoFile, summary: Summary, kept: _Kept, program: str) -> int:
    screen.say()
    for line in _findings(files, written, summary, kept):
        screen.say(line)
    if wrong := _contradiction(written, summary, kept):
        screen.say(f"that is not what the file was made for: {wrong}; begin again with {program} demo --fresh")
        return ExitCode.FAULT
    screen.say()
    screen.say("try next:")
    for command, meaning in _suggestions(files, summary.read, program):
        screen.command(command)
        screen.say(f"    {meaning}")
    return ExitCode.OK


def _findings(files: _Files, written: DemoFile, summary: Summary, kept: _Kept) -> Iterator[str]:
    yield f"the local GrowthHub keeps {kept.after:,} contacts now; before, it kept {kept.before:,}"
    if kept.before:
        yield f"  it was kept from an earlier run: its contacts were updated, and {summary.created:,} were added"
    yield f"  {written.doubles:,} doubles were folded into the contacts they are doubles of"
    if written.example and (contact_id := _common_contact(files.outcomes, written.example)):
        first, second = written.example
        yield f"  for example, lines {first} and {second} of the file are one contact, {contact_id}"
    yield "the live API is slower: it allows a location 100 requests in 10 s, so 5,000 contacts take about 8 minutes"


def _common_contact(outcomes: Path, lines: tuple[int, int]) -> str | None:
    """Find in the outcomes the contact that two lines became; None when they became two."""
    decode = msgspec.json.Decoder(dict[str, Any]).decode
    with outcomes.open("rb") as file:
        ids = {outcome["contact_id"] for outcome in map(decode, file) if outcome["line"] in lines}
    return str(ids.pop()) if len(ids) == 1 else None


def _contradiction(written: DemoFile, summary: Summary, kept: _Kept) -> str | None:
    """Tell what does not fit together; None when all went as the file was made for."""
    if summary.error != written.wrong:
        return f"{summary.error:,} errors, not {written.wrong:,}"
    if kept.after != kept.before + summary.created:
        return f"{kept.after:,} contacts kept, not {kept.before + summary.created:,}"
    if not kept.before and summary.created != written.people:
        return f"{summary.created:,} created, not {written.people:,}"
    return None


def _suggestions(files: _Files, records: int, program: str) -> Iterator[tuple[str, str]]:
    """Yield commands that work as they are, each with what it shows."""
    contacts, outcomes, database = (shlex.quote(str(file)) for file in files)
    directory = shlex.quote(str(files.contacts.parent))
    yield f"{program} demo --dir {directory} --records {records}", "once more: everything is there now, and is updated"
    yield f'grep \'"status":"error"\' {outcomes} | head -n 3', "what was not accepted, with its line and the reason"
    yield (
        f"{program} sandbox --database {database}",
        "the same with the live API's quota; it prints what to paste into another terminal, where these work:",
    )
    yield f"{program} import {contacts} --outcomes - | head -n 3", "the first three outcomes, as data"
    yield f"{program} import {contacts}", "as slow as the live API; Ctrl-C finishes what is in flight"
