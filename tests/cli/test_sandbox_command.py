"""`growthhub sandbox`, run as a process: how to speak to it, what it keeps, and how it ends."""

from __future__ import annotations

import re
import shlex
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from .running import COMMAND, accounts, environment, growthhub


@contextmanager
def _served(folder: Path, *arguments: str) -> Iterator[tuple[dict[str, str], subprocess.Popen[str]]]:
    """Serve a sandbox, and give the environment that it prints."""
    with subprocess.Popen(
        [*COMMAND, "sandbox", "--port", "0", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=folder,
        env=environment(),
    ) as process:
        try:
            assert process.stdout is not None
            exports = [shlex.split(process.stdout.readline()) for _ in range(3)]
            assert [words[0] for words in exports] == ["export"] * 3
            yield dict(words[1].split("=", 1) for words in exports), process
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_prints_an_environment_with_which_an_import_works(tmp_path: Path, number: signal.Signals) -> None:
    """The example that it gives can be pasted too; Ctrl-C ends it, and that is no error."""
    with _served(tmp_path) as (variables, process):
        assert process.stderr is not None
        said = [process.stderr.readline() for _ in range(6)]
        (example,) = re.findall(r"printf .*", "".join(said))
        command = example.replace("python -m growthhub_async", shlex.join(COMMAND))
        env = environment() | variables
        ran = subprocess.run(command, shell=True, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stderr
        process.send_signal(number)
        assert process.wait(30) == 0
    assert variables["GROWTHHUB_BASE_URL"] in said[0]


def test_a_database_keeps_the_contacts(tmp_path: Path) -> None:
    """After a restart the same contact is updated."""
    for created in (1, 0):
        with _served(tmp_path, "--database", "kept.sqlite") as (variables, process):
            ran = growthhub(
                "import", "-", "--fresh", env=environment() | variables, folder=tmp_path, stdin="Email\na@example.com\n"
            )
            process.send_signal(signal.SIGINT)
            process.wait(30)
        assert accounts(ran.stderr)["created"] == created


def test_a_scenario_says_what_it_is_like(tmp_path: Path) -> None:
    """Its location and token are those of the file."""
    scenario = '[[locations]]\nid = "mine"\n[[locations.tokens]]\nvalue = "pit-of mine"\n'
    (tmp_path / "scenario.toml").write_text(scenario)
    with _served(tmp_path, "--scenario", "scenario.toml") as (variables, _):
        assert (variables["GROWTHHUB_LOCATION_ID"], variables["GROWTHHUB_TOKEN"]) == ("mine", "pit-of mine")


def test_what_it_cannot_serve_is_told_in_one_line(tmp_path: Path) -> None:
    """A port in use, a scenario or a database that is none: exit code 2 and what would be right."""
    (tmp_path / "none.toml").write_text("what = 1\n")
    (tmp_path / "shut.toml").write_text('[[locations]]\n[[locations.tokens]]\nvalue = "x"\nstate = "revoked"\n')
    (tmp_path / "none.sqlite").write_text("no database " * 100)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        for arguments, remedy in [
            (("--port", port), "--port 0 takes a free one"),
            (("--port", "0", "--scenario", "none.toml"), "none.toml"),
            (("--port", "0", "--scenario", "nothing.toml"), "check its name"),
            (("--port", "0", "--scenario", "shut.toml"), "has no active token"),
            (("--port", "0", "--database", "none.sqlite"), "name a file that the sandbox made"),
            (("--port", "0", "--database", "no/folder"), "name a file in a directory"),
        ]:
            ran = growthhub("sandbox", *arguments, env=environment(), folder=tmp_path)
            assert (ran.returncode, ran.stdout) == (2, "")
            assert remedy in ran.stderr
            assert ran.stderr.count("\n") == 1
