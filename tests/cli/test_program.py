"""What the reader is told to type works from where he stands."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = f"""#!{sys.executable}
import sys
import typer
from growthhub_async.cli.program import as_typed

app = typer.Typer()

@app.command()
def show(context: typer.Context) -> None:
    print(as_typed(context))

app()
"""


@pytest.fixture
def program(tmp_path: Path) -> Path:
    path = tmp_path / "some bin" / "growthhub"
    path.parent.mkdir()
    path.write_text(SCRIPT)
    path.chmod(0o755)
    return path


def test_a_program_that_the_shell_finds_goes_by_its_name(program: Path) -> None:
    """With its folder on the PATH, the name alone is enough."""
    done = subprocess.run(
        [program], env={"PATH": str(program.parent), "PYTHONPATH": _root()}, capture_output=True, text=True, check=True
    )
    assert done.stdout == "growthhub\n"


def test_a_program_that_the_shell_does_not_find_goes_by_its_way(program: Path, tmp_path: Path) -> None:
    """Out of the PATH, as in a fresh `.venv`, what is told leads there from the folder one stands in."""
    done = subprocess.run(
        [program],
        env={"PATH": "/nowhere", "PYTHONPATH": _root()},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "'some bin/growthhub'\n"


def _root() -> str:
    return str(Path(__file__).parent.parent.parent)
