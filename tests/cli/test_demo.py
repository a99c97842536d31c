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
    """Return read, created, error, and of the rest how many were updated or are duplicates."""
    heading, figures = re.search(r"( *read +created.*)\n(.*)", told).groups()  # type: ignore[union-attr]
    numbers = dict(zip(heading.split(), figures.replace(",", "").split(), strict=True))
    read, created, updated, error, duplicate = (
        int(numbers[name]) for name in ("read", "created", "updated", "error", "duplicate")
    )
    return [read, created, updated + duplicate, error]


def test_the_demo_imports_its_file_and_a_second_run_updates(tmp_path: Path) -> None:
    """People are created, doubles folded into them, wrong records told of; nothing is doubled by the second run."""
    made = write_demo_file(tmp_path / "expected.csv", 400)
    first = _ran(tmp_path)
    assert _counts(first) == [400, made.people, made.doubles, made.wrong]
    assert f"keeps {made.people:,} contacts now; before, it kept 0" in first
    assert f"{made.doubles} doubles were folded" in first
    assert re.search(r"lines \d+ and \d+ of the file are one contact", first)
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
    assert {path.name for path in folder.iterdir()} >= {
        "contacts.csv",
        "contacts.job",
        "contacts.failed.csv",
        "sandbox.sqlite",
    }
    for name in ("contacts.job", "contacts.failed.csv", "sandbox.sqlite"):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600


def test_what_it_suggests_works(tmp_path: Path) -> None:
    """The commands can be pasted: what failed is found, the job is told of, and the demo runs again."""
    told = _ran(tmp_path, "--dir", "my demo").split("try next:")[1]
    suggested = re.findall(
        r"^  ((?:head|python -m growthhub_async) .*)$", told.split("a local GrowthHub")[0], re.MULTILINE
    )
    program = shlex.join(COMMAND)
    said = {}
    for command in suggested:
        if " sandbox " in command or "--fresh" in command:  # the one serves until it is ended, the other needs it
            continue
        line = command.replace("python -m growthhub_async", program)
        ran = subprocess.run(
            line, shell=True, cwd=tmp_path, env=environment(), capture_output=True, text=True, check=False
        )
        assert ran.returncode in (0, 4), f"{command}\n{ran.stderr}"
        said[shlex.split(command.removeprefix("python -m growthhub_async "))[0]] = ran.stdout + ran.stderr
    assert "growthhub_reason" in said["head"]
    assert "attempt 1" in said["explain"]
    assert "kept from an earlier run" in said["demo"]
    assert "to be sent" in said["check"]
    assert (tmp_path / "my demo" / "contacts.report.html").exists()


def test_a_directory_that_cannot_be_made_is_an_argument_that_is_wrong(tmp_path: Path) -> None:
    """One line, and the exit code for usage."""
    (tmp_path / "file").write_text("")
    ran = growthhub("demo", "--dir", "file/demo", env=environment(), folder=tmp_path)
    assert ran.returncode == 2
    assert "--dir file/demo" in ran.stderr
    assert ran.stderr.count("\n") == 1
