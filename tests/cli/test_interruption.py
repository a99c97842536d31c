"""Ctrl-C on a real process: the first finishes what is in flight, the second stops now."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from growthhub_async.sandbox import Fixed, SandboxThread

from .running import COMMAND, FAST, environment, lines_of, local_growthhub

RECORDS = 5_000


@pytest.fixture
def contacts(tmp_path: Path) -> Path:
    """A file whose first record is wrong, so that an outcome comes before anything is answered."""
    people = "".join(f"person{number}@example.com\n" for number in range(RECORDS - 1))
    path = tmp_path / "contacts.csv"
    path.write_text(f"Email\nno address\n{people}")
    return path


@contextmanager
def _running(sandbox: SandboxThread, contacts: Path) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [*COMMAND, "import", contacts.name, "--outcomes", "-", *FAST],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(sandbox),
        cwd=contacts.parent,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def _until(stream: Iterator[str], text: str) -> list[str]:
    read = []
    for line in stream:
        read.append(line)
        if text in line:
            return read
    raise AssertionError(f"{text!r} never came: {''.join(read)}")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_finishes_what_is_in_flight(contacts: Path, number: signal.Signals) -> None:
    """No more is sent, what was sent is answered, every record read has its outcome, and the summary is printed."""
    with local_growthhub(latency=Fixed(seconds=0.5)) as sandbox:
        with _running(sandbox, contacts) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            first = process.stdout.readline()
            process.send_signal(number)
            said = _until(iter(process.stderr), "finishing")
            outcomes = lines_of(first + process.stdout.read())
            rest = process.stderr.read()
            assert process.wait(30) == 128 + number
        created = [outcome for outcome in outcomes if outcome["status"] == "created"]
        assert len(created) == len(sandbox.contacts()) == len(sandbox.ledger)
    assert "Ctrl-C again to stop now" in said[-1]
    assert {outcome["error"]["reason"] for outcome in outcomes if outcome["error"]} == {"invalid", "cancelled"}
    assert [outcome["line"] for outcome in outcomes] == list(range(2, len(outcomes) + 2))
    assert len(outcomes) < RECORDS
    assert f"{len(outcomes) - len(created):,} of {len(outcomes):,} records were not accepted" in rest


def test_the_second_signal_stops_now(contacts: Path) -> None:
    """What is in flight is in doubt, and the process does not wait for a server that never answers."""
    with local_growthhub(latency=Fixed(seconds=3600)) as sandbox, _running(sandbox, contacts) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        first = process.stdout.readline()
        while not sandbox.ledger:  # asks the sandbox, which hears of a first request soon
            pass
        process.send_signal(signal.SIGINT)
        _until(iter(process.stderr), "finishing")
        process.send_signal(signal.SIGINT)
        _until(iter(process.stderr), "stopping now")
        outcomes = lines_of(first + process.stdout.read())
        assert "in_doubt" in process.stderr.read()
        assert process.wait(30) == 130
    assert {outcome["error"]["reason"] for outcome in outcomes} == {"invalid", "cancelled", "in_doubt"}
    assert [outcome["line"] for outcome in outcomes] == list(range(2, len(outcomes) + 2))


def test_a_pipe_that_says_nothing_more_keeps_no_run_from_ending(tmp_path: Path) -> None:
    """Ctrl-C ends an import whose source is waited for; what it gave is imported."""
    with (
        local_growthhub() as sandbox,
        subprocess.Popen(
            [*COMMAND, "import", "-", "--outcomes", "-", *FAST],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment(sandbox),
            cwd=tmp_path,
        ) as process,
    ):
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("Email\n" + "".join(f"person{number}@example.com\n" for number in range(30)))
        process.stdin.flush()
        outcomes = [process.stdout.readline() for _ in range(30)]
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
        assert len(sandbox.contacts()) == len(outcomes) == 30
