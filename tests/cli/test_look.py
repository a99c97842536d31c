"""What is told of one record of a job, however far it has come."""

from __future__ import annotations

from pathlib import Path

import pytest

from growthhub_async import ErrorReason
from growthhub_async.cli.exit_codes import ExitCode
from growthhub_async.cli.look import explain, tell_status
from growthhub_async.importer import JobError, locked
from growthhub_async.importer.job import Entry, State
from growthhub_async.outcome import Attempt, Dropped
from tests.importer.results.jobs import Source, created, failed, job_of

ROWS = Source(["Email"], [["a@example.com"], ["b@example.com"], ["c@example.com"]])
MOMENT = 1_795_622_400.5
ATTEMPT = Attempt(
    number=1,
    waited_for_turn=0.0,
    waited_for_quota=0.0,
    left_at=MOMENT,
    duration=0.25,
    http_status=200,
    headers={},
    failure=None,
    decision="created",
    again_after=None,
)


def _told(path: Path, capsys: pytest.CaptureFixture[str], *entries: Entry, leaving: float | None = None) -> list[str]:
    """Keep outcomes of the first record, and return what is told of it."""
    with job_of(path, ROWS) as job:
        run = job.begin_run({}, 1.0)
        if leaving is not None:
            job.keep(run, [(leaving, 0)], [])
        for entry in entries:
            job.keep(run, [], [entry])
    assert explain(path, 0, is_line=False) == ExitCode.OK
    return capsys.readouterr().err.splitlines()


def test_a_record_that_waits_has_no_history(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Only where it comes from, and that it waits."""
    told = _told(tmp_path / "a.job", capsys)
    assert told == ["record 0: contacts.csv, line 2", "  now: waits to be sent"]


def test_a_request_that_left_is_told_with_its_time(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """To the millisecond."""
    told = _told(tmp_path / "a.job", capsys, leaving=MOMENT)
    assert told[-1] == "  now: a request has left, at 2026-11-25 16:00:00.500 UTC, and was not heard of"


def test_a_contact_without_its_tags_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is written, and not done."""
    told = _told(tmp_path / "a.job", capsys, created(0)._replace(state=State.TAGGING))
    assert told[-1] == "  now: its contact is written, and its tags are still to be added"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, ["  attempt 1: 2026-11-25 16:00:00.500 UTC", "    after 0.250 s: status 200"]),
        (
            {"waited_for_turn": 0.5, "waited_for_quota": 12.345},
            [
                "  attempt 1: 2026-11-25 16:00:00.500 UTC, waited 0.50 s for an earlier record of its email or phone,"
                " waited 12.35 s for the quota",
                "    after 0.250 s: status 200",
            ],
        ),
        (
            {"waited_for_turn": 0.002, "waited_for_quota": 0.002},
            ["  attempt 1: 2026-11-25 16:00:00.500 UTC", "    after 0.250 s: status 200"],
        ),
        (
            {"http_status": None, "failure": "no reply came in time"},
            ["  attempt 1: 2026-11-25 16:00:00.500 UTC", "    after 0.250 s: no reply came in time"],
        ),
        ({"left_at": None}, ["  attempt 1: never left"]),
        (
            {"headers": {"x-b": "2", "x-a": "1"}},
            [
                "  attempt 1: 2026-11-25 16:00:00.500 UTC",
                "    after 0.250 s: status 200",
                "    x-a: 1",
                "    x-b: 2",
            ],
        ),
    ],
)
def test_an_attempt_is_told_as_it_was(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], changes: dict[str, object], told: list[str]
) -> None:
    """When it left, what it waited for if it did, what came back, and what was decided."""
    attempt = Attempt(**{name: changes.get(name, getattr(ATTEMPT, name)) for name in Attempt.__struct_fields__})
    lines = _told(tmp_path / "a.job", capsys, created(0, history=(attempt,)))
    assert lines[1:-2] == [*told, "    decided: created"]


def test_every_outcome_of_a_record_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Also the one after which it was sent again; the last is what holds."""
    first = failed(0, ErrorReason.IN_DOUBT, "no reply came in time", retryable=True)
    dropped = (Dropped(field="gender", sent="male", kept="female"),)
    told = _told(tmp_path / "a.job", capsys, first, created(0, inferred=True, dropped=dropped))
    assert told == [
        "record 0: contacts.csv, line 2",
        "  1970-01-01 00:16:40.000 UTC error, in_doubt: no reply came in time",
        "  1970-01-01 00:16:40.000 UTC created (inferred), contact c0",
        "    the server did not take gender",
        "  now: created",
    ]


def test_a_line_that_two_files_have_is_told_of_both(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each with its file."""
    path = tmp_path / "a.job"
    other = Source(["Email"], [["x@example.com"]], name="b.csv")
    with job_of(path, ROWS, other):
        pass
    explain(path, 2, is_line=True)
    told = [line for line in capsys.readouterr().err.splitlines() if line.startswith("record")]
    assert told == ["record 0: contacts.csv, line 2", "record 3: b.csv, line 2"]


def test_a_record_of_an_empty_job_is_not_there(tmp_path: Path) -> None:
    """There is none."""
    path = tmp_path / "a.job"
    with job_of(path, Source(["Email"], [])):
        pass
    with pytest.raises(JobError, match="has no record at position 0; it has no records"):
        explain(path, 0, is_line=False)


def test_a_run_that_was_killed_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It has no end; and what its requests came to is not known."""
    path = tmp_path / "a.job"
    with job_of(path, ROWS) as job:
        run = job.begin_run({}, MOMENT)
        job.end_run(run, "stopped", 0, {}, MOMENT + 60)
        run = job.begin_run({}, MOMENT + 120)
        job.keep(run, [(MOMENT + 121, 0)], [])
    assert tell_status(path, as_json=False) == ExitCode.NOT_ALL
    assert capsys.readouterr().err.replace(f"{tmp_path}/", "").splitlines() == [
        "a.job: no process works on it",
        "  3 read = 0 created + 0 updated + 0 error + 0 duplicate + 3 unsent",
        "  of 1 of the unsent a request has left that was not heard of",
        "  run 1: 2026-11-25 16:00:00 UTC to 2026-11-25 16:01:00 UTC, stopped",
        "  run 2: 2026-11-25 16:02:00 UTC, was killed",
    ]


def test_of_the_runs_without_an_end_only_the_last_can_run_now(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The one before it was killed."""
    path = tmp_path / "a.job"
    with job_of(path, ROWS) as job:
        job.begin_run({}, MOMENT)
        job.begin_run({}, MOMENT + 60)
    with locked(path):
        tell_status(path, as_json=False)
    assert capsys.readouterr().err.splitlines()[-2:] == [
        "  run 1: 2026-11-25 16:00:00 UTC, was killed",
        "  run 2: 2026-11-25 16:01:00 UTC, runs now",
    ]
