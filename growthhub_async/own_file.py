"""What a file has to be that holds something which is one's own alone: closed to others, and there after a crash."""

from __future__ import annotations

import os
import stat
from pathlib import Path

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def is_open_to_others(descriptor: int) -> bool:
    """Tell whether others than its owner may read or change an open file, where the system knows of such."""
    return os.name == "posix" and bool(stat.S_IMODE(os.fstat(descriptor).st_mode) & _OTHERS)


def sync(path: Path) -> None:
    """Let a file, or the names in a directory, outlive a loss of power."""
    if path.is_dir() and os.name != "posix":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
