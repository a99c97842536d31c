"""The summary of a run: a table, each kind of failure with an example, and what to do next."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

from rich.table import Table

from ..importer import Failure, JobSummary
from ..outcome import ErrorReason
from .import_run import ImportRun
from .progress import duration
from .screen import Screen, short

_EXAMPLES = 5
"""Messages shown for each reason."""

_NEXT = {
    ErrorReason.INVALID: "never sent; mend them in the failed file, then `{retry}`",
    ErrorReason.REJECTED: "the server refuses these as they are; mend them in the failed file, then `{retry}`",
    ErrorReason.UNAUTHORIZED: "check the token, its scope contacts.write and its location",
    ErrorReason.EXHAUSTED: "surely not written; `{retry}` sends them again",
    ErrorReason.IN_DOUBT: "may have been written; `{retry}` sends again those that cannot become doubles",
    ErrorReason.CANCELLED: "never written; run the same again",
    ErrorReason.DRIFT: "written, but not as they are; see what was dropped",
}


def print_report(screen: Screen, job: Path, summary: JobSummary, failures: list[Failure], run: ImportRun) -> None:
    """Print how a run went, and how its job stands."""
    screen.say()
    screen.say(str(job), style="bold")
    screen.console.print(_table(summary, run))
    for line in _ends(run, job):
        screen.say(line)
    if summary.dropped_by_field:
        screen.say(_drift(summary))
    if run.tags_replaced:
        screen.say(
            f"the tags of {run.tags_replaced:,} contacts that were there before were replaced; --tags add keeps them"
        )
    for line in failed(summary, failures, job):
        screen.say(line)


def failed(summary: JobSummary, failures: list[Failure], job: Path) -> Iterator[str]:
    """Yield the lines that say what was not accepted, and why."""
    if not summary.error:
        return
    retry = f"growthhub retry {shlex.quote(str(job))}"
    yield f"{summary.error:,} of {summary.read:,} records were not accepted:"
    for reason, count in sorted(summary.errors_by_reason.items(), key=lambda item: -item[1]):
        yield f"  {reason} {count:,}: {_NEXT[ErrorReason(reason)].format(retry=retry)}"
        shown = [failure for failure in failures if failure.reason == reason][:_EXAMPLES]
        several = len(summary.files) > 1
        for failure in shown:
            more = f" (and {failure.records - 1:,} more)" if failure.records > 1 else ""
            where = f"{failure.file}, line" if several else "line"
            yield f"    {where} {failure.line}: {short(failure.message.removeprefix('line: '))}{more}"
        if others := count - sum(failure.records for failure in shown):
            yield f"    and {others:,} more for other causes"


def _ends(run: ImportRun, job: Path) -> Iterator[str]:
    """Say why the run ended before its time, and what is left."""
    if run.spent is not None:
        yield run.spent
    if run.too_many is not None:
        yield f"more than {run.too_many} errors: the run was stopped by --max-errors"
    if run.counts.unsent:
        records = "1 record was" if run.counts.unsent == 1 else f"{run.counts.unsent:,} records were"
        yield f"{records} not sent yet; run the same again, or `growthhub resume {shlex.quote(str(job))}`, to go on"


def _drift(summary: JobSummary) -> str:
    """Say what the server answered with a success, and did not take."""
    by_field = sorted(summary.dropped_by_field.items(), key=lambda item: (-item[1], item[0]))
    shown = ", ".join(f"{field} {count:,}" for field, count in by_field[:_EXAMPLES])
    more = f" and {len(by_field) - _EXAMPLES:,} other fields" if len(by_field) > _EXAMPLES else ""
    records = "1 record was" if summary.dropped == 1 else f"{summary.dropped:,} records were"
    return f"{records} written, but not all of it taken by the server: {shown}{more}"


def _table(summary: JobSummary, run: ImportRun) -> Table:
    sent = run.summary.created + run.summary.updated + run.summary.error
    columns = {
        "read": f"{summary.read:,}",
        "created": f"{summary.created:,}",
        "updated": f"{summary.updated:,}",
        "error": f"{summary.error:,}",
        "duplicate": f"{summary.duplicate:,}",
        "unsent": f"{summary.unsent:,}",
        "requests": f"{run.summary.requests:,}",
        "time": duration(run.seconds),
        "rate": f"{sent / run.seconds if run.seconds else 0.0:,.0f}/s",
    }
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    for heading in columns:
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_row(*columns.values())
    return table
