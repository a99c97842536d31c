"""The import as a process: begun, killed, begun again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import growthhub_async

FILE = "people.csv"
JOB = "people.job"
GOOD_ENDS = (0, 4)

_REAL = (sys.executable, "-m", "growthhub_async")
_HURRIED = (sys.executable, "-m", "tests.killing.hurried")


class Way(NamedTuple):
    """How imports are run: in which folder, against which server, with which flags.

    `hold` is for how many seconds an unheard request is held to be worked on; None for as long as it really is.
    """

    folder: Path
    base_url: str
    flags: tuple[str, ...]
    reading_flags: tuple[str, ...] = ()
    hold: float | None = None


class Process:
    """One run of the command."""

    def __init__(self, way: Way, number: int, *, resume: bool, environment: dict[str, str] | None = None) -> None:
        self.outcomes = way.folder / f"run-{number}.ndjson"
        self._log = way.folder / f"run-{number}.log"
        command = _REAL if way.hold is None else _HURRIED
        what = ("resume", JOB) if resume else ("import", FILE, *way.reading_flags)
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [*command, *what, *way.flags, "--outcomes", self.outcomes.name, "--debug"],
                cwd=way.folder,
                env=_environment(way) | (environment or {}),
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

    def send(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self._process.send_signal(number)

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


def _environment(way: Way) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("GROWTHHUB_")}
    here = Path(growthhub_async.__file__).parents[1]
    return own | {
        "PYTHONPATH": str(here),
        "GROWTHHUB_BASE_URL": way.base_url,
        "GROWTHHUB_LOCATION_ID": "loc1",
        "GROWTHHUB_TOKEN": "pit-killed",
        **({} if way.hold is None else {"HOLD": str(way.hold)}),
    }
