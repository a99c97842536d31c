"""Ctrl-C on a real process: the first finishes what is in flight, the second stops now."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from growthhub_async.sandbox import Fixed, Limits, SandboxThread

from .running import A_SHORT_DAY, COMMAND, FAST, environment, lines_of, local_growthhub

RECORDS = 5_000


@pytest.fixture
def contacts(tmp_path: Path) -> Path:
    """A file whose first record is wrong, so that an outcome comes before anything is answered."""
    people = "".join(f"person{number}@example.com\n" for number in range(RECORDS - 1))
    path = tmp_path / "contacts.csv"
    path.write_text(f"Email\nno address\n{people}")
    return path


@contextmanager
def _running(sandbox: SandboxThread, contacts: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [*COMMAND, "import", contacts.name, "--outcomes", "-", *FAST, *arguments],
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
            while not sandbox.ledger:  # what is in flight can be finished, and a thread has read ahead
                pass
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


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_waits_for_no_other_day(contacts: Path, number: signal.Signals) -> None:
    """A run that waits for tomorrow ends at once; every record read has its outcome, and it is said where to go on."""
    with local_growthhub(limits=A_SHORT_DAY) as sandbox, _running(sandbox, contacts) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        _until(iter(process.stderr), "location loc1: the day's quota is spent; waiting until")
        first = "".join(process.stdout.readline() for _ in range(31))
        process.send_signal(number)
        outcomes = lines_of(first + process.stdout.read())
        rest = process.stderr.read()
        assert process.wait(30) == 128 + number
        assert len(sandbox.contacts()) == len(sandbox.ledger) == 30
    told = [(outcome["line"], (outcome["error"] or {}).get("reason")) for outcome in outcomes]
    expected = ["invalid"] + [None] * 30 + ["cancelled"] * (len(outcomes) - 31)
    assert told == list(enumerate(expected, start=2))
    assert 31 < len(outcomes) < RECORDS
    assert "waiting for the day's quota until" in rest
    assert "stopping now" not in rest
    assert f"{len(outcomes):,} records were read; the rest of contacts.csv was not" in rest
    assert "to go on, import the lines from line 33 on" in rest


def test_a_day_that_is_spent_by_what_is_finished_ends_the_run(contacts: Path) -> None:
    """After the signal there was room for some of it; nobody has to send another."""
    limits = Limits(requests_per_interval=25, interval=1.0, requests_per_day=30)
    with local_growthhub(limits=limits) as sandbox, _running(sandbox, contacts, "--interval", "1") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        first = "".join(process.stdout.readline() for _ in range(10))
        process.send_signal(signal.SIGINT)
        said = _until(iter(process.stderr), "waiting for the day's quota until")
        outcomes = lines_of(first + process.stdout.read())
        assert process.wait(30) == 130
        assert len(sandbox.ledger) == 30
    assert "finishing" in "".join(said)
    assert [outcome["line"] for outcome in outcomes] == list(range(2, len(outcomes) + 2))


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
