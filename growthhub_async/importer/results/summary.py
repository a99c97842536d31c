"""The numbers of a job: what `importer.run` returns, `status --json` tells, and `<job>.summary.json` holds."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from ..job import Counts, JobView, State
from .accounting import broken
from .files import path_of
from .layout import Kind
from .result_file import write_whole


class FileSummary(msgspec.Struct, frozen=True, kw_only=True):
    """One file of the input: its name, how it was understood, and how many records were read from it."""

    name: str
    format: str
    read: int


class RunSummary(msgspec.Struct, frozen=True, kw_only=True):
    """One process that sent: when it began and ended, and what it sent.

    `ended` is how it ended; it and `ended_at` are None of one that runs, or that was ended by force.
    """

    run: int
    started_at: datetime
    ended_at: datetime | None
    ended: str | None
    requests: int
    tag_requests: int


class JobSummary(msgspec.Struct, frozen=True, kw_only=True):
    """The numbers of a job over all its runs; in JSON the names are the same.

    job                 the path of the job file
    read                records of all files; `read == created + updated + error + duplicate + unsent`
    created, updated, error   records that settled so
    duplicate           records that others of the job stand for; they are never sent
    unsent              records that are still to be sent, or whose tags are still to be added
    unheard, tagging    those of the unsent of which a request left unheard; whose contact is written without its tags
    complete            whether nothing is unsent
    errors_by_reason    errors by their reason, as in `ErrorReason`
    retryable           errors for which sending the same again can help
    inferred            records whose status is not the server's word, as in `Outcome.inferred`
    dropped             records of which the server did not take all
    dropped_by_field    how often the server did not take a field
    requests            upserts that were sent and heard of, all attempts; `tag_requests` those that add tags
    locations           the records by location; under the empty name those that are wrong and have none
    files, runs         the input, and who has sent
    results             the paths of the result files that are there, by what they hold
    accounting          whether every record is somewhere, once; `imbalances` says what is not
    """

    job: str
    read: int
    created: int
    updated: int
    error: int
    duplicate: int
    unsent: int
    unheard: int
    tagging: int
    complete: bool
    errors_by_reason: dict[str, int]
    retryable: int
    inferred: int
    dropped: int
    dropped_by_field: dict[str, int]
    requests: int
    tag_requests: int
    locations: dict[str, Counts]
    files: list[FileSummary]
    runs: list[RunSummary]
    results: dict[str, str]
    accounting: bool
    imbalances: list[str]


class _DroppedField(msgspec.Struct, frozen=True):
    field: str


_fields_of = msgspec.json.Decoder(list[_DroppedField]).decode
_encode = msgspec.json.Encoder().encode


def summary_of(view: JobView) -> JobSummary:
    """Count what a job holds, also while another process works on it; raises JobError."""
    tally = _Tally(view)
    counts = Counts.of(view.about().get("read", 0), tally.states)
    runs = _runs(view)
    imbalances = [str(imbalance) for imbalance in broken(view)]
    return JobSummary(
        job=str(view.path),
        **{name: getattr(counts, name) for name in Counts.__struct_fields__},
        complete=counts.unsent == 0,
        errors_by_reason=dict(sorted(tally.reasons.items())),
        retryable=tally.retryable,
        inferred=tally.inferred,
        dropped=tally.dropped,
        dropped_by_field=_dropped_by_field(view),
        requests=sum(run.requests for run in runs),
        tag_requests=sum(run.tag_requests for run in runs),
        locations={name: Counts.of(states.total(), states) for name, states in sorted(tally.locations.items())},
        files=_files(view),
        runs=runs,
        results=_results(view.path),
        accounting=not imbalances and counts.add_up,
        imbalances=imbalances,
    )


def write_summary(view: JobView) -> JobSummary:
    """Write `<job>.summary.json`, whole or not at all and for its owner only, and return it; raises JobError."""
    summary = summary_of(view)
    write_whole(summary_path_of(view.path), msgspec.json.format(_encode(summary)) + b"\n")
    return summary


def summary_path_of(job: Path) -> Path:
    """Return where the summary of a job is: beside it, and named like it."""
    return job.with_name(f"{job.stem}.summary.json")


class _Tally:
    """What is counted of the records, in one query: so the numbers are of one moment."""

    def __init__(self, view: JobView) -> None:
        self.states: Counter[int] = Counter()
        self.reasons: Counter[str] = Counter()
        self.locations: defaultdict[str, Counter[int]] = defaultdict(Counter)
        self.retryable = 0
        self.inferred = 0
        self.dropped = 0
        for location, state, reason, retryable, records, inferred, dropped in view.select(_TALLY):
            self.states[state] += records
            self.locations[location or ""][state] += records
            self.inferred += inferred
            self.dropped += dropped
            if state == State.ERROR:
                self.reasons[reason or ""] += records
                self.retryable += records if retryable else 0


_TALLY = (
    "SELECT r.location, r.state, o.reason, o.retryable, count(*), coalesce(sum(o.inferred), 0), count(o.dropped)"
    " FROM records r LEFT JOIN outcomes o"
    f" ON o.seq = r.outcome AND r.state BETWEEN {State.CREATED:d} AND {State.ERROR:d} GROUP BY 1, 2, 3, 4"
)
_DROPPED = (
    "SELECT o.dropped FROM outcomes o JOIN records r ON r.position = o.position AND r.outcome = o.seq"
    f" WHERE o.dropped IS NOT NULL AND r.state BETWEEN {State.CREATED:d} AND {State.ERROR:d}"
)
_REQUESTS = (  # a record that had to wait for its tags has two outcomes of one upsert
    "SELECT run, sum(attempts) FROM (SELECT run, max(attempts) AS attempts FROM outcomes GROUP BY run, position)"
    " GROUP BY run"
)


def _dropped_by_field(view: JobView) -> dict[str, int]:
    fields: Counter[str] = Counter()
    for (dropped,) in view.select(_DROPPED):
        fields.update(drop.field for drop in _fields_of(dropped))
    return dict(fields.most_common())


def _files(view: JobView) -> list[FileSummary]:
    read = dict(view.select("SELECT file, count(*) FROM records GROUP BY file"))
    return [FileSummary(name=file.name, format=file.format, read=read.get(file.file, 0)) for file in view.files()]


def _runs(view: JobView) -> list[RunSummary]:
    requests = dict(view.select(_REQUESTS))
    return [
        RunSummary(
            run=run.run,
            started_at=_time(run.started_at),
            ended_at=None if run.ended_at is None else _time(run.ended_at),
            ended=run.ended,
            requests=requests.get(run.run, 0),
            tag_requests=run.tag_requests,
        )
        for run in view.runs()
    ]


def _results(job: Path) -> dict[str, str]:
    paths = {kind.value: path_of(job, kind) for kind in Kind}
    return {kind: str(path) for kind, path in paths.items() if path.is_file()}


def _time(unix_time: float) -> datetime:
    return datetime.fromtimestamp(unix_time, UTC)
