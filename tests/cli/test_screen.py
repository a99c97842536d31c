"""What is printed is text, on stderr, and nothing in it commands the terminal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from growthhub_async.cli.screen import Screen, plain, short


@given(st.text())
def test_no_control_character_is_left_in_a_text_from_outside(text: str) -> None:
    """Neither escape sequences nor line ends nor changes of direction."""
    assert not any(
        ord(char) < 32 or 127 <= ord(char) < 160 or char in "\u2028\u2029\u202e\u2066" for char in plain(text)
    )


def test_a_text_without_them_stays_as_it_is() -> None:
    """Accents, brackets and emoji are text."""
    assert plain("Zoë [bold]said[/bold] 🙂 日本") == "Zoë [bold]said[/bold] 🙂 日本"


def test_a_long_message_is_cut() -> None:
    """A page of HTML is no message."""
    assert short("x" * 10_000) == "x" * 400 + "..."
    assert short("x" * 400) == "x" * 400


def test_markup_is_printed_and_not_obeyed(capsys: pytest.CaptureFixture[str]) -> None:
    """What looks like markup is somebody's text; lines keep their indentation and are not wrapped in a pipe."""
    Screen().say(f"  [red]a[/red] :smile: {'b ' * 100}\x1b[2J")
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == f"  [red]a[/red] :smile: {'b ' * 100} [2J\n"
