"""Every exception ends in one line and an exit code; a traceback is for those who ask."""

from __future__ import annotations

import signal

import pytest

from growthhub_async import ConfigurationError, TokenRefusedError
from growthhub_async.cli.exit_codes import ExitCode
from growthhub_async.cli.guard import ReadingStoppedError, UsageError, guarded
from growthhub_async.importer import ImportFileError, JobBusyError, JobChangedError, JobError
from growthhub_async.sandbox import ScenarioError


def _failing(error: BaseException) -> int:
    raise error


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UsageError("no token"), ExitCode.USAGE),
        (ImportFileError("no token"), ExitCode.USAGE),
        (ConfigurationError("no token"), ExitCode.USAGE),
        (ScenarioError("no token"), ExitCode.USAGE),
        (JobError("no token"), ExitCode.USAGE),
        (JobBusyError("no token"), ExitCode.USAGE),
        (JobChangedError("no token"), ExitCode.USAGE),
        (TokenRefusedError("no token"), ExitCode.TOKEN_REFUSED),
    ],
)
def test_what_is_not_our_fault_is_told_in_its_own_words(
    error: Exception, code: ExitCode, capsys: pytest.CaptureFixture[str]
) -> None:
    """The message is the exception's, on one line of stderr."""
    assert guarded(lambda: _failing(error), debug=False) == code
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "no token" in printed.err
    assert printed.err.count("\n") == 1


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, ExitCode.INTERRUPTED), (signal.SIGTERM, 143)])
def test_a_reading_that_was_stopped_is_told(
    number: signal.Signals, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody need wonder whether anything was sent; the exit code is the signal's."""
    assert guarded(lambda: _failing(ReadingStoppedError(number)), debug=False) == code
    assert capsys.readouterr().err == "growthhub: stopped while the files were read: nothing was sent\n"


def test_a_fault_of_ours_is_told_by_its_type_alone(capsys: pytest.CaptureFixture[str]) -> None:
    """Its text may have contact data in it; the line says where to report it."""
    assert guarded(lambda: _failing(KeyError("ada@example.com")), debug=False) == ExitCode.FAULT
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "KeyError" in told
    assert "--debug" in told
    assert "ada@example.com" not in told
    assert "Traceback" not in told


def test_the_traceback_is_shown_to_who_asks(capsys: pytest.CaptureFixture[str]) -> None:
    """Without the values of local variables."""

    def work() -> int:
        contact_of_somebody = "ada" + "@" + "example.com"
        return _failing(KeyError(len(contact_of_somebody)))

    assert guarded(work, debug=True) == ExitCode.FAULT
    told = capsys.readouterr().err
    assert "Traceback" in told
    assert "ada@example.com" not in told


@pytest.mark.parametrize(
    ("error", "code"), [(KeyboardInterrupt(), ExitCode.INTERRUPTED), (BrokenPipeError(), ExitCode.BROKEN_PIPE)]
)
def test_an_end_that_somebody_wanted_is_quiet(
    error: BaseException, code: ExitCode, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ctrl-C and a closed pipe need no explanation."""
    assert guarded(lambda: _failing(error), debug=False) == code
    assert capsys.readouterr().err == ""


def test_the_exit_code_of_work_that_ends_is_its_own() -> None:
    """A guard changes nothing where nothing is wrong."""
    assert guarded(lambda: ExitCode.NOT_ALL, debug=False) == ExitCode.NOT_ALL


def test_what_a_server_says_cannot_command_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """Escape sequences in a message are taken out of it."""
    guarded(lambda: _failing(TokenRefusedError("401 \x1b[2J\x9b31mred\nline")), debug=False)
    told = capsys.readouterr().err
    assert "\x1b" not in told
    assert "\x9b" not in told
    assert told.count("\n") == 1
