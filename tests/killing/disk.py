"""The files of an import as a loss of power leaves them: what was not made sure of is lost.

It needs Linux and a C compiler, for SQLite does not tell Python when it syncs.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

from .process import FILE, JOB

_SOURCE = Path(__file__).with_name("disk.c")
_WATCHED = "people."
_PROBE = (
    "import sqlite3; c = sqlite3.connect('people.probe');"
    "c.executescript('PRAGMA synchronous = FULL; CREATE TABLE t (a)')"
)


class Disk:
    """What is sure of the files of a folder, as long as they are written by processes with its `environment`."""

    def __init__(self, library: Path, folder: Path) -> None:
        self._folder = folder
        self._sure = folder / "disk"
        self._sure.mkdir(exist_ok=True)
        self.environment = {"LD_PRELOAD": str(library), "DISK": str(self._sure), "WATCHED": _WATCHED}

    @contextmanager
    def losing_power(self, random: Random) -> Iterator[dict[str, str]]:
        """Give the environment of what writes during the block, after which what it has not made sure of is lost.

        The end of a log may be junk then, as if it had been written on.
        """
        _replace(self._folder, self._sure)
        yield self.environment
        _replace(self._sure, self._folder)
        log = self._folder / f"{JOB}-wal"
        if log.exists():
            with log.open("ab") as file:
                file.write(random.randbytes(random.choice((0, 10, 5_000, 30_000))))


@contextmanager
def disk_of(folder: Path) -> Iterator[Disk | None]:
    """Make a disk for the block; None where that is not to be had."""
    with tempfile.TemporaryDirectory(prefix="growthhub-disk-") as name:
        library = Path(name, "disk.so")
        compiler = shutil.which("cc")
        if compiler is None or sys.platform != "linux":
            yield None
            return
        subprocess.run([compiler, "-O1", "-shared", "-fPIC", "-o", library, _SOURCE, "-ldl"], check=True)
        disk = Disk(library, folder)
        yield disk if _works(disk, Path(name)) else None


def _works(disk: Disk, folder: Path) -> bool:
    """Tell whether SQLite's syncs are seen: they may be out of reach where it is part of the interpreter."""
    subprocess.run([sys.executable, "-c", _PROBE], cwd=folder, env=os.environ | disk.environment, check=True)
    kept = Path(disk.environment["DISK"], "people.probe")
    works = kept.exists()
    kept.unlink(missing_ok=True)
    return works


def _replace(source: Path, target: Path) -> None:
    for path in target.glob(f"{_WATCHED}*"):
        if path.name != FILE:
            path.unlink()
    for path in source.glob(f"{_WATCHED}*"):
        if path.name != FILE and not path.name.endswith((".copying", "-shm")):
            shutil.copy2(path, target / path.name)
