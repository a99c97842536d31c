"""Bytes come from a path or the standard input, gzip opened, and how far the reading is can be asked."""

from __future__ import annotations

import gzip
import hashlib
import subprocess
import sys
from io import FileIO
from pathlib import Path

import pytest

from growthhub_async.importer.errors import ImportFileError
from growthhub_async.importer.formats.raw_file import CHUNK, RawFile
from growthhub_async.importer.formats.source import Source, open_source

from .samples import zstd


def _content(path: Path) -> bytes:
    with open_source(str(path)) as source:
        return b"".join(source.chunks())


def test_a_plain_file_is_read_as_it_is(tmp_path: Path) -> None:
    """The chunks of a file, put together, are its content."""
    content = bytes(range(1, 256)) * 2_000
    (tmp_path / "a").write_bytes(content)
    assert _content(tmp_path / "a") == content


_PACKERS = {"gzip": gzip.compress, "zstd": zstd.compress}
_ENDINGS = {"gzip": ".gz", "zstd": ".zst"}


@pytest.mark.parametrize("packer", _PACKERS)
def test_what_is_compressed_is_recognised_by_its_content_and_may_have_several_parts(
    tmp_path: Path, packer: str
) -> None:
    """Whatever it is called, it is unpacked to its end."""
    pack = _PACKERS[packer]
    (tmp_path / "a.csv").write_bytes(pack(b"one\n") + pack(b"") + pack(b"two\n" * 100_000))
    assert _content(tmp_path / "a.csv") == b"one\n" + b"two\n" * 100_000


@pytest.mark.parametrize("packer", _PACKERS)
@pytest.mark.parametrize("end", [-1, -10, 20])
def test_what_is_compressed_and_cut_off_is_refused(tmp_path: Path, packer: str, end: int) -> None:
    """A part of it is not mistaken for the whole."""
    (tmp_path / "a.gz").write_bytes(_PACKERS["gzip"](b"some lines\n" * 1_000)[:end])
    (tmp_path / "a.zst").write_bytes(_PACKERS["zstd"](b"some lines\n" * 1_000)[:end])
    with pytest.raises(ImportFileError, match=f"a{_ENDINGS[packer]} is broken {packer}, perhaps cut off"):
        _content(tmp_path / f"a{_ENDINGS[packer]}")


def test_a_frame_of_zstd_that_is_to_be_skipped_is_skipped(tmp_path: Path) -> None:
    """Some programs begin with one."""
    (tmp_path / "a").write_bytes(b"\x50\x2a\x4d\x18\x03\0\0\0abc" + zstd.compress(b"one\n"))
    assert _content(tmp_path / "a") == b"one\n"


@pytest.mark.parametrize("packer", _PACKERS)
def test_a_name_that_promises_compression_must_hold_it(tmp_path: Path, packer: str) -> None:
    """A plain file called so is refused, with what to do."""
    path = tmp_path / f"a.csv{_ENDINGS[packer]}"
    path.write_bytes(b"Email\n")
    with pytest.raises(ImportFileError, match=rf"not {packer}.*rename"):
        _content(path)


class _Dripping(FileIO):
    def read(self, size: int | None = -1) -> bytes:
        return super().read(1) or b""


@pytest.mark.parametrize("packer", _PACKERS)
def test_a_source_that_gives_a_byte_at_a_time_is_recognised_too(tmp_path: Path, packer: str) -> None:
    """How the bytes come says nothing of what they are, and each is hashed once."""
    content = _PACKERS[packer](b"one\n")
    (tmp_path / "a").write_bytes(content)
    with _Dripping(tmp_path / "a", "rb") as file:
        source = Source(RawFile(file, "a", None))
        assert source.head() == b"one\n"
        assert b"".join(source.chunks()) == b"one\n"
        assert source.fingerprint().sha256 == hashlib.sha256(content).hexdigest()


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
