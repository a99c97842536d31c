"""The page in headless Chromium, as Debian installs it: on a phone and on a desk, by day and by night.

`.ci/run` installs it; elsewhere these tests are skipped when there is none.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from growthhub_async.importer.job import JobView
from growthhub_async.importer.report import figures_of, page_of
from tests.importer.report.browser import Theme, measured, screenshot
from tests.importer.report.jobs import JOBS

pytestmark = pytest.mark.timeout(900)  # a browser starts when the machine lets it

_SECTIONS = [
    "Requests against the quota",
    "How long an answer took",
    "Attempts a record took",
    "Errors",
    "Drift: sent, and not taken",
    "Duplicates",
    "Locations",
    "Files",
    "Runs",
]
_PAGES = {"light": "#f3f4f7", "dark": "#0e1116"}


def _page(kind: str, folder: Path) -> str:
    with JobView(JOBS[kind](folder / "contacts.job")) as view:
        return page_of(figures_of(view), lambda moment: datetime.fromtimestamp(moment, UTC))


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("width", "charts"), [(390, [324, 324]), (820, [640, 640]), (1200, [1080, 500])])
def test_it_fits(tmp_path: Path, width: int, charts: list[int], theme: Theme) -> None:
    """Nothing is wider than the window, every section is there, and each chart once, about as large as it was drawn.

    Needs Chromium.
    """
    found = measured(_page("rich", tmp_path), tmp_path, width, theme)
    assert (found["width"], found["needed"], found["beyond"]) == (width, width, [])
    assert found["dark"] == (theme == "dark")
    assert found["headings"][1:] == _SECTIONS
    assert found["headings"][0].startswith("It worked for ")
    assert [0.85 <= shown / drawn <= 1.2 for shown, drawn in zip(found["charts"], charts, strict=True)] == [True, True]
    assert (found["clipped"], found["mixed"]) == ([], [])
    assert found["smallest"] >= 11
    assert found["loaded"] == 0


@pytest.mark.parametrize("kind", JOBS)
def test_the_narrowest_phone_shows_any_job(tmp_path: Path, kind: str) -> None:
    """However long the names are and however little there is to see, no page is wider than 360 pixels.

    Needs Chromium.
    """
    found = measured(_page(kind, tmp_path), tmp_path, 360, "light")
    assert (found["width"], found["needed"], found["beyond"]) == (360, 360, [])
    assert (found["clipped"], found["mixed"], found["loaded"]) == ([], [], 0)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1200])
def test_it_is_shown_as_it_is(tmp_path: Path, width: int, theme: Theme) -> None:
    """With all that it forbids, it still has its colours.

    Needs Chromium.
    """
    shown = screenshot(_page("rich", tmp_path), tmp_path, width, theme)
    assert (shown.width, shown.corner) == (width, _PAGES[theme])
