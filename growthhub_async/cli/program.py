"""How this command can be typed again, from where it was started."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from pathlib import Path

import typer


def as_typed(context: typer.Context) -> str:
    """Tell what to type for this program: its name where the shell finds it, else the way to it."""
    name = context.find_root().info_name or "growthhub"
    started = Path(sys.argv[0])
    if started.name != name or shutil.which(name) or not os.access(started, os.X_OK):
        return name
    return shlex.quote(os.path.relpath(started))
