"""A job looked at: how it stands, and what was done about one of its records."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from ..importer import JobError, JobSummary, JobView, Settled, State, is_locked, summary_of
from .exit_codes import ExitCode
from .report import failed, tell_broken
from .screen import Screen

_FAILURES = 5
_A_WAIT = 0.01
"""Seconds from which on a wait is told: below, it is the time that anything takes."""


def tell_status(path: Path, *, as_json: bool) -> int:
    """Tell how a job stands, and return the exit code."""
    screen = Screen()
    with JobView(path) as view:
        summary, failures = summary_of(view), view.failures(_FAILURES)
    running = is_locked(path)
    if as_json:
        sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(summary), indent=2) + b"\n")
        sys.stdout.buffer.flush()
    else:
        for line in (*_standing(path, summary, running=running), *failed(summary, failures, path)):
            screen.say(line)
    if tell_broken(screen, summary):
        return ExitCode.ACCOUNTING
    return ExitCode.NOT_ALL if summary.error or summary.unsent else ExitCode.OK


def explain(path: Path, position: int, *, is_line: bool) -> int:
    """Tell all that was done about one record, and return the exit code."""
    screen = Screen()
    with JobView(path) as view:
        names = {file.file: file.name for file in view.files()}
        positions = view.positions_of_line(position) if is_line else [position]
        known = [standing for at in positions if (standing := view.standing_of(at)) is not None]
        if not known:
            raise JobError(_no_record(path, position, view.about()["read"], is_line=is_line))
        for standing in known:
            source = standing.source
            screen.say(f"record {source.position:,}: {names[source.file]}, line {source.line:,}", style="bold")
            for settled, attempts in view.outcomes_of(source.position):
                for line in _outcome(settled, attempts):
                    screen.say(line)
            screen.say(_now(standing.state, standing.left_at, standing.stands))
    return ExitCode.OK


def _no_record(path: Path, position: int, read: int, *, is_line: bool) -> str:
    if is_line:
        return f"{path} has no record that begins at line {position:,}; the line of a record is in its results"
    known = f"they are 0 to {read - 1:,}" if read else "it has no records"
    return f"{path} has no record at position {position:,}; {known}"


def _standing(path: Path, summary: JobSummary, *, running: bool) -> Iterator[str]:
    yield f"{path}: {'a process works on it now' if running else 'no process works on it'}"
    yield (
        f"  {summary.read:,} read = {summary.created:,} created + {summary.updated:,} updated + {summary.error:,} error"
        f" + {summary.duplicate:,} duplicate + {summary.unsent:,} unsent"
    )
    if summary.unheard and not running:
        yield f"  of {summary.unheard:,} of the unsent a request has left that was not heard of"
    for run in summary.runs:
        is_now = running and run is summary.runs[-1]
        unended = ", runs now" if is_now else ", was killed"
        ended = unended if run.ended_at is None else f" to {_time(run.ended_at)}, {run.ended}"
        yield f"  run {run.run}: {_time(run.started_at)}{ended}"


def _outcome(settled: Settled, attempts: list[dict[str, Any]]) -> Iterator[str]:
    for attempt in attempts:
        yield from _attempt(attempt)
    yield f"  {_time(settled.settled_at)} {_verdict(settled)}"
    for dropped in settled.dropped:
        yield f"    the server did not take {dropped.field}"


def _attempt(attempt: Mapping[str, Any]) -> Iterator[str]:
    waits = [
        f"waited {seconds:.2f} s {for_what}"
        for name, for_what in (
            ("waited_for_turn", "for an earlier record of its email or phone"),
            ("waited_for_quota", "for the quota"),
        )
        if (seconds := attempt.get(name)) and seconds >= _A_WAIT
    ]
    left_at = attempt.get("left_at")
    when = _time(left_at) if left_at is not None else "never left"
    yield f"  attempt {attempt['number']}: {when}{''.join(f', {wait}' for wait in waits)}"
    if left_at is not None:
        how = attempt.get("failure") or f"status {attempt.get('http_status')}"
        yield f"    after {attempt.get('duration', 0):.3f} s: {how}"
    for name, value in sorted((attempt.get("headers") or {}).items()):
        yield f"    {name}: {value}"
    yield f"    decided: {attempt.get('decision')}"


def _verdict(settled: Settled) -> str:
    inferred = " (inferred)" if settled.inferred else ""
    contact = f", contact {settled.contact_id}" if settled.contact_id else ""
    why = f", {settled.reason}: {settled.message}" if settled.reason else ""
    return f"{settled.status}{inferred}{contact}{why}"


def _now(state: State, left_at: float | None, stands: int | None) -> str:
    match state:
        case State.WAITING:
            return "  now: waits to be sent"
        case State.LEFT:
            left = f", at {_time(left_at)}" if left_at is not None else ""
            return f"  now: a request has left{left}, and was not heard of"
        case State.TAGGING:
            return "  now: its contact is written, and its tags are still to be added"
        case State.DUPLICATE:
            return f"  now: record {stands:,} stands for it; it is never sent itself"
        case _:
            return f"  now: {state.name.lower()}"


def _time(when: float | datetime) -> str:
    if isinstance(when, datetime):
        return f"{when:%Y-%m-%d %H:%M:%S} UTC"
    seconds = when
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S}.{int(seconds % 1 * 1000):03} UTC"
