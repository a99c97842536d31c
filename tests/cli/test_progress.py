"""Progress: plain lines where nobody watches, a display on a terminal."""

from __future__ import annotations

import io
import os
import pty
import re
import signal
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from growthhub_async.cli.progress import progress_on
from growthhub_async.cli.recorder import Numbers
from growthhub_async.cli.screen import Screen
from growthhub_async.cli.waits import Waits
from growthhub_async.importer import Counts
from growthhub_async.sandbox import Fixed

from .running import A_SHORT_DAY, COMMAND, FAST, accounts, environment, local_growthhub

COUNTS_LATER = Counts(read=100, created=31, updated=2, error=3, duplicate=0, unsent=64)


def _numbers(created: int = 30, rate: float = 1.0, **other: Any) -> Numbers:
    """Make the numbers of a job of a hundred records."""
    counts = Counts(read=100, created=created, updated=2, error=3, duplicate=other.pop("duplicate", 0), unsent=65)
    return Numbers(counts, rate, other.pop("allowed", 0.0), **other)


def test_elsewhere_than_on_a_terminal_progress_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    """All the figures on one line, without a command to a terminal; what is not known is left out."""
    counts = Counts(read=10_000, created=1_000, updated=200, error=34, duplicate=6, unsent=8_760)
    with progress_on(Screen(), "contacts", live=True) as progress:
        progress.show(Numbers(counts, 9.7, 10.0, 876.0))
        progress.show(_numbers())
    assert capsys.readouterr().err.splitlines() == [
        "contacts: 1,240 of 10,000 done, 1,000 created, 200 updated, 34 error, 6 duplicate, 10/s (quota 10/s),"
        " 14:36 left",
        "contacts: 35 of 100 done, 30 created, 2 updated, 3 error, 1/s",
    ]


def test_a_wait_is_told_once_and_not_every_few_seconds(capsys: pytest.CaptureFixture[str]) -> None:
    """A day has 17,280 times five seconds; when something happens, there is a line again."""
    tomorrow = datetime(2026, 11, 26, 9, 12, tzinfo=UTC)
    waits = Waits(1, 1, tomorrow, tomorrow, True)
    with progress_on(Screen(), "a", live=True) as progress:
        progress.show(_numbers(waits=waits))
        progress.show(_numbers(waits=waits, rate=0.5))
        progress.show(_numbers(31, waits=waits)._replace(counts=COUNTS_LATER))
        progress.show(_numbers()._replace(counts=COUNTS_LATER))
        progress.show(_numbers(waits=waits)._replace(counts=COUNTS_LATER))
    wait = ", waiting for the day's quota until 2026-11-26 09:12 UTC"
    assert capsys.readouterr().err.splitlines() == [
        f"a: 35 of 100 done, 30 created, 2 updated, 3 error, 1/s{wait}",
        f"a: 36 of 100 done, 31 created, 2 updated, 3 error, 1/s{wait}",
        "a: 36 of 100 done, 31 created, 2 updated, 3 error, 1/s",
        f"a: 36 of 100 done, 31 created, 2 updated, 3 error, 1/s{wait}",
    ]


def test_several_locations_are_counted_on_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    """One location is not worth a word."""
    with progress_on(Screen(), "a", live=False) as progress:
        progress.show(_numbers(unsent={"loc1": 65}))
        progress.show(_numbers(unsent={"loc1": 60, "loc2": 5, "loc3": 0}))
    assert [line.partition("1/s")[2] for line in capsys.readouterr().err.splitlines()] == [
        "",
        ", 1 of 3 locations done",
    ]


def test_several_locations_are_shown_with_what_is_left_of_each() -> None:
    """Those with the most, and how many others there are."""
    unsent = {f"loc{number}": 10 * number for number in range(9)}
    shown = _shown(_numbers(unsent=unsent), 100)
    assert shown[2:] == [
        "  loc8: 80 left",
        "  loc7: 70 left",
        "  loc6: 60 left",
        "  loc5: 50 left",
        "  loc4: 40 left",
        "  loc3: 30 left",
        "  and 2 more locations",
        "  1 of 9 locations done",
    ]


@pytest.mark.parametrize("width", [40, 60, 80, 200])
def test_no_figure_is_broken_where_a_terminal_ends(width: int) -> None:
    """It goes to the next line as a whole; the bar takes what is left of its line."""
    counts = Counts(read=1_000_000, created=120_000, updated=3_000, error=31, duplicate=99, unsent=876_870)
    numbers = Numbers(counts, 10.2, 10.0, 300_000.0)
    name, *lines = _shown(numbers, width)
    assert name.startswith("contacts ")
    assert name.endswith(" 12%")
    assert len(name) <= width
    assert "  ".join(lines).split("  ") == [
        "123,130 of 1,000,000 done",
        "120,000 created",
        "3,000 updated",
        "31 error",
        "99 duplicate",
        "10/s (quota 10/s)",
        "3 days, 11:20:00 left",
    ]


def _shown(numbers: Numbers, width: int) -> list[str]:
    """Return the lines of the display."""
    screen = Screen()
    screen.console = Console(file=io.StringIO(), force_terminal=True, width=width, color_system=None)
    with progress_on(screen, "contacts", live=True) as progress:
        progress.show(numbers)
        shown = screen.console.file.getvalue()  # type: ignore[attr-defined]
    lines = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown).replace("\r", "").splitlines()
    return [line.rstrip() for line in lines if line.strip()]


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
    done = [int(number) for number in re.findall(r"(\d+) of 400 done", sent)]
    assert len(done) > 2
    assert done == sorted(done)
    assert "%" in sent
    assert "left" in sent
    assert sent.rindex("\x1b[2K") > sent.rindex(" done")
    assert sent.rindex("\x1b[?25h") > sent.rindex("\x1b[?25l")
    drawn = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", sent)
    assert max(len(line) for line in re.split(r"[\r\n]+", drawn)) <= columns
    assert accounts(drawn.replace("\r", ""))["created"] == 400


def test_on_a_terminal_a_wait_is_shown_below_the_figures(tmp_path: Path) -> None:
    """What is said of the day is above them, once, in lines of its own; nothing is torn, and Ctrl-C ends the wait."""
    people = "".join(f"person{number}@example.com\n" for number in range(100))
    (tmp_path / "contacts.csv").write_text(f"Email\n{people}")
    with local_growthhub(limits=A_SHORT_DAY) as sandbox:
        arguments = ["import", "contacts.csv", "--requests-per-day", "30", *FAST]
        env = environment(sandbox)
        sent = _on_a_terminal(arguments, env, tmp_path, 120, interrupt_at=b"29 of 100 done")
    lines = re.split(r"[\r\n]+", re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", sent))
    figures = [number for number, line in enumerate(lines) if line.startswith("29 of 100 done  29 created")]
    assert sum(line.startswith("location loc1: the day's quota is spent; waiting until") for line in lines) == 1
    assert sum(line.startswith("to be sent: 100 requests; 29 fit into today's quota") for line in lines) == 1
    assert figures
    assert all(re.search(r"  \d days?, .* left$", lines[number]) for number in figures)
    assert any(re.fullmatch(r"waiting for .* until [-0-9: ]* UTC", lines[number + 1]) for number in figures)
    assert sent.count("Ctrl-C again to stop now") == 1


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
