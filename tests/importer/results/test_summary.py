"""The summary counts what became of a job's records, over all its runs."""

from __future__ import annotations

import errno
import os
import stat
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from growthhub_async import ErrorReason
from growthhub_async.importer.errors import JobError
from growthhub_async.importer.job import Counts, Job, JobView, State
from growthhub_async.importer.results.files import ResultFiles
from growthhub_async.importer.results.summary import JobSummary, summary_of, write_summary

from ..reading import unheard
from .jobs import Source, change, created, dropped, failed, job_of, stage, updated


def _two_runs(folder: Path) -> Path:
    """Make a job of two files and two locations, of which a second run has not come to its end."""
    path = folder / "contacts.job"
    sources = Source(["Email"], [["a"], ["b"], ["c"], "broken"], "a.csv"), Source(["Email"], [["e"], ["f"]], "b.csv")
    emails = ["a@example.com", "b@example.com", "c@example.com", "", "e@example.com", "a@example.com"]
    with job_of(path, *sources, emails=emails, locations=["L1", "L2"]) as job:
        first = job.begin_run({}, 100.0)
        half = updated(1, attempts=2, dropped=dropped("phone"))._replace(state=State.TAGGING)
        job.keep(first, [], [created(0, attempts=3, dropped=dropped("phone", "tags")), half])
        job.keep(first, [], [updated(1, attempts=2, inferred=True, dropped=dropped("phone"))])
        job.keep(first, [], [failed(2, ErrorReason.EXHAUSTED, retryable=True, attempts=5, dropped=dropped("email"))])
        job.end_run(first, "done", 4, {}, 160.5)
        job.send_again([(2, None)])
        second = job.begin_run({}, 200.0)
        job.keep(second, [(200.0, 4)], [failed(2, ErrorReason.REJECTED, attempts=1)])
    return path


def test_records_outcomes_and_requests_are_counted(tmp_path: Path) -> None:
    """An outcome that another one replaced costs requests, and counts for nothing else."""
    with JobView(_two_runs(tmp_path)) as view:
        summary = summary_of(view)
    assert (summary.read, summary.created, summary.updated, summary.error) == (6, 1, 1, 2)
    assert (summary.duplicate, summary.unsent, summary.unheard, summary.tagging) == (0, 2, 1, 0)
    assert summary.errors_by_reason == {"invalid": 1, "rejected": 1}
    assert (summary.retryable, summary.inferred, summary.complete) == (0, 1, False)
    assert (summary.dropped, summary.dropped_by_field) == (2, {"phone": 2, "tags": 1})
    assert (summary.requests, summary.tag_requests) == (3 + 2 + 5 + 1, 4)
    assert (summary.accounting, summary.imbalances) == (True, [])


def test_a_duplicate_is_counted(tmp_path: Path) -> None:
    """It is neither sent nor unsent: another one stands for it."""
    stage(tmp_path / "a.job", Source(["Email"], [["a"]] * 3), emails=["a@example.com"] * 3)
    with JobView(tmp_path / "a.job") as view:
        summary = summary_of(view)
    assert (summary.duplicate, summary.unsent) == (2, 1)


def test_an_outcome_after_which_a_record_was_sent_again_counts_no_more(tmp_path: Path) -> None:
    """Until it settles anew it is unsent, and all that is left of the outcome are its requests."""
    with job_of(tmp_path / "a.job", Source(["Email"], [["a"]])) as job:
        job.keep(1, [], [failed(0, ErrorReason.DRIFT, inferred=True, attempts=2, dropped=dropped("phone"))])
        job.send_again([(0, None)])
        summary = summary_of(job)
    assert (summary.error, summary.errors_by_reason, summary.unsent) == (0, {}, 1)
    assert (summary.inferred, summary.dropped, summary.dropped_by_field) == (0, 0, {})
    with JobView(tmp_path / "a.job") as view:
        assert summary_of(view) == summary


def test_each_location_is_counted_by_itself(tmp_path: Path) -> None:
    """Together they are the whole."""
    with JobView(_two_runs(tmp_path)) as view:
        summary = summary_of(view)
    one = Counts(read=3, created=1, updated=0, error=1, duplicate=0, unsent=1, unheard=1)
    two = Counts(read=3, created=0, updated=1, error=1, duplicate=0, unsent=1)
    assert summary.locations == {"L1": one, "L2": two}
    assert sum(counts.read for counts in summary.locations.values()) == summary.read


def test_files_and_runs_are_told(tmp_path: Path) -> None:
    """A run without an end runs still, or was ended by force."""
    with JobView(_two_runs(tmp_path)) as view:
        summary = summary_of(view)
    assert [(file.name, file.read) for file in summary.files] == [("a.csv", 4), ("b.csv", 2)]
    first, second = summary.runs
    assert (first.ended, first.requests, first.tag_requests) == ("done", 10, 4)
    assert first.started_at == datetime(1970, 1, 1, 0, 1, 40, tzinfo=UTC)
    assert first.ended_at == datetime(1970, 1, 1, 0, 2, 40, 500_000, tzinfo=UTC)
    assert (second.run, second.ended, second.ended_at, second.requests) == (2, None, None, 1)


def test_a_job_that_is_broken_is_told(tmp_path: Path) -> None:
    """The numbers are given all the same."""
    path = tmp_path / "a.job"
    stage(path, Source(["Email"], [["a"], ["b"]]))
    change(path, "DELETE FROM records WHERE position = 1")
    with JobView(path) as view:
        summary = summary_of(view)
    assert (summary.accounting, summary.imbalances) == (False, ["position 1: the record is missing"])
    assert (summary.read, summary.unsent) == (2, 1)


def test_the_summary_is_written_beside_the_job(tmp_path: Path) -> None:
    """As JSON that reads back as the same, for its owner only; it names the other files."""
    path = _two_runs(tmp_path)
    with JobView(path) as view:
        assert write_summary(view).results == {}
    with Job(path) as job:
        files = ResultFiles(job, unheard)
        files.open()
        files.close()
        summary = write_summary(job)
    written = tmp_path / "contacts.summary.json"
    assert msgspec.json.decode(written.read_bytes(), type=JobSummary) == summary
    assert msgspec.json.decode(written.read_bytes())["runs"][0]["started_at"] == "1970-01-01T00:01:40Z"
    assert summary.results["failed"] == str(tmp_path / "contacts.failed.csv")
    assert stat.S_IMODE(written.stat().st_mode) == 0o600


def test_a_summary_that_cannot_be_written_leaves_the_last_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is there as a whole or not at all, and the message says what to do."""
    with JobView(_two_runs(tmp_path)) as view:
        write_summary(view)
        before = (tmp_path / "contacts.summary.json").read_bytes()
        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", _full)
            with pytest.raises(JobError, match=r"contacts\.summary\.json .*the disk is full"):
                write_summary(view)
    assert (tmp_path / "contacts.summary.json").read_bytes() == before
    assert not list(tmp_path.glob("*.part"))


def _full(descriptor: int) -> Any:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
