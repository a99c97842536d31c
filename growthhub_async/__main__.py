"""The command `growthhub`, also as `python -m growthhub_async`."""

from __future__ import annotations

import sys

_EXTRA = frozenset({"typer", "rich", "click"})


def main() -> int:
    """Run the command line on the arguments of the process, and return its exit code."""
    try:
        import rich  # noqa: F401 - missing, it would be missed in the middle of a command

        from .cli.app import app
    except ModuleNotFoundError as error:
        if error.name not in _EXTRA:
            raise
        print('the command line needs two more packages: pip install "growthhub-async[cli]"', file=sys.stderr)
        return 2
    app()
    return 0


if __name__ == "__main__":
    sys.exit(main())
