"""One process at a job at a time: the system lets go of the lock when its holder ends, however it ends."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import JobBusyError
from .database import told


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock of a job during the block; raises JobBusyError when another process does, JobError without one."""
    lock = path.with_name(f"{path.name}.lock")
    with told(path):
        descriptor = _taken(lock)
    if descriptor is None:
        raise JobBusyError(f"{path} is worked on{_by_whom(lock)}; wait for that to end, or stop it with Ctrl-C there")
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            lock.unlink()  # while it is held: who opened it meanwhile sees that it is not the file any more
        os.close(descriptor)


def is_locked(path: Path) -> bool:
    """Tell whether a process works on a job."""
    with told(path):
        try:
            descriptor = os.open(path.with_name(f"{path.name}.lock"), os.O_RDWR)
        except FileNotFoundError:
            return False
        try:
            return not _is_free(descriptor)
        finally:
            os.close(descriptor)


def _taken(lock: Path) -> int | None:
    while True:
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if not _try_lock(descriptor):
                os.close(descriptor)
                return None
            if _is_at(descriptor, lock):
                os.ftruncate(descriptor, 0)
                os.write(descriptor, f"{os.getpid()}\n".encode())
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


def _is_at(descriptor: int, lock: Path) -> bool:
    """Tell whether what is locked is what others will find: who held it before may have removed it."""
    try:
        return os.path.samestat(os.fstat(descriptor), lock.stat())
    except FileNotFoundError:
        return False


def _by_whom(lock: Path) -> str:
    with contextlib.suppress(OSError, ValueError):
        return f" by process {int(lock.read_text())}"
    return ""


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
