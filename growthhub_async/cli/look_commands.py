"""`growthhub status`, `report` and `explain`: a job looked at, also while it runs; nothing is sent."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from . import arguments as a
from .guard import guarded


def status_command(
    job: a.JobOrFile,
    json: Annotated[bool, typer.Option("--json", help="print the numbers as JSON on stdout")] = False,
    debug: a.Debug = False,
) -> None:
    """Tell how a job stands, and check its accounts: read = created + updated + error + duplicate + unsent.

    Exit code: 0 all is sent and accepted, 4 some records are errors or wait, 5 the accounts are broken, 2 there is no
    such job.
    """
    raise typer.Exit(guarded(lambda: _status(job, json), debug=debug))


def report_command(
    job: a.JobOrFile,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="the page; else NAME.report.html beside the job")
    ] = None,
    debug: a.Debug = False,
) -> None:
    """Write a page about a job, to be looked at in a browser: it needs no network, and no other file."""
    raise typer.Exit(guarded(lambda: _report(job, out), debug=debug))


def explain_command(
    job: a.JobOrFile,
    position: Annotated[
        int, typer.Argument(metavar="POSITION", min=0, help="of the record, as in growthhub_position of the results")
    ],
    line: Annotated[
        bool, typer.Option("--line", help="POSITION is the line of the file that the record begins at")
    ] = False,
    debug: a.Debug = False,
) -> None:
    """Tell all that was done about one record: every attempt, wait, header and decision."""
    raise typer.Exit(guarded(lambda: _explain(job, position, line), debug=debug))


def _status(job: str, as_json: bool) -> int:
    from ..importer import find_job
    from .look import tell_status

    return tell_status(find_job(job), as_json=as_json)


def _report(job: str, out: Path | None) -> int:
    from ..importer import JobView, find_job
    from ..importer.report import write_report
    from .exit_codes import ExitCode
    from .screen import Screen

    path = find_job(job)
    page = out or path.with_name(f"{path.stem}.report.html")
    with JobView(path) as view:
        write_report(view, page)
    Screen().say(f"{page} is the report; open it in a browser")
    return ExitCode.OK


def _explain(job: str, position: int, line: bool) -> int:
    from ..importer import find_job
    from .look import explain

    return explain(find_job(job), position, is_line=line)
