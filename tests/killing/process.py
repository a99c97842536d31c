"""The import as a process: begun, killed, begun again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import growthhub_async

FILE = "people.csv"
JOB = "people.job"
GOOD_ENDS = (0, 4)
CANNOT_WRITE = 2
TOKEN = "pit-killed"
LOCATION = "loc1"

_REAL = (sys.executable, "-m", "growthhub_async")
_HURRIED = (sys.executable, "-m", "tests.killing.hurried")
_BLOCK = 512


class Way(NamedTuple):
    """How imports are run: in which folder, against which server, with which flags.

    `hold` is for how many seconds what an earlier run has sent is held to be worked on; None for as long as it really
    is.
    """

    folder: Path
    base_url: str
    flags: tuple[str, ...]
    reading_flags: tuple[str, ...] = ()
    hold: float | None = None


class Process:
    """One run of the command, which dies at its `die_at`th change of a file, and writes no file beyond `most_bytes`."""

    def __init__(
        self,
        way: Way,
        number: int,
        *,
        resume: bool,
        die_at: int | None = None,
        most_bytes: int | None = None,
        environment: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.outcomes = way.folder / f"run-{number}.ndjson"
        self._log = way.folder / f"run-{number}.log"
        what = ("resume", JOB) if resume else ("import", FILE, *way.reading_flags)
        own = {"GROWTHHUB_BASE_URL": way.base_url, "GROWTHHUB_LOCATION_ID": LOCATION, "GROWTHHUB_TOKEN": TOKEN}
        if way.hold is not None:
            own["HOLD"] = str(way.hold)
        if die_at is not None:
            own["DIE_AT"] = str(die_at)
        command = [*(_REAL if way.hold is die_at is None else _HURRIED), *what, *way.flags]
        command += ["--outcomes", self.outcomes.name]
        if most_bytes is not None:
            command = ["sh", "-c", f'ulimit -f {most_bytes // _BLOCK}; exec "$@"', "sh", *command]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                command,
                cwd=way.folder,
                env=_others() | own | dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    @property
    def code(self) -> int | None:
        """The exit code; None as long as it runs."""
        return self._process.poll()

    @property
    def was_killed(self) -> bool:
        """Whether it ended by force."""
        return self.code == -signal.SIGKILL

    def kill(self) -> None:
        """End it by force, and wait until it is gone."""
        self._process.kill()
        self._process.wait()

    def wait(self) -> int:
        """Wait for its end, and return the exit code."""
        return self._process.wait(timeout=900)

    def last_words(self) -> str:
        """What it printed at last."""
        return self._log.read_text(errors="replace")[-2_000:]


def _others() -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("GROWTHHUB_")}
    return own | {"PYTHONPATH": str(Path(growthhub_async.__file__).parents[1])}
