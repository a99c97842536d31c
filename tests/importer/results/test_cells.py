"""Cells read back as they were written, and no text of a server's is a formula."""

from __future__ import annotations

import csv
import io
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from growthhub_async.importer.formats import open_table
from growthhub_async.importer.results.cells import LONGEST, Rows, guarded, header, text_of

from ..reading import unheard

TEXTS = st.text(st.characters(exclude_characters="\0\ufffd", exclude_categories=["Cs"]), max_size=20)
ROWS = st.lists(st.lists(TEXTS, min_size=3, max_size=3), max_size=6)


def written(rows: list[list[str]]) -> bytes:
    """Write rows under three columns and the number of each."""
    content = Rows()
    for number, row in enumerate(rows):
        content.write([*row, number])
    return header(["a", "b", "c", "number"]) + content.take()


@given(ROWS)
@example([["", "", ""], [" a", '"', "\r"], ["\ufeff", "\n", "a\r\nb"], ["\x1a", "\u2028", "'"]])
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_our_reader_reads_back_what_was_written(tmp_path: Path, rows: list[list[str]]) -> None:
    """Blanks at the left, quotes, every kind of newline, control characters and rows of empty cells included."""
    path = tmp_path / "rows.csv"
    path.write_bytes(written(rows))
    with open_table(str(path), is_known={"a", "b", "c", "number"}.__contains__, tell=unheard) as table:
        assert table.columns == ["a", "b", "c", "number"]
        read = list(table)
    assert [row.problem for row in read] == [None] * len(rows)
    assert [row.cells for row in read] == [[*row, str(number)] for number, row in enumerate(rows)]


@given(ROWS)
def test_a_plain_csv_reader_reads_back_what_was_written(rows: list[list[str]]) -> None:
    """What holds for our reader holds for one that drops no blanks."""
    text = io.StringIO(written(rows).decode("utf-8-sig"), newline="")
    assert list(csv.reader(text, strict=True))[1:] == [[*row, str(number)] for number, row in enumerate(rows)]


def test_a_file_begins_and_its_rows_end_as_excel_has_it() -> None:
    """Without a byte order mark it would show no umlauts."""
    assert written([["ä", "", "c"]]) == b'\xef\xbb\xbf"a","b","c","number"\r\n"\xc3\xa4","","c","0"\r\n'


@pytest.mark.parametrize("damage", ["\0", "\ufffd"])
def test_a_cell_that_reads_as_damage_costs_its_own_line(tmp_path: Path, damage: str) -> None:
    """A NUL and U+FFFD cannot be read back: our reader takes them for bytes that could not be decoded."""
    path = tmp_path / "rows.csv"
    path.write_bytes(written([["a", f"b{damage}", "c"], ["d", "e", "f"]]))
    with open_table(str(path), is_known=lambda name: True, tell=unheard) as table:
        broken, good = table
    assert broken.problem
    assert (good.problem, good.cells) == (None, ["d", "e", "f", "1"])


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("as it is ", "as it is "),
        (None, ""),
        (True, "true"),
        (False, "false"),
        (7, "7"),
        (-1.50, "-1.5"),
        (1e30, "1e30"),
        (10**30, "1" + "0" * 30),
        (["a", 1], '["a",1]'),
        ({"ä": None}, '{"ä":null}'),
    ],
)
def test_a_value_is_written_as_json_has_it_but_text_as_it_is(value: Any, text: str) -> None:
    """Nothing of an input cell is changed, and what has parts stays JSON."""
    assert text_of(value) == text


@pytest.mark.parametrize(
    "text",
    [
        "=1",
        "+1",
        "-1",
        "@a",
        "\ta",
        "\ra",
        " =1",
        '"=1',
        "' \u200b=1",
        "＝1",
        "﹢1",
        "−1",
        "\ufeff@a",
        "«=1",
        "\ufe0f=1",
    ],
)
def test_what_may_become_a_formula_gets_an_apostrophe(text: str) -> None:
    """Also after blanks, quotes and what cannot be seen, and in full width."""
    assert guarded(text) == "'" + text


@pytest.mark.parametrize("text", ["", "a=1", "7", "the email - is wrong", "5f-2", "(+1)", "it is @home", "'a'"])
def test_what_cannot_become_a_formula_stays_as_it_is(text: str) -> None:
    """An id or a sentence is not touched."""
    assert guarded(text) == text


@given(st.text(max_size=8) | st.text(" \t\r\n\"'=+-@＝\u200b\xa0a", max_size=8))
def test_no_text_of_ours_begins_as_a_formula(text: str) -> None:
    """However it is written, the first character to be seen is none that a spreadsheet evaluates."""
    cell = guarded(text)
    assert not cell.startswith(("\t", "\r"))
    if not cell.startswith("'"):
        seen = [char for char in cell if unicodedata.category(char)[0] not in "CZM" and char not in "\"'`"]
        assert not seen or unicodedata.normalize("NFKC", seen[0])[0] not in "=+-@"


@given(st.text())
@example("\0")
@example("a\ufffd")
def test_no_text_of_ours_costs_a_line(text: str) -> None:
    """What our reader takes for damage is not in it, and it is no longer than a cell of a spreadsheet."""
    assert not set(guarded(text)) & {"\0", "\ufffd"}
    assert len(guarded("=" + text + "x" * 2 * LONGEST)) < 32_767
