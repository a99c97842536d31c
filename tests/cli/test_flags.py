"""Flags have the names, the defaults and the help of the settings, and every one is documented."""

from __future__ import annotations

import re

import msgspec
import pytest
import typer
from typer.testing import CliRunner

from growthhub_async import Settings
from growthhub_async.cli.app import app
from growthhub_async.cli.flags import default, flag, settings_of

COMMANDS = ("import", "check", "resume", "retry", "status", "report", "explain", "demo", "sandbox")
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


@pytest.mark.parametrize("command", COMMANDS)
def test_every_flag_of_every_command_has_help(command: str) -> None:
    """`--help` says something of each, and none takes a token."""
    params = typer.main.get_command(app).commands[command].params  # type: ignore[attr-defined]
    flags = {param.name: param.help for param in params if param.param_type_name == "option"}
    assert flags
    assert [name for name, told in flags.items() if not told] == []
    shown = CliRunner().invoke(app, [command, "--help"], env={"COLUMNS": "300"}).stdout
    assert not re.search(r"--token\b(?!-file)", shown.replace("--token-file", ""))


def test_the_flags_of_an_import_are_all_there() -> None:
    """Each by the name of its setting."""
    ran = CliRunner().invoke(app, ["import", "--help"], env={"COLUMNS": "300"})
    for name in (*FLAGS, "location", "base_url", "map", "outcomes", "encoding", "delimiter", "token_file", "debug"):
        assert f"--{name.replace('_', '-')} " in ran.stdout


@pytest.mark.parametrize("command", ["resume", "retry"])
def test_a_job_that_is_gone_on_with_has_the_flags_of_sending(command: str) -> None:
    """Where it goes and what it is made of are its own."""
    shown = CliRunner().invoke(app, [command, "--help"], env={"COLUMNS": "300"}).stdout
    flags = set(re.findall(r"^ +(?:-h, )?(--[a-z-]+)", shown, re.MULTILINE))
    sending = {f"--{name.replace('_', '-')}" for name in FLAGS if name != "send_empty"}
    others = {"--token-file", "--profile", "--verbose", "--limit", "--max-errors", "--outcomes", "--debug", "--help"}
    assert flags == sending | others | ({"--failed"} if command == "retry" else set())


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_no_word_of_the_help_is_cut_in_a_narrow_terminal(command: str) -> None:
    """Eighty columns are what many have."""
    ran = CliRunner().invoke(app, [*command.split(), "--help"], env={"COLUMNS": "80"})
    assert ran.exit_code == 0
    assert max(map(len, ran.stdout.splitlines())) <= 80
    assert not re.search(r"\w\.\.\.|…", ran.stdout)


def test_settings_are_taken_from_what_was_given() -> None:
    """The location has a flag of another name; what is no setting is left out, and what has no flag is not there."""
    context = typer.Context(typer.main.get_command(app))
    context.params = {"location": "loc1", "concurrency": 5, "strict": True, "files": ["a.csv"], "token_file": None}
    assert settings_of(context) == {"location_id": "loc1", "concurrency": 5, "strict": True}
    context.params = {"concurrency": 5}
    assert settings_of(context) == {"location_id": None, "concurrency": 5}
