"""`growthhub demo`: a sandbox, a messy file of contacts, an import, and what came of it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from . import arguments as a
from .exit_codes import ExitCode
from .guard import UsageError, guarded
from .program import as_typed

if TYPE_CHECKING:
    from ..importer import Counts
    from .demo_data import DemoFile
    from .import_run import ImportRun
    from .screen import Screen

_REQUESTS_PER_INTERVAL = 100_000
"""The quota of the demo's location, far above the live API's, so that the demo is quick."""
_MOST_RECORDS = 50_000


class _Files(NamedTuple):
    contacts: Path
    database: Path
    job: Path


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
    from . import event_loop
    from .demo_data import write_demo_file
    from .job_run import tell
    from .screen import Screen

    screen = Screen()
    files = _prepared(directory, fresh=fresh)
    written = write_demo_file(files.contacts, records)
    screen.say(f"{files.contacts}: {records:,} made-up contacts: {written.people:,} people,")
    screen.say(
        f"  {written.doubles:,} doubles of them (the same email or phone, written otherwise), {written.wrong:,} wrong"
    )
    run, kept = event_loop.run(_import(files, screen))
    told = tell(screen, files.job, run)
    if run.stopped_by is not None or told not in (ExitCode.OK, ExitCode.NOT_ALL):
        return told
    return _conclude(screen, files, written, run.counts, kept, program)


def _prepared(directory: Path, *, fresh: bool) -> _Files:
    files = _Files(directory / "contacts.csv", directory / "sandbox.sqlite", directory / "contacts.job")
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


async def _import(files: _Files, screen: Screen) -> tuple[ImportRun, _Kept]:
    from ..client import GrowthHubClient
    from ..importer import ImportOptions, locked, unknown
    from ..sandbox import Limits, Location, Scenario
    from .import_run import run_job
    from .job_run import make_job
    from .progress import progress_on
    from .sandbox import serving

    limits = Limits(requests_per_interval=_REQUESTS_PER_INTERVAL, requests_per_day=100 * _REQUESTS_PER_INTERVAL)
    async with serving(Scenario(locations=(Location(limits=limits),)), 0, files.database) as sandbox:
        before = len(sandbox.contacts())
        screen.say(f"a local GrowthHub listens on {sandbox.base_url}; it keeps {before:,} contacts in {files.database}")
        client = GrowthHubClient(
            token=sandbox.token,
            location_id=sandbox.location_id,
            base_url=sandbox.base_url,
            requests_per_interval=_REQUESTS_PER_INTERVAL,
            keep_history=True,
        )
        options = ImportOptions(location_id=sandbox.location_id, base_url=sandbox.base_url)
        with locked(files.job):
            make_job([str(files.contacts)], files.job, options, screen, unknown, fresh=True)
            async with client:
                run = await run_job(client, files.job, progress_on(screen, files.contacts.name, live=True), screen)
        return run, _Kept(before, len(sandbox.contacts()))


def _conclude(screen: Screen, files: _Files, written: DemoFile, counts: Counts, kept: _Kept, program: str) -> int:
    screen.say()
    for line in _findings(written, counts, kept):
        screen.say(line)
    if wrong := _contradiction(written, counts, kept):
        screen.say(f"that is not what the file was made for: {wrong}; begin again with {program} demo --fresh")
        return ExitCode.FAULT
    screen.say()
    screen.say("try next:")
    for command, meaning in _suggestions(files, counts.read, program):
        screen.command(command)
        screen.say(f"    {meaning}")
    return ExitCode.OK


def _findings(written: DemoFile, counts: Counts, kept: _Kept) -> Iterator[str]:
    yield f"the local GrowthHub keeps {kept.after:,} contacts now; before, it kept {kept.before:,}"
    if kept.before:
        yield f"  it was kept from an earlier run: its contacts were updated, and {counts.created:,} were added"
    yield f"  {written.doubles:,} doubles were folded into the contacts they are doubles of"
    if written.example:
        first, second = written.example
        yield f"  for example, lines {first} and {second} of the file are one contact"
    yield "the live API is slower: it allows a location 100 requests in 10 s, so 5,000 contacts take about 8 minutes"


def _contradiction(written: DemoFile, counts: Counts, kept: _Kept) -> str | None:
    """Tell what does not fit together; None when all went as the file was made for."""
    if counts.error != written.wrong:
        return f"{counts.error:,} errors, not {written.wrong:,}"
    if kept.after != kept.before + counts.created:
        return f"{kept.after:,} contacts kept, not {kept.before + counts.created:,}"
    if not kept.before and counts.created != written.people:
        return f"{counts.created:,} created, not {written.people:,}"
    return None


def _suggestions(files: _Files, records: int, program: str) -> Iterator[tuple[str, str]]:
    """Yield commands that work as they are, each with what it shows."""
    contacts, database, job = (shlex.quote(str(file)) for file in files)
    directory = shlex.quote(str(files.contacts.parent))
    failed = shlex.quote(str(files.contacts.with_suffix(".failed.csv")))
    yield f"head -n 3 {failed}", "what was not accepted, as it was in the file, with the reason"
    yield f"{program} report {job}", "a page to look at in a browser"
    yield f"{program} explain {job} 1", "all that was done about one record"
    yield f"{program} demo --dir {directory} --records {records}", "once more: everything is there now, and is updated"
    yield f"{program} check {contacts}", "what an import would do, without one"
    yield (
        f"{program} sandbox --database {database}",
        "the same with the live API's quota; it prints what to paste into another terminal, where this works:",
    )
    yield f"{program} import {contacts} --fresh", "as slow as the live API; Ctrl-C, and the same again goes on"
