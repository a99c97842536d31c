"""A source is known again by its content, and told of in words without secrets."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from growthhub_async.importer import ImportFileError
from growthhub_async.importer.formats import Fingerprint, fingerprint
from growthhub_async.importer.formats.urls import without_secrets

from .samples import samples, table_of


def test_a_file_is_known_by_its_bytes(tmp_path: Path) -> None:
    """Its size, the time of its change and the SHA-256 of what stands in it, compressed or not."""
    path = tmp_path / "a.csv.gz"
    path.write_bytes(samples()["a.csv.gz"])
    taken = fingerprint(str(path))
    content = path.read_bytes()
    assert (taken.size, taken.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    assert taken.mtime_ns == path.stat().st_mtime_ns


@pytest.mark.parametrize("name", sorted(samples()))
def test_a_table_that_was_read_knows_its_fingerprint(tmp_path: Path, name: str) -> None:
    """Of every format; it is that of the file."""
    with table_of(tmp_path, samples()[name], name) as table:
        assert list(table)
        taken = table.fingerprint()
    assert taken == fingerprint(str(tmp_path / name))


def test_what_was_not_read_is_in_the_fingerprint_too(tmp_path: Path) -> None:
    """A table that was left in the middle has that of the whole."""
    content = samples()["a.csv"] * 10_000
    with table_of(tmp_path, content) as table:
        next(iter(table))
        assert table.fingerprint().sha256 == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize("name", ["a.csv", "a.csv.zst", "a.parquet", "a.xlsx", "a.json"])
def test_the_standard_input_has_one_of_what_came(name: str) -> None:
    """It is hashed while it is read, since it cannot be read again, and has no time."""
    program = (
        "from growthhub_async.importer.formats import open_table\n"
        "with open_table('-', is_known=lambda name: name == 'Email', tell=print) as table:\n"
        "    print(len(list(table)), table.fingerprint())"
    )
    content = samples()[name]
    ran = subprocess.run([sys.executable, "-c", program], input=content, capture_output=True, check=True)
    taken = Fingerprint(size=len(content), sha256=hashlib.sha256(content).hexdigest())
    assert ran.stdout.decode().strip() == f"3 {taken}"


@pytest.fixture
def _berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("_berlin")
@pytest.mark.parametrize(
    ("taken", "words"),
    [
        (Fingerprint(size=1_234_567, mtime_ns=1_795_611_825 * 10**9), "1.2 MB of 2026-11-25 14:03"),
        (Fingerprint(size=0), "0 bytes"),
        (Fingerprint(size=999), "999 bytes"),
        (Fingerprint(size=12_345_678_901), "12.3 GB"),
        (Fingerprint(url="sqlite:///a.db", query="select *\nfrom contacts"), "sqlite:///a.db, select * from contacts"),
        (Fingerprint(url="sqlite:///a.db", query="x" * 100), "sqlite:///a.db, " + "x" * 60 + "..."),
    ],
)
def test_a_fingerprint_is_described_for_people(taken: Fingerprint, words: str) -> None:
    """In round numbers, and in local time."""
    assert taken.describe() == words


def test_only_the_content_counts(tmp_path: Path) -> None:
    """A file that was touched is the same; one of the same size and other bytes is not; nor is another query."""
    path = tmp_path / "a"
    path.write_bytes(b"one")
    earlier = fingerprint(str(path))
    os.utime(path, ns=(0, 0))
    assert fingerprint(str(path)).same_as(earlier)
    path.write_bytes(b"two")
    assert not fingerprint(str(path)).same_as(earlier)
    assert not fingerprint("sqlite:///a", query="x").same_as(fingerprint("sqlite:///a", query="y"))


def test_a_file_of_the_same_size_and_time_is_not_read_again(tmp_path: Path) -> None:
    """Its hash is believed; one of another time is read."""
    path = tmp_path / "a"
    path.write_bytes(b"one")
    earlier = msgspec.structs.replace(fingerprint(str(path)), sha256="believed")
    assert fingerprint(str(path), earlier=earlier).sha256 == "believed"
    os.utime(path, ns=(0, 0))
    assert fingerprint(str(path), earlier=earlier).sha256 == hashlib.sha256(b"one").hexdigest()


def test_a_fingerprint_can_be_kept_as_json() -> None:
    """And is the same when it comes back."""
    for taken in (Fingerprint(size=1, mtime_ns=2, sha256="ab"), Fingerprint(url="sqlite:///a", query="b")):
        assert msgspec.json.decode(msgspec.json.encode(taken), type=Fingerprint) == taken


def test_a_file_that_cannot_be_read_has_none(tmp_path: Path) -> None:
    """It is refused as it is when it is opened."""
    with pytest.raises(ImportFileError, match="does not exist"):
        fingerprint(str(tmp_path / "a"))


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://ada:secret@db.example.com:5432/crm?sslmode=require", "postgresql://ada@db.example.com:5432/crm"),
        ("postgresql://ada:se/c@re?t@db/crm", "postgresql://ada@db/crm"),
        ("mysql+pymysql://ada@db/crm", "mysql+pymysql://ada@db/crm"),
        ("mssql+pyodbc:///?odbc_connect=PWD%3Dsecret", "mssql+pyodbc:///"),
        ("postgresql://db/crm?user=ada&password=secret@1", "postgresql://db@1"),
        ("snowflake://:secret@account/db", "snowflake://@account/db"),
        ("sqlite:////tmp/a.db", "sqlite:////tmp/a.db"),
    ],
)
def test_no_password_is_shown(url: str, shown: str) -> None:
    """Nor anything that might be one, however badly it is quoted."""
    assert without_secrets(url) == shown
    taken = fingerprint(url, query="contacts")
    assert (taken.url, taken.query) == (shown, "contacts")
