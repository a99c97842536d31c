"""How a job comes into its place: whole, at one moment, whatever was there before."""

from __future__ import annotations

import errno
import os
import sqlite3
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from growthhub_async.importer.errors import JobError
from growthhub_async.importer.job import Job, JobView, database
from tests.importer.job.jobs import crashed, job_at, run_of
from tests.importer.results.jobs import created


class Crash(BaseException):
    """What no code of ours expects."""


def begun(path: Path, lines: int) -> tuple[sqlite3.Connection, Path]:
    """Begin a job of so many records, and return it with where it is made."""
    made = path.with_name(f"{path.name}.reading")
    connection = database.create(made)
    connection.execute("INSERT INTO about VALUES ('read', ?)", (str(lines),))
    for line in range(lines):
        connection.execute("INSERT INTO records (position, file, line, state) VALUES (?, 0, ?, 0)", (line, line + 2))
    return connection, made


def lines_of(path: Path) -> int | None:
    """Count the records of a job, all of which have to be there; None when there is no job."""
    if not path.exists():
        return None
    with JobView(path) as view:
        counts = view.counts()
        assert counts.add_up
        assert view.select("PRAGMA integrity_check").__next__() == ("ok",)
        return counts.read


def test_a_job_that_was_begun_is_no_job(tmp_path: Path) -> None:
    """Until it is finished nothing is in its place, and then it is there, for its owner alone."""
    path = tmp_path / "a.job"
    connection, made = begun(path, 5)
    assert [(file.name, stat.S_IMODE(file.stat().st_mode)) for file in tmp_path.iterdir()] == [("a.job.reading", 0o600)]
    database.finish(connection, made, path)
    assert lines_of(path) == 5
    assert [file.name for file in tmp_path.iterdir()] == ["a.job"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_a_crash_left_of_another_reading_is_in_nobodys_way(tmp_path: Path) -> None:
    """It is replaced, with whatever SQLite may have left beside it."""
    for name in ("a.job.reading", "a.job.reading-wal", "a.job.reading-shm", "a.job.reading-journal"):
        (tmp_path / name).write_text("something")
    path = tmp_path / "a.job"
    database.finish(*begun(path, 5), path)
    assert [file.name for file in tmp_path.iterdir()] == ["a.job"]


def test_an_old_job_stays_until_the_new_one_is_whole(tmp_path: Path) -> None:
    """Whoever gives up reading has what he had."""
    path = job_at(tmp_path / "a.job", 3)
    connection, made = begun(path, 5)
    assert lines_of(path) == 3
    database.abandon(connection, made)
    assert lines_of(path) == 3
    assert [file.name for file in tmp_path.iterdir()] == ["a.job"]


def left_by_a_crash(tmp_path: Path) -> Path:
    """Make a job of 3 records, the last of whose commits are in its log only."""
    path = tmp_path / "a.job"
    other = tmp_path / "other"
    other.mkdir()
    with crashed(job_at(other / "a.job", 3), path) as job:
        job.keep(run_of(job), [], [created(0), created(1)])
    assert (tmp_path / "a.job-wal").stat().st_size > 0
    return path


def test_the_log_of_an_old_job_is_not_the_new_ones(tmp_path: Path) -> None:
    """It would be applied to whatever database has the name."""
    path = left_by_a_crash(tmp_path)
    database.finish(*begun(path, 5), path)
    assert lines_of(path) == 5
    with Job(path) as job:
        assert job.counts().unsent == 5
        run_of(job)
    assert lines_of(path) == 5


@contextmanager
def dying(at: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Let the program end right before the file system is changed, or told to sync, for the `at`-th time."""
    steps: list[str] = []

    def patch(owner: Any, name: str) -> None:
        real = getattr(owner, name)

        def step(*args: Any, **named: Any) -> Any:
            if len(steps) == at:
                raise Crash
            steps.append(name)
            return real(*args, **named)

        patched.setattr(owner, name, step)

    with monkeypatch.context() as patched:
        for owner, name in ((Path, "unlink"), (Path, "replace"), (os, "fsync")):
            patch(owner, name)
        yield steps


def test_a_crash_in_the_middle_leaves_the_old_job_or_none_or_the_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each whole; then the next reading puts a new one there."""
    seen, at = [], 0
    while not seen or seen[-1] != 5:
        directory = tmp_path / str(at)
        directory.mkdir()
        path = left_by_a_crash(directory)
        connection, made = begun(path, 5)
        with dying(at, monkeypatch):
            try:
                database.finish(connection, made, path)
            except Crash:
                connection.close()
        seen.append(lines_of(path))
        database.finish(*begun(path, 7), path)
        assert lines_of(path) == 7
        at += 1
    assert sorted(set(seen), key=seen.index) == [3, None, 5]


def test_the_old_job_is_gone_for_good_before_its_log_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each step is synced before the next one, in whichever order a disk writes what it was not told to."""
    path = left_by_a_crash(tmp_path)
    connection, made = begun(path, 5)
    with dying(-1, monkeypatch) as steps:
        database.finish(connection, made, path)
    assert steps == ["fsync", *["unlink", "fsync"] * 3, "replace", "fsync"]


def test_who_looks_at_the_old_job_does_not_harm_the_new_one(tmp_path: Path) -> None:
    """When he closes it, he takes no log away that is the new one's."""
    path = left_by_a_crash(tmp_path)
    with JobView(path) as view:
        assert view.counts().created == 2
        database.finish(*begun(path, 5), path)
        with Job(path) as job:
            run_of(job)
            assert view.counts().created == 2
            view.close()
            run_of(job)
            assert (tmp_path / "a.job-wal").exists()
            assert len(job.runs()) == 2
    assert lines_of(path) == 5


def refusing(code: int) -> Callable[..., Any]:
    def refuse(*_: Any, **__: Any) -> Any:
        raise OSError(code, os.strerror(code))

    return refuse


@pytest.mark.parametrize(
    ("code", "said"), [(errno.EACCES, "Permission denied"), (errno.EROFS, "Read-only file system")]
)
def test_a_directory_that_may_not_be_written_is_told_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, said: str
) -> None:
    """By its path, and what to do."""
    made = tmp_path / "a.job.reading"
    monkeypatch.setattr(os, "open", refusing(code))
    with pytest.raises(JobError) as raised:
        database.create(made)
    assert str(raised.value) == (
        f"{made} cannot be written: {said}; mend that and run the same again: nothing that was settled is lost"
    )


def test_a_directory_that_is_not_there_is_told_of(tmp_path: Path) -> None:
    """As any other trouble with it."""
    with pytest.raises(JobError, match="cannot be written: No such file or directory; mend that"):
        database.create(tmp_path / "nowhere" / "a.job.reading")


def test_a_disk_that_is_full_at_once_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even an empty file."""
    monkeypatch.setattr(database, "SCHEMA", f"PRAGMA max_page_count = 2; {database.SCHEMA}")
    with pytest.raises(JobError, match="the disk is full"):
        database.create(tmp_path / "a.job.reading")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_disk_that_fails_at_the_end_is_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    """What was begun can be abandoned then."""
    path = tmp_path / "a.job"
    connection, made = begun(path, 5)
    with monkeypatch.context() as patched:
        patched.setattr(*((os, "fsync") if call == "fsync" else (Path, "replace")), refusing(errno.ENOSPC))
        with pytest.raises(JobError, match="cannot be written: No space left on device; mend that"):
            database.finish(connection, made, path)
    database.abandon(connection, made)
    assert list(tmp_path.iterdir()) == []
