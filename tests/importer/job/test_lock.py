"""One process at a job at a time, however the one before it ended."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from growthhub_async.importer.errors import JobBusyError, JobError
from growthhub_async.importer.job import is_locked, locked

HOLD = """
import sys
from pathlib import Path
from growthhub_async.importer.job import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def held_by_another(job: Path) -> Iterator[subprocess.Popen[str]]:
    """Let another process hold the lock, until it is told to end, or is killed."""
    command = [sys.executable, "-c", HOLD, str(job)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        assert process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            process.stdin.close()


@pytest.fixture
def job(tmp_path: Path) -> Path:
    return tmp_path / "a.job"


@pytest.fixture
def lock(job: Path) -> Path:
    return job.with_name("a.job.lock")


def test_two_processes_do_not_work_on_one_job(job: Path) -> None:
    """Who comes second hears which process is at it, and what to do."""
    with held_by_another(job) as process:
        assert is_locked(job)
        with pytest.raises(JobBusyError) as raised, locked(job):
            pass
        assert str(raised.value) == (
            f"{job} is worked on by process {process.pid}; wait for that to end, or stop it with Ctrl-C there"
        )
        process.communicate("")
        assert not is_locked(job)
        with locked(job):
            assert is_locked(job)


def test_a_process_that_is_killed_lets_go(job: Path, lock: Path) -> None:
    """What it leaves behind holds nobody up, and is gone in the end."""
    with held_by_another(job) as process:
        process.kill()
        process.wait()
    assert lock.exists()
    assert not is_locked(job)
    lock.write_text("a long number: 123456789\n")
    with locked(job):
        assert lock.read_text() == f"{os.getpid()}\n"
    assert not lock.exists()


def test_nor_do_two_in_one_process(job: Path) -> None:
    """Two imports of a script are two."""
    with locked(job), pytest.raises(JobBusyError, match=f"by process {os.getpid()};"), locked(job):
        pass


def test_it_is_let_go_whatever_ends_the_block(job: Path, lock: Path) -> None:
    """An exception, too: nothing stays open."""
    before = os.open(os.devnull, os.O_RDONLY)
    with pytest.raises(KeyboardInterrupt), locked(job):
        raise KeyboardInterrupt
    assert not lock.exists()
    after = os.open(os.devnull, os.O_RDONLY)
    assert after == before + 1
    os.close(before)
    os.close(after)
    with locked(job):
        pass


def test_other_jobs_are_no_matter(job: Path) -> None:
    """A lock is of one job, whether that is there or not."""
    with locked(job):
        assert not is_locked(job.with_name("b.job"))
        with locked(job.with_name("b.job")):
            pass
    assert list(job.parent.iterdir()) == []


def test_a_lock_that_was_removed_while_it_was_waited_for_is_not_held(
    job: Path, lock: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who opened the file of one that has ended meanwhile, and holds that, would hold what nobody else sees."""
    real = fcntl.flock

    def remove_first(descriptor: int, kind: int) -> None:
        monkeypatch.setattr(fcntl, "flock", real)
        lock.unlink()
        real(descriptor, kind)

    monkeypatch.setattr(fcntl, "flock", remove_first)
    with locked(job):
        assert is_locked(job)
        assert lock.read_text() == f"{os.getpid()}\n"


def test_who_looks_whether_a_job_is_worked_on_is_not_at_work(
    job: Path, lock: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who begins at that moment is not told that somebody else is at it."""
    lock.touch()
    looking = [os.open(lock, os.O_RDWR)]
    real, kinds = fcntl.flock, []
    real(looking[0], fcntl.LOCK_SH)

    def look_less_and_less(descriptor: int, kind: int) -> None:
        kinds.append(kind)
        if len(kinds) == 3:
            os.close(looking.pop())
        real(descriptor, kind)

    monkeypatch.setattr(fcntl, "flock", look_less_and_less)
    with locked(job):
        assert looking == []
    assert [kind & ~fcntl.LOCK_NB for kind in kinds] == [fcntl.LOCK_EX, fcntl.LOCK_SH, fcntl.LOCK_EX]


def test_two_may_look_at_once(job: Path, lock: Path) -> None:
    """Neither tells the other that it is worked on."""
    lock.touch()
    descriptor = os.open(lock, os.O_RDWR)
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    assert not is_locked(job)
    os.close(descriptor)


def test_a_lock_that_goes_while_it_is_looked_for_is_none(job: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its holder has ended just now."""
    monkeypatch.setattr(Path, "exists", lambda _: True)
    assert not is_locked(job)


def test_what_cannot_be_locked_is_told_of(job: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A directory that may not be written, a file system without locks: it is not taken for another process."""

    def refuse(*_: Any) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    nowhere, said = job.parent / "nowhere" / "a.job", "cannot be written: No such file or directory; mend that"
    with pytest.raises(JobError, match=said) as raised, locked(nowhere):
        pass
    assert not isinstance(raised.value, JobBusyError)
    monkeypatch.setattr(fcntl, "flock", refuse)
    with pytest.raises(JobError, match="cannot be written: No locks available; mend that") as raised, locked(job):
        pass
    assert not isinstance(raised.value, JobBusyError)


def test_a_lock_says_nothing_to_others(job: Path, lock: Path) -> None:
    """As the job itself."""
    with locked(job):
        assert stat.S_IMODE(lock.stat().st_mode) == 0o600
