"""A file as a lock among processes: the system lets go of it when its holder ends, however it ends."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path


def take(path: Path) -> int | None:
    """Take a lock, and return what to `release` it by; None when another holds it. The file names the holder."""
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if not _try_lock(descriptor):
                os.close(descriptor)
                return None
            if _is_at(descriptor, path):
                os.ftruncate(descriptor, 0)
                os.write(descriptor, f"{os.getpid()}\n".encode())
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


def release(path: Path, descriptor: int) -> None:
    """Let go of a lock, and remove its file."""
    with contextlib.suppress(OSError):
        path.unlink()  # while it is held: who opened it meanwhile sees that it is not the file any more
    os.close(descriptor)


def is_taken(path: Path) -> bool:
    """Tell whether a process holds a lock."""
    try:
        descriptor = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        return not _is_free(descriptor)
    finally:
        os.close(descriptor)


def holder_of(path: Path) -> int | None:
    """Return the number of the process that holds a lock, as far as it can be read."""
    with contextlib.suppress(OSError, ValueError):
        return int(path.read_text())
    return None


def _is_at(descriptor: int, path: Path) -> bool:
    """Tell whether what is locked is what others will find: who held it before may have removed it."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


if sys.platform == "win32":
    import msvcrt

    def _try_lock(descriptor: int) -> bool:
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    _is_free = _try_lock

else:
    import fcntl

    def _try_lock(descriptor: int) -> bool:
        while not _flock(descriptor, fcntl.LOCK_EX):
            if not _is_free(descriptor):
                return False  # else somebody just looked whether it is: he is in nobody's way
        return True

    def _is_free(descriptor: int) -> bool:
        return _flock(descriptor, fcntl.LOCK_SH)

    def _flock(descriptor: int, kind: int) -> bool:
        try:
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
