"""When an import is killed: at instants that are seen from outside, whatever the machine's speed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import NamedTuple

from .process import JOB, Process
from .witness import Witness

_LOOK_EVERY = 0.000_5


class Instant(NamedTuple):
    """An instant in words, and what tells that it has come; `again` makes it one more of its kind."""

    what: str
    has_come: Callable[[Process], bool]


def wait_for(instant: Instant, process: Process) -> bool:
    """Wait until an instant has come, and tell whether it has; the process may have ended before."""
    while process.code is None:
        if instant.has_come(process):
            return True
        time.sleep(_LOOK_EVERY)
    return False


class Instants:
    """So many instants in the course of an import, in its order."""

    def __init__(self, folder: Path, witness: Witness, kills: int, sendings: int, seed: int) -> None:
        self._folder = folder
        self._witness = witness
        self._random = Random(f"{seed}/instants")
        self._kills = kills
        self._sendings = sendings

    def __iter__(self) -> Iterator[Instant]:
        reading = max(2, self._kills // 12)
        for _ in range(reading):
            yield self._while_reading()
        requests = sorted(self._random.randrange(self._sendings) for _ in range(self._kills - reading))
        for number in requests:
            yield self._random.choices((self._at(number), self._while_rewriting(), self._while_holding()), (8, 1, 1))[0]

    def _while_reading(self) -> Instant:
        """When the job that is being made has some size, or at once when it has none."""
        being_made = self._folder / f"{JOB}.reading"
        size = self._random.randrange(self._sendings * 200)
        made = self._folder / JOB
        return Instant(
            f"while the file is read, at {size:,} bytes", lambda _: _size_of(being_made) >= size or made.exists()
        )

    def _at(self, number: int) -> Instant:
        """When so many requests have come, and this run has sent one at least."""
        least = max(number, self._witness.arrived + 1)
        return Instant(f"after {number:,} requests", lambda _: self._witness.arrived >= least)

    def _while_rewriting(self) -> Instant:
        """When result files are there that are not in their place yet."""
        kinds = ["created", "updated", "failed", "dropped", "duplicates"]
        part = self._folder / f"people.{self._random.choice(kinds)}.csv.part"
        return Instant(f"when {part.name} is there", lambda _: part.exists())

    def _while_holding(self) -> Instant:
        """When the result files are in their place again, before the first request of the run."""
        created = self._folder / "people.created.csv"
        before = _inode_of(created)
        return Instant("when the results are rewritten", lambda _: _inode_of(created) not in (before, None))


def _size_of(path: Path) -> int:
    with suppress(FileNotFoundError):
        return path.stat().st_size
    return -1


def _inode_of(path: Path) -> int | None:
    with suppress(FileNotFoundError):
        return path.stat().st_ino
    return None
