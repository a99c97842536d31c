"""The few shapes that charts are made of, as text; what comes from elsewhere is escaped."""

from __future__ import annotations

from html import escape


def picture(width: float, height: float, label: str, shapes: list[str], kind: str) -> str:
    """Put shapes into one image, with words for those who do not see it; `kind` is its class."""
    return (
        f'<svg class="{kind}" viewBox="0 0 {width:g} {height:g}" width="{width:g}" height="{height:g}" role="img"'
        f' aria-label="{escape(label)}">{"".join(shapes)}</svg>'
    )


def rect(x: float, y: float, width: float, height: float, kind: str, title: str = "") -> str:
    """Draw a box; `title` is shown when it is pointed at."""
    box = f'<rect class="{kind}" x="{x:.2f}" y="{y:.2f}" width="{max(width, 0):.2f}" height="{max(height, 0):.2f}"'
    return f"{box}><title>{escape(title)}</title></rect>" if title else f"{box}/>"


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    """Draw a line."""
    return f'<line class="{kind}" x1="{x1:.2f}" y1="{y1:.2f}" x2="{x2:.2f}" y2="{y2:.2f}"/>'


def path(points: list[tuple[float, float]], kind: str) -> str:
    """Draw a line through points."""
    return f'<path class="{kind}" d="M{" L".join(f"{x:.2f} {y:.2f}" for x, y in points)}"/>'


def text(x: float, y: float, words: str, kind: str, anchor: str = "middle", *, upwards: bool = False) -> str:
    """Write words, from left to right or upwards."""
    turned = f' transform="rotate(-90 {x:.2f} {y:.2f})"' if upwards else ""
    return f'<text class="{kind}" x="{x:.2f}" y="{y:.2f}" text-anchor="{anchor}"{turned}>{escape(words)}</text>'


def group(shapes: list[str], title: str, kind: str = "hit") -> str:
    """Put shapes together under one title."""
    return f'<g class="{kind}"><title>{escape(title)}</title>{"".join(shapes)}</g>'


def width_of(words: str, size: float = 12.0) -> float:
    """Estimate how wide words are, in the unit of their size: wide enough for any font."""
    return 0.7 * size * len(words)
