"""The durable state of an import, to look at: also while another process works on it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import msgspec

from ...outcome import Dropped, Outcome, Problem, Status
from . import database
from .schema import State
from .values import Counts, Failure, JobFile, Run, Settled, Source, Standing, Tagging, Waiting

_SETTLED_COLUMNS = (
    "o.seq, o.run, o.settled_at, r.position, r.file, r.line, r.cells, r.text, r.location, o.status, o.reason,"
    " o.message, o.retryable, o.problems, o.contact_id, o.http_status, o.trace_id, o.attempts, o.duration, o.latency,"
    " o.inferred, o.dropped"
)

_AT_ONCE = 500
"""Positions that one query names."""

T = TypeVar("T")

_decode = msgspec.json.Decoder().decode
_decode_tags = msgspec.json.Decoder(list[str]).decode
_decode_problems = msgspec.json.Decoder(list[Problem]).decode
_decode_dropped = msgspec.json.Decoder(list[Dropped]).decode


class JobView:
    """A job file that is open to be read: by one thread, until its block is left. What fails is a JobError."""

    def __init__(self, path: Path, *, to_look: bool = True) -> None:
        self.path = path
        self._connection = database.open_to_look(path) if to_look else database.open_job(path)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        with database.told(self.path):
            self._connection.close()

    def about(self) -> dict[str, Any]:
        """Return what the job was made of: `options`, `created_at` (unix time), `read` (records)."""
        return dict(self._rows(lambda key, value: (key, _decode(value)), "SELECT key, value FROM about"))

    def files(self) -> list[JobFile]:
        """Return its sources, in their order."""
        return list(self._rows(_file, "SELECT file, name, format, columns, fingerprint FROM files ORDER BY file"))

    def counts(self) -> Counts:
        """Count the records by how far they have come."""
        by_state = dict(self.select("SELECT state, count(*) FROM records GROUP BY state"))
        return Counts.of(self.about()["read"], by_state)

    def upserts_by_location(self, only: Collection[int] | None = None) -> dict[str, int]:
        """Count the records that are still to be upserted, by location: all, or `only` those at some positions."""
        return self._by_location(f"state <> {State.TAGGING:d}", only)

    def tags_by_location(self, only: Collection[int] | None = None) -> dict[str, int]:
        """Count the records whose tags are still to be added by their own endpoint, by location, as above."""
        return self._by_location("tags IS NOT NULL", only)

    def waiting(self, location_id: str, after: int, most: int) -> list[Waiting]:
        """Return records of a location that wait to be sent, by position."""
        rows = self._rows(
            _waiting,
            "SELECT position, line, contact, tags, left_at FROM records"
            " WHERE state < 3 AND location = ? AND position > ? AND state = ? ORDER BY position LIMIT ?",
            (location_id, after, State.WAITING, most),
        )
        return list(rows)

    def unheard(self) -> list[tuple[str, Waiting]]:
        """Return the records of which a request has left that was not heard of, by position, with their locations."""
        rows = self._rows(
            lambda location_id, *waiting: (location_id, _waiting(*waiting)),
            "SELECT location, position, line, contact, tags, left_at FROM records"
            " WHERE state < 3 AND state = ? ORDER BY position",
            (State.LEFT,),
        )
        return list(rows)

    def tagging(self) -> list[Tagging]:
        """Return the contacts that are written and whose tags are still to be added, by position."""
        rows = self._rows(
            _tagging,
            "SELECT r.position, r.line, r.location, r.tags, o.status, o.contact_id, o.http_status, o.trace_id,"
            " o.inferred, o.dropped FROM records r"
            " JOIN outcomes o ON o.seq = r.outcome WHERE r.state < 3 AND r.state = ? ORDER BY r.position",
            (State.TAGGING,),
        )
        return list(rows)

    def newest_contacts(self, most: int) -> frozenset[str]:
        """Return the contacts that the newest so many outcomes are about."""
        rows = self.select("SELECT contact_id FROM outcomes ORDER BY seq DESC LIMIT ?", (most,))
        return frozenset(contact_id for (contact_id,) in rows if contact_id is not None)

    def settled(self, *, after: int = 0, position: int | None = None) -> Iterator[Settled]:
        """Yield the outcomes that are true of their records, in the order in which they were kept."""
        where, values = "o.seq > ?", [after]
        if position is not None:
            where, values = f"{where} AND o.position = ?", [after, position]
        return self._rows(
            _settled,
            f"SELECT {_SETTLED_COLUMNS} FROM outcomes o"
            " JOIN records r ON r.position = o.position AND r.outcome = o.seq"
            f" WHERE {where} AND r.state > {State.TAGGING:d} ORDER BY o.seq",
            values,
        )

    def sources(self, positions: Sequence[int]) -> list[Source]:
        """Return where records come from, and what stood there."""
        rows = self._rows(
            _source,
            "SELECT position, file, line, cells, text FROM records"
            f" WHERE position IN ({', '.join('?' * len(positions))}) ORDER BY position",
            positions,
        )
        return list(rows)

    def duplicates(self) -> Iterator[tuple[Source, Source]]:
        """Yield the duplicates by position, each with the record that stands for it."""
        return self._rows(
            lambda *row: (_source(*row[:5]), Source(row[5], row[6], row[7], None, None)),
            "SELECT d.position, d.file, d.line, d.cells, d.text, s.position, s.file, s.line FROM records d"
            " JOIN records s ON s.position = d.stands WHERE d.state = ? ORDER BY d.position",
            (State.DUPLICATE,),
        )

    def failures(self, most: int) -> list[Failure]:
        """Return what went wrong, by reason and message, the most frequent first: so many of each reason at most."""
        rows = self._rows(
            Failure,
            "SELECT reason, message, records, (SELECT name FROM files WHERE file = r.file), r.line FROM ("
            " SELECT o.reason, o.message, count(*) AS records, min(o.position) AS first,"
            " row_number() OVER (PARTITION BY o.reason ORDER BY count(*) DESC, min(o.position)) AS place"
            f" FROM outcomes o JOIN records r ON r.outcome = o.seq WHERE r.state = {State.ERROR:d}"
            " GROUP BY o.reason, o.message) JOIN records r ON r.position = first WHERE place <= ?"
            " ORDER BY reason, place",
            (most,),
        )
        return list(rows)

    def outcomes_of(self, position: int) -> list[tuple[Settled, list[dict[str, Any]]]]:
        """Return every outcome that a record has had, also those it was sent again after, each with its history."""
        rows = self._rows(
            lambda *row: (_settled(*row[:-1]), [] if row[-1] is None else _decode(row[-1])),
            f"SELECT {_SETTLED_COLUMNS}, o.history FROM outcomes o JOIN records r ON r.position = o.position"
            " WHERE o.position = ? ORDER BY o.seq",
            (position,),
        )
        return list(rows)

    def standing_of(self, position: int) -> Standing | None:
        """Return how far a record has come; None when there is none."""
        rows = self._rows(
            lambda *row: Standing(_source(*row[:5]), State(row[5]), *row[6:]),
            "SELECT position, file, line, cells, text, state, location, left_at, stands FROM records"
            " WHERE position = ?",
            (position,),
        )
        return next(rows, None)

    def positions_of_line(self, line: int) -> list[int]:
        """Return the records that begin at a line, of whichever file."""
        return [position for (position,) in self.select("SELECT position FROM records WHERE line = ?", (line,))]

    def runs(self) -> list[Run]:
        """Return who has sent so far, the first first."""
        rows = self._rows(
            _run, "SELECT run, started_at, ended_at, ended, settings, tag_requests, locations FROM runs ORDER BY run"
        )
        return list(rows)

    def _by_location(self, which: str, only: Collection[int] | None) -> dict[str, int]:
        query = f"SELECT location, count(*) FROM records WHERE state < 3 AND {which}"
        if only is None:
            return dict(self.select(f"{query} GROUP BY location"))
        found = Counter[str]()
        positions = iter(only)
        while some := list(islice(positions, _AT_ONCE)):
            marks = ", ".join("?" * len(some))
            found.update(dict(self.select(f"{query} AND position IN ({marks}) GROUP BY location", some)))
        return dict(found)

    def select(self, query: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a query that only reads: what a report counts is nobody else's business."""
        return self._rows(lambda *row: row, query, values)

    def _rows(self, make: Callable[..., T], query: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> Iterator[T]:
        """Yield what is made of each row of a query."""
        with database.told_of_reading(self.path):
            for row in self._connection.execute(query, values):
                yield make(*row)


def _tags(text: bytes | None) -> list[str]:
    return [] if text is None else _decode_tags(text)


def _waiting(position: int, line: int, contact: bytes, tags: bytes | None, left_at: float | None) -> Waiting:
    return Waiting(position, line, contact, _tags(tags), left_at)


def _source(position: int, file: int, line: int, cells: bytes | None, text: str | None) -> Source:
    return Source(position, file, line, None if cells is None else _decode(cells), text)


def _file(file: int, name: str, form: str, columns: str | None, fingerprint: str) -> JobFile:
    return JobFile(
        file=file,
        name=name,
        format=form,
        columns=None if columns is None else _decode(columns),
        fingerprint=_decode(fingerprint),
    )


def _tagging(
    position: int,
    line: int,
    location_id: str,
    tags: bytes | None,
    status: str,
    contact_id: str,
    http_status: int | None,
    trace_id: str | None,
    inferred: int,
    dropped: bytes | None,
) -> Tagging:
    outcome = Outcome(
        position=position,
        ref=line,
        location_id=location_id,
        status=Status(status),
        contact_id=contact_id,
        http_status=http_status,
        trace_id=trace_id,
        inferred=bool(inferred),
        dropped=() if dropped is None else tuple(_decode_dropped(dropped)),
    )
    return Tagging(outcome, _tags(tags))


def _run(
    run: int,
    started_at: float,
    ended_at: float | None,
    ended: str | None,
    settings: str,
    tag_requests: int,
    locations: str | None,
) -> Run:
    return Run(
        run=run,
        started_at=started_at,
        ended_at=ended_at,
        ended=ended,
        settings=_decode(settings),
        tag_requests=tag_requests,
        locations=None if locations is None else _decode(locations),
    )


def _settled(*row: Any) -> Settled:
    cells, problems, dropped = row[6], row[13], row[21]
    return Settled(
        seq=row[0],
        run=row[1],
        settled_at=row[2],
        position=row[3],
        file=row[4],
        line=row[5],
        cells=None if cells is None else _decode(cells),
        text=row[7],
        location_id=row[8],
        status=row[9],
        reason=row[10],
        message=row[11],
        retryable=bool(row[12]),
        problems=[] if problems is None else _decode_problems(problems),
        contact_id=row[14],
        http_status=row[15],
        trace_id=row[16],
        attempts=row[17],
        duration=row[18],
        latency=row[19],
        inferred=bool(row[20]),
        dropped=[] if dropped is None else _decode_dropped(dropped),
    )
