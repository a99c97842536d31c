"""Gzip and zstd, told from the first bytes and opened, however many members or frames there are."""

from __future__ import annotations

import gzip
import re
import sys
import zlib
from collections.abc import Callable, Iterator
from io import BufferedReader
from typing import NamedTuple, Protocol

from ..errors import ImportFileError
from .extras import hinted
from .raw_file import CHUNK, RawFile

MAGIC = 4
"""Bytes by which a compression is told."""


class _Reader(Protocol):
    def read1(self, size: int, /) -> bytes: ...


class _Compression(NamedTuple):
    name: str
    ending: str
    magic: re.Pattern[bytes]
    open: Callable[[RawFile], tuple[_Reader, tuple[type[Exception], ...]]]


def _open_gzip(raw: RawFile) -> tuple[_Reader, tuple[type[Exception], ...]]:
    return gzip.GzipFile(fileobj=BufferedReader(raw, CHUNK)), (gzip.BadGzipFile, EOFError, zlib.error)


def _open_zstd(raw: RawFile) -> tuple[_Reader, tuple[type[Exception], ...]]:
    with hinted(raw.name, "zstd", "zstd"):
        if sys.version_info >= (3, 14):
            from compression import zstd
        else:
            from backports import zstd
    return zstd.ZstdFile(BufferedReader(raw, CHUNK)), (zstd.ZstdError, EOFError)


_COMPRESSIONS = (
    _Compression("gzip", ".gz", re.compile(rb"\x1f\x8b"), _open_gzip),
    # A frame to be skipped may come first.
    _Compression("zstd", ".zst", re.compile(rb"\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18", re.DOTALL), _open_zstd),
)


def is_compressed(raw: RawFile) -> bool:
    """Tell whether a file is compressed; raises ImportFileError when it is not in spite of its name."""
    return _compression(raw) is not None


def content_of(raw: RawFile) -> Iterator[bytes]:
    """Read the content of a file, decompressed, as it comes; raises ImportFileError when it is broken or cut off."""
    compression = _compression(raw)
    if compression is None:
        while chunk := raw.chunk():
            yield chunk
        return
    reader, broken = compression.open(raw)
    try:
        while chunk := reader.read1(CHUNK):
            yield chunk
    except broken:
        name = compression.name
        raise ImportFileError(f"{raw.name} is broken {name}, perhaps cut off; `{name} -t` tests it") from None


def _compression(raw: RawFile) -> _Compression | None:
    magic = raw.beginning(MAGIC)
    for compression in _COMPRESSIONS:
        if compression.magic.match(magic):
            return compression
        if raw.name.lower().endswith(compression.ending):
            raise ImportFileError(
                f"{raw.name} is not {compression.name}, in spite of its name; rename it if it is not compressed"
            )
    return None
