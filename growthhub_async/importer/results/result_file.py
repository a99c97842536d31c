"""One result file: written anew beside the old one, put in its place, and written on.

What stands in its place may be ours, whole or as far as a crash let it come; else somebody edited it, and it is kept.
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b
from io import BufferedReader
from pathlib import Path
from typing import Any

from ..errors import JobError
from .cells import Rows, header

_AT_ONCE = 256 * 1024
"""Characters that are gathered before they are written."""
_CHUNK = 1 << 20
_BINARY = getattr(os, "O_BINARY", 0)
_REMEDY = "mend that and run the same again: nothing that was settled is lost, and this file is written anew"


class ResultFile:
    """A file of rows that is being written: under another name, until it is put in its place."""

    def __init__(self, path: Path, columns: list[str]) -> None:
        self.path = path
        self._part = path.with_name(f"{path.name}.part")
        self._rows = Rows()
        self._digest = blake2b(digest_size=16)
        self._size = 0
        self.add = self._rows.write
        with told(path):
            self._part.unlink(missing_ok=True)
            self._descriptor: int | None = _create(self._part)
            try:
                self._write(header(columns))
            except BaseException:
                self.abandon()
                raise

    @property
    def mark(self) -> dict[str, Any]:
        """What tells later that a file is as this one is now."""
        return {"size": self._size, "digest": self._digest.hexdigest()}

    def flush_when_full(self) -> None:
        """Write what was added, if that is much."""
        if self._rows.written() > _AT_ONCE:
            self.flush()

    def flush(self) -> None:
        """Write what was added; raises JobError."""
        if self._rows.written():
            with told(self.path):
                self._write(self._rows.take())

    def sync(self) -> None:
        """Make sure that what was written outlasts a loss of power."""
        self.flush()
        with told(self.path):
            assert self._descriptor is not None
            os.fsync(self._descriptor)

    def would_replace(self, mark: dict[str, Any] | None) -> bool:
        """Tell whether nothing of somebody else's is lost when this file, as it is now, takes its place.

        That is so when nothing stands there, or a beginning of this one, or what `mark` was made of.
        """
        with told(self.path):
            try:
                old = self.path.open("rb")
            except FileNotFoundError:
                return True
            with old, self._part.open("rb") as new:
                return _is_beginning(old, new) or (mark is not None and _marked(old) == mark)

    def put_in_place(self) -> None:
        """Give the file its name; it can still be added to."""
        self.close()
        with told(self.path):  # an open file can be replaced, but not everywhere
            self._part.replace(self.path)
            self._descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | _BINARY)

    def close(self) -> None:
        """Close the file."""
        if self._descriptor is not None:
            descriptor, self._descriptor = self._descriptor, None
            with told(self.path):
                os.close(descriptor)

    def abandon(self) -> None:
        """Close the file, and remove what was not put in its place."""
        with contextlib.suppress(JobError, OSError):  # what was wrong before is what is to be told
            self.close()
            self._part.unlink(missing_ok=True)

    def _write(self, content: bytes) -> None:
        assert self._descriptor is not None
        self._digest.update(content)
        self._size += len(content)
        rest = memoryview(content)
        while rest:
            rest = rest[os.write(self._descriptor, rest) :]


def write_whole(path: Path, content: bytes) -> None:
    """Put a small file in its place at once, readable by its owner only; raises JobError."""
    part = path.with_name(f"{path.name}.part")
    with told(path):
        part.unlink(missing_ok=True)
        try:
            with os.fdopen(_create(part), "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        except BaseException:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)
            raise


def keep_edited(path: Path) -> Path:
    """Give a file that somebody edited another name, and return it; raises JobError."""
    with told(path):
        kept = next(name for name in _names_of_edited(path) if not os.path.lexists(name))
        path.rename(kept)
    return kept


def mark_of(path: Path) -> dict[str, Any] | None:
    """Return what tells that a file is as it is now; None when there is none."""
    with told(path):
        try:
            with path.open("rb") as file:
                return _marked(file)
        except FileNotFoundError:
            return None


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Turn what the system raises during the block into a JobError that says what to do."""
    try:
        yield
    except OSError as error:
        raise JobError(f"{path} {_in_words(path, error)}; {_REMEDY}") from None


def _in_words(path: Path, error: OSError) -> str:
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT | errno.EFBIG:
            return "cannot be written: the disk is full, or your share of it is"
        case errno.EACCES | errno.EPERM | errno.EROFS:
            return f"cannot be written: you may not, nor perhaps in {path.parent}, or another program has it open"
        case errno.EISDIR:
            return "is a directory where a file is to be written; move it away"
        case errno.ENOENT | errno.ENOTDIR:
            return f"cannot be written: {path.parent} is not there any more"
        case _:
            return f"cannot be written: {error.strerror or type(error).__name__}"


def _create(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, 0o600)


def _names_of_edited(path: Path) -> Iterator[Path]:
    number = 1
    while True:
        yield path.with_suffix(f".edited{f'-{number}' if number > 1 else ''}{path.suffix}")
        number += 1


def _is_beginning(old: BufferedReader, new: BufferedReader) -> bool:
    """Tell whether `new` begins with all of `old`, but for zeros at its end that a loss of power has left there."""
    while True:
        had, have = old.read(_CHUNK), new.read(_CHUNK)
        if not have.startswith(had):
            rest = iter(lambda: old.read(_CHUNK), b"")
            return have.startswith(had.rstrip(b"\0")) and not any(chunk.strip(b"\0") for chunk in rest)
        if len(had) < _CHUNK:
            return True


def _marked(file: BufferedReader) -> dict[str, Any]:
    file.seek(0)
    digest, size = blake2b(digest_size=16), 0
    while chunk := file.read(_CHUNK):
        digest.update(chunk)
        size += len(chunk)
    return {"size": size, "digest": digest.hexdigest()}
