"""What people read, on stderr: plain text, in which nothing from outside can be a command to the terminal."""

from __future__ import annotations

import re
import textwrap

import typer
from rich.console import Console
from rich.text import Text

_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")
_LONGEST = 400
"""Characters of a message from outside that are shown."""


def plain(text: str) -> str:
    """Make a text from outside fit to be printed: one line without control characters."""
    return _UNPRINTABLE.sub(" ", text).strip()


def short(text: str) -> str:
    """Make a text from outside fit to be printed, and cut it where it is long."""
    shown = plain(text)
    return shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}..."


class Screen:
    """The terminal, or whatever stderr is; `verbose` when everything that the library logs is wanted."""

    def __init__(self, *, verbose: bool = False) -> None:
        self.verbose = verbose
        self.console = Console(stderr=True, markup=False, highlight=False, emoji=False)

    @property
    def is_terminal(self) -> bool:
        """Whether somebody watches."""
        return self.console.is_terminal

    def say(self, text: str = "", style: str = "") -> None:
        """Print one line, on a terminal wrapped at words with its indentation kept."""
        indent = " " * (len(text) - len(text.lstrip()))
        shown = indent + plain(text)
        if self.is_terminal:
            shown = textwrap.fill(
                plain(text),
                self.console.width,
                initial_indent=indent,
                subsequent_indent=f"{indent}  ",
                break_long_words=False,
                break_on_hyphens=False,
            )
        self._print(shown, style)

    def command(self, text: str) -> None:
        """Print a command to be copied: on a line of its own that is never broken."""
        self._print(f"  {plain(text)}")

    def _print(self, text: str, style: str = "") -> None:
        self.console.print(Text(text, style), soft_wrap=True)


def screen_of(context: typer.Context) -> Screen:
    """Make the screen of a command, as its arguments want it."""
    return Screen(verbose=context.params["verbose"])
