"""Whether every record of a job is somewhere, once: read = created + updated + error + duplicate + unsent.

It is asked of the records and outcomes themselves, and not of those who count them. What is found has no other cause
than a job file that was changed from outside, or a fault of ours; so each says which record it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ..job import JobView, State

MOST = 20
"""Records that are named; of the others the number is told."""


class Imbalance(NamedTuple):
    """What is wrong in the accounting, and of which record; of none where it is about the job, or there is none."""

    what: str
    position: int | None = None
    file: str | None = None
    line: int | None = None

    def __str__(self) -> str:
        if self.line is not None:
            return f"{self.file}, line {self.line:,} (position {self.position:,}): {self.what}"
        return self.what if self.position is None else f"position {self.position:,}: {self.what}"


def broken(view: JobView) -> list[Imbalance]:
    """Find the records that are not accounted for: the first `MOST`, and how many more; none when all is well."""
    first: list[Imbalance] = []
    more = 0
    for imbalance in _imbalances(view):
        if len(first) < MOST:
            first.append(imbalance)
        else:
            more += 1
    return [*first, Imbalance(f"and {more:,} more that are broken")] if more else first


def _imbalances(view: JobView) -> Iterator[Imbalance]:
    read = view.about().get("read")
    if isinstance(read, int):
        yield from _gaps(view, read)
    else:
        yield Imbalance("the job does not tell how many records were read")
    names = {file.file: file.name for file in view.files()}
    for query in _OF_RECORDS:
        for position, file, line, what in view.select(query):
            yield Imbalance(what, position, names.get(file, "a file that is not of the job"), line)
    for position, file, line in _endless(view):
        what = "is a duplicate of one that is a duplicate of it, so that none of them is sent"
        yield Imbalance(what, position, names.get(file), line)
    for position, what in view.select(_WITHOUT_RECORD):
        yield Imbalance(what, position)


def _gaps(view: JobView, read: int) -> Iterator[Imbalance]:
    """Find the positions from 0 to `read` at which there is no record, and the records that are beyond."""
    ((records, first, last),) = view.select("SELECT count(*), min(position), max(position) FROM records")
    if (records, first, last) == (read, 0, read - 1):
        return
    for start, end in view.select(_GAPS, (read, read)):
        many = f", and so are those up to position {end:,}" if end > start else ""
        yield Imbalance(f"the record is missing{many}", start)
    for (position,) in view.select("SELECT position FROM records WHERE position NOT BETWEEN 0 AND ?", (read - 1,)):
        yield Imbalance(f"the record is one too many: {read:,} were read", position)


def _endless(view: JobView) -> Iterator[tuple[int, int, int]]:
    """Find the duplicates that stand for each other in a circle.

    A later record may stand for an earlier one that stands for others. A circle has a step back, which no job is made
    with, and only from there it is worth following.
    """
    for position, file, line, stands in view.select(_STEPS_BACK):
        met = {position}
        while stands is not None and stands not in met:
            met.add(stands)
            ((stands,),) = view.select(_STANDS, (stands,))
        if stands is not None:
            yield position, file, line


_DUPLICATE = int(State.DUPLICATE)
_STATUS = (
    f"CASE r.state WHEN {State.CREATED:d} THEN 'created' WHEN {State.UPDATED:d} THEN 'updated'"
    f" WHEN {State.ERROR:d} THEN 'error' END"
)

_OF_RECORDS = (
    "SELECT position, file, line, 'is of no file of the job' FROM records"
    " WHERE file NOT IN (SELECT file FROM files) ORDER BY position",
    f"SELECT position, file, line, 'is in no state that there is (' || state || ')' FROM records"
    f" WHERE state NOT BETWEEN 0 AND {_DUPLICATE} ORDER BY position",
    "SELECT r.position, r.file, r.line, CASE"
    f"  WHEN o.seq IS NULL THEN 'settled as ' || {_STATUS} || ' without an outcome'"
    "  WHEN o.position <> r.position THEN 'settled by the outcome of the record at position ' || o.position"
    f"  ELSE 'settled as ' || {_STATUS} || ' by an outcome that is ' || o.status END"
    " FROM records r LEFT JOIN outcomes o ON o.seq = r.outcome"
    f" WHERE r.state BETWEEN {State.CREATED:d} AND {State.ERROR:d}"
    f" AND (o.seq IS NULL OR o.position <> r.position OR o.status <> {_STATUS}) ORDER BY r.position",
    "SELECT position, file, line, 'waits to be sent without a contact' FROM records"
    f" WHERE state < {State.CREATED:d} AND contact IS NULL ORDER BY position",
    "SELECT position, file, line, 'waits to be sent without a location' FROM records"
    f" WHERE state < {State.CREATED:d} AND location IS NULL ORDER BY position",
    "SELECT r.position, r.file, r.line, 'waits for its tags without a contact that was written'"
    " FROM records r LEFT JOIN outcomes o ON o.seq = r.outcome AND o.position = r.position"
    f" WHERE r.state = {State.TAGGING:d} AND o.contact_id IS NULL ORDER BY r.position",
    "SELECT d.position, d.file, d.line, 'is a duplicate, but the record that stands for it is not there'"
    " FROM records d LEFT JOIN records s ON s.position = d.stands"
    f" WHERE d.state = {_DUPLICATE} AND s.position IS NULL ORDER BY d.position",
)
"""Each gives the position, file and line of broken records, and what is wrong with them."""

_WITHOUT_RECORD = (
    "SELECT position, 'an outcome is there without its record' FROM outcomes o"
    " WHERE NOT EXISTS (SELECT 1 FROM records WHERE position = o.position) ORDER BY seq"
)
_GAPS = (
    "SELECT before + 1, position - 1 FROM ("
    "  SELECT position, lag(position, 1, -1) OVER (ORDER BY position) AS before"
    "  FROM (SELECT position FROM records WHERE position BETWEEN 0 AND ? - 1 UNION ALL SELECT ?)"
    ") WHERE position > before + 1 ORDER BY position"
)
_STEPS_BACK = (
    "SELECT d.position, d.file, d.line, d.stands FROM records d JOIN records s ON s.position = d.stands"
    f" WHERE d.state = {_DUPLICATE} AND s.state = {_DUPLICATE} AND d.stands <= d.position ORDER BY d.position"
)
_STANDS = (
    f"SELECT CASE state WHEN {_DUPLICATE} THEN stands END FROM records WHERE position = ? UNION ALL SELECT NULL LIMIT 1"
)
