import subprocess
import sys
from pathlib import Path

from growthhub_async import sandbox

PACKAGE = Path(sandbox.__file__).parent

# Stands in for the package above, so that only what the sandbox itself imports is seen.
ALONE = """
import importlib, sys, types
above = types.ModuleType("growthhub_async")
above.__path__ = [sys.argv[1]]
sys.modules["growthhub_async"] = above
for name in sys.argv[2:]:
    importlib.import_module(name)
print(*sorted(sys.modules))
"""


def imported(*names: str) -> set[str]:
    """Return the modules a fresh interpreter has after importing these."""
    arguments = [sys.executable, "-c", ALONE, str(PACKAGE.parent), *names]
    return set(subprocess.run(arguments, capture_output=True, text=True, check=True).stdout.split())


def test_it_imports_nothing_else_of_the_package() -> None:
    """The sandbox can contradict the client because it shares no module with it."""
    names = [f"growthhub_async.sandbox.{path.stem}" for path in PACKAGE.glob("*.py") if path.stem != "__init__"]
    ours = {name for name in imported(*names) if name.startswith("growthhub_async.")}
    assert ours == {"growthhub_async.sandbox", *names}


def test_the_pytest_plugin_is_cheap() -> None:
    """A test run that never asks for the sandbox imports no HTTP server for it."""
    assert "aiohttp" not in imported("growthhub_async.sandbox.pytest_plugin")


def test_public_names_are_sorted_and_there() -> None:
    """Every public name can be imported, is listed once, and in order."""
    assert sandbox.__all__ == sorted(set(sandbox.__all__))
    assert all(getattr(sandbox, name) for name in sandbox.__all__)
