"""The durable state of an import, to work on, in one thread.

What holds: a record of which a request may have left is marked before that; an outcome is kept before anybody is told
of it. So after a crash at any instant what was told is there, and a record without a mark was never sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from ...outcome import ErrorReason, Status
from . import database
from .schema import State
from .values import Entry
from .view import JobView

_INSERT_OUTCOME = (
    "INSERT INTO outcomes (position, run, settled_at, status, reason, message, retryable, problems, contact_id,"
    " http_status, trace_id, attempts, duration, latency, inferred, dropped, history)"
    f" VALUES ({', '.join('?' * 17)})"
)


_SEND_AGAIN = f"""
UPDATE records SET (state, left_at) = (
    SELECT
        CASE
            WHEN NOT :mended AND o.contact_id IS NOT NULL AND o.reason <> '{ErrorReason.DRIFT}' THEN {State.TAGGING:d}
            WHEN o.reason = '{ErrorReason.IN_DOUBT}' THEN {State.LEFT:d}
            ELSE {State.WAITING:d}
        END,
        CASE WHEN o.reason = '{ErrorReason.IN_DOUBT}' THEN o.settled_at - o.duration END
    FROM outcomes o WHERE o.seq = records.outcome
) WHERE position = :position AND state = {State.ERROR:d}
"""
_MEND = (
    "UPDATE records SET cells = ?, text = NULL, contact = ?, tags = ?, location = ?"
    f" WHERE position = ? AND state = {State.ERROR:d}"
)
_WRITTEN = f"""
SELECT max(seq), position FROM outcomes WHERE status <> '{Status.ERROR}' AND position IN (
    SELECT r.position FROM records r JOIN outcomes o ON o.seq = r.outcome
    WHERE r.state < 3 AND r.state = {State.TAGGING:d} AND o.status = '{Status.ERROR}'
) GROUP BY position
"""

encode = msgspec.json.Encoder().encode


class _Located(msgspec.Struct, rename="camel"):
    location_id: str


_located = msgspec.json.Decoder(_Located).decode


class Mended(NamedTuple):
    """What a record is now, as JSON: its cells, its contact, the tags to be added."""

    cells: bytes
    contact: bytes
    tags: bytes | None


class Job(JobView):
    """A job file that is open to be worked on."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, to_look=False)

    def begin_run(self, settings: Mapping[str, Any], now: float) -> int:
        """Note that a process begins to send, and return the number of its run."""
        with database.told(self.path):
            cursor = self._connection.execute(
                "INSERT INTO runs (started_at, settings) VALUES (?, ?)", (now, encode(settings).decode())
            )
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def end_run(self, run: int, ended: str, tag_requests: int, locations: Mapping[str, Any], now: float) -> None:
        """Note how a run ended."""
        with database.told(self.path):
            self._connection.execute(
                "UPDATE runs SET ended_at = ?, ended = ?, tag_requests = ?, locations = ? WHERE run = ?",
                (now, ended, tag_requests, encode(locations).decode(), run),
            )

    def about_set(self, key: str, value: Any) -> None:
        """Note something about the job as a whole, for `about`."""
        with database.told(self.path):
            self._connection.execute("INSERT OR REPLACE INTO about VALUES (?, ?)", (key, encode(value).decode()))

    def keep(self, run: int, leaving: Sequence[tuple[float, int]], entries: Sequence[Entry]) -> list[int]:
        """Keep, all at once, what is about to leave (unix time and position), and what settled.

        Returns the number of each entry's outcome, in their order.
        """
        with self._at_once():
            self._connection.executemany(
                f"UPDATE records SET state = {State.LEFT:d}, left_at = ? WHERE position = ?", leaving
            )
            seqs = [self._insert(run, entry) for entry in entries]
            self._connection.executemany(
                f"UPDATE records SET state = ?1, outcome = ?2, left_at = CASE ?1 WHEN {State.LEFT:d} THEN left_at END"
                " WHERE position = ?3",
                [(entry.state, seq, entry.outcome.position) for entry, seq in zip(entries, seqs, strict=True)],
            )
        return seqs

    def send_again(self, records: Iterable[tuple[int, Mended | None]]) -> int:
        """Let records that are errors wait to be sent again, all at once, and return how many; others stay as they are.

        Each is a position and, of one that was mended, what it is now. One that may have been written is held to be
        unheard of; of one whose contact is written, and that was not mended, only the tags are still to be added.
        """
        count = 0
        with self._at_once():
            for position, mended in records:
                if mended is not None:
                    location_id = _located(mended.contact).location_id
                    self._connection.execute(_MEND, (*mended, location_id, position))
                values = {"position": position, "mended": mended is not None}
                count += self._connection.execute(_SEND_AGAIN, values).rowcount
            written = self._connection.execute(_WRITTEN).fetchall()
            self._connection.executemany("UPDATE records SET outcome = ? WHERE position = ?", written)
        return count

    @contextmanager
    def _at_once(self) -> Iterator[None]:
        """Keep all that is done in the block, or nothing of it."""
        with database.told(self.path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def _insert(self, run: int, entry: Entry) -> int:
        outcome, error = entry.outcome, entry.outcome.error
        values = (
            outcome.position,
            run,
            entry.settled_at,
            outcome.status,
            error and error.reason,
            error and error.message,
            error and error.retryable,
            encode(error.problems) if error and error.problems else None,
            outcome.contact_id,
            outcome.http_status,
            outcome.trace_id,
            outcome.attempts,
            round(outcome.duration, 6),
            entry.latency,
            outcome.inferred,
            encode(outcome.dropped) if outcome.dropped else None,
            encode(outcome.history) if outcome.history else None,
        )
        seq = self._connection.execute(_INSERT_OUTCOME, values).lastrowid
        assert seq is not None
        return seq
