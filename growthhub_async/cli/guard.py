"""What becomes of an exception: one clear line on stderr and an exit code, never a traceback unless asked for."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable

from .exit_codes import ExitCode


class UsageError(Exception):
    """An argument, a file or the environment is wrong; the message says which and what would be right."""


class ReadingStoppedError(Exception):
    """A signal came while the files were read: nothing was sent, and no job was made."""

    def __init__(self, number: int) -> None:
        super().__init__("stopped while the files were read: nothing was sent")
        self.number = number


def guarded(work: Callable[[], int], *, debug: bool) -> int:
    """Do some work, and return its exit code or that of the exception it ended with."""
    try:
        return work()
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        return ExitCode.BROKEN_PIPE
    except Exception as error:
        if debug:
            traceback.print_exc()
        return _told(error)


def _told(error: Exception) -> int:
    from ..errors import ConfigurationError, NotConnectedError, TokenRefusedError, UnavailableError
    from ..importer.errors import ImportFileError, JobError
    from ..sandbox import ScenarioError
    from .screen import short

    code: int
    match error:
        case UsageError() | ImportFileError() | JobError() | ConfigurationError() | ScenarioError():
            message, code = str(error), ExitCode.USAGE
        case ReadingStoppedError():
            message, code = str(error), 128 + error.number
        case NotConnectedError():
            message, code = str(error), ExitCode.TOKEN_REFUSED
        case UnavailableError():
            message, code = f"{error}; try again later", ExitCode.NOT_ALL
        case TokenRefusedError():
            message = f"the token was refused: {error}; check it, its scope contacts.write and its location"
            code = ExitCode.TOKEN_REFUSED
        case _:
            # Its text may hold anything, contact data too, so it is left to --debug.
            message = f"a fault of ours ({type(error).__name__}); run again with --debug, and report what it shows"
            code = ExitCode.FAULT
    print(f"growthhub: {short(message)}", file=sys.stderr)
    return code
