"""Run the command as people do: in a process of its own, against a local GrowthHub."""

from __future__ import annotations

import csv
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

import growthhub_async
from growthhub_async.sandbox import Limits, Location, SandboxThread, Scenario, Token

TOKEN = "pit-canary-5f0c2a"
LOCATION = "loc1"
COMMAND = (sys.executable, "-m", "growthhub_async")
UNLIMITED = Limits(requests_per_interval=1_000_000, requests_per_day=1_000_000)
A_SHORT_DAY = Limits(requests_per_interval=1_000_000, requests_per_day=30)
FAST = ("--requests-per-interval", "1000000")
KINDS = ("created", "updated", "failed", "dropped", "duplicates")

_NUMBERS = re.compile(r" *(read +created.*)\n(.*)")


def local_growthhub(
    *, limits: Limits = UNLIMITED, location: Mapping[str, Any] | None = None, **scenario: Any
) -> SandboxThread:
    """Make a sandbox whose one location has the canary token, and no limits unless they are given."""
    given = {"tokens": (Token(value=TOKEN),), **(location or {})}
    return SandboxThread(Scenario(locations=(Location(id=LOCATION, limits=limits, **given),), **scenario))


def environment(sandbox: SandboxThread | None = None, **variables: str) -> dict[str, str]:
    """Make the environment of a process, with nothing of GrowthHub's in it but what speaks to the sandbox."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("GROWTHHUB_")}
    own["XDG_CONFIG_HOME"] = "/nowhere"  # there is no profile
    own["PYTHONPATH"] = str(Path(growthhub_async.__file__).parents[1])
    if sandbox is not None:
        own |= {
            "GROWTHHUB_BASE_URL": sandbox.base_url,
            "GROWTHHUB_LOCATION_ID": LOCATION,
            "GROWTHHUB_TOKEN": TOKEN,
        }
    return own | variables


def growthhub(
    *arguments: str,
    env: Mapping[str, str],
    folder: Path,
    stdin: str = "",
    program: tuple[str, ...] = COMMAND,
    timeout: float = 60,
) -> subprocess.CompletedProcess[str]:
    """Run the command to its end; its output never has the token in it, nor a traceback unless that is asked for."""
    ran = subprocess.run(
        [*program, *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        env=env,
        cwd=folder,
        check=False,
        timeout=timeout,
    )
    assert TOKEN not in ran.stdout + ran.stderr
    assert "--debug" in arguments or "Traceback" not in ran.stderr, ran.stderr
    return ran


@contextmanager
def started(*arguments: str, env: Mapping[str, str], folder: Path, **options: Any) -> Iterator[subprocess.Popen[str]]:
    """Start the command, and end it for good when the block is left."""
    with subprocess.Popen(
        [*COMMAND, *arguments],
        stdin=options.pop("stdin", subprocess.DEVNULL),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=env,
        cwd=folder,
        **options,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def until(stream: Iterable[str] | None, text: str) -> list[str]:
    """Read lines until one has a text in it."""
    assert stream is not None
    read = []
    for line in stream:
        read.append(line)
        if text in line:
            return read
    raise AssertionError(f"{text!r} never came: {''.join(read)}")


def wait_for_requests(sandbox: SandboxThread, number: int = 1) -> None:
    """Wait until so many upserts have arrived, however long that takes."""
    while upserts(sandbox) < number:  # it asks the thread of the sandbox, which hears of a request soon
        pass


def upserts(sandbox: SandboxThread) -> int:
    """Count the upserts that have arrived."""
    return sum(entry.path == "/contacts/upsert" for entry in sandbox.ledger)


def lines_of(ndjson: str) -> list[dict[str, Any]]:
    """Read outcomes, ordered by the line of their record."""
    return sorted((msgspec.json.decode(line) for line in ndjson.splitlines()), key=lambda outcome: outcome["line"])


def write_people(path: Path, number: int) -> Path:
    """Write a file with the emails of so many people."""
    path.write_text("Email\n" + "".join(f"person{of}@example.com\n" for of in range(number)))
    return path


def accounts(told: str) -> dict[str, int]:
    """Read the table of a summary, and require that it adds up."""
    heading, figures = re.findall(_NUMBERS, told)[-1]
    found = dict(zip(heading.split(), (int(figure.replace(",", "")) for figure in figures.split()), strict=True))
    parts = {name: number for name, number in found.items() if name != "read"}
    assert found["read"] == sum(parts.values()), found
    return found


def status_of(job: Path) -> dict[str, Any]:
    """Ask for the numbers of a job; its accounts are in order."""
    ran = growthhub("status", str(job), "--json", env=environment(), folder=job.parent)
    assert ran.returncode in (0, 4), ran.stderr
    found: dict[str, Any] = msgspec.json.decode(ran.stdout)
    assert found["accounting"]
    return found


def rows_of(path: Path) -> list[dict[str, str]]:
    """Read a result file as a spreadsheet does."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def write_rows(path: Path, rows: list[dict[str, str]]) -> None:
    """Write a result file that somebody mended, as a spreadsheet does."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
