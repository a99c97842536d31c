"""What a loss of power leaves of files, beyond what a kill does: whatever was not made sure of is lost, or is junk.

A job is made sure of with every commit; the files that are written anew are when they are whole, but not their further
rows. SQLite's shared memory is no file at all in that sense.
"""

from __future__ import annotations

from pathlib import Path
from random import Random

from .process import JOB

_WAL_HEADER = 32
_FRAME_HEADER = 24


def lose_power(folder: Path, random: Random) -> None:
    """Spoil the files of an import as a loss of power may do it."""
    (folder / f"{JOB}-shm").unlink(missing_ok=True)
    _spoil_log(folder / f"{JOB}-wal", random)
    for path in (*folder.glob("people.*.csv"), *folder.glob("*.part"), *folder.glob(f"{JOB}.reading*")):
        _spoil_end(path, random)


def _spoil_log(path: Path, random: Random) -> None:
    """Put junk in the place of what was not committed."""
    if not path.exists():
        return
    content = path.read_bytes()
    committed = content[: _committed(content)]
    path.write_bytes(committed + random.randbytes(random.choice((0, 10, _FRAME_HEADER, 5_000, 30_000))))


def _committed(log: bytes) -> int:
    """Return how many bytes of a write-ahead log are of commits: https://sqlite.org/fileformat2.html#walformat."""
    end, at = 0, _WAL_HEADER
    page, salt = int.from_bytes(log[8:12], "big"), log[16:24]
    while len(frame := log[at : at + _FRAME_HEADER + page]) == _FRAME_HEADER + page and frame[8:16] == salt:
        at += len(frame)
        if frame[4:8] != b"\0\0\0\0":
            end = at
    return end


def _spoil_end(path: Path, random: Random) -> None:
    """Cut a file, or leave zeros where it was written last."""
    content = path.read_bytes()
    keeps = len(content) - random.randrange(min(len(content), 3_000) + 1)
    path.write_bytes(content[:keeps] + b"\0" * random.choice((0, len(content) - keeps)))
