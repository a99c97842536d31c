"""The one door to every format: what a file is, is told from its content, and each refusal says what to do."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import openpyxl
import pyarrow
import pytest
from pyarrow import parquet

from growthhub_async.importer import ImportFileError
from growthhub_async.importer.formats import open_table

from ..reading import unheard
from .samples import CONTACTS, known, rows_of, samples, table_of, zstd


@pytest.mark.parametrize("name", sorted(name for name in samples() if not name.startswith("rich")))
def test_every_format_is_told_from_its_content(tmp_path: Path, name: str) -> None:
    """Whatever the file is called, it has the same contacts."""
    rows = rows_of(tmp_path, samples()[name], "contacts")
    cells = [list(row.cells.values()) if isinstance(row.cells, dict) else row.cells for row in rows]
    assert [row[0] for row in cells] == [contact[0] for contact in CONTACTS]
    assert [str(row[2]) for row in cells] == [str(contact[2]) for contact in CONTACTS]


@pytest.mark.parametrize("name", ["a.jsonl", "a.json", "a.parquet", "a.arrow", "a.arrows", "a.xlsx", "a.csv"])
def test_every_format_may_be_compressed(tmp_path: Path, name: str) -> None:
    """With gzip or zstd, and then the rows are the same."""
    expected = rows_of(tmp_path, samples()[name])
    assert rows_of(tmp_path, gzip.compress(samples()[name])) == expected
    assert rows_of(tmp_path, zstd.compress(samples()[name])) == expected


@pytest.mark.parametrize("name", ["a.csv.gz", "a.json", "a.parquet", "a.xlsx", "a.arrow"])
def test_every_format_may_come_from_the_standard_input(tmp_path: Path, name: str) -> None:
    """What has to be read from anywhere is kept in a file meanwhile, which is gone afterwards."""
    program = (
        "import os, tempfile\n"
        "from growthhub_async.importer.formats import open_table\n"
        "with open_table('-', is_known=lambda name: name == 'Email', tell=print) as table:\n"
        "    print(table.name, len(list(table)))\n"
        "assert os.listdir(tempfile.gettempdir()) == []"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program],
        input=samples()[name],
        capture_output=True,
        check=True,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    assert ran.stdout.decode().strip() == "the standard input 3"


def test_only_its_owner_may_read_what_is_kept_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Contacts are in it."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with table_of(tmp_path, gzip.compress(samples()["a.xlsx"])) as table:
        next(iter(table))
        (kept,) = tmp_path.glob("growthhub-*")
        assert kept.stat().st_mode & 0o777 == 0o600
    assert not list(tmp_path.glob("growthhub-*"))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"%PDF-1.7\n...", "is a PDF.*export the contacts"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100), "is of an old Office, or has a password.*save it as .xlsx"),
        (b"PK\x03\x04" + bytes(26) + b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet", "is of LibreOffice"),
        (b"SQLite format 3\0" + bytes(100), "is an SQLite database; name it as sqlite:///PATH"),
        (b"BZh91AY", "is compressed with bzip2; unpack it first"),
        (b"\xfd7zXZ\0\0", "is compressed with xz; unpack it first"),
        (b"\x89PNG\r\n", "is a picture"),
        (b"Obj\x01\x04", "is Avro"),
        (bytes(range(256)), "is no text"),
        ("Name,Email\nAda,\n".encode("utf-16-le"), "is no text.*--encoding utf-16-le"),
        (b"Name\x01,Email\n" + b"Ada,ada@example.com\n" * 3, "line 1 must name the columns, and is no text"),
    ],
)
def test_what_cannot_be_imported_is_told_by_what_it_is(tmp_path: Path, content: bytes, message: str) -> None:
    """With what to do instead; compressed or not."""
    for written in (content, gzip.compress(content)):
        with pytest.raises(ImportFileError, match=f"contacts.*{message}"):
            rows_of(tmp_path, written)


def test_an_encoding_that_is_named_is_for_text_only(tmp_path: Path) -> None:
    """Text may be full of NULs then; a workbook is a workbook still."""
    content = samples()["a.csv"].decode().encode("utf-16-le")
    assert rows_of(tmp_path, content, encoding="utf-16-le") == rows_of(tmp_path, samples()["a.csv"])
    assert len(rows_of(tmp_path, samples()["a.xlsx"], encoding="cp1252")) == 3


def _archive(folder: Path, *names: str) -> bytes:
    with zipfile.ZipFile(folder / "archive", "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return (folder / "archive").read_bytes()


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["contacts.csv"], "is an archive and no workbook of Excel; unpack it first"),
        (["[Content_Types].xml", "word/document.xml"], "is an archive and no workbook"),
        (["[Content_Types].xml", "xl/workbook.bin"], "is a binary workbook; open it in Excel and save it as .xlsx"),
        (["[Content_Types].xml", "xl/workbook.xml"], "is broken, or is no workbook of Excel"),
        ([], "is an empty archive"),
    ],
)
def test_an_archive_that_is_no_workbook_is_refused(tmp_path: Path, names: list[str], message: str) -> None:
    """Told from what is in it."""
    with pytest.raises(ImportFileError, match=f"contacts.*{message}"):
        rows_of(tmp_path, _archive(tmp_path, *names))


@pytest.mark.parametrize(
    ("name", "package", "hint"),
    [
        ("a.parquet", "pyarrow", 'Parquet needs one more package: pip install "growthhub-async[parquet]"'),
        ("a.arrow", "pyarrow", 'Arrow needs one more package: pip install "growthhub-async[parquet]"'),
        ("a.arrows", "pyarrow", 'Arrow needs one more package: pip install "growthhub-async[parquet]"'),
        ("a.xlsx", "openpyxl", 'Excel needs one more package: pip install "growthhub-async[excel]"'),
        (
            "a.csv.zst",
            zstd.__name__.partition(".")[0],
            'zstd needs one more package: pip install "growthhub-async[zstd]"',
        ),
    ],
)
def test_a_package_that_is_missing_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, package: str, hint: str
) -> None:
    """In one line, with how to install it."""
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ImportFileError) as raised:
        rows_of(tmp_path, samples()[name], name)
    assert str(raised.value) == f"{tmp_path / name}: {hint}"


def test_a_package_for_databases_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is asked."""
    monkeypatch.setitem(sys.modules, "sqlalchemy", None)
    hint = r'sqlite:///a.db: SQL needs one more package: pip install "growthhub-async\[sql\]"'
    with (
        pytest.raises(ImportFileError, match=hint),
        open_table("sqlite:///a.db", query="x", is_known=known, tell=unheard),
    ):
        pass


def test_no_package_of_an_extra_is_imported_before_it_is_needed() -> None:
    """Who reads CSV neither needs them nor waits for them."""
    program = (
        "import sys, growthhub_async.importer\n"
        "print([name for name in ('pyarrow', 'openpyxl', 'sqlalchemy', 'backports.zstd') if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True)
    assert ran.stdout.strip() == "[]"


def test_an_option_of_another_format_is_refused(tmp_path: Path) -> None:
    """It would be without effect, and was meant to have one."""
    with pytest.raises(ImportFileError, match="--query is for the URL of a database"):
        rows_of(tmp_path, samples()["a.csv"], query="contacts")
    with pytest.raises(ImportFileError, match="--sheet is for an Excel workbook"):
        rows_of(tmp_path, samples()["a.csv"], sheet="contacts")


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.json", "a.parquet", "a.arrow", "a.xlsx", "a.csv.gz"])
def test_a_file_that_changes_while_it_is_read_is_told_in_the_end(tmp_path: Path, name: str) -> None:
    """What was read of it may be of neither version."""
    with table_of(tmp_path, samples()[name], name) as table:
        rows = iter(table)
        next(rows)
        os.utime(tmp_path / name, ns=(0, 0))
        with pytest.raises(ImportFileError, match=f"{name} was changed while it was read; import it again"):
            list(rows)


@pytest.mark.parametrize("line", [b"Ada,ada@example.com\n", b'{"Name":"Ada","Email":"ada@example.com"}\n'])
def test_half_a_line_of_a_file_that_is_cut_meanwhile_is_no_record(tmp_path: Path, line: bytes) -> None:
    """Nothing of it is handed out before the change is told."""
    content = (b"Name,Email\n" if line[:1] == b"A" else b"") + line * 20_000
    with table_of(tmp_path, content) as table:
        rows = iter(table)
        first = next(rows)
        os.truncate(tmp_path / "contacts", len(content) - 10)
        with pytest.raises(ImportFileError, match="was changed while it was read"):  # noqa: PT012
            for row in rows:
                assert row.cells == first.cells


def test_a_file_of_another_size_is_another_though_it_has_the_same_time(tmp_path: Path) -> None:
    """Some file systems count seconds."""
    with table_of(tmp_path, samples()["a.parquet"]) as table:
        time = (tmp_path / "contacts").stat().st_mtime_ns
        rows = iter(table)
        next(rows)
        os.truncate(tmp_path / "contacts", 10)
        os.utime(tmp_path / "contacts", ns=(time, time))
        with pytest.raises(ImportFileError, match="was changed while it was read"):
            list(rows)


def test_a_file_that_is_written_on_meanwhile_is_told(tmp_path: Path) -> None:
    """Where it ends is not where it would have ended."""
    with table_of(tmp_path, samples()["a.csv"] * 10_000) as table:
        rows = iter(table)
        next(rows)
        with (tmp_path / "contacts").open("ab") as file:
            file.write(b"Joe,joe@example.com\n")
        with pytest.raises(ImportFileError, match="was changed while it was read"):
            list(rows)


@pytest.mark.parametrize("path", ["a\0b", "x" * 5_000, ""])
def test_a_path_that_can_be_none_is_refused(path: str) -> None:
    """As one that does not exist is."""
    with pytest.raises(ImportFileError), open_table(path, is_known=known, tell=unheard):
        pass


def test_a_disk_that_is_full_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With another place to keep the file in meanwhile."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tempfile._TemporaryFileWrapper.write", full, raising=False)
    with pytest.raises(ImportFileError, match=r"cannot be kept in .*: No space left on device; name another directory"):
        rows_of(tmp_path, gzip.compress(samples()["a.parquet"]))


def test_a_file_that_cannot_be_read_on_is_told(tmp_path: Path) -> None:
    """The reason is that of the system."""
    with (
        pytest.raises(ImportFileError, match="/proc/self/mem cannot be read on: Input/output error"),
        open_table("/proc/self/mem", is_known=known, tell=unheard),
    ):
        pass


def test_the_samples_are_what_their_makers_read(tmp_path: Path) -> None:
    """Or nothing here would be shown by them."""
    (tmp_path / "a.xlsx").write_bytes(samples()["a.xlsx"])
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    assert book.active is not None
    assert book.active.max_row == 4
    assert parquet.read_table(pyarrow.BufferReader(samples()["a.parquet"])).num_rows == 3
