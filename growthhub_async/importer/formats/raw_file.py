"""The bytes of a file or of the standard input as they stand there, counted and hashed as they are read."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from io import FileIO, RawIOBase
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import ImportFileError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

STDIN = "-"
CHUNK = 64 * 1024
"""Bytes asked for at a time."""


class RawFile(RawIOBase):
    """A file that is read once, from its beginning on.

    `path` is None where there is none to open it by again; `size`, in bytes, and `mtime_ns` where it is no file on
    disk. Reading raises ImportFileError.
    """

    def __init__(self, file: FileIO, name: str, path: Path | None) -> None:
        self.name = name
        self._file = file
        self._status = os.fstat(file.fileno())
        self.on_disk = stat.S_ISREG(self._status.st_mode)
        self.path = path if self.on_disk else None
        self.size = self._status.st_size if self.on_disk else None
        self.mtime_ns = self._status.st_mtime_ns if self.on_disk else None
        self.bytes_read = 0
        self._hash = hashlib.sha256()
        self._ahead = b""

    def beginning(self, size: int) -> bytes:
        """Return the next bytes, so many or all there are, without reading past them."""
        while len(self._ahead) < size and (chunk := self._from_file(CHUNK)):
            self._ahead += chunk
        return self._ahead[:size]

    def chunk(self, size: int = CHUNK) -> bytes:
        """Read some of the next bytes; none when there are no more."""
        ahead, self._ahead = self._ahead[:size], self._ahead[size:]
        return ahead or self._from_file(size)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """Read as the standard library's readers want it."""
        view = memoryview(buffer)
        chunk = self.chunk(len(view))
        view[: len(chunk)] = chunk
        return len(chunk)

    def sha256(self) -> str:
        """Return the hash, in hexadecimal digits, of what was read so far."""
        return self._hash.hexdigest()

    def require_unchanged(self) -> None:
        """Raise ImportFileError when the file on disk is not what it was when it was opened."""
        now = os.fstat(self._file.fileno())
        if self.on_disk and (now.st_size, now.st_mtime_ns) != (self.size, self.mtime_ns):
            raise ImportFileError(f"{self.name} was changed while it was read; import it again when it is complete")

    def _from_file(self, size: int) -> bytes:
        try:
            chunk = self._file.read(size) or b""
        except OSError as error:
            raise ImportFileError(f"{self.name} cannot be read on: {error.strerror or type(error).__name__}") from None
        self._hash.update(chunk)
        self.bytes_read += len(chunk)
        return chunk


@contextmanager
def open_raw(path: str) -> Iterator[RawFile]:
    """Open a file, or the standard input for `-`, and close it in the end.

    Raises ImportFileError when there is no such file, it is a directory, or it may not be read.
    """
    name = "the standard input" if path == STDIN else path
    try:
        file = FileIO(0, "rb", closefd=False) if path == STDIN else FileIO(path, "rb")
    except (OSError, ValueError) as error:
        raise ImportFileError(_refusal(name, error)) from None
    raw = RawFile(file, name, None if path == STDIN else Path(path))
    try:
        yield raw
    finally:
        if raw.on_disk:  # closing a pipe would wait for a thread that still waits in it
            file.close()


def _refusal(name: str, error: OSError | ValueError) -> str:
    match error:
        case FileNotFoundError():
            return f"{name} does not exist; is the path right, seen from {Path.cwd()}?"
        case IsADirectoryError():
            return f"{name} is a directory; name a file in it"
        case PermissionError():
            return f"{name} may not be read by you; `chmod u+r` lets its owner read it"
        case OSError():
            return f"{name} cannot be opened: {error.strerror or type(error).__name__}"
        case _:
            return f"{name!r} is no path of a file"
