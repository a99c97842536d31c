"""Make jobs as an import makes them, record by record, without a server."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from growthhub_async import Dropped, ErrorReason, Outcome, OutcomeError, Problem, Status
from growthhub_async.importer.job import Entry, Job, State
from growthhub_async.importer.rows import Row
from growthhub_async.importer.staging import JobWriter
from growthhub_async.importer.staging.duplicates import Holder

NOON = 1_795_435_200.0
"""The unix time at which the first run of a job begins: 2026-11-23 12:00 UTC."""

_STATES = {Status.CREATED: State.CREATED, Status.UPDATED: State.UPDATED, Status.ERROR: State.ERROR}


class Told(Outcome, frozen=True, kw_only=True):
    """An outcome with the history that a job keeps of it."""

    history: tuple[Any, ...] = ()


class Maker:
    """A job in the making: first its records, in `files`, then its runs."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._writer = JobWriter(path)
        self._positions = 0
        self._files = 0
        self._line = 1

    def file(self, name: str = "contacts.csv") -> None:
        """Begin a file; its records are on lines 2, 3, ..."""
        self._writer.begin_file(self._files, name, "CSV", ["email"])
        self._files += 1
        self._line = 1

    def valid(self, location: str = "loc1", tags: Iterable[str] = ()) -> int:
        """Add a record that is to be sent, and return its position."""
        me, row = self._next()
        self._writer.record(me, row, location, b'{"email":"ada@example.com"}', list(tags))
        return me.position

    def invalid(self, message: str = "is not an email address", location: str | None = "loc1") -> int:
        """Add a record that is wrong in itself."""
        me, row = self._next()
        self._writer.invalid(me, row, location, [Problem("email", message)])
        return me.position

    def duplicate(self, of: int, location: str = "loc1") -> int:
        """Add a record that an earlier one stands for."""
        me, row = self._next()
        self._writer.duplicate(me, row, location, Holder(of, 0, 0))
        return me.position

    def done(self) -> None:
        """Put the job in its place."""
        for file in range(self._files):
            self._writer.end_file(file, {})
        self._writer.finish({"options": {}, "created_at": NOON, "read": self._positions})

    def _next(self) -> tuple[Holder, Row]:
        self._line += 1
        me = Holder(self._positions, self._files - 1, self._line)
        self._positions += 1
        return me, Row(self._line, ["ada@example.com"])


def made(path: Path, fill: Callable[[Maker], object]) -> Path:
    """Make a job of one file, which `fill` fills."""
    maker = Maker(path)
    maker.file()
    fill(maker)
    maker.done()
    return path


def settled(
    position: int,
    status: Status = Status.CREATED,
    *,
    at: float = 1.0,
    attempts: int = 1,
    latency: float | None = 0.4,
    reason: ErrorReason = ErrorReason.REJECTED,
    message: str = "422 no",
    retryable: bool = False,
    dropped: Iterable[str] = (),
    inferred: bool = False,
    state: State | None = None,
) -> Entry:
    """Settle a record `at` so many seconds after `NOON`."""
    error = OutcomeError(reason=reason, message=message, retryable=retryable) if status is Status.ERROR else None
    outcome = Told(
        position=position,
        ref=position,
        status=status,
        contact_id=None if error else f"id{position}",
        attempts=attempts,
        error=error,
        inferred=inferred,
        dropped=tuple(Dropped(field=field, sent="ada@example.com", kept=None) for field in dropped),
    )
    return Entry(outcome, _STATES[status] if state is None else state, NOON + at, latency)


def ran(
    path: Path,
    entries: Iterable[Entry] = (),
    *,
    since: float = 0.0,
    until: float | None = 60.0,
    ended: str = "done",
    tag_requests: int = 0,
    settings: Mapping[str, Any] | None = None,
    locations: Mapping[str, Any] | None = None,
    leaving: Iterable[int] = (),
) -> int:
    """Send from a job, from `since` to `until` in seconds after `NOON`; None for a run that was ended by force."""
    with Job(path) as job:
        run = job.begin_run(settings or {}, NOON + since)
        job.keep(run, [(NOON + since, position) for position in leaving], list(entries))
        if until is not None:
            told = {"loc1": quota()} if locations is None else locations
            job.end_run(run, ended, tag_requests, told, NOON + until)
    return run


def quota(
    requests_per_interval: int = 100, interval: float = 10.0, requests_per_day: int = 200_000, throttled: int = 0
) -> dict[str, Any]:
    """Tell what a run learnt of a location."""
    return {
        "requests_per_interval": requests_per_interval,
        "interval": interval,
        "requests_per_day": requests_per_day,
        "throttled": throttled,
    }


def plain(value: object) -> Any:
    """Make of structs what can be compared with literals."""
    return msgspec.to_builtins(value)
