"""The token from a file that only its owner may read."""

from __future__ import annotations

import shlex
from pathlib import Path

from ..own_file import is_open_to_others
from .guard import UsageError


def read_token(path: Path, flag: str = "--token-file") -> str:
    """Read a token, or what else is secret; raises UsageError when the file cannot be read, is empty, or not private.

    `flag` is what named the file.
    """
    try:
        with path.open(encoding="ascii") as file:
            if is_open_to_others(file.fileno()):
                raise UsageError(f"{flag}: others may read it; chmod 600 {shlex.quote(str(path))}")
            token = file.read().strip()
    except OSError as error:
        raise UsageError(f"{flag} {path}: {error.strerror or type(error).__name__}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{flag} {path}: is not plain ASCII; is the secret alone in it?") from None
    if not token:
        raise UsageError(f"{flag} {path}: is empty; write the secret into it")
    return token
