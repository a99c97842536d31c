"""How a job file is opened, and what is said when it cannot be, or not be written on."""

from __future__ import annotations

import errno
import os
import random
import sqlite3
import stat
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from growthhub_async.importer.errors import JobError
from growthhub_async.importer.job import Job, JobView, database, schema
from tests.importer.job.jobs import crashed, job_at, run_of
from tests.importer.results.jobs import created, failed

REMEDY = "mend that and run the same again: nothing that was settled is lost"


def mode_of(file: Path) -> int:
    return stat.S_IMODE(file.stat().st_mode)


def pragma(path: Path, name: str) -> Any:
    connection = sqlite3.connect(path)
    try:
        return connection.execute(f"PRAGMA {name}").fetchone()[0]
    finally:
        connection.close()


def refusal(open_it: Callable[[Path], Any], path: Path) -> str:
    with pytest.raises(JobError) as raised:
        open_it(path).close()
    return str(raised.value)


both = pytest.mark.parametrize("open_it", [Job, JobView])


def test_only_its_owner_may_read_a_job(tmp_path: Path) -> None:
    """It holds contacts, and so does what SQLite keeps beside it, whatever the umask."""
    before = os.umask(0)
    try:
        with Job(job_at(tmp_path / "a.job")) as job:
            run_of(job)
            modes = {file.name: mode_of(file) for file in tmp_path.iterdir()}
    finally:
        os.umask(before)
    assert modes == {"a.job": 0o600, "a.job-wal": 0o600, "a.job-shm": 0o600}


def test_a_job_is_one_file_once_it_is_closed(tmp_path: Path) -> None:
    """So that it can be copied, or sent to somebody."""
    with Job(job_at(tmp_path / "a.job")) as job:
        run_of(job)
    assert [file.name for file in tmp_path.iterdir()] == ["a.job"]


def test_what_is_kept_is_on_the_disk(tmp_path: Path) -> None:
    """A write-ahead log that is synced at each commit: a loss of power takes nothing of what was kept."""
    path = job_at(tmp_path / "a.job")
    with Job(path) as job:
        assert list(job.select("PRAGMA journal_mode")) == [("wal",)]
        assert list(job.select("PRAGMA synchronous")) == [(2,)]


def test_a_new_job_needs_no_lock_to_become_one_that_can_be_worked_on(tmp_path: Path) -> None:
    """Somebody who looks at it meanwhile, for however long, does not keep the work from beginning."""
    path = job_at(tmp_path / "a.job")
    with JobView(path) as view:
        settled = view.select("SELECT position FROM records")
        assert next(settled) == (0,)
        with Job(path) as job:
            run_of(job)
        assert list(settled) == [(1,), (2,)]


def test_a_job_is_marked_as_one(tmp_path: Path) -> None:
    """By SQLite's own header: of which program, and of which schema."""
    path = job_at(tmp_path / "a.job")
    assert pragma(path, "application_id") == schema.APPLICATION_ID
    assert pragma(path, "user_version") == schema.VERSION


@both
def test_a_job_of_another_version_is_refused(tmp_path: Path, open_it: Callable[[Path], Any]) -> None:
    """It says which, and changes nothing."""
    path = job_at(tmp_path / "a.job")
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    assert refusal(open_it, path) == (
        f"{path} was made by another version of this program (schema 99, ours is {schema.VERSION})"
    )
    assert pragma(path, "user_version") == 99


@both
@pytest.mark.parametrize("made_by_somebody", [False, True])
def test_what_is_no_job_is_refused(tmp_path: Path, open_it: Callable[[Path], Any], made_by_somebody: bool) -> None:
    """An empty file, a database of another program: which file to name is said."""
    path = tmp_path / "a.job"
    connection = sqlite3.connect(path)
    if made_by_somebody:
        connection.execute("CREATE TABLE records (a)")
    connection.close()
    path.touch()
    assert refusal(open_it, path) == (
        f"{path} is no job of an import; name the file that the import made, such as contacts.job"
    )


@both
def test_a_file_of_something_else_is_no_database(tmp_path: Path, open_it: Callable[[Path], Any]) -> None:
    """Such as the input itself."""
    path = tmp_path / "a.job"
    path.write_text("name,email\nAda,ada@example.com\n" * 100)
    assert refusal(open_it, path).startswith(f"{path} is damaged; put a copy of it back, or start over with --fresh")


@both
def test_a_job_that_is_not_there_is_not_made(tmp_path: Path, open_it: Callable[[Path], Any]) -> None:
    """Opening one makes none, and what the path is seen from is told."""
    path = tmp_path / "a.job"
    assert refusal(open_it, path) == f"{path} does not exist; is the path right, seen from {Path.cwd()}?"
    assert list(tmp_path.iterdir()) == []


@both
def test_a_directory_is_no_job(tmp_path: Path, open_it: Callable[[Path], Any]) -> None:
    """Nor is one read."""
    assert "does not exist" in refusal(open_it, tmp_path)


@both
def test_a_directory_that_may_not_be_searched_is_told_of(
    tmp_path: Path, open_it: Callable[[Path], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not taken for one in which there is no job."""

    def refuse(_: Path) -> bool:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "is_file", refuse)
    assert (
        refusal(open_it, tmp_path / "a.job") == f"{tmp_path / 'a.job'} cannot be written: Permission denied; {REMEDY}"
    )


def test_a_job_with_any_name_is_opened(tmp_path: Path) -> None:
    """What means something in a URI, or is no text, is a name like any other."""
    for name in ("a?mode=ro#b%20c.job", "ä ö.job", os.fsdecode(b"caf\xe9.job")):
        with Job(job_at(tmp_path / name)) as job:
            assert job.counts().read == 3


SAID = {
    "SQLITE_FULL": f"cannot be written: the disk is full; {REMEDY}",
    "SQLITE_READONLY_DIRECTORY": f"cannot be written by you, or its directory cannot; {REMEDY}",
    "SQLITE_CANTOPEN": f"cannot be written by you, or its directory cannot; {REMEDY}",
    "SQLITE_IOERR_WRITE": f"cannot be written: the disk is full or broken; {REMEDY}",
    "SQLITE_CORRUPT": "is damaged; put a copy of it back, or start over with --fresh: contacts that are there already"
    " are only updated",
    "SQLITE_BUSY": "is held by another program; end that, and run the same again",
    "SQLITE_NOMEM": f"cannot be used (NOMEM); {REMEDY}",
}


@pytest.mark.parametrize("code", SAID)
def test_what_sqlite_says_is_told_in_words_of_ours(tmp_path: Path, code: str) -> None:
    """What is wrong, and what to do; nothing of what was being written is quoted."""
    error = sqlite3.OperationalError("near ada@example.com: something")
    error.sqlite_errorname = code
    with pytest.raises(JobError) as raised, database.told(tmp_path / "a.job"):
        raise error
    assert str(raised.value) == f"{tmp_path / 'a.job'} {SAID[code]}"
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__


def full(job: Job) -> None:
    """Let the file grow no more."""
    [(pages,)] = job.select("PRAGMA page_count")
    list(job.select(f"PRAGMA max_page_count = {pages}"))


def test_a_full_disk_keeps_nothing_of_what_is_kept_together(tmp_path: Path) -> None:
    """It is said, the job is as it was before, and once there is room it goes on."""
    path = job_at(tmp_path / "a.job", 500)
    with Job(path) as job:
        run = run_of(job)
        full(job)
        before = job.counts()
        with pytest.raises(JobError, match="the disk is full; mend that and run the same again"):
            job.keep(run, [(1.0, 0)], [created(position) for position in range(500)])
        assert job.counts() == before
        assert job.unheard() == []
    with Job(path) as job:
        job.keep(run, [], [created(position) for position in range(500)])
        assert job.counts().created == 500


def test_who_only_looks_changes_nothing(tmp_path: Path) -> None:
    """Not even by a query of a report."""
    with JobView(job_at(tmp_path / "a.job")) as view, pytest.raises(JobError, match="cannot be written by you"):
        list(view.select("UPDATE records SET state = 3"))


def test_a_job_is_read_after_a_crash_by_who_only_looks(tmp_path: Path) -> None:
    """What was kept is in its log, which is taken up."""
    left = tmp_path / "left.job"
    with crashed(job_at(tmp_path / "a.job"), left) as job:
        job.keep(run_of(job), [], [created(0)])
    assert (tmp_path / "left.job-wal").stat().st_size > 0
    with JobView(left) as view:
        assert (view.counts().created, view.counts().unsent) == (1, 2)


def _reads(job: Job) -> Iterator[Callable[[], Any]]:
    yield from (job.about, job.files, job.counts, job.upserts_by_location, job.tags_by_location)
    yield from (job.unheard, job.tagging, job.runs, lambda: list(job.settled()), lambda: list(job.duplicates()))
    yield from (lambda: job.waiting("L1", -1, 500), lambda: job.failures(3), lambda: job.outcomes_of(20))
    yield from (lambda: [job.standing_of(position) for position in range(40)], lambda: job.sources(range(40)))
    yield from (lambda: job.keep(1, [(2.0, 30)], [created(31)]), lambda: job.send_again([(20, None)]))


def _damages(raw: bytes) -> Iterator[bytes]:
    chance = random.Random(5)
    for _ in range(300):
        damaged = bytearray(raw)
        for _ in range(chance.choice([1, 4, 64])):
            damaged[chance.randrange(100, len(damaged))] = chance.randrange(256)
        if chance.random() < 0.2:
            page = chance.randrange(len(damaged) // 8192) * 8192
            damaged[page : page + 8192] = bytes(8192)
        yield bytes(damaged)


def test_whatever_is_damaged_is_a_job_error(tmp_path: Path) -> None:
    """Bytes that have changed, pages that are gone: no read or write raises anything else."""
    path = job_at(tmp_path / "a.job", 60, emails=["one@example.com"] * 3)
    with Job(path) as job:
        job.keep(run_of(job), [(1.0, 40)], [created(n) for n in range(3, 20)] + [failed(n) for n in range(20, 30)])
    raw, said = path.read_bytes(), set()
    for damaged in _damages(raw):
        path.write_bytes(damaged)
        try:
            with Job(path) as job:
                for read in _reads(job):
                    with suppress(JobError):
                        read()
        except JobError as error:
            said.add(str(error))
        for file in database.with_companions(path):
            file.unlink(missing_ok=True)
    assert any("is damaged; put a copy of it back" in words for words in said)
