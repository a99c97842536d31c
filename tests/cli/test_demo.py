"""`growthhub demo`, run as a process: what it does, proves and suggests."""

from __future__ import annotations

import re
import shlex
import stat
import subprocess
from pathlib import Path

from growthhub_async.cli.demo_data import write_demo_file

from .running import COMMAND, environment, growthhub


def _ran(folder: Path, *arguments: str) -> str:
    ran = growthhub("demo", "--records", "400", *arguments, env=environment(), folder=folder)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout == ""
    return ran.stderr


def _counts(told: str) -> list[int]:
    """Return read, created, updated and error of the summary."""
    heading, figures = re.search(r"( *read +created.*)\n(.*)", told).groups()  # type: ignore[union-attr]
    assert heading.split()[:4] == ["read", "created", "updated", "error"]
    return [int(figure.replace(",", "")) for figure in figures.split()[:4]]


def test_the_demo_imports_its_file_and_a_second_run_updates(tmp_path: Path) -> None:
    """People are created, doubles folded into them, wrong records told of; nothing is doubled by the second run."""
    made = write_demo_file(tmp_path / "expected.csv", 400)
    first = _ran(tmp_path)
    assert _counts(first) == [400, made.people, made.doubles, made.wrong]
    assert f"keeps {made.people:,} contacts now; before, it kept 0" in first
    assert f"{made.doubles} doubles were folded" in first
    assert re.search(r"lines \d+ and \d+ of the file are one contact, \w{20}", first)
    assert "invalid" in first
    assert "rejected" in first
    assert "100 requests in 10 s" in first

    second = _ran(tmp_path)
    assert _counts(second) == [400, 0, made.people + made.doubles, made.wrong]
    assert "kept from an earlier run" in second

    fresh = _ran(tmp_path, "--fresh")
    assert _counts(fresh) == _counts(first)


def test_the_files_are_where_they_are_said_to_be(tmp_path: Path) -> None:
    """In a directory of their own; what holds contacts' data is for their owner."""
    _ran(tmp_path, "--dir", "my demo")
    folder = tmp_path / "my demo"
    assert {path.name for path in folder.iterdir()} >= {"contacts.csv", "outcomes.ndjson", "sandbox.sqlite"}
    for name in ("outcomes.ndjson", "sandbox.sqlite"):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600
    assert (folder / "outcomes.ndjson").read_text().count("\n") == 400


def test_what_it_suggests_works(tmp_path: Path) -> None:
    """The commands can be pasted: the failed lines are found, and the demo runs again."""
    told = _ran(tmp_path, "--dir", "my demo")
    suggested = re.findall(
        r"^  ((?:grep|python -m growthhub_async demo) .*)$", told.split("try next:")[1], re.MULTILINE
    )
    program = shlex.join(COMMAND)
    env = environment()
    again, failed = (command.replace("python -m growthhub_async", program) for command in suggested)
    shown = subprocess.run(failed, shell=True, cwd=tmp_path, env=env, capture_output=True, text=True, check=True)
    assert shown.stdout.count('"status":"error"') == 3
    ran = subprocess.run(again, shell=True, cwd=tmp_path, env=env, capture_output=True, text=True, check=True)
    assert "kept from an earlier run" in ran.stderr


def test_a_directory_that_cannot_be_made_is_an_argument_that_is_wrong(tmp_path: Path) -> None:
    """One line, and the exit code for usage."""
    (tmp_path / "file").write_text("")
    ran = growthhub("demo", "--dir", "file/demo", env=environment(), folder=tmp_path)
    assert ran.returncode == 2
    assert "--dir file/demo" in ran.stderr
    assert ran.stderr.count("\n") == 1
