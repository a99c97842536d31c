"""The summary of a run: a table, each kind of failure with an example, and what to do next."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

from rich.table import Table

from ..importer import Failure, JobSummary
from ..outcome import ErrorReason
from .import_run import ImportRun
from .numbers_text import counted, duration
from .screen import Screen, short

_EXAMPLES = 5
"""Messages shown for each reason."""

_NEXT = {
    ErrorReason.INVALID: "never sent; mend them in {failed}, then `{retry}`",
    ErrorReason.REJECTED: "refused by the server as they are; mend them in {failed}, then `{retry}`",
    ErrorReason.EXHAUSTED: "surely not written, though tried again and again; `{retry}` sends them once more",
    ErrorReason.IN_DOUBT: "perhaps written; `{retry}` sends those again that sending twice cannot double",
    ErrorReason.DRIFT: "written, but not all of it was taken by the server; {dropped} says what was not",
}
"""What to do about each reason that a record can have which is an error for good."""


def print_report(screen: Screen, job: Path, summary: JobSummary, failures: list[Failure], run: ImportRun) -> None:
    """Print how a run went, and how its job stands."""
    screen.say()
    screen.say(str(job), style="bold")
    screen.console.print(_table(summary))
    for line in (*_of_run(run, summary), *_left(summary, job), *_results(summary)):
        screen.say(line)
    if summary.dropped_by_field:
        screen.say(_drift(summary))
    for line in failed(summary, failures, job):
        screen.say(line)


def failed(summary: JobSummary, failures: list[Failure], job: Path) -> Iterator[str]:
    """Yield the lines that say what was not accepted, and why."""
    if not summary.error:
        return
    words = {
        "retry": f"growthhub retry {shlex.quote(str(job))}",
        "failed": str(job.with_name(f"{job.stem}.failed.csv")),
        "dropped": str(job.with_name(f"{job.stem}.dropped.csv")),
    }
    yield f"{summary.error:,} of {counted(summary.read, 'record')} {_were(summary.error)} not accepted:"
    for reason, count in sorted(summary.errors_by_reason.items(), key=lambda item: -item[1]):
        yield f"  {reason} {count:,}: {_NEXT[ErrorReason(reason)].format(**words)}"
        shown = [failure for failure in failures if failure.reason == reason][:_EXAMPLES]
        several = len(summary.files) > 1
        for failure in shown:
            more = f" (and {failure.records - 1:,} more)" if failure.records > 1 else ""
            where = f"{failure.file}, line" if several else "line"
            yield f"    {where} {failure.line:,}: {short(failure.message.removeprefix('line: '))}{more}"
        if others := count - sum(failure.records for failure in shown):
            yield f"    and {others:,} more for other causes"


def tell_broken(screen: Screen, summary: JobSummary) -> bool:
    """Say which records of a job are not accounted for, and tell whether there are some."""
    if summary.accounting:
        return False
    screen.say("the accounts of this job are broken; please report it:")
    for imbalance in summary.imbalances:
        screen.say(f"  {imbalance}")
    return True


def _table(summary: JobSummary) -> Table:
    """Make the table of the accounts: what was read is the sum of the others."""
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    names = ("read", "created", "updated", "error", "duplicate", "unsent")
    for name in names:
        table.add_column(name, justify="right", no_wrap=True)
    table.add_row(*(f"{getattr(summary, name):,}" for name in names))
    return table


def _of_run(run: ImportRun, summary: JobSummary) -> Iterator[str]:
    """Say what this run alone did, and why it ended before its time."""
    if run.summary.requests:
        rate = f", {run.settled / run.seconds:,.0f} records a second" if run.seconds >= 1 else ""
        yield f"this run sent {counted(run.summary.requests, 'request')} in {duration(run.seconds)}{rate}"
    if run.fault is None:  # else that is told in the end, and is why
        yield from _unsent(run.unsent, several=len(summary.locations.keys() - {""}) > 1)
    if run.too_many is not None:
        yield f"it was stopped by --max-errors: more than {run.too_many} were errors"
    if run.tags_replaced:
        contacts = "1 contact that was" if run.tags_replaced == 1 else f"{run.tags_replaced:,} contacts that were"
        yield f"the tags of {contacts} there before have been replaced; --tags add would have kept them"


def _unsent(why: dict[str, str], *, several: bool) -> Iterator[str]:
    """Say why no more was sent to locations."""
    for location_id, message in list(why.items())[:_EXAMPLES]:
        yield f"location {location_id}: {short(message)}" if several else short(message)
    if len(why) > _EXAMPLES:
        yield f"and so for {counted(len(why) - _EXAMPLES, 'more location')}"


def _left(summary: JobSummary, job: Path) -> Iterator[str]:
    """Say what is still to be sent."""
    if not summary.unsent:
        return
    wait = "1 record waits" if summary.unsent == 1 else f"{summary.unsent:,} records wait"
    yield f"{wait} to be sent; run the same again, or `growthhub resume {shlex.quote(str(job))}`, to go on"
    if summary.tagging:
        yield f"  of {summary.tagging:,} of them the contact is written, and only its tags are still to be added"
    if summary.unheard:
        yield f"  of {summary.unheard:,} of them a request has left that was not heard of; they are sent first"


def _results(summary: JobSummary) -> Iterator[str]:
    """Say where it stands what became of each record."""
    counts = {
        "created": summary.created,
        "updated": summary.updated,
        "failed": summary.error,
        "dropped": summary.dropped,
        "duplicates": summary.duplicate,
    }
    paths = [summary.results[kind] for kind, count in counts.items() if count and kind in summary.results]
    if paths:
        yield f"each record, with its contact's id or what was wrong, is in {_listed(paths)}"


def _drift(summary: JobSummary) -> str:
    """Say what the server answered with a success, and did not take."""
    by_field = sorted(summary.dropped_by_field.items(), key=lambda item: (-item[1], item[0]))
    shown = ", ".join(f"{field} {count:,}" for field, count in by_field[:_EXAMPLES])
    more = f" and {len(by_field) - _EXAMPLES:,} other fields" if len(by_field) > _EXAMPLES else ""
    records = f"{counted(summary.dropped, 'record')} {_were(summary.dropped)}"
    return f"{records} written, but not all of it taken by the server: {shown}{more}"


def _listed(paths: list[str]) -> str:
    return paths[0] if len(paths) == 1 else f"{', '.join(paths[:-1])} and {paths[-1]}"


def _were(number: int) -> str:
    return "was" if number == 1 else "were"
