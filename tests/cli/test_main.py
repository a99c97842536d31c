"""The entry point: quick where nothing is to be done, clear where packages are missing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import growthhub_async

from .running import environment, growthhub


def _python(program: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=environment(), cwd=folder, check=False
    )


@pytest.mark.parametrize("arguments", [["--help"], ["import", "--help"], ["--version"]])
def test_help_needs_nothing_heavy(tmp_path: Path, arguments: list[str]) -> None:
    """Neither the HTTP client nor the sandbox nor the importer is imported before a command needs it."""
    program = (
        "import sys\n"
        f"sys.argv = ['growthhub', *{arguments!r}]\n"
        "from growthhub_async.__main__ import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = ('aiohttp', 'growthhub_async.sandbox', 'growthhub_async.importer', 'rich.live', 'uvloop')\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    ran = _python(program, tmp_path)
    assert ran.stdout.splitlines()[-1] == "[]", ran.stderr


@pytest.mark.parametrize("missing", ["typer", "rich"])
def test_packages_that_are_missing_are_named_in_one_line(tmp_path: Path, missing: str) -> None:
    """The library can be installed without the command line, and says how to get it."""
    program = (
        f"import sys\nsys.modules[{missing!r}] = None\n"
        "from growthhub_async.__main__ import main\n"
        "sys.argv = ['growthhub', '--version']\n"
        "sys.exit(main())"
    )
    ran = _python(program, tmp_path)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr == 'the command line needs two more packages: pip install "growthhub-async[cli]"\n'


def test_another_package_that_is_missing_is_not_mistaken_for_them(tmp_path: Path) -> None:
    """A broken installation shows what is broken."""
    program = (
        "import sys\nsys.modules['growthhub_async.cli.import_command'] = None\n"
        "from growthhub_async.__main__ import main\nmain()"
    )
    assert "growthhub_async.cli.import_command" in _python(program, tmp_path).stderr


def test_the_version_is_that_of_the_package(tmp_path: Path) -> None:
    """Written once."""
    ran = growthhub("--version", env=environment(), folder=tmp_path)
    assert (ran.returncode, ran.stdout) == (0, f"growthhub-async {growthhub_async.__version__}\n")


def test_without_a_command_help_is_shown(tmp_path: Path) -> None:
    """The commands are listed, and that is no success."""
    ran = growthhub(env=environment(), folder=tmp_path)
    assert ran.returncode == 2
    assert all(command in ran.stdout + ran.stderr for command in ("import", "demo", "sandbox"))
