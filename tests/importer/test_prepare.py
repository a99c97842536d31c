"""A job made of files, or found again."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest

from growthhub_async.importer import (
    FieldMapping,
    Findings,
    ImportFileError,
    ImportOptions,
    JobChangedError,
    JobError,
    JobView,
    find_job,
    job_path,
    prepare,
    unknown,
)
from growthhub_async.importer.mapping import ColumnMapper, KeyMapper
from growthhub_async.importer.rows import Table

OPTIONS = ImportOptions(location_id="loc1")
RESULT = "growthhub_contact_id\n"


class Deaf:
    """Hear of the reading, and forget it; or end it."""

    def __init__(self, end: BaseException | None = None) -> None:
        self._end = end

    def opened(self, table: Table, mapper: ColumnMapper | KeyMapper) -> None:
        if self._end is not None:
            raise self._end

    def told(self, text: str) -> None:
        pass

    def progressed(self, read: int, share: float | None) -> None:
        pass


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file of two people, one of them wrong."""
    path = tmp_path / "contacts.csv"
    path.write_text("Email\nada@example.com\nwrong\n")
    return path


def _prepare(*files: Path, options: ImportOptions = OPTIONS, **given: Any) -> Findings | None:
    given = {"fresh": False, "definitions_of": unknown, "listener": Deaf(), **given}
    path = given.pop("path", files[0].with_suffix(".job"))
    return prepare([str(file) for file in files], path, options, **given)


@pytest.mark.parametrize(
    ("source", "job"),
    [
        ("contacts.csv", "contacts.job"),
        ("in/contacts.csv.gz", "in/contacts.job"),
        ("/data/2026.contacts.jsonl.zst", "/data/2026.contacts.job"),
        ("contacts.XLSX", "contacts.job"),
        ("contacts", "contacts.job"),
        (".csv", ".csv.job"),
        ("my.data", "my.data.job"),
        ("-", "stdin.job"),
        (".", "import.job"),
        ("postgresql://user:secret@host/crm?ssl=1", "crm.job"),
        ("sqlite:///data/crm.db", "crm.job"),
        ("postgresql://host", "database.job"),
    ],
)
def test_a_job_is_beside_its_first_file(source: str, job: str) -> None:
    """Under its name without the endings; no password of a database is in it."""
    assert job_path([source, "other.csv"]) == Path(job)


def test_a_job_is_found_by_its_name_or_that_of_its_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when the file is gone, or named without its ending."""
    monkeypatch.chdir(file.parent)
    _prepare(file)
    for name in ("contacts.job", "contacts.csv", "contacts"):
        assert find_job(name) == Path("contacts.job")
    file.unlink()
    assert find_job("contacts.csv") == Path("contacts.job")


def test_a_job_that_is_not_there_is_told_as_it_was_named(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a file is there without a job, that is said."""
    monkeypatch.chdir(file.parent)
    with pytest.raises(JobError, match=r"contacts.csv has no job beside it \(contacts.job\); name the job, or import"):
        find_job("contacts.csv")
    assert find_job("other.csv") == Path("other.csv")
    assert find_job("other.job") == Path("other.job")


def test_a_job_is_made_and_holds_what_it_was_made_of(file: Path) -> None:
    """Whole, and for its owner only; nothing else is left."""
    found = _prepare(file)
    assert found is not None
    assert (found.read, found.invalid, dict(found.requests)) == (2, 1, {"loc1": 1})
    path = file.with_suffix(".job")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with JobView(path) as job:
        about = job.about()
        assert (about["read"], about["sources"]) == (2, [str(file)])
        assert ImportOptions.kept(about["options"]) == OPTIONS
        assert [(made.name, made.columns) for made in job.files()] == [(str(file), ["Email"])]
    assert {entry.name for entry in file.parent.iterdir()} == {"contacts.csv", "contacts.job"}


def test_the_same_again_makes_no_other(file: Path) -> None:
    """It can be gone on with."""
    _prepare(file)
    before = file.with_suffix(".job").read_bytes()
    assert _prepare(file) is None
    assert file.with_suffix(".job").read_bytes() == before


@pytest.mark.parametrize(
    "end", [KeyboardInterrupt(), ImportFileError("wrong"), RuntimeError(), JobError("full")], ids=repr
)
def test_what_ends_the_reading_leaves_no_job(file: Path, end: BaseException) -> None:
    """Nothing of it, whatever it was; one that was there before stays."""
    with pytest.raises(type(end)):
        _prepare(file, listener=Deaf(end))
    assert [entry.name for entry in file.parent.iterdir()] == ["contacts.csv"]
    _prepare(file)
    before = file.with_suffix(".job").read_bytes()
    with pytest.raises(type(end)):
        _prepare(file, listener=Deaf(end), fresh=True)
    assert file.with_suffix(".job").read_bytes() == before
    assert {entry.name for entry in file.parent.iterdir()} == {"contacts.csv", "contacts.job"}


def test_whoever_does_not_accept_what_was_found_has_no_job_made(file: Path) -> None:
    """It is asked once, when all is read; a job that is there already is not asked about."""
    asked: list[int] = []

    def refuse(findings: Findings) -> None:
        asked.append(findings.invalid)
        raise ImportFileError("too many")

    with pytest.raises(ImportFileError, match="too many"):
        _prepare(file, accept=refuse)
    assert [entry.name for entry in file.parent.iterdir()] == ["contacts.csv"]
    _prepare(file)
    assert _prepare(file, accept=refuse) is None
    assert asked == [1]


def test_a_job_of_a_file_that_has_changed_is_not_gone_on_with(file: Path) -> None:
    """The message says what it was, what it is, and the ways out; started over, it is the new one's."""
    _prepare(file)
    file.write_text("Email\nada@example.com\nbob@example.com\n")
    with pytest.raises(JobChangedError) as raised:
        _prepare(file)
    told = str(raised.value)
    assert told.startswith(f"{file} has changed since it was read: it was 28 bytes of ")
    assert ", and is 38 bytes of " in told
    assert all(word in told for word in ("`growthhub resume ", "--fresh", "--job"))
    found = _prepare(file, fresh=True)
    assert found is not None
    assert found.valid == 2


def test_a_job_whose_file_is_gone_is_not_gone_on_with_by_it(file: Path) -> None:
    """But by itself."""
    _prepare(file)
    file.unlink()
    with pytest.raises(JobChangedError, match=r"does not exist.*has what was read of it before: `growthhub resume"):
        _prepare(file)


def test_a_job_of_other_files_is_not_gone_on_with(file: Path, tmp_path: Path) -> None:
    """Neither more nor others, nor in another order."""
    other = tmp_path / "other.csv"
    other.write_text("Email\ncem@example.com\n")
    _prepare(file, other)
    with pytest.raises(JobChangedError, match="was made of 2 files, not 1"):
        _prepare(file)
    with pytest.raises(JobChangedError, match="has changed since it was read"):
        _prepare(other, file, path=file.with_suffix(".job"))
    assert _prepare(file, other) is None


def test_a_job_of_other_options_is_not_gone_on_with(file: Path) -> None:
    """The message says which."""
    _prepare(file)
    other = ImportOptions(location_id="loc1", tags="add", mapping=FieldMapping(default_region="DE"))
    with pytest.raises(JobChangedError) as raised:
        _prepare(file, options=other)
    assert "was begun with other options (how the columns are mapped, tags: replace, now add);" in str(raised.value)


def test_what_is_no_job_is_never_overwritten(file: Path) -> None:
    """Not even to start over; it is not written to, either."""
    path = file.with_suffix(".job")
    for content in (b"notes", b"", b"SQLite format 3\0" + bytes(84)):
        path.write_bytes(content)
        with pytest.raises(JobError, match="is no job of an import"):
            _prepare(file, fresh=True)
        with pytest.raises(JobError):
            _prepare(file)
        assert path.read_bytes() == content


def test_a_damaged_job_can_be_started_over(file: Path) -> None:
    """As its message says."""
    _prepare(file)
    path = file.with_suffix(".job")
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(JobError, match="is damaged"):
        _prepare(file)
    assert _prepare(file, fresh=True) is not None


def test_the_same_file_twice_is_refused(file: Path) -> None:
    """It would all be duplicates."""
    with pytest.raises(ImportFileError, match="the same file is named twice; name each once"):
        _prepare(file, file)
    assert [entry.name for entry in file.parent.iterdir()] == ["contacts.csv"]


def test_results_of_a_job_that_is_started_over_are_not_left_as_its_own(file: Path) -> None:
    """Those that somebody edited are kept until they are written anew."""
    _prepare(file)
    mine = file.with_suffix(".created.csv")
    mine.write_text(RESULT)
    _prepare(file, fresh=True)
    assert mine.read_text() == RESULT
