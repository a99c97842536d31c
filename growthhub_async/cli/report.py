"""The summary of a run: a table, each kind of failure with an example, and what to do next."""

from __future__ import annotations

import shlex

from rich.table import Table

from ..outcome import ErrorReason
from .import_run import ImportRun
from .outcomes_file import STDOUT
from .progress import duration
from .recorder import Failure
from .screen import Screen, short

_EXAMPLES = 5
"""Messages shown for each reason."""

_NEXT = {
    ErrorReason.INVALID: "never sent; mend these lines and import the file again",
    ErrorReason.REJECTED: "the server refuses these as they are; mend these lines and import the file again",
    ErrorReason.UNAUTHORIZED: "check the token, its scope contacts.write and its location",
    ErrorReason.EXHAUSTED: "surely not written; import the file again",
    ErrorReason.IN_DOUBT: "may have been written; import the file again, and look for doubles of those without an email"
    " or a phone",
    ErrorReason.CANCELLED: "never written; import these lines again",
    ErrorReason.DRIFT: "written, but not as they are; see what was dropped",
}


def print_report(screen: Screen, name: str, run: ImportRun, outcomes_path: str | None) -> None:
    """Print how a run went."""
    screen.say()
    screen.say(name, style="bold")
    screen.console.print(_table(run))
    if run.spent is not None or run.stopped_by is not None:
        _tell_of_end(screen, name, run)
    if run.summary.dropped:
        _tell_of_drift(screen, run, outcomes_path)
    if not run.summary.error:
        return
    screen.say(f"{run.summary.error:,} of {run.summary.read:,} records were not accepted:")
    for reason, count in sorted(run.summary.errors_by_reason.items(), key=lambda item: -item[1]):
        screen.say(f"  {reason} {count:,}: {_NEXT[reason]}")
        shown = run.failures.most_frequent(reason, _EXAMPLES)
        for failure in shown:
            screen.say(f"    {_example(failure)}")
        if others := count - sum(failure.records for failure in shown):
            screen.say(f"    and {others:,} more for other causes")
    _tell_next_step(screen, outcomes_path)


def _tell_of_end(screen: Screen, name: str, run: ImportRun) -> None:
    """Say why the run ended before its time, what was not read, and where to go on: not at the top once more."""
    if run.spent is not None:
        screen.say(run.spent)
    if run.read_whole:
        return
    screen.say(f"{run.summary.read:,} records were read; the rest of {name} was not")
    if run.failures.first_cancelled is not None:
        screen.say(
            f"  to go on, import the lines from line {run.failures.first_cancelled} on, with the header of a CSV"
        )


def _tell_of_drift(screen: Screen, run: ImportRun, outcomes_path: str | None) -> None:
    """Say what the server answered with a success, and did not take."""
    by_field = sorted(run.summary.dropped_by_field.items(), key=lambda item: (-item[1], item[0]))
    shown = ", ".join(f"{field} {count:,}" for field, count in by_field[:_EXAMPLES])
    more = f" and {len(by_field) - _EXAMPLES:,} other fields" if len(by_field) > _EXAMPLES else ""
    records = "1 record was" if run.summary.dropped == 1 else f"{run.summary.dropped:,} records were"
    screen.say(f"{records} written, but not all of it taken by the server: {shown}{more}")
    if outcomes_path is None:
        screen.say("  to see what it kept instead, import again with --outcomes outcomes.ndjson")


def _table(run: ImportRun) -> Table:
    summary = run.summary
    rate = summary.read / run.seconds if run.seconds else 0.0
    columns = {
        "read": f"{summary.read:,}",
        "created": f"{summary.created:,}",
        "updated": f"{summary.updated:,}",
        "error": f"{summary.error:,}",
        "requests": f"{summary.requests:,}",
        "time": duration(run.seconds),
        "rate": f"{rate:,.0f}/s",
    }
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    for heading in columns:
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_row(*columns.values())
    return table


def _example(failure: Failure) -> str:
    more = f" (and {failure.records - 1:,} more)" if failure.records > 1 else ""
    return f"line {failure.line}: {short(failure.message.removeprefix('line: '))}{more}"


def _tell_next_step(screen: Screen, outcomes_path: str | None) -> None:
    if outcomes_path is None:
        screen.say(
            "to see every failed line, import again with --outcomes outcomes.ndjson; what is there is only updated"
        )
    elif outcomes_path == STDOUT:
        screen.say("every failed line is in the outcomes, as error")
    else:
        screen.say(f"every failed line is in {outcomes_path}:")
        screen.command(f'grep \'"status":"error"\' {shlex.quote(outcomes_path)}')
