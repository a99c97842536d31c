"""The files are what the job says: as they are written on, after a crash, and after somebody edited them."""

from __future__ import annotations

import csv
import errno
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from growthhub_async import ErrorReason
from growthhub_async.importer.errors import JobError
from growthhub_async.importer.job import Entry, Job
from growthhub_async.importer.results.files import ResultFiles

from ..reading import peak_memory, unheard
from .jobs import Source, created, dropped, failed, files_beside, job_of, last_settled, stage, updated

KINDS = {"created", "updated", "failed", "dropped", "duplicates"}
_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
_JSON = (
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False, allow_infinity=False) | _TEXT
)
_CELLS = st.lists(_TEXT, max_size=3) | _TEXT.map(lambda text: f"broken {text}")
_OBJECTS = st.dictionaries(_TEXT, _JSON | st.lists(_JSON, max_size=2), max_size=4)
SOURCES = st.lists(
    st.builds(Source, st.just(["Email", "Name", "Name"]), st.lists(_CELLS, max_size=6))
    | st.builds(Source, st.none(), st.lists(_OBJECTS, max_size=6)),
    min_size=1,
    max_size=3,
)


@st.composite
def batches(draw: st.DrawFn, positions: list[int]) -> list[list[Entry]]:
    """Draw what settles of some records, in any order, two at a time."""
    settling = draw(st.permutations(positions))[: draw(st.integers(0, len(positions)))]
    drawn = [draw(_entry(position)) for position in settling]
    return [drawn[start : start + 2] for start in range(0, len(drawn), 2)]


def _entry(position: int) -> st.SearchStrategy[Entry]:
    drops = st.sampled_from([(), dropped("phone", "tags")])
    return st.one_of(
        st.builds(created, st.just(position), dropped=drops),
        st.builds(updated, st.just(position), dropped=drops, trace_id=_TEXT),
        st.builds(failed, st.just(position), message=_TEXT, retryable=st.booleans()),
    )


@contextmanager
def _folder() -> Iterator[Path]:
    """Make a directory for one example."""
    folder = Path(tempfile.mkdtemp())
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def _rebuilt(job: Job) -> dict[str, bytes]:
    """Write the files anew, and return them."""
    _open(job)
    return files_beside(job.path)


def _no_word(message: str) -> None:
    raise AssertionError(message)


def _waiting(job: Job) -> list[int]:
    return [position for (position,) in job.select("SELECT position FROM records WHERE state = 0 ORDER BY position")]


def _settle(job: Job, files: ResultFiles, batch: list[Entry]) -> None:
    seqs = job.keep(1, [], batch)
    files.append(last_settled(job, seqs[0] - 1))


@settings(deadline=None, max_examples=60)  # each example syncs files to the disk
@given(sources=SOURCES, data=st.data(), policy=st.sampled_from(["merge", "last", "error"]))
def test_files_that_were_written_on_are_those_that_are_written_anew(
    sources: list[Source], data: st.DataObject, policy: Any
) -> None:
    """Whatever settles in whatever order, byte for byte: so a crash can never show."""
    emails = data.draw(st.lists(st.sampled_from(["a@example.com", "b@example.com", ""]), max_size=4))
    with _folder() as folder, job_of(folder / "a.job", *sources, emails=emails, duplicates=policy) as job:
        files = ResultFiles(job, _no_word)
        files.open()
        for batch in data.draw(batches(_waiting(job))):
            _settle(job, files, batch)
        files.close()
        written = files_beside(job.path)
        assert set(written) == KINDS
        assert _rebuilt(job) == written


@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_a_crash_at_any_byte_leaves_no_trace(data: st.DataObject) -> None:
    """A file that is cut off anywhere, that is gone, or that a loss of power has filled with zeros, is made whole."""
    rows = [[f"a{number}", "b\r\nc"] for number in range(6)]
    with _folder() as folder, job_of(folder / "a.job", Source(["Email", "Notes"], rows)) as job:
        files = ResultFiles(job, _no_word)
        files.open()
        for batch in data.draw(batches(_waiting(job))):
            _settle(job, files, batch)
        whole = files_beside(job.path)
        for kind in data.draw(st.sets(st.sampled_from(sorted(KINDS)))):
            path = folder / f"a.{kind}.csv"
            cut = data.draw(st.integers(-1, len(whole[kind])))
            if cut < 0:
                path.unlink()
            else:
                path.write_bytes(whole[kind][:cut] + b"\0" * data.draw(st.sampled_from([0, 5_000])))
        files.abandon()
        assert _rebuilt(job) == whole


@pytest.fixture
def job(tmp_path: Path) -> Iterator[Job]:
    """A job of three records, of which one is created and one failed; its files were closed in order."""
    with job_of(tmp_path / "a.job", Source(["Email"], [["a"], ["b"], ["c"]])) as job:
        job.keep(1, [], [created(0), failed(1, ErrorReason.EXHAUSTED, retryable=True)])
        _rebuilt(job)
        yield job


def _edit(job: Job, kind: str) -> bytes:
    """Change something in a file as a person does, and return what it holds then."""
    path = job.path.with_name(f"a.{kind}.csv")
    path.write_bytes(path.read_bytes().replace(b'"b"', b'"better"').replace(b'"a"', b'"A"'))
    return path.read_bytes()


def test_a_file_that_was_edited_is_kept_under_another_name(job: Job) -> None:
    """Nobody's work is overwritten, and where it is, is told and returned."""
    told: list[str] = []
    edited = _edit(job, "failed")
    files = ResultFiles(job, told.append)
    kept = job.path.with_name("a.failed.edited.csv")
    assert files.open() == [kept]
    files.close()
    assert kept.read_bytes() == edited
    assert told == ["a.failed.csv was edited: it is kept as a.failed.edited.csv, and written anew"]
    assert b'"b"' in files_beside(job.path)["failed"]


def test_every_file_that_was_edited_is_kept(job: Job) -> None:
    """An edited file never takes the place of another one."""
    names = []
    for _ in range(3):
        _edit(job, "failed")
        files = ResultFiles(job, unheard)
        names += [path.name for path in files.open()]
        files.close()
    assert names == ["a.failed.edited.csv", "a.failed.edited-2.csv", "a.failed.edited-3.csv"]


def test_what_was_added_at_the_end_of_a_file_is_kept(job: Job) -> None:
    """Only a file that ends too early, or in nothing, is one that a crash has left."""
    path = job.path.with_name("a.created.csv")
    path.write_bytes(path.read_bytes() + b'"mine"\r\n')
    files = ResultFiles(job, unheard)
    assert files.open() == [job.path.with_name("a.created.edited.csv")]
    files.close()


def test_records_that_are_sent_again_leave_the_failed_file_without_a_word(job: Job) -> None:
    """A file that the last run left is known for ours, though it is not a beginning of the new one."""
    assert b'"b"' in files_beside(job.path)["failed"]
    job.send_again([(1, None)])
    assert b'"b"' not in _rebuilt(job)["failed"]


def test_what_a_crash_left_is_ours_also_when_records_are_sent_again(job: Job) -> None:
    """It is found out before the job is changed; afterwards nobody could tell."""
    files = ResultFiles(job, _no_word)
    files.open()
    _settle(job, files, [failed(2, retryable=True)])
    files.abandon()
    path = job.path.with_name("a.failed.csv")
    path.write_bytes(path.read_bytes()[:-3])
    ResultFiles(job, _no_word).refresh()
    job.send_again([(1, None), (2, None)])
    assert b'"c"' not in _rebuilt(job)["failed"]


def test_a_refresh_makes_files_whole_and_leaves_the_edited_one(job: Job) -> None:
    """Who mends the failed file while a crash has cut off another finds both as they should be."""
    edited = _edit(job, "failed")
    whole = files_beside(job.path)["created"]
    job.path.with_name("a.created.csv").write_bytes(whole[:-5])
    ResultFiles(job, _no_word).refresh()
    assert files_beside(job.path) == {**files_beside(job.path), "failed": edited, "created": whole}
    assert set(files_beside(job.path)) == KINDS
    job.send_again([(1, None)])
    files = ResultFiles(job, unheard)
    assert files.open() == [job.path.with_name("a.failed.edited.csv")]
    files.close()


def test_a_refresh_of_files_that_are_as_they_were_left_writes_nothing(job: Job) -> None:
    """There is nothing to find out then, and a large job is not read for it."""
    inodes = [path.stat().st_ino for path in sorted(job.path.parent.glob("*.csv"))]
    ResultFiles(job, _no_word).refresh()
    assert [path.stat().st_ino for path in sorted(job.path.parent.glob("*.csv"))] == inodes


def test_only_the_owner_may_read_the_files(job: Job) -> None:
    """Also where a file of everybody's stood before."""
    path = job.path.with_name("a.created.csv")
    path.chmod(0o644)
    _rebuilt(job)
    modes = {stat.S_IMODE(file.stat().st_mode) for file in job.path.parent.glob("*.csv")}
    assert modes == {0o600}


def test_nothing_is_left_of_the_writing(job: Job) -> None:
    """Also where an earlier process was ended in the middle of it."""
    job.path.with_name("a.created.csv.part").write_bytes(b"half")
    _rebuilt(job)
    assert not list(job.path.parent.glob("*.part"))


def test_a_directory_in_the_way_is_told(job: Job) -> None:
    """The message says what to do; the others are as they were, and the job can be resumed."""
    path = job.path.with_name("a.failed.csv")
    before = files_beside(job.path)
    path.unlink()
    path.mkdir()
    with pytest.raises(JobError, match=r"a\.failed\.csv is a directory .* move it away"):
        ResultFiles(job, unheard).open()
    assert not list(job.path.parent.glob("*.part"))
    path.rmdir()
    assert _rebuilt(job) == before


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "the disk is full"),
        (errno.EACCES, "you may not"),
        (errno.EROFS, "you may not"),
        (errno.EIO, "Input/output error"),
    ],
)
def test_what_cannot_be_written_is_told_and_the_job_can_be_resumed(
    job: Job, monkeypatch: pytest.MonkeyPatch, number: int, words: str
) -> None:
    """At the opening as at any outcome; nothing that was settled is lost."""
    files = ResultFiles(job, _no_word)
    files.open()
    settled = job.keep(1, [], [created(2)])
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", _failing(number, after=10))
        with pytest.raises(JobError, match=rf"a\.created\.csv .*{words}.*run the same again"):
            files.append(last_settled(job, settled[0] - 1))
        with pytest.raises(JobError, match=words):
            files.append([])
        left = job.about()["results"]
        files.close()
        assert job.about()["results"] == left
        with pytest.raises(JobError, match=words):
            ResultFiles(job, _no_word).open()
    assert not list(job.path.parent.glob("*.part"))
    assert b'"c2"' in _rebuilt(job)["created"]


def _failing(number: int, after: int) -> Any:
    """Stand for os.write, of a disk that takes so many bytes more."""
    write, left = os.write, [after]

    def failing(descriptor: int, content: Any) -> int:
        if not left[0]:
            raise OSError(number, os.strerror(number))
        taken = write(descriptor, content[: left[0]])
        left[0] -= taken
        return taken

    return failing


def test_a_directory_that_may_not_be_written_is_told(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is changed then."""
    before = files_beside(job.path)
    with monkeypatch.context() as patch:
        patch.setattr(os, "open", _refusing)
        with pytest.raises(JobError, match="you may not"):
            ResultFiles(job, unheard).open()
    assert files_beside(job.path) == before


def _refusing(path: Path, *rest: int) -> int:
    """Stand for os.open, of a directory that may not be written."""
    raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


def test_a_job_without_outcomes_has_files_without_rows(tmp_path: Path) -> None:
    """Whoever reads them finds the columns, and no file of an earlier job."""
    with job_of(tmp_path / "contacts.new.job", Source(["Email"], [["a"]])) as job:
        files = _rebuilt(job)
    assert set(files) == KINDS
    assert all(len(list(csv.reader(content.decode("utf-8-sig").splitlines()))) == 1 for content in files.values())


def test_memory_does_not_grow_with_the_outcomes(tmp_path: Path) -> None:
    """Ten times the outcomes are written anew in about the same memory."""
    little, much = (_peak_of(tmp_path / f"{records}.job", records) for records in (500, 5_000))
    assert (tmp_path / "5000.created.csv").stat().st_size > 2_000_000
    assert much < little + 1_500_000


def _peak_of(path: Path, records: int) -> int:
    stage(path, Source(["Email"], [["x" * 400]] * records))
    with Job(path) as job:
        job.keep(1, [], [created(position) for position in range(records)])
        return peak_memory(lambda: _open(job))


def _open(job: Job) -> None:
    files = ResultFiles(job, _no_word)
    files.open()
    files.close()
