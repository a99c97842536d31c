"""`growthhub demo`, run as a process: what it does, proves and suggests."""

from __future__ import annotations

import re
import shlex
import stat
import subprocess
from pathlib import Path

from growthhub_async.cli.demo_data import write_demo_file

from .running import COMMAND, accounts, environment, growthhub, rows_of


def _ran(folder: Path, *arguments: str) -> str:
    ran = growthhub("demo", "--records", "400", *arguments, env=environment(), folder=folder)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout == ""
    return ran.stderr


def test_the_demo_imports_its_file_and_a_second_run_updates(tmp_path: Path) -> None:
    """People are created, doubles folded into them, wrong records told of; nothing is doubled by the second run."""
    made = write_demo_file(tmp_path / "expected.csv", 400)
    first = _ran(tmp_path)
    counts = accounts(first)
    assert (counts["read"], counts["created"], counts["error"], counts["unsent"]) == (400, made.people, made.wrong, 0)
    assert counts["updated"] + counts["duplicate"] == made.doubles
    assert f"keeps {made.people:,} contacts now; before, it kept 0" in first
    assert f"{made.doubles} doubles were folded" in first
    assert re.search(r"lines \d+ and \d+ of the file are one contact$", first, re.MULTILINE)
    assert "invalid" in first
    assert "rejected" in first
    assert "100 requests in 10 s" in first

    second = _ran(tmp_path)
    again = accounts(second)
    assert (again["created"], again["updated"]) == (0, made.people + counts["updated"])
    assert "kept from an earlier run" in second

    fresh = _ran(tmp_path, "--fresh")
    assert accounts(fresh) == counts


def test_the_files_are_where_they_are_said_to_be(tmp_path: Path) -> None:
    """In a directory of their own; what holds contacts' data is for their owner."""
    _ran(tmp_path, "--dir", "my demo")
    folder = tmp_path / "my demo"
    assert {path.name for path in folder.iterdir()} >= {"contacts.csv", "contacts.job", "sandbox.sqlite"}
    for name in ("contacts.job", "contacts.created.csv", "sandbox.sqlite"):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600
    done = [
        row
        for kind in ("created", "updated", "failed", "duplicates")
        for row in rows_of(folder / f"contacts.{kind}.csv")
    ]
    assert len(done) == 400


def test_what_it_suggests_works(tmp_path: Path) -> None:
    """The commands can be pasted, all but those for another terminal."""
    told = _ran(tmp_path, "--dir", "my demo")
    suggested = re.findall(r"^  ((?:head|python -m growthhub_async) .*)$", told.split("try next:")[1], re.MULTILINE)
    commands = [command.replace("python -m growthhub_async", shlex.join(COMMAND)) for command in suggested]
    head, report, explain, again, check, sandbox, slow = commands
    shown = _pasted(head, tmp_path).stdout
    assert shown.count("\n") == 3
    assert "growthhub_reason" in shown
    assert "contacts.report.html is the report" in _pasted(report, tmp_path).stderr
    assert "decided: created" in _pasted(explain, tmp_path).stderr
    assert "kept from an earlier run" in _pasted(again, tmp_path).stderr
    assert "400 records read, 25 of them invalid" in _pasted(check, tmp_path).stderr
    assert " sandbox --database " in sandbox
    assert slow.endswith(" --fresh")


def _pasted(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    ran = subprocess.run(
        command, shell=True, cwd=folder, env=environment(), capture_output=True, text=True, check=False, timeout=60
    )
    assert ran.returncode in (0, 4), ran.stderr
    return ran


def test_a_directory_that_cannot_be_made_is_an_argument_that_is_wrong(tmp_path: Path) -> None:
    """One line, and the exit code for usage."""
    (tmp_path / "file").write_text("")
    ran = growthhub("demo", "--dir", "file/demo", env=environment(), folder=tmp_path)
    assert ran.returncode == 2
    assert "--dir file/demo" in ran.stderr
    assert ran.stderr.count("\n") == 1
