"""The library as `make compiled` builds it: the same code, with the path of a record compiled."""

from __future__ import annotations

import importlib
import os
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

ROOT = Path(__file__).parent.parent
BUILT = ROOT / "build" / "compiled"
PACKAGE = "growthhub_async"


def is_built() -> bool:
    """Tell whether it is there, and was made of the sources as they are now."""
    return all(_same(module, BUILT / PACKAGE / module.name) for module in (ROOT / PACKAGE).glob("*.py"))


def environment() -> dict[str, str]:
    """Make the environment of a process that finds the compiled library before any other; it needs `-P`, too."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join((str(BUILT), str(ROOT)))}


def is_in_use() -> bool:
    """Tell whether it is the compiled library that this process has."""
    found = importlib.import_module(f"{PACKAGE}.bulk").__file__
    return found is not None and found.endswith(tuple(EXTENSION_SUFFIXES))


def _same(one: Path, other: Path) -> bool:
    return other.exists() and one.read_bytes() == other.read_bytes()
