"""A report is written whole or not at all, for its owner's eyes only."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from growthhub_async.importer.errors import JobError
from growthhub_async.importer.job import JobView
from growthhub_async.importer.report import write_report
from tests.importer.report.jobs import JOBS


@pytest.fixture
def view(tmp_path: Path) -> JobView:
    """A job of one record."""
    return JobView(JOBS["one"](tmp_path / "contacts.job"))


def _others(folder: Path) -> list[str]:
    return [file.name for file in folder.iterdir() if not file.name.startswith("contacts.job")]


def test_it_is_a_file_of_its_own(view: JobView, tmp_path: Path) -> None:
    """Nothing else is left, and nobody else may read it."""
    with view:
        write_report(view, tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>")
    assert page.endswith("</html>")
    assert "contacts.job" in page
    assert stat.S_IMODE((tmp_path / "report.html").stat().st_mode) == 0o600
    assert _others(tmp_path) == ["report.html"]


def test_it_takes_the_place_of_an_older_one(view: JobView, tmp_path: Path) -> None:
    """Also of one that others could read."""
    path = tmp_path / "report.html"
    path.write_text("old")
    path.chmod(0o644)
    with view:
        write_report(view, path)
    assert path.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_place_that_is_not_there_is_told_in_words(view: JobView, tmp_path: Path) -> None:
    """The message names the file, and what is wrong with it."""
    path = tmp_path / "none" / "report.html"
    with view, pytest.raises(JobError) as caught:
        write_report(view, path)
    assert str(caught.value) == (
        f"the report cannot be written to {path}: No such file or directory; mend that, or name another file"
    )


def test_a_failure_leaves_what_was_there(view: JobView, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that is full in the middle costs no older report, and leaves no half of the new one."""
    path = tmp_path / "report.html"
    path.write_text("old")

    def full(descriptor: int) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(os, "fsync", full)
    with view, pytest.raises(JobError, match="No space left on device"):
        write_report(view, path)
    assert path.read_text() == "old"
    assert _others(tmp_path) == ["report.html"]


def test_a_directory_is_no_place_for_it(view: JobView, tmp_path: Path) -> None:
    """It stays as it is, and nothing is left beside it."""
    (tmp_path / "report.html").mkdir()
    with view, pytest.raises(JobError, match="mend that, or name another file"):
        write_report(view, tmp_path / "report.html")
    assert _others(tmp_path) == ["report.html"]
