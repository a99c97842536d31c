"""A job as numbers, each question answered by one query, in bounded memory whatever the size of the job."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from operator import itemgetter

from ..job import JobView, State
from .latencies import ROUNDED, latency_of
from .messages import most_frequent
from .quotas import Quota, quotas_of
from .shares import by_file, by_location
from .timeline import grid_of
from .upserts import UPSERTS
from .values import (
    Bucket,
    Drift,
    Duplicates,
    Figures,
    Latency,
    Message,
    Place,
    Reason,
    RunFigures,
    Throughput,
    Totals,
)

_MESSAGES = 8
"""Messages listed of each reason."""
_EXAMPLES = 3
"""Places named of each message."""
_FIELDS = 30
"""Fields of drift that are listed."""
_DUPLICATES = 6
"""Examples of duplicates."""

_SETTLED = f"FROM records r JOIN outcomes o ON o.seq = r.outcome WHERE r.state > {State.TAGGING:d}"
"""The outcomes that are true of their records: of a record that was sent again, only the last."""
_ERRORS = f"FROM records r JOIN outcomes o ON o.seq = r.outcome WHERE r.state = {State.ERROR:d}"


def figures_of(view: JobView) -> Figures:
    """Count what a job holds, all of it as it is at one moment; what fails is a JobError."""
    with _one_moment(view):
        about = view.about()
        runs, quotas = _runs(view)
        refused = Counter[str]()
        for of_run in quotas:
            refused.update({location: quota.throttled for location, quota in of_run.items()})
        attempts = _attempts(view)
        return Figures(
            job=view.path.name,
            created_at=about.get("created_at"),
            totals=_totals(view, runs, sum((most - 1) * outcomes for most, outcomes in attempts)),
            runs=runs,
            throughput=_throughput(view, runs),
            latency=_latency(view),
            attempts=attempts,
            reasons=_reasons(view),
            drift=_drift(view),
            files=by_file(view),
            locations=by_location(view, refused),
            duplicates=_duplicates(view),
        )


@contextmanager
def _one_moment(view: JobView) -> Iterator[None]:
    """Let all queries of the block see the job as it is at the first, whatever another process writes meanwhile."""
    list(view.select("BEGIN"))
    try:
        yield
    finally:
        list(view.select("ROLLBACK"))


def _totals(view: JobView, runs: Sequence[RunFigures], retries: int) -> Totals:
    ((inferred, drifted, retryable),) = view.select(
        "SELECT coalesce(sum(o.inferred), 0), coalesce(sum(o.dropped IS NOT NULL), 0), coalesce(sum(o.retryable), 0)"
        f" {_SETTLED}"
    )
    return Totals(
        counts=view.counts(),
        requests=sum(run.requests for run in runs),
        tag_requests=sum(run.tag_requests for run in runs),
        retries=retries,
        throttled=sum(run.throttled for run in runs),
        inferred=inferred,
        drifted=drifted,
        retryable=retryable,
        seconds=sum(run.seconds for run in runs),
        allowed=sum(run.allowed for run in runs),
    )


def _runs(view: JobView) -> tuple[list[RunFigures], list[dict[str, Quota]]]:
    """Return the runs in their order, each with the quotas of its locations."""
    did = {
        run: rest
        for run, *rest in view.select(
            f"{UPSERTS} SELECT u.run, min(u.settled_at), max(u.settled_at), count(*), sum(u.attempts),"
            " count(DISTINCT r.location) FROM upserts u JOIN records r ON r.position = u.position GROUP BY u.run"
        )
    }
    runs: list[RunFigures] = []
    quotas: list[dict[str, Quota]] = []
    for run in view.runs():
        first, last, settled, attempts, locations = did.get(run.run, (run.started_at, run.started_at, 0, 0, 0))
        of_run = quotas_of(run, locations)
        since = min(run.started_at, first)
        until = max(last if run.ended_at is None else run.ended_at, last, since)
        runs.append(
            RunFigures(
                run=run.run,
                since=since,
                until=until,
                ended=run.ended,
                pause=max(0.0, since - runs[-1].until) if runs else None,
                settled=settled,
                requests=attempts + run.tag_requests,
                tag_requests=run.tag_requests,
                throttled=sum(quota.throttled for quota in of_run.values()),
                locations=len(of_run),
                quota=sum(quota.per_second for quota in of_run.values()),
                per_day=sum(quota.requests_per_day for quota in of_run.values()),
                interval=max((quota.interval for quota in of_run.values()), default=0.0),
            )
        )
        quotas.append(of_run)
    return runs, quotas


def _throughput(view: JobView, runs: Sequence[RunFigures]) -> Throughput | None:
    """Count requests over time; None before the first."""
    if not any(run.requests > run.tag_requests for run in runs):
        return None
    grid = grid_of([(run.since, run.until) for run in runs], max(run.interval for run in runs))
    seen = {
        bucket: counts
        for bucket, *counts in view.select(
            f"{UPSERTS} SELECT CAST(settled_at / :seconds AS INTEGER), sum(status <> 'error'), sum(status = 'error'),"
            " sum(attempts - 1) FROM upserts WHERE attempts > 0 GROUP BY 1",
            {"seconds": float(grid.seconds)},
        )
    }

    def bucket(number: int) -> Bucket:
        since = number * grid.seconds
        until = since + grid.seconds
        quota = max((run.quota for run in runs if run.since < until and run.until >= since), default=0.0)
        written, failed, again = seen.get(number, (0, 0, 0))
        return Bucket(since=since, written=written, failed=failed, again=again, quota=quota * grid.seconds)

    return Throughput(seconds=grid.seconds, stretches=[list(map(bucket, stretch)) for stretch in grid.stretches])


def _latency(view: JobView) -> Latency | None:
    """Sum up what the last attempts took; 0 is that of an attempt that never left."""
    rows = view.select(f"{UPSERTS} SELECT {ROUNDED}, count(*) FROM upserts WHERE latency > 0 GROUP BY 1 ORDER BY 1")
    return latency_of(list(rows))


def _attempts(view: JobView) -> list[tuple[int, int]]:
    return list(
        view.select(
            f"{UPSERTS} SELECT attempts, count(*) FROM upserts WHERE attempts > 0 GROUP BY attempts ORDER BY attempts"
        )
    )


def _reasons(view: JobView) -> list[Reason]:
    """Count the errors by reason, the most frequent first."""
    totals = list(
        view.select(
            f"SELECT o.reason, count(*), sum(o.retryable) {_ERRORS} GROUP BY o.reason ORDER BY count(*) DESC, o.reason"
        )
    )
    groups = view.select(
        f"SELECT o.reason, o.message, count(*), min(r.position), max(r.position) {_ERRORS}"
        " GROUP BY o.reason, o.message ORDER BY o.reason, count(*) DESC, o.message"
    )
    found = {
        reason: most_frequent(
            ((message, records, sorted({first, last})) for _, message, records, first, last in of_reason),
            _MESSAGES,
            _EXAMPLES,
        )
        for reason, of_reason in groupby(groups, key=itemgetter(0))
    }
    places = _places(view, [at for listed, _ in found.values() for message in listed for at in message.positions])
    return [
        Reason(
            reason=reason,
            records=records,
            retryable=retryable,
            messages=[
                Message(text=message.text, records=message.records, examples=[places[at] for at in message.positions])
                for message in found[reason][0]
            ],
            others=found[reason][1],
        )
        for reason, records, retryable in totals
    ]


def _places(view: JobView, positions: Sequence[int]) -> dict[int, Place]:
    rows = view.select(
        "SELECT r.position, f.name, r.line FROM records r JOIN files f ON f.file = r.file"
        f" WHERE r.position IN ({', '.join('?' * len(positions))})",
        positions,
    )
    return {position: Place(name, line) for position, name, line in rows}


def _drift(view: JobView) -> Drift:
    """Count the fields that the server did not take, by the records in which it did not."""
    fields = list(
        view.select(
            "SELECT json_extract(d.value, '$.field') AS field, count(*) FROM ("
            f" SELECT CAST(o.dropped AS TEXT) AS dropped {_SETTLED} AND o.dropped IS NOT NULL"
            ") o, json_each(o.dropped) d GROUP BY field ORDER BY count(*) DESC, field"
        )
    )
    return Drift(fields=fields[:_FIELDS], other_fields=max(0, len(fields) - _FIELDS))


def _duplicates(view: JobView) -> Duplicates:
    ((records, standing),) = view.select(
        "SELECT count(*), count(DISTINCT stands) FROM records WHERE state = ?", (State.DUPLICATE,)
    )
    rows = view.select(
        "SELECT fd.name, d.line, fs.name, s.line FROM records d JOIN records s ON s.position = d.stands"
        " JOIN files fd ON fd.file = d.file JOIN files fs ON fs.file = s.file"
        " WHERE d.state = ? ORDER BY d.position LIMIT ?",
        (State.DUPLICATE, _DUPLICATES),
    )
    examples = [(Place(*row[:2]), Place(*row[2:])) for row in rows]
    return Duplicates(records=records, standing=standing, examples=examples)
