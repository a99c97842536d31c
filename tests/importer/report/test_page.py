"""The page: one file that needs nothing else, says what is in the job, and shows nobody's data."""

from __future__ import annotations

import re
import sys
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest

from growthhub_async import Status
from growthhub_async.importer.errors import JobError
from growthhub_async.importer.job import JobView
from growthhub_async.importer.report import figures_of, page_of
from tests.importer.report.jobs import JOBS, NASTY
from tests.importer.report.making import Maker, made, quota, ran, settled
from tests.importer.report.reading_page import Page


def _page(path: Path) -> str:
    with JobView(path) as view:
        return page_of(figures_of(view), lambda moment: datetime.fromtimestamp(moment, UTC))


@pytest.fixture(params=JOBS)
def page(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The page of each kind of job."""
    return _page(JOBS[request.param](tmp_path / "contacts.job"))


def test_it_is_sound_html(page: str) -> None:
    """Every element is closed, no id is there twice, and what is pointed at is there."""
    elements = Page(page).elements
    assert page.startswith("<!doctype html>")
    ids = [element.attributes["id"] for element in elements if "id" in element.attributes]
    assert len(ids) == len(set(ids))
    assert {element.attributes.get("aria-labelledby", ids[0]) for element in elements} <= set(ids)


def test_nothing_is_loaded_and_nothing_runs(page: str) -> None:
    """There is no script and no reference to anything outside, and a browser is told to allow none."""
    elements = Page(page).elements
    assert not [element for element in elements if element.tag in ("script", "link", "img", "iframe", "object", "base")]
    outward = {"src", "href", "srcset", "action", "data", "poster", "background", "xlink:href"}
    assert not [element for element in elements if outward & element.attributes.keys()]
    assert not [name for element in elements for name in element.attributes if name.startswith("on")]
    values = [value for element in elements for value in element.attributes.values()]
    styles = [element.words for element in elements if element.tag == "style"]
    assert len(styles) == 1
    assert not [text for text in values + styles if re.search(r"//|@import|url\(", text)]
    policy = next(each for each in elements if each.attributes.get("http-equiv") == "Content-Security-Policy")
    assert policy.attributes["content"] == "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    assert elements.index(policy) < next(index for index, each in enumerate(elements) if each.tag == "style")


def test_it_can_be_heard(page: str) -> None:
    """Headings leave no level out, cells have headings that say what they head, and pictures have words."""
    read = Page(page)
    levels = [int(element.tag[1]) for element in read.all("h1", "h2", "h3", "h4")]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert {element.attributes.get("scope") for element in read.all("th")} <= {"row", "col"}
    charts = [element for element in read.all("svg") if element.attributes.get("class") == "chart"]
    assert all(chart.attributes["role"] == "img" and chart.attributes["aria-label"] for chart in charts)
    assert all(heading.words for heading in read.all("h1", "h2", "h3"))
    assert read.all("html")[0].attributes["lang"] == "en"


def test_nobodys_data_is_in_it(page: str) -> None:
    """Records are named by their file and line; what stood there is not shown, nor what the server kept."""
    assert "ada@example.com" not in page
    assert "ada" not in page.lower().replace("canada", "")


def test_what_comes_from_elsewhere_is_text(tmp_path: Path) -> None:
    """A server, a file or a location may be called as it likes: it stays what it is, a text."""
    path = JOBS["nasty"](tmp_path / "contacts.job")
    page = _page(path)
    read = Page(page)
    assert not read.all("script", "blink")
    words = read.all("body")[0].words
    assert words.count(NASTY) >= 5  # a message, a file, a location, a field, how a run ended
    assert NASTY not in page


def test_the_numbers_are_in_it(tmp_path: Path) -> None:
    """What is asked for first is there without a look at any picture."""
    path = made(tmp_path / "a.job", lambda job: [*(job.valid() for _ in range(2_000)), job.invalid(), job.duplicate(0)])
    ran(path, [settled(n, attempts=1 + n // 1_999, dropped=["phone"] if n < 30 else []) for n in range(2_000)],
        tag_requests=12, locations={"loc1": quota(throttled=3)}, until=210.0)  # fmt: skip
    read = Page(_page(path))
    tiles = [element.words for element in read.all("li") if "tile" in element.attributes.get("class", "")]
    assert tiles == [
        "Created 2,000 99.9 % of 2,002",
        "Updated 0 0 % of 2,002",
        "Errors 1 < 0.1 % of 2,002",
        "Duplicates 1 < 0.1 % of 2,002",
        "Unsent 0 0 % of 2,002",
    ]
    facts = " ".join(element.words for element in read.all("dl"))
    for fact in ("Requests 2,013 12 of them for tags", "Rate 9.6/s", "Quota used 96 %", "Time 3 min 30 s in 1 run"):
        assert fact in facts
    assert "Sent again 1 3 answers of 429" in facts
    body = read.all("body")[0].words
    for words in (
        "phone 30",
        "1 attempt 1,999",
        "contacts.csv, line 2,003 is the same contact as contacts.csv, line 2",
    ):
        assert words in body
    assert "contacts.csv, line 2,002" in body


def test_long_pauses_are_told(tmp_path: Path) -> None:
    """Time in which nothing ran is left out of the picture, and it says so."""
    path = made(tmp_path / "a.job", lambda job: [job.valid(), job.valid()])
    ran(path, [settled(0)])
    ran(path, [settled(1, at=300_000.0)], since=299_990.0, until=300_010.0)
    page = _page(path)
    assert "pause of 3\u00a0d\u00a011\u00a0h" in page
    assert "with 1 pause left out" in page


def test_every_chart_is_drawn_for_every_width(tmp_path: Path) -> None:
    """A picture that is only made smaller cannot be read on a phone."""
    read = Page(_page(JOBS["rich"](tmp_path / "a.job")))
    widths = sorted(int(each.attributes["width"]) for each in read.all("svg") if "width" in each.attributes)
    assert widths == [324, 324, 500, 640, 640, 1080]


def test_an_unfinished_job_names_what_is_open(tmp_path: Path) -> None:
    """A run that was ended by force looks as one that still runs: nobody knows."""

    def fill(job: Maker) -> None:
        for _ in range(4):
            job.valid()

    path = made(tmp_path / "a.job", fill)
    ran(path, [settled(0), settled(1, Status.ERROR)], until=None)
    body = Page(_page(path)).all("body")[0].words
    assert "It is not finished: 2 records of 4 (50 %) are left to send." in body
    assert "by force, or still runs" in body


def test_without_jinja2_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever uses only the library has none of it."""
    monkeypatch.setitem(sys.modules, "jinja2", None)
    with pytest.raises(JobError, match=re.escape('install it with: pip install "growthhub-async[cli]"')):
        _page(JOBS["one"](tmp_path / "a.job"))
