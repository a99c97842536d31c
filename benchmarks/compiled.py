"""The library as `make compiled` builds it: the same code, with the path of a record compiled."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

ROOT = Path(__file__).parent.parent
BUILT = ROOT / "build" / "compiled"
PACKAGE = "growthhub_async"


def is_built() -> bool:
    """Tell whether it is there for this Python, and was made of the sources as they are now."""
    built = BUILT / PACKAGE
    is_for_this_python = (built / f"bulk{EXTENSION_SUFFIXES[0]}").exists()
    return is_for_this_python and all(_same(module, built / module.name) for module in (ROOT / PACKAGE).glob("*.py"))


def build() -> bool:
    """Build it for this Python, which takes a minute; tells whether it could be, for want of a C compiler as a rule."""
    (BUILT / ".done").unlink(missing_ok=True)
    command = ["make", "--no-print-directory", "-C", str(ROOT), "compiled", f"VENV={sys.prefix}"]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return False
    return is_built()


def environment() -> dict[str, str]:
    """Make the environment of a process that finds the compiled library before any other; it needs `-P`, too."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join((str(BUILT), str(ROOT)))}


def is_in_use() -> bool:
    """Tell whether it is the compiled library that this process has."""
    found = importlib.import_module(f"{PACKAGE}.bulk").__file__
    return found is not None and found.endswith(tuple(EXTENSION_SUFFIXES))


def _same(one: Path, other: Path) -> bool:
    return other.exists() and one.read_bytes() == other.read_bytes()
