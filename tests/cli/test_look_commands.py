"""`growthhub status`, `explain` and `report`, run as processes: a job looked at, also while it runs or is broken."""

from __future__ import annotations

import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from growthhub_async.sandbox import Hang, Status

from .running import environment, growthhub, local_growthhub, started, wait_for_requests, write_people

CONTENT = "Email,City\nada@example.com,Rome\nwrong,\nbob@example.com,\nADA@example.com,Paris\n"
BUSY = Status(status=503, path="/contacts/upsert", requests=(1,), message="busy, come again")


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The job of a file with a created, an updated, a wrong and a double record; the first attempt was refused."""
    folder = tmp_path_factory.mktemp("job")
    (folder / "contacts.csv").write_text(CONTENT)
    there = ({"email": "bob@example.com"},)
    with local_growthhub(location={"contacts": there}, faults=(BUSY,)) as sandbox:
        arguments = ("import", "contacts.csv", "--concurrency", "1")
        assert growthhub(*arguments, env=environment(sandbox), folder=folder).returncode == 4
    return folder / "contacts.job"


def _look(job: Path, command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Look at a job, without a token or a location."""
    return growthhub(command, job.name, *arguments, env=environment(), folder=job.parent)


def test_status_tells_how_a_job_stands(job: Path) -> None:
    """The sum that must come out, the runs, and what failed; the file the job was made of names it as well."""
    ran = _look(job, "status")
    assert (ran.returncode, ran.stdout) == (4, "")
    lines = ran.stderr.splitlines()
    assert lines[0] == "contacts.job: no process works on it"
    assert lines[1] == "  4 read = 1 created + 1 updated + 1 error + 1 duplicate + 0 unsent"
    assert lines[2].startswith("  run 1: 20")
    assert lines[2].endswith(" UTC, done")
    assert lines[3:] == [
        "1 of 4 records was not accepted:",
        "  invalid 1: never sent; mend them in contacts.failed.csv, then `growthhub retry contacts.job`",
        "    line 3: email: is not an email address; write it like ada@example.com",
    ]
    assert _look(job.with_suffix(".csv"), "status").stderr == ran.stderr


def test_status_as_json_is_the_summary(job: Path) -> None:
    """On stdout, and nothing else; it is what stands beside the job."""
    ran = _look(job, "status", "--json")
    assert (ran.returncode, ran.stderr) == (4, "")
    numbers = msgspec.json.decode(ran.stdout)
    assert [numbers[name] for name in ("read", "created", "updated", "error", "duplicate", "unsent")] == [
        4,
        1,
        1,
        1,
        1,
        0,
    ]
    assert numbers["accounting"] is True
    assert numbers == msgspec.json.decode(job.with_name("contacts.summary.json").read_bytes())


def test_status_of_a_job_that_is_done_is_0(tmp_path: Path) -> None:
    """All was sent and accepted."""
    write_people(tmp_path / "contacts.csv", 2)
    with local_growthhub() as sandbox:
        growthhub("import", "contacts.csv", env=environment(sandbox), folder=tmp_path)
    assert _look(tmp_path / "contacts.job", "status").returncode == 0


def test_status_can_be_asked_for_while_a_process_is_at_it(tmp_path: Path) -> None:
    """It says so, and does not hold it up."""
    write_people(tmp_path / "contacts.csv", 3)
    with local_growthhub(faults=(Hang(path="/contacts/upsert", requests=(2, 3)),)) as sandbox:
        env = environment(sandbox)
        with started("import", "contacts.csv", "--concurrency", "3", env=env, folder=tmp_path):
            wait_for_requests(sandbox, 3)
            ran = _look(tmp_path / "contacts.job", "status")
    assert ran.returncode == 4
    lines = ran.stderr.splitlines()
    assert lines[0] == "contacts.job: a process works on it now"
    assert lines[-1].startswith("  run 1: 20")
    assert lines[-1].endswith(" UTC, runs now")


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("DELETE FROM records WHERE position = 2", "position 2: the record is missing"),
        (
            "UPDATE records SET outcome = NULL WHERE position = 0",
            "contacts.csv, line 2 (position 0): settled as created without an outcome",
        ),
        (
            "UPDATE records SET state = 3 WHERE position = 1",
            "contacts.csv, line 3 (position 1): settled as created by an outcome that is error",
        ),
    ],
)
def test_broken_accounts_end_with_5_and_name_the_record(job: Path, tmp_path: Path, statement: str, told: str) -> None:
    """By `status`, and by a run."""
    broken = tmp_path / "contacts.job"
    broken.write_bytes(job.read_bytes())
    with closing(sqlite3.connect(broken)) as connection:
        connection.execute(statement)
        connection.commit()
    ran = _look(broken, "status")
    assert ran.returncode == 5
    said = ran.stderr.splitlines()
    assert f"  {told}" in said[said.index("the accounts of this job are broken; please report it:") :]
    as_json = _look(broken, "status", "--json")
    assert (as_json.returncode, msgspec.json.decode(as_json.stdout)["accounting"]) == (5, False)
    with local_growthhub() as sandbox:
        resumed = growthhub("resume", "contacts.job", env=environment(sandbox), folder=tmp_path)
    assert resumed.returncode == 5
    assert f"  {told}" in resumed.stderr.splitlines()


def test_explain_tells_every_attempt_header_and_decision(job: Path) -> None:
    """Of one record, by its position."""
    lines = _look(job, "explain", "0").stderr.splitlines()
    assert lines[0] == "record 0: contacts.csv, line 2"
    told = [line.strip().partition(": ")[0] for line in lines]
    assert [line.partition(":")[0] for line in lines if line.startswith("  attempt")] == ["  attempt 1", "  attempt 2"]
    assert "x-ratelimit-remaining" in told
    assert any(line.startswith("    after 0.") and line.endswith("s: status 503") for line in lines)
    assert any(line.startswith("    decided: again in ") and "503 busy, come again" in line for line in lines)
    assert any(line.startswith("    after 0.") and line.endswith("s: status 200") for line in lines)
    assert "    decided: created" in lines
    assert any(" UTC created" in line and ", contact " in line for line in lines)
    assert lines[-1] == "  now: created"


@pytest.mark.parametrize(
    ("position", "line", "last"),
    [
        ("1", "3", "  now: error"),
        ("2", "4", "  now: updated"),
        ("3", "5", "  now: record 0 stands for it; it is never sent itself"),
    ],
)
def test_explain_finds_a_record_by_its_line(job: Path, position: str, line: str, last: str) -> None:
    """As well as by its position, which the result files tell."""
    by_position = _look(job, "explain", position)
    by_line = _look(job, "explain", line, "--line")
    assert by_position.stderr == by_line.stderr
    lines = by_position.stderr.splitlines()
    assert (by_position.returncode, lines[0]) == (0, f"record {position}: contacts.csv, line {line}")
    assert lines[-1] == last


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("4",), "contacts.job has no record at position 4; they are 0 to 3"),
        (("1", "--line"), "contacts.job has no record that begins at line 1; the line of a record is in its results"),
    ],
)
def test_explain_of_a_record_that_is_not_there_is_told(job: Path, arguments: tuple[str, ...], message: str) -> None:
    """With what there is."""
    ran = _look(job, "explain", *arguments)
    assert (ran.returncode, ran.stderr) == (2, f"growthhub: {message}\n")


def test_report_writes_a_page(job: Path) -> None:
    """Beside the job, or where it is told to."""
    ran = _look(job, "report")
    assert (ran.returncode, ran.stdout) == (0, "")
    assert ran.stderr == "contacts.report.html is the report; open it in a browser\n"
    page = job.with_name("contacts.report.html").read_text()
    assert page.startswith("<!doctype html>")
    assert _look(job, "report", "--out", "page.html").returncode == 0
    assert (job.parent / "page.html").read_text().startswith("<!doctype html>")


@pytest.mark.parametrize("write", [lambda path: path.write_text("x" * 1_000), lambda path: path.touch()])
@pytest.mark.parametrize("command", ["status", "explain", "report", "resume", "retry"])
def test_what_is_no_job_is_told(tmp_path: Path, command: str, write: Callable[[Path], None]) -> None:
    """It stays as it is."""
    other = tmp_path / "other.job"
    write(other)
    before = other.read_bytes()
    arguments = ("0",) if command == "explain" else ()
    env = environment(GROWTHHUB_TOKEN="pit-x", GROWTHHUB_LOCATION_ID="l")
    ran = growthhub(command, "other.job", *arguments, env=env, folder=tmp_path)
    assert ran.returncode == 2
    assert ran.stderr.startswith("growthhub: other.job is ")
    assert ran.stderr.count("\n") == 1
    assert other.read_bytes() == before
