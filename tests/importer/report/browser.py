"""Headless Chromium, as Debian installs it: what a page becomes in it, without a network and without a home.

A machine that has none skips the tests that need it; where everything has to be tested (`CI=true`) they fail.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import struct
import subprocess
import zlib
from html import escape
from pathlib import Path
from typing import Any, Literal, NamedTuple

import pytest

from tests.importer.report.reading_page import Page

Theme = Literal["light", "dark"]

_PATIENCE = 240.0
"""Seconds that a browser may take to start, show one page and end: far more than on any machine."""
FLAGS = (
    "--headless",
    "--no-sandbox",  # a container's root cannot have one; the page is our own
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-extensions",
    "--disable-sync",
    "--no-first-run",
)
_OF_PAGES = (
    "--hide-scrollbars",
    "--force-device-scale-factor=1",
    "--host-resolver-rules=MAP * ~NOTFOUND",
)
_FRAME = """<!doctype html>
<meta charset="utf-8">
<meta name="color-scheme" content="light dark">
<iframe style="border: 0; width: {width}px; height: 900px" srcdoc="{page}"></iframe>
"""
"""A window can be no narrower than 500 pixels, a frame in it can."""
_MEASURE = """
<script>
addEventListener("load", () => {
  const seen = element => element.getClientRects().length > 0;
  const name = element => element.tagName + " " + element.textContent.trim().slice(0, 40);
  const boxes = svg => [...svg.querySelectorAll("text")].map(text => [name(text), text.getBoundingClientRect()]);
  const charts = [...document.querySelectorAll("svg.chart")].filter(seen);
  const overlap = (a, b) => Math.min(Math.min(a.right, b.right) - Math.max(a.left, b.left),
                                     Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top));
  parent.document.documentElement.dataset.measured = JSON.stringify({
    width: innerWidth,
    needed: document.documentElement.scrollWidth,
    dark: matchMedia("(prefers-color-scheme: dark)").matches,
    headings: [...document.querySelectorAll("h1, h2")].filter(seen).map(heading => heading.textContent.trim()),
    beyond: [...document.body.querySelectorAll("*")].filter(seen).filter(element => !element.closest(".box *"))
      .filter(element => element.getBoundingClientRect().right > innerWidth + .5).map(name),
    charts: charts.map(chart => Math.round(chart.getBoundingClientRect().width)),
    clipped: charts.flatMap(chart => boxes(chart).filter(([, box]) => {
      const frame = chart.getBoundingClientRect();
      return box.left < frame.left - 1 || box.right > frame.right + 1 || box.top < frame.top - 1
        || box.bottom > frame.bottom + 1;
    }).map(([name]) => name)),
    mixed: charts.flatMap(chart => boxes(chart).flatMap(([one, box], index, all) => all.slice(index + 1)
      .filter(([, other]) => overlap(box, other) > 1).map(([other]) => one + " / " + other))),
    smallest: Math.min(...[...document.body.querySelectorAll("*")].filter(seen)
      .map(element => parseFloat(getComputedStyle(element).fontSize))),
    loaded: performance.getEntriesByType("resource").length,
  });
});
</script>
"""


class Screenshot(NamedTuple):
    """A picture of a page: its size, and the colour of its first pixel, as `#rrggbb`."""

    width: int
    height: int
    corner: str


def chromium() -> str:
    """Find the browser; skips the test where there is none, and fails it where there has to be one."""
    found = shutil.which("chromium")
    if found is None and os.environ.get("CI") == "true":
        pytest.fail("chromium is not installed: apt-get install chromium")
    if found is None:
        pytest.skip("chromium is not installed; Debian has it: apt-get install chromium")
    return found


def measured(page: str, folder: Path, width: int, theme: Theme) -> dict[str, Any]:
    """Lay a page out in so many pixels, and measure it.

    Measuring takes a script, so that is done to a copy that allows one.
    """
    policy = "default-src 'none'; "
    assert page.count(policy) == 1
    framed = _FRAME.format(width=width, page=escape(page.replace(policy, "") + _MEASURE))
    (folder / "measured.html").write_text(framed, encoding="utf-8")
    shown = _run(folder, folder / "measured.html", width + 100, 1_000, theme, "--dump-dom")
    (root,) = Page(shown.decode()).all("html")
    result: dict[str, Any] = json.loads(root.attributes["data-measured"])
    return result


def screenshot(page: str, folder: Path, width: int, theme: Theme) -> Screenshot:
    """Show a page as it is, and take a picture of what is in the window."""
    (folder / "page.html").write_text(page, encoding="utf-8")
    picture = folder / "page.png"
    _run(folder, folder / "page.html", width, 1_200, theme, f"--screenshot={picture}")
    return _looked_at(picture.read_bytes())


def _run(folder: Path, page: Path, width: int, height: int, theme: Theme, *flags: str) -> bytes:
    command = [
        chromium(),
        *FLAGS,
        *_OF_PAGES,
        f"--user-data-dir={folder / 'profile'}",
        f"--window-size={width},{height}",
        f"--blink-settings=preferredColorScheme={int(theme == 'light')}",
        *flags,
        page.as_uri(),
    ]
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "TZ": "UTC"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, start_new_session=True
    ) as process:
        try:
            shown, told = process.communicate(timeout=_PATIENCE)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # its helpers too, if it left any
    assert process.returncode == 0, told.decode(errors="replace")
    return shown


def _looked_at(png: bytes) -> Screenshot:
    """Read the size and the first pixel of a PNG: whatever filter its first line has, that pixel stands as it is."""
    width, height, depth, kind = struct.unpack(">IIBB", png[16:26])
    assert (depth, kind in (2, 6)) == (8, True)
    parts = []
    at = 8
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        if png[at + 4 : at + 8] == b"IDAT":
            parts.append(png[at + 8 : at + 8 + length])
        at += 12 + length
    first_line = zlib.decompressobj().decompress(b"".join(parts), 4)
    return Screenshot(width, height, f"#{first_line[1:4].hex()}")
