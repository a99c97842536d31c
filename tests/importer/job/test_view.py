"""A job that is looked at: what is told of its sources, its duplicates and its failures."""

from __future__ import annotations

from pathlib import Path

import pytest

from growthhub_async import ErrorReason
from growthhub_async.importer.errors import JobError
from growthhub_async.importer.job import Counts, Job, JobView
from tests.importer.job.jobs import job_at, run_of
from tests.importer.results.jobs import Source, change, created, failed, stage


def test_the_most_frequent_failures_come_first(tmp_path: Path) -> None:
    """Of each reason so many messages at most, each with its first record; of equals the first one first."""
    with Job(job_at(tmp_path / "a.job", 8)) as job:
        entries = [
            failed(0, message="rare"),
            failed(1, message="frequent"),
            failed(2, message="frequent"),
            failed(3, message="last"),
            failed(4, ErrorReason.EXHAUSTED, "late"),
            failed(5, ErrorReason.CANCELLED),
        ]
        job.keep(run_of(job), [], [*entries, created(6)])
        job.send_again([(5, None)])
        told = [(f.reason, f.message, f.records, f.file, f.line) for f in job.failures(2)]
    assert told == [
        ("exhausted", "late", 1, "contacts.csv", 6),
        ("rejected", "frequent", 2, "contacts.csv", 3),
        ("rejected", "rare", 1, "contacts.csv", 2),
    ]


def test_a_record_is_told_with_its_file_and_line(tmp_path: Path) -> None:
    """Of several files; what could not be read as cells is told as it stood there."""
    path = tmp_path / "a.job"
    stage(path, Source(["a"], [["1"], ["2"]], "one.csv"), Source(None, [{"b": 1}, "{broken"], "two.jsonl"))
    with JobView(path) as view:
        assert [(file.file, file.name, file.columns) for file in view.files()] == [
            (0, "one.csv", ["a"]),
            (1, "two.jsonl", None),
        ]
        assert [tuple(source) for source in view.sources([3, 0, 2])] == [
            (0, 0, 2, ["1"], None),
            (2, 1, 2, {"b": 1}, None),
            (3, 1, 3, None, "{broken"),
        ]
        assert (view.positions_of_line(3), view.positions_of_line(9)) == ([1, 3], [])
        assert (view.standing_of(99), view.outcomes_of(99)) == (None, [])


def test_a_duplicate_is_told_with_the_record_that_stands_for_it(tmp_path: Path) -> None:
    """Each once, by position."""
    path = job_at(tmp_path / "a.job", 4, emails=["one@example.com", "two@example.com"] * 2)
    with JobView(path) as view:
        assert [(d.position, d.cells, s.position, s.line) for d, s in view.duplicates()] == [
            (2, ["name 2"], 0, 2),
            (3, ["name 3"], 1, 3),
        ]


def test_two_look_at_a_job_while_a_third_works_on_it(tmp_path: Path) -> None:
    """What is kept is seen by them at once, and what they are reading does not change."""
    path = job_at(tmp_path / "a.job")
    with Job(path) as job, JobView(path) as first, JobView(path) as second:
        records = first.select("SELECT state FROM records")
        assert next(records) == (0,)
        job.keep(run_of(job), [], [created(position) for position in range(3)])
        assert list(records) == [(0,), (0,)]
        assert second.counts().created == first.counts().created == 3


def test_who_stops_in_the_middle_of_reading_leaves_nothing_behind(tmp_path: Path) -> None:
    """Neither an error that nobody sees, nor a job that cannot be closed."""
    path = job_at(tmp_path / "a.job")
    with JobView(path) as view:
        records = view.select("SELECT position FROM records")
        next(records)
    del records
    assert [file.name for file in tmp_path.iterdir()] == ["a.job"]


def test_an_error_of_who_reads_is_not_the_jobs(tmp_path: Path) -> None:
    """What is raised between two records is no damage."""
    with JobView(job_at(tmp_path / "a.job")) as view, pytest.raises(ValueError, match="mine"):
        [int("mine") for _ in view.select("SELECT position FROM records")]


def test_accounts_that_do_not_add_up_are_seen(tmp_path: Path) -> None:
    """A record that is gone, or one in a state that there is not, is missed."""
    path = job_at(tmp_path / "a.job")
    for statement in ("UPDATE records SET state = 9 WHERE position = 1", "DELETE FROM records WHERE position = 1"):
        change(path, statement)
        with JobView(path) as view:
            assert not view.counts().add_up
    assert Counts.of(2, {0: 1, 6: 1}).add_up


def test_a_job_without_its_tables_is_an_error_of_the_job(tmp_path: Path) -> None:
    """Somebody has been at it."""
    path = job_at(tmp_path / "a.job")
    change(path, "DROP TABLE records")
    with JobView(path) as view, pytest.raises(JobError, match="cannot be used"):
        view.counts()
