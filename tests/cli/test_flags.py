"""Flags have the names, the defaults and the help of the settings, and every one is documented."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from growthhub_async import Settings
from growthhub_async.cli.flags import default, flag

from .running import environment, growthhub

FLAGS = (
    "concurrency",
    "look_ahead",
    "max_attempts",
    "attempt_timeout",
    "record_deadline",
    "requests_per_interval",
    "interval",
    "requests_per_day",
    "reserve",
    "on_daily_quota",
    "send_empty",
    "strict",
)


@pytest.mark.parametrize("name", FLAGS)
def test_a_setting_is_written_down_once(name: str) -> None:
    """What the documentation of `Settings` says of it is the flag's help, and its default is the flag's."""
    made = flag(name)
    assert made.help
    assert f"{name} " in str(Settings.__doc__)
    assert made.help in str(Settings.__doc__)
    assert default(name) == getattr(Settings(), name)


def test_every_setting_is_documented_in_a_way_that_flags_can_read() -> None:
    """A new setting has its line, too."""
    assert [field.name for field in msgspec.structs.fields(Settings) if not flag(field.name).help] == []


def test_a_setting_of_a_few_words_shows_them() -> None:
    """Who reads `--help` need not guess what can be written; a number has its type."""
    assert flag("on_daily_quota").metavar == "wait|stop"
    assert flag("reserve").metavar is None


@pytest.mark.parametrize("command", ["import", "demo", "sandbox"])
def test_every_flag_of_every_command_has_help(tmp_path: Path, command: str) -> None:
    """`--help` says something of each, and none takes a token."""
    ran = growthhub(command, "--help", env=environment(COLUMNS="300"), folder=tmp_path)
    assert ran.returncode == 0
    flags = [line for line in ran.stdout.splitlines() if re.match(r" +(-h, )?--", line)]
    assert flags
    assert all(re.search(r"\S {2,}\w", line.strip()) for line in flags)
    assert not re.search(r"--token\b(?!-file)", ran.stdout.replace("--token-file", ""))


def test_the_flags_of_an_import_are_all_there(tmp_path: Path) -> None:
    """Each by the name of its setting."""
    ran = growthhub("import", "--help", env=environment(COLUMNS="300"), folder=tmp_path)
    for name in (*FLAGS, "location", "base_url", "map", "outcomes", "encoding", "delimiter", "token_file", "debug"):
        assert f"--{name.replace('_', '-')} " in ran.stdout
