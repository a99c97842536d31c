"""Ctrl-C on a real process: it ends the reading at once, and the sending in two steps; the same again goes on."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest

from growthhub_async.sandbox import Fixed, Hang, Limits, SandboxThread

from .running import (
    A_SHORT_DAY,
    FAST,
    KINDS,
    accounts,
    environment,
    growthhub,
    lines_of,
    local_growthhub,
    rows_of,
    started,
    status_of,
    until,
    upserts,
    wait_for_requests,
    write_people,
)

RECORDS = 600
SIGNALS = [signal.SIGINT, signal.SIGTERM]


@pytest.fixture
def contacts(tmp_path: Path) -> Path:
    """A file whose last record is wrong."""
    path = write_people(tmp_path / "contacts.csv", RECORDS - 1)
    path.write_text(path.read_text() + "no address\n")
    return path


def _finished(sandbox: SandboxThread, contacts: Path) -> dict[str, int]:
    """Run the same import again to its end, and require that every record is somewhere, once."""
    env = environment(sandbox)
    again = growthhub("import", contacts.name, *FAST, env=env, folder=contacts.parent)
    assert again.returncode == 4  # for the wrong record
    found = accounts(again.stderr)
    assert (found["created"] + found["updated"], found["error"], found["unsent"]) == (RECORDS - 1, 1, 0)
    rows = [row for kind in KINDS[:3] for row in rows_of(contacts.with_name(f"contacts.{kind}.csv"))]
    assert sorted(int(row["growthhub_position"]) for row in rows) == list(range(RECORDS))
    assert len(sandbox.contacts()) == RECORDS - 1
    return found


@pytest.mark.parametrize("number", SIGNALS)
def test_the_first_signal_finishes_what_is_in_flight(contacts: Path, number: signal.Signals) -> None:
    """No more is sent, what was sent is answered, the rest waits, and the same again sends each of it once."""
    with local_growthhub(latency=Fixed(seconds=0.5)) as sandbox:
        arguments = ("import", "contacts.csv", "--outcomes", "o.ndjson", *FAST)
        with started(*arguments, env=environment(sandbox), folder=contacts.parent) as process:
            wait_for_requests(sandbox)
            process.send_signal(number)
            told = process.stderr.read()  # type: ignore[union-attr]
            assert process.wait(30) == 128 + number
        sent = upserts(sandbox)
        assert len(sandbox.contacts()) == sent < RECORDS - 1
        outcomes = lines_of((contacts.parent / "o.ndjson").read_text())
        created = [outcome for outcome in outcomes if outcome["status"] == "created"]
        assert (len(created), accounts(told)["created"], accounts(told)["unsent"]) == (sent, sent, RECORDS - 1 - sent)
        assert "finishing what is in flight, the rest waits for another run; Ctrl-C again to stop now" in told
        assert f"{RECORDS - 1 - sent:,} records wait to be sent" in told
        assert status_of(contacts.with_name("contacts.job"))["unheard"] == 0
        _finished(sandbox, contacts)
        assert upserts(sandbox) == RECORDS - 1


def test_the_second_signal_stops_now(contacts: Path) -> None:
    """The process does not wait for a server that never answers; what was in flight is sent again, as it is safe."""
    with local_growthhub(faults=(Hang(path="/contacts/upsert", requests=tuple(range(1, 129))),)) as sandbox:
        with started("import", "contacts.csv", *FAST, env=environment(sandbox), folder=contacts.parent) as process:
            wait_for_requests(sandbox, 128)
            process.send_signal(signal.SIGINT)
            until(process.stderr, "finishing what is in flight")
            process.send_signal(signal.SIGINT)
            told = process.stderr.read()  # type: ignore[union-attr]
            assert process.wait(30) == 130
        assert "stopping now" in told
        assert accounts(told)["unsent"] == RECORDS - 1
        assert "of 128 of them a request has left that was not heard of; they are sent first" in told
        assert _finished(sandbox, contacts)["created"] == RECORDS - 1
        assert upserts(sandbox) == RECORDS - 1 + 128


@pytest.mark.parametrize("number", SIGNALS)
def test_no_signal_waits_for_another_day(contacts: Path, number: signal.Signals) -> None:
    """A run that waits for tomorrow ends at once, and says how to go on."""
    with local_growthhub(limits=A_SHORT_DAY) as sandbox:
        with started("import", "contacts.csv", *FAST, env=environment(sandbox), folder=contacts.parent) as process:
            until(process.stderr, "location loc1: the day's quota is spent; waiting until")
            process.send_signal(number)
            told = process.stderr.read()  # type: ignore[union-attr]
            assert process.wait(30) == 128 + number
        assert accounts(told)["created"] == len(sandbox.contacts())
    assert "stopping now" not in told
    assert "run the same again, or `growthhub resume contacts.job`, to go on" in told


def test_no_signal_waits_for_a_burst(contacts: Path) -> None:
    """What waits for the next interval waits in the job instead."""
    limits = Limits(requests_per_interval=10, interval=3_600.0, requests_per_day=100_000)
    slow = ("--requests-per-interval", "10", "--interval", "3600")
    with local_growthhub(limits=limits) as sandbox:
        with started("import", "contacts.csv", *slow, env=environment(sandbox), folder=contacts.parent) as process:
            wait_for_requests(sandbox, 9)  # the first asked for the custom fields
            process.send_signal(signal.SIGINT)
            told = process.stderr.read()  # type: ignore[union-attr]
            assert process.wait(30) == 130
        assert accounts(told)["created"] == len(sandbox.contacts()) == 9


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("command", ["import", "check"])
def test_a_pipe_that_says_nothing_more_keeps_no_reading_from_ending(
    tmp_path: Path, number: signal.Signals, command: str
) -> None:
    """Nothing is sent, and no job is left of what it gave."""
    with local_growthhub() as sandbox:
        env = environment(sandbox)
        with started(command, "-", env=env, folder=tmp_path, stdin=subprocess.PIPE) as process:
            assert process.stdin is not None
            process.stdin.write("Email\n" + "".join(f"person{of}@example.com\n" for of in range(2_000)))
            process.stdin.flush()
            until(process.stderr, "read: Email as email")
            process.send_signal(number)
            assert process.wait(30) == 128 + number
            told = process.stderr.read()  # type: ignore[union-attr]
        assert upserts(sandbox) == 0
    assert told == "growthhub: stopped while the files were read: nothing was sent\n"
    assert list(tmp_path.iterdir()) == []


def test_a_named_pipe_that_nobody_writes_to_can_be_left(tmp_path: Path) -> None:
    """Also while it is waited for somebody to open it."""
    os.mkfifo(tmp_path / "contacts.csv")
    with local_growthhub() as sandbox:
        lock = tmp_path / "contacts.job.reading"
        with started("import", "contacts.csv", env=environment(sandbox), folder=tmp_path) as process:
            while not lock.exists():
                assert process.poll() is None
            process.send_signal(signal.SIGINT)
            assert process.wait(30) == 130
    assert [path.name for path in tmp_path.iterdir()] == ["contacts.csv"]


def test_a_signal_while_a_job_is_started_over_leaves_the_old_one(contacts: Path) -> None:
    """And its results, so that it can still be gone on with."""
    with local_growthhub() as sandbox:
        env = environment(sandbox)
        growthhub("import", "contacts.csv", "--limit", "3", *FAST, env=env, folder=contacts.parent)
        arguments = ("import", "-", "--job", "contacts.job", "--fresh")
        with started(*arguments, env=env, folder=contacts.parent, stdin=subprocess.PIPE) as process:
            assert process.stdin is not None
            process.stdin.write("Email\nnew@example.com\n")
            process.stdin.flush()
            while not contacts.with_name("contacts.job.reading").exists():
                assert process.poll() is None
            process.send_signal(signal.SIGINT)
            assert process.wait(30) == 130
        assert _finished(sandbox, contacts)["created"] == RECORDS - 1
