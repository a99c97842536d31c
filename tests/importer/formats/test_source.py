"""Bytes come from a path or the standard input, gzip opened, and how far the reading is can be asked."""

from __future__ import annotations

import gzip
import subprocess
import sys
from pathlib import Path

import pytest

from growthhub_async.importer.errors import ImportFileError
from growthhub_async.importer.formats.raw_file import CHUNK
from growthhub_async.importer.formats.source import open_source


def _content(path: Path) -> bytes:
    with open_source(str(path)) as source:
        return b"".join(source.chunks())


def test_a_plain_file_is_read_as_it_is(tmp_path: Path) -> None:
    """The chunks of a file, put together, are its content."""
    content = bytes(range(1, 256)) * 2_000
    (tmp_path / "a").write_bytes(content)
    assert _content(tmp_path / "a") == content


def test_gzip_is_recognised_by_its_content_and_may_have_several_members(tmp_path: Path) -> None:
    """Whatever it is called, a gzip file is unpacked to its end."""
    (tmp_path / "a.csv").write_bytes(gzip.compress(b"one\n") + gzip.compress(b"two\n"))
    assert _content(tmp_path / "a.csv") == b"one\ntwo\n"


def test_gzip_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    """A part of a gzip file is not mistaken for the whole."""
    (tmp_path / "a.gz").write_bytes(gzip.compress(b"some lines\n" * 1_000)[:-10])
    with pytest.raises(ImportFileError, match="broken gzip"):
        _content(tmp_path / "a.gz")


def test_a_name_that_promises_gzip_must_hold_it(tmp_path: Path) -> None:
    """A plain file called .gz is refused, with what to do."""
    (tmp_path / "a.csv.gz").write_bytes(b"Email\n")
    with pytest.raises(ImportFileError, match=r"not gzip.*rename"):
        _content(tmp_path / "a.csv.gz")


def test_a_path_that_is_no_file_is_refused_with_its_reason(tmp_path: Path) -> None:
    """A missing file and a directory are told apart."""
    with pytest.raises(ImportFileError, match="does not exist"), open_source(str(tmp_path / "nothing")):
        pass
    with pytest.raises(ImportFileError, match="is a directory"), open_source(str(tmp_path)):
        pass


def test_the_share_read_grows_to_one(tmp_path: Path) -> None:
    """The share is that of the bytes on disk, for plain files and for gzip."""
    plain = tmp_path / "a"
    plain.write_bytes(b"x" * (2 * CHUNK))
    packed = tmp_path / "b"
    packed.write_bytes(gzip.compress(bytes(1_000)))
    for path in (plain, packed):
        with open_source(str(path)) as source:
            shares = [source.share_read for _ in source.chunks()]
            assert source.share_read == 1.0
            assert shares == sorted(shares, key=lambda share: share or 0.0)
    with open_source(str(plain)) as source:
        next(source.chunks())
        assert source.share_read is not None
        assert 0 < source.share_read < 1


def test_the_standard_input_is_read_and_has_no_size() -> None:
    """`-` is the standard input, of which no share is known."""
    program = (
        "from growthhub_async.importer.formats.source import open_source\n"
        "with open_source('-') as source: print(b''.join(source.chunks()), source.share_read)"
    )
    ran = subprocess.run([sys.executable, "-c", program], input=b"a\nb", capture_output=True, check=True)
    assert ran.stdout.decode().strip() == "b'a\\nb' None"
