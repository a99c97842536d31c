"""Packages that only some formats need: a hint where one is missing, and their exceptions made ours.

The readers of other projects raise what they like on a broken file. It becomes an ImportFileError here, and here only.
Before the first row their words are told, which are about the file's form; later no more than their type is, since
words may then have values in them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ..errors import ImportFileError

_WORDS = 160
"""Characters of another reader's message that are told."""


@contextmanager
def hinted(name: str, what: str, extra: str) -> Iterator[None]:
    """Say which extra to install when what is imported in here is not there."""
    try:
        yield
    except ImportError:
        raise ImportFileError(
            f'{name}: {what} needs one more package: pip install "growthhub-async[{extra}]"'
        ) from None


@contextmanager
def translated(name: str, what: str, remedy: str, *, words: bool) -> Iterator[None]:
    """Make an ImportFileError of whatever is raised in here; `words` when the message may be told."""
    try:
        yield
    except (ImportFileError, KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as error:  # a panic of a reader written in Rust is no Exception
        reason = shortened(str(error)) if words else ""
        told = f"{type(error).__name__}: {reason}" if reason else type(error).__name__
        raise ImportFileError(f"{name} is broken, or is no {what} ({told}); {remedy}") from None


def shortened(message: str) -> str:
    """Keep of a message the beginning of its first line, and nothing of it that cannot be shown."""
    line = message.strip().partition("\n")[0]
    line = "".join(character if character.isprintable() else "?" for character in line)
    return line if len(line) <= _WORDS else f"{line[:_WORDS]}..."
