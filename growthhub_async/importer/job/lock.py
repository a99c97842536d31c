"""One process at a job at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ... import file_lock
from ..errors import JobBusyError
from .database import told


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock of a job during the block; raises JobBusyError when another process does, JobError without one."""
    lock = _lock_of(path)
    with told(path):
        held = file_lock.take(lock)
    if held is None:
        holder = file_lock.holder_of(lock)
        by_whom = "" if holder is None else f" by process {holder}"
        raise JobBusyError(f"{path} is worked on{by_whom}; wait for that to end, or stop it with Ctrl-C there")
    try:
        yield
    finally:
        file_lock.release(lock, held)


def is_locked(path: Path) -> bool:
    """Tell whether a process works on a job."""
    with told(path):
        return file_lock.is_taken(_lock_of(path))


def _lock_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.lock")
