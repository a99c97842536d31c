"""The colours can be told apart from what is behind them, by day and by night (WCAG 2.2, AA)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import growthhub_async.importer.report as package

_STYLE = (Path(package.__file__).parent / "templates" / "style.css").read_text(encoding="utf-8")
_TEXT = [
    *((ink, ground) for ink in ("ink", "soft") for ground in ("page", "card", "shade")),
    *((mood, f"{mood}-tint") for mood in ("good", "partly", "bad", "open")),
]
_SHAPES = ["created", "updated", "again", "error", "duplicate", "unsent", "quota"]


def _colours(theme: str) -> dict[str, str]:
    light, dark = re.findall(r":root \{(.*?)\}", _STYLE, re.DOTALL)
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", light + dark if theme == "dark" else light))


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), _TEXT)
def test_text_can_be_read(theme: str, ink: str, ground: str) -> None:
    """4.5 to 1 is what small text needs."""
    colours = _colours(theme)
    assert _contrast(colours[ink], colours[ground]) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("shape", _SHAPES)
def test_shapes_can_be_seen(theme: str, shape: str) -> None:
    """3 to 1 is what a bar needs, on a card and on the page."""
    colours = _colours(theme)
    assert min(_contrast(colours[shape], colours[ground]) for ground in ("card", "page")) >= 3


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_bars_on_each_other_differ_in_lightness(theme: str) -> None:
    """Who sees no colours tells them apart, too."""
    colours = _colours(theme)
    for one, other in (("created", "updated"), ("created", "again"), ("again", "error"), ("updated", "error")):
        assert _contrast(colours[one], colours[other]) >= 1.25


def test_every_colour_is_named() -> None:
    """One that stands elsewhere would be the same by day and by night."""
    rules = _STYLE[_STYLE.index("* {") :]
    assert not re.search(r"#[0-9a-fA-F]{3}|rgb|hsl", rules)
    assert (
        set(re.findall(r"var\(--([\w-]+)\)", rules)) - {"share"} <= _colours("light").keys() & _colours("dark").keys()
    )
