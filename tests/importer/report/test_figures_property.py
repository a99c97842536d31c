"""Whatever a job holds, its figures add up, and are those of a count by hand."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from growthhub_async import ErrorReason, Status
from growthhub_async.importer.job import Entry, JobView, State
from growthhub_async.importer.report import Figures, figures_of, page_of
from tests.importer.report.making import Maker, made, ran, settled

_LOCATIONS = st.sampled_from(["loc1", "loc2", "loc3"])
_RECORDS = st.lists(st.tuples(st.sampled_from(["valid", "tagged", "invalid", "duplicate"]), _LOCATIONS), max_size=30)
_REASONS = st.sampled_from([reason for reason in ErrorReason if reason is not ErrorReason.INVALID])
_OUTCOMES = st.fixed_dictionaries(
    {
        "status": st.sampled_from(Status),
        "at": st.floats(0.0, 500_000.0),
        "attempts": st.integers(1, 6),
        "latency": st.none() | st.floats(0.0005, 40.0),
        "reason": _REASONS,
        "message": st.sampled_from(["422 no", "503 <b>", "line 3 again", "ada@example.com is taken"]),
        "retryable": st.booleans(),
        "dropped": st.sets(st.sampled_from(["phone", "tags", "custom_fields.x"])),
        "inferred": st.booleans(),
    }
)


@settings(max_examples=40, deadline=None)
@given(_RECORDS, st.data())
def test_figures_add_up(records: list[tuple[str, str]], data: st.DataObject) -> None:
    """Every sum over reasons, files, locations, buckets and attempts is the total; and a page can be made of it."""
    to_send: list[int] = []
    tagged: set[int] = set()

    def fill(job: Maker) -> None:
        for kind, location in records:
            if kind == "invalid":
                job.invalid(location=location)
            elif kind == "duplicate" and to_send:
                job.duplicate(to_send[0], location)
            else:
                to_send.append(job.valid(location, ["vip"] if kind == "tagged" else []))
                if kind == "tagged":
                    tagged.add(to_send[-1])

    with tempfile.TemporaryDirectory() as folder:
        path = made(Path(folder) / "a.job", fill)
        sent = data.draw(st.lists(st.sampled_from(to_send), unique=True)) if to_send else []
        runs = [sent[: len(sent) // 2], sent[len(sent) // 2 :]]
        upserts: list[Entry] = []
        for number, positions in enumerate(runs):
            entries = []
            for position in positions:
                entry = settled(position, **data.draw(_OUTCOMES))
                upserts.append(entry)
                if position in tagged and entry.outcome.error is None:
                    entries.append(entry._replace(state=State.TAGGING))
                entries.append(entry)
            ran(
                path,
                entries,
                since=number * 600_000.0,
                until=data.draw(st.sampled_from([None, number * 600_000.0 + 9])),
            )
        with JobView(path) as view:
            figures = figures_of(view)
    _adds_up(figures, upserts)
    assert page_of(figures).endswith("</html>")


def _adds_up(figures: Figures, upserts: list[Entry]) -> None:
    totals, counts = figures.totals, figures.totals.counts
    assert counts.add_up
    requests = sum(entry.outcome.attempts for entry in upserts)
    statuses = Counter(entry.outcome.status for entry in upserts)
    assert (totals.requests, totals.retries) == (requests, requests - len(upserts))
    assert (counts.created, counts.updated) == (statuses[Status.CREATED], statuses[Status.UPDATED])
    assert sum(reason.records for reason in figures.reasons) == counts.error
    assert sum(reason.retryable for reason in figures.reasons) == totals.retryable
    for reason in figures.reasons:
        assert sum(message.records for message in reason.messages) + reason.others == reason.records
    assert Counter(dict(figures.drift.fields)) == Counter(
        drop.field for entry in upserts for drop in entry.outcome.dropped
    )
    for shares in (figures.files.listed, figures.locations.listed):
        for name in ("read", "created", "updated", "error", "duplicate", "unsent"):
            assert sum(getattr(share, name) for share in shares) == getattr(counts, name)
    assert sum(share.requests for share in figures.locations.listed) == requests
    assert sum(run.requests for run in figures.runs) == requests
    assert sum(attempts * records for attempts, records in figures.attempts) == requests
    buckets = figures.throughput.buckets if figures.throughput else []
    assert sum(bucket.requests for bucket in buckets) == requests
    assert len(buckets) <= 120
    latencies = sum(entry.latency is not None for entry in upserts)
    assert sum(each.attempts for each in figures.latency.bins) == latencies if figures.latency else not latencies
