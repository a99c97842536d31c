"""Run the command as people do: in a process of its own, against a local GrowthHub."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
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


def local_growthhub(*, limits: Limits = UNLIMITED, **scenario: Any) -> SandboxThread:
    """Make a sandbox whose one location has the canary token, and no limits unless they are given."""
    here = Location(id=LOCATION, tokens=(Token(value=TOKEN),), limits=limits)
    return SandboxThread(Scenario(locations=(here,), **scenario))


def environment(sandbox: SandboxThread | None = None, **variables: str) -> dict[str, str]:
    """Make the environment of a process, with nothing of GrowthHub's in it but what speaks to the sandbox."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("GROWTHHUB_")}
    own["PYTHONPATH"] = str(Path(growthhub_async.__file__).parents[1])
    if sandbox is not None:
        own |= {
            "GROWTHHUB_BASE_URL": sandbox.base_url,
            "GROWTHHUB_LOCATION_ID": LOCATION,
            "GROWTHHUB_TOKEN": TOKEN,
        }
    return own | variables


def growthhub(
    *arguments: str, env: Mapping[str, str], folder: Path, stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run the command to its end; its output never has the token in it."""
    ran = subprocess.run(
        [*COMMAND, *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        env=env,
        cwd=folder,
        check=False,
        timeout=60,
    )
    assert TOKEN not in ran.stdout + ran.stderr
    return ran


def lines_of(ndjson: str) -> list[dict[str, Any]]:
    """Read outcomes, ordered by the line of their record."""
    return sorted((msgspec.json.decode(line) for line in ndjson.splitlines()), key=lambda outcome: outcome["line"])
