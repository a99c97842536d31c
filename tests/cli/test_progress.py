"""Progress: plain lines where nobody watches, a display on a terminal."""

from __future__ import annotations

import os
import pty
import re
import subprocess
from pathlib import Path

import pytest

from growthhub_async.cli.progress import duration, progress_on
from growthhub_async.cli.recorder import Numbers
from growthhub_async.cli.screen import Screen
from growthhub_async.sandbox import Fixed

from .running import COMMAND, FAST, environment, local_growthhub


@pytest.mark.parametrize(
    ("seconds", "written"), [(0.4, "0:00"), (59.6, "1:00"), (61, "1:01"), (3_600, "1:00:00"), (10_020, "2:47:00")]
)
def test_a_time_is_written_as_short_as_it_is(seconds: float, written: str) -> None:
    """Hours only where there are some."""
    assert duration(seconds) == written


def test_elsewhere_than_on_a_terminal_progress_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    """All the figures on one line, without a command to a terminal; what is not known is left out."""
    with progress_on(Screen(), "contacts.csv", live=True) as progress:
        progress.show(Numbers(1_234, 1_000, 200, 34, 99.7, 0.5, 75.0))
        progress.show(Numbers(0, 0, 0, 0, 0.0))
    assert capsys.readouterr().err.splitlines() == [
        "contacts.csv: 1,234 done, 1,000 created, 200 updated, 34 error, 100/s, 1:15 left",
        "contacts.csv: 0 done, 0 created, 0 updated, 0 error, 0/s",
    ]


def _on_a_terminal(arguments: list[str], env: dict[str, str], folder: Path, columns: int) -> str:
    """Run the command with a terminal as its stderr, and return what the terminal was sent."""
    ours, theirs = pty.openpty()
    os.set_blocking(ours, True)
    try:
        with subprocess.Popen(
            [*COMMAND, *arguments],
            stderr=theirs,
            stdout=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
            cwd=folder,
            env=env | {"TERM": "xterm-256color", "COLUMNS": str(columns)},
        ):
            os.close(theirs)
            return b"".join(iter(lambda: _read(ours), b"")).decode()
    finally:
        os.close(ours)


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 65_536)
    except OSError:  # Linux says so when the last writer is gone
        return b""


@pytest.mark.parametrize("columns", [120, 60])
def test_on_a_terminal_progress_is_redrawn_in_place(tmp_path: Path, columns: int) -> None:
    """The figures grow, the display fits the terminal and is gone in the end, and the cursor is back."""
    (tmp_path / "contacts.csv").write_text(
        "Email\n" + "".join(f"person{number}@example.com\n" for number in range(400))
    )
    with local_growthhub(latency=Fixed(seconds=0.1)) as sandbox:
        arguments = ["import", "contacts.csv", "--concurrency", "40", *FAST]
        sent = _on_a_terminal(arguments, environment(sandbox), tmp_path, columns)
    done = [int(number) for number in re.findall(r"(\d+) done", sent)]
    assert len(done) > 2
    assert done == sorted(done)
    assert "%" in sent
    assert "left" in sent
    assert sent.rindex("\x1b[2K") > sent.rindex(" done")
    assert sent.rindex("\x1b[?25h") > sent.rindex("\x1b[?25l")
    drawn = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", sent)
    assert max(len(line) for line in re.split(r"[\r\n]+", drawn)) <= columns
    assert "400      400        0      0" in drawn


def test_what_is_said_on_a_narrow_terminal_keeps_its_indentation(tmp_path: Path) -> None:
    """A line that is too long goes on below, further to the right, and is not broken within a word."""
    (tmp_path / "contacts.csv").write_text("Email,First Name,Last Name,Company Name,Postal Code\na@example.com,,,,\n")
    with local_growthhub() as sandbox:
        sent = _on_a_terminal(["import", "contacts.csv"], environment(sandbox), tmp_path, 60)
    said = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", sent).split("\r\n")
    assert said[1:3] == [
        "  read: Email as email, First Name as first_name, Last Name",
        "    as last_name, Company Name as company_name, Postal Code",
    ]


def test_a_terminal_that_shows_the_outcomes_gets_no_display_in_between(tmp_path: Path) -> None:
    """With both on one terminal, plain lines are what can be read."""
    assert progress_on(Screen(), "contacts.csv", live=False).every >= 1.0
