"""The token from a file that only its owner may read."""

from __future__ import annotations

import os
import shlex
import stat
from pathlib import Path

from .guard import UsageError

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def read_token(path: Path) -> str:
    """Read a token; raises UsageError when the file cannot be read, is empty, or others may read it."""
    try:
        with path.open(encoding="ascii") as file:
            if os.name == "posix" and stat.S_IMODE(os.fstat(file.fileno()).st_mode) & _OTHERS:
                raise UsageError(f"--token-file: others may read it; chmod 600 {shlex.quote(str(path))}")
            token = file.read().strip()
    except OSError as error:
        raise UsageError(f"--token-file {path}: {error.strerror or type(error).__name__}") from None
    except UnicodeDecodeError:
        raise UsageError(f"--token-file {path}: is not plain ASCII; is it the token alone?") from None
    if not token:
        raise UsageError(f"--token-file {path}: is empty; write the token into it")
    return token
