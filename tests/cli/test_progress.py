"""Progress: plain lines where nobody watches, a display on a terminal."""

from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from growthhub_async.cli.progress import duration, progress_on
from growthhub_async.cli.recorder import Numbers
from growthhub_async.cli.screen import Screen
from growthhub_async.cli.waits import Waits
from growthhub_async.sandbox import Fixed

from .running import A_SHORT_DAY, COMMAND, FAST, environment, local_growthhub


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (0.4, "0:00"),
        (59.6, "1:00"),
        (61, "1:01"),
        (3_600, "1:00:00"),
        (10_020, "2:47:00"),
        (86_400, "1 day, 0:00:00"),
        (183_661, "2 days, 3:01:01"),
    ],
)
def test_a_time_is_written_as_short_as_it_is(seconds: float, written: str) -> None:
    """Hours and days only where there are some."""
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


def test_a_wait_is_told_once_and_not_every_few_seconds(capsys: pytest.CaptureFixture[str]) -> None:
    """A day has 17,280 times five seconds; when something happens, there is a line again."""
    tomorrow = datetime(2026, 11, 26, 9, 12, tzinfo=UTC)
    waiting = Numbers(30, 30, 0, 0, 1.0, waits=Waits(1, 1, tomorrow, tomorrow, True))
    with progress_on(Screen(), "a.csv", live=True) as progress:
        progress.show(waiting)
        progress.show(waiting._replace(rate=0.5))
        progress.show(waiting._replace(done=31))
        progress.show(waiting._replace(done=31, waits=None))
        progress.show(waiting._replace(done=31))
    wait = ", waiting for the day's quota until 2026-11-26 09:12 UTC"
    assert capsys.readouterr().err.splitlines() == [
        f"a.csv: 30 done, 30 created, 0 updated, 0 error, 1/s{wait}",
        f"a.csv: 31 done, 30 created, 0 updated, 0 error, 1/s{wait}",
        "a.csv: 31 done, 30 created, 0 updated, 0 error, 1/s",
        f"a.csv: 31 done, 30 created, 0 updated, 0 error, 1/s{wait}",
    ]


def _on_a_terminal(
    arguments: list[str], env: dict[str, str], folder: Path, columns: int, *, interrupt_at: bytes | None = None
) -> str:
    """Run the command with a terminal as its stderr, and return what the terminal was sent.

    It gets a Ctrl-C as soon as the terminal is sent `interrupt_at`.
    """
    sent = b""
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
        ) as process:
            os.close(theirs)
            for piece in iter(lambda: _read(ours), b""):
                sent += piece
                if interrupt_at is not None and interrupt_at in sent:
                    process.send_signal(signal.SIGINT)
                    interrupt_at = None
            return sent.decode()
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


def test_on_a_terminal_a_wait_is_shown_below_the_figures(tmp_path: Path) -> None:
    """What is said of the day is above them, once, in lines of its own; nothing is torn, and Ctrl-C ends the wait."""
    people = "".join(f"person{number}@example.com\n" for number in range(100))
    (tmp_path / "contacts.csv").write_text(f"Email\n{people}")
    with local_growthhub(limits=A_SHORT_DAY, latency=Fixed(seconds=0.8)) as sandbox:
        arguments = ["import", "contacts.csv", "--requests-per-day", "30", *FAST]
        env = environment(sandbox)
        sent = _on_a_terminal(arguments, env, tmp_path, 120, interrupt_at=b"30 done")
    lines = re.split(r"[\r\n]+", re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", sent))
    figures = [number for number, line in enumerate(lines) if line.startswith("30 done  30 created")]
    assert sum(line.startswith("location loc1: the day's quota is spent; waiting until") for line in lines) == 1
    assert sum(line.startswith("75 requests do not fit into the day's quota: 5 fit today") for line in lines) == 1
    assert figures
    assert all(re.search(r"  2 days, .* left$", lines[number]) for number in figures)
    assert all(re.fullmatch(r"waiting for .* until [-0-9: ]* UTC", lines[number + 1]) for number in figures)
    assert sent.count("Ctrl-C again to stop now") == 1
    assert "100       30        0     70" in sent


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
