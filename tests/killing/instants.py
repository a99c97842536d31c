"""When and how an import ends by force: at instants that are seen from outside, whatever the machine's speed."""

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
_CHANGES = 30
"""Changes of files that a run makes, about."""


class Instant(NamedTuple):
    """An instant in words, of which kind it is, and what tells that it has come.

    The process ends itself at its `die_at`th change of a file, or because it may write no more than `most_bytes` into
    one; with `power` what it had not made sure of is lost.
    """

    what: str
    kind: str
    has_come: Callable[[Process], bool] = lambda _: False
    die_at: int | None = None
    most_bytes: int | None = None
    power: bool = False


def wait_for(instant: Instant, process: Process) -> bool:
    """Wait until an instant has come, and tell whether it has; the process may have ended before."""
    while process.code is None:
        if instant.has_come(process):
            return True
        time.sleep(_LOOK_EVERY)
    return process.was_killed


class Instants:
    """So many instants in the course of an import, in its order; `size` is of its input in bytes."""

    def __init__(self, folder: Path, witness: Witness, kills: int, sendings: int, size: int, seed: int) -> None:
        self._folder = folder
        self._witness = witness
        self._random = Random(f"{seed}/instants")
        self._kills = kills
        self._sendings = sendings
        self._size = size

    def __iter__(self) -> Iterator[Instant]:
        reading, ending = max(1, self._kills // 10), max(1, self._kills // 10)
        for _ in range(reading):
            ways = (self._while_reading, self._at_once, self._at_change, self._on_a_full_disk)
            yield self._with_power(self._no_later(0, self._random.choices(ways, (4, 1, 1, 1))[0]()))
        ways = (self._after_it, self._while_rewriting, self._before_sending, self._at_change, self._on_a_full_disk)
        for number in sorted(self._random.randrange(self._sendings) for _ in range(self._kills - reading - ending)):
            yield self._with_power(self._no_later(number, self._random.choices(ways, (12, 1, 1, 2, 1))[0]()))
        for _ in range(ending):
            yield self._with_power(self._random.choices((self._at_change, self._on_a_full_disk), (3, 1))[0]())

    def _no_later(self, number: int, instant: Instant) -> Instant:
        """Let an instant come when so many requests have, if not before, and when this run has sent one at least."""
        least = max(number, self._witness.arrived + 1)
        what = f"{instant.what}, or after {number:,} requests" if instant.what else f"after {number:,} requests"
        has_come = instant.has_come
        return instant._replace(what=what, has_come=lambda process: has_come(process) or self._witness.arrived >= least)

    def _with_power(self, instant: Instant) -> Instant:
        """Let the power be lost at some instants."""
        return instant._replace(power=instant.most_bytes is None and self._random.random() < 0.3)

    def _at_once(self) -> Instant:
        """When the process is there, and hardly more."""
        return Instant("at once", "at once", lambda _: True)

    def _while_reading(self) -> Instant:
        """When the job that is being made has some size, if it comes to that; what a kill has left is none."""
        being_made, made = self._folder / f"{JOB}.reading", self._folder / JOB
        size = self._random.randrange(2 * self._size)
        left = _changed_at(being_made)
        return Instant(
            f"while the file is read, at {size:,} bytes",
            "while the file is read",
            lambda _: made.exists() or (_changed_at(being_made) != left and _size_of(being_made) >= size),
        )

    def _after_it(self) -> Instant:
        """When so many requests have come, and for no other reason."""
        return Instant("", "after some requests")

    def _while_rewriting(self) -> Instant:
        """When a result file is there that is not in its place yet."""
        kinds = ["created", "updated", "failed", "dropped", "duplicates"]
        part = self._folder / f"people.{self._random.choice(kinds)}.csv.part"
        return Instant(f"when {part.name} is there", "while the results are rewritten", lambda _: part.exists())

    def _before_sending(self) -> Instant:
        """When the result files are in their place again, before the first request of the run."""
        created = self._folder / "people.created.csv"
        before = _inode_of(created)
        return Instant(
            "when the results are rewritten",
            "before the first request",
            lambda _: _inode_of(created) not in (before, None),
        )

    def _at_change(self) -> Instant:
        """When a file is opened to be written, renamed or removed for the so many-th time."""
        number = self._random.randrange(1, _CHANGES)
        return Instant(f"at change {number} of a file", "at the change of a file", die_at=number)

    def _on_a_full_disk(self) -> Instant:
        """When a file cannot be written on, as on a disk that is full."""
        job = self._folder / JOB
        most = self._random.randrange(_size_of(job) if job.exists() else 2 * self._size)
        return Instant(f"with files of {most:,} bytes at most", "on a full disk", most_bytes=most)


def _size_of(path: Path) -> int:
    with suppress(FileNotFoundError):
        return path.stat().st_size
    return -1


def _changed_at(path: Path) -> int | None:
    with suppress(FileNotFoundError):
        return path.stat().st_ctime_ns
    return None


def _inode_of(path: Path) -> int | None:
    with suppress(FileNotFoundError):
        return path.stat().st_ino
    return None
