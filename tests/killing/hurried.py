"""The command, ended by force as it changes a file: at the `DIE_AT`th time, counted from 1.

`HOLD` is for how many seconds what an earlier run has sent is held to be worked on, where that is not as long as it is.
"""

from __future__ import annotations

import os
import signal
import sys
from itertools import count
from typing import Any

import growthhub_async.call
from growthhub_async.__main__ import main

_CHANGES = {"os.rename", "os.remove", "os.truncate", "os.chmod", "fcntl.flock", "sqlite3.connect"}
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT


def die_at(number: int) -> None:
    """Let the process end when it is about to change a file for so many times."""
    changes = count(1)

    def hear(event: str, arguments: tuple[Any, ...]) -> None:
        opens = event == "open" and isinstance(arguments[2], int) and arguments[2] & _WRITES
        if (opens or event in _CHANGES) and "people." in str(arguments[0]) and next(changes) == number:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hear)


if __name__ == "__main__":
    growthhub_async.call.AT_WORK = float(os.environ.get("HOLD", growthhub_async.call.AT_WORK))
    if "DIE_AT" in os.environ:
        die_at(int(os.environ["DIE_AT"]))
    sys.exit(main())
