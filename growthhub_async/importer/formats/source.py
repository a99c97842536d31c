"""The bytes of a file of contacts: a path or the standard input, plain or gzip, read once and in chunks.

What the bytes are is told from the bytes: gzip is recognised wherever it comes from, and a spreadsheet is refused with
a word on how to save it.
"""

from __future__ import annotations

import gzip
import os
import stat
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path

from ..errors import ImportFileError

STDIN = "-"
CHUNK = 64 * 1024
"""Bytes asked for at a time."""

_GZIP = b"\x1f\x8b"
_SPREADSHEETS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


class Source:
    """A file that is being read, and the share of it that has been."""

    def __init__(self, file: BufferedReader, name: str, size: int | None) -> None:
        self.name = name
        self._file = file
        self._size = size
        self._read = 0

    @property
    def share_read(self) -> float | None:
        """How much of the file's bytes have been read, 0 to 1; None when its size is not known."""
        return min(1.0, self._read / self._size) if self._size else None

    def chunks(self) -> Iterator[bytes]:
        """Yield the content, decompressed, as it comes; raises ImportFileError when it cannot be read to its end."""
        head = self._file.peek(len(_GZIP))
        if head.startswith(_SPREADSHEETS):
            raise ImportFileError(f"{self.name} is a spreadsheet or an archive; save the sheet as `CSV UTF-8` first")
        compressed = head.startswith(_GZIP)
        if self.name.endswith(".gz") and not compressed:
            raise ImportFileError(f"{self.name} is not gzip, in spite of its name; rename it if it is plain text")
        try:
            yield from self._plain_chunks() if not compressed else self._unzipped_chunks()
        except (gzip.BadGzipFile, EOFError, zlib.error):
            raise ImportFileError(f"{self.name} is broken gzip, perhaps cut off; `gzip -t` tests it") from None
        except OSError as error:
            raise ImportFileError(f"{self.name} cannot be read on: {error.strerror or type(error).__name__}") from None

    def _plain_chunks(self) -> Iterator[bytes]:
        while chunk := self._file.read1(CHUNK):
            self._read += len(chunk)
            yield chunk

    def _unzipped_chunks(self) -> Iterator[bytes]:
        with gzip.GzipFile(fileobj=self._file) as unzipped:
            while chunk := unzipped.read1(CHUNK):
                self._read = self._file.tell() if self._size else 0
                yield chunk


@contextmanager
def open_source(path: str) -> Iterator[Source]:
    """Open a file, or the standard input for `-`, and close it in the end.

    Raises ImportFileError when there is no such file, it is a directory, or it may not be read.
    """
    file = _open(path)
    size = _size(file)
    try:
        yield Source(file, "the standard input" if path == STDIN else path, size)
    finally:
        if size is not None:  # closing a pipe would wait for a thread that still waits in it
            file.close()


def _open(path: str) -> BufferedReader:
    try:
        return open(0, "rb", closefd=False) if path == STDIN else Path(path).open("rb")
    except OSError as error:
        raise ImportFileError(_refusal(path, error)) from None


def _size(file: BufferedReader) -> int | None:
    status = os.fstat(file.fileno())
    return status.st_size if stat.S_ISREG(status.st_mode) else None


def _refusal(path: str, error: OSError) -> str:
    match error:
        case FileNotFoundError():
            return f"{path} does not exist; is the path right, seen from {Path.cwd()}?"
        case IsADirectoryError():
            return f"{path} is a directory; name a file in it"
        case PermissionError():
            return f"{path} may not be read by you; `chmod u+r` lets its owner read it"
        case _:
            return f"{path} cannot be opened: {error.strerror or type(error).__name__}"
