"""A sheet of a workbook is read row by row, everything in it as a CSV file would have it."""

from __future__ import annotations

import datetime
import io
import re
import zipfile
from pathlib import Path

import openpyxl
import pytest

from growthhub_async.importer import ImportFileError

from ..reading import peak_memory
from .samples import rows_of, samples, saved, table_of, workbook


def _repacked(content: bytes, part: str, old: str, new: str) -> bytes:
    """Change what stands in one part of a workbook."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old_book, zipfile.ZipFile(made, "w") as new_book:
        for name in old_book.namelist():
            text = old_book.read(name)
            if name == part:
                assert old.encode() in text
                text = text.replace(old.encode(), new.encode())
            new_book.writestr(name, text)
    return made.getvalue()


def test_a_workbook_is_a_table(tmp_path: Path) -> None:
    """Told from its content; numbers, days and flags as text."""
    with table_of(tmp_path, samples()["a.xlsx"]) as table:
        assert (table.format, table.columns) == ("Excel, sheet `Sheet`", ["Name", "Email", "Phone", "Birthday"])
        assert [(row.line, row.cells, row.problem) for row in table] == [
            (2, ["Ada", "ada@example.com", "2055550142", "1990-01-02"], None),
            (3, ["Zoë", "zoe@example.com", "2055550143"], None),
            (4, ["Jürgen", "", "2055550144", "1980-12-31"], None),
        ]
        assert table.share_read == 1.0


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (2055550142.0, "2055550142"),
        (12_025_550_142, "12025550142"),
        (1.5, "1.5"),
        (-0.25, "-0.25"),
        (True, "true"),
        (False, "false"),
        (datetime.date(2026, 11, 25), "2026-11-25"),
        (datetime.datetime(2026, 11, 25, 14, 3), "2026-11-25T14:03:00"),
        (datetime.time(14, 3), "14:03:00"),
        (datetime.timedelta(hours=30, minutes=5), "30:05:00"),
        ("  007 ", "  007 "),
        ("two_x000D_\nlines", "two\r\nlines"),
        ("#hashtag", "#hashtag"),
        ("_x_", "_x_"),
    ],
)
def test_a_cell_is_the_text_that_people_mean(tmp_path: Path, value: object, text: str) -> None:
    """A phone number that Excel took for a number is one without `.0`."""
    assert [row.cells for row in rows_of(tmp_path, workbook(["Name", "Phone"], ["x", value]))] == [["x", text]]


def test_a_number_that_is_written_with_an_exponent_is_a_number(tmp_path: Path) -> None:
    """As Excel itself writes large ones."""
    content = _repacked(workbook(["Phone"], [2055550142]), "xl/worksheets/sheet1.xml", "2055550142", "2.055550142E9")
    assert [row.cells for row in rows_of(tmp_path, content)] == [["2055550142"]]


@pytest.mark.parametrize("error", ["#N/A", "#DIV/0!", "#REF!", "#VALUE!", "#NAME?"])
def test_an_error_in_a_cell_is_a_problem_where_its_column_matters(tmp_path: Path, error: str) -> None:
    """In one that is not imported, it is an empty cell."""
    known, unknown = rows_of(tmp_path, workbook(["Name", "note"], [error, "x"], ["Ada", error]))
    assert (known.line, known.cells) == (2, [error, "x"])
    assert known.problem == f"has the error {error} in the column `Name`; mend the formula, or empty the cell"
    assert (unknown.cells, unknown.problem) == (["Ada", ""], None)


def test_a_formula_is_what_it_gave_when_the_workbook_was_saved(tmp_path: Path) -> None:
    """It is not computed anew, nor read as text."""
    content = _repacked(
        workbook(["Name"], ["=1+1"]), "xl/worksheets/sheet1.xml", "<f>1+1</f><v />", "<f>1+1</f><v>2</v>"
    )
    assert [row.cells for row in rows_of(tmp_path, content)] == [["2"]]


def test_empty_rows_and_columns_are_counted_and_skipped(tmp_path: Path) -> None:
    """The number of a row is that of the sheet, whatever is left empty above it."""
    content = workbook(
        [], [None, " "], [None, "Name", "Email"], [None, None], [None, "Ada"], [], [None, None, "a@b.de"]
    )
    with table_of(tmp_path, content) as table:
        assert table.columns == ["", "Name", "Email"]
        assert [(row.line, row.cells) for row in table] == [(5, ["", "Ada"]), (7, ["", "", "a@b.de"])]


def test_a_value_beyond_the_columns_is_a_problem(tmp_path: Path) -> None:
    """It would be left out in silence otherwise."""
    good, bad = rows_of(tmp_path, workbook(["Name"], ["Ada", " "], ["Zoë", None, "zoe@example.com"]))
    assert (good.cells, good.problem) == (["Ada"], None)
    assert "right of its 1 columns" in (bad.problem or "")
    assert bad.cells == ["Zoë", "", "zoe@example.com"]


def _sheets(**sheets: list[list[object]]) -> openpyxl.Workbook:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    return book


def test_the_first_sheet_with_anything_in_it_is_read_and_that_is_told(tmp_path: Path) -> None:
    """The others are named, so that a wrong choice is seen; one that is hidden comes last."""
    book = _sheets(Hidden=[["Phone"]], Empty=[], People=[["Name"], ["Ada"]], More=[["Email"]])
    book["Hidden"].sheet_state = "hidden"
    told: list[str] = []
    with table_of(tmp_path, saved(book), tell=told.append) as table:
        assert table.format == "Excel, sheet `People`"
        assert [row.cells for row in table] == [["Ada"]]
    assert told == ["the sheet `People` is read, and not `Empty`, `More`, `Hidden`; --sheet names another"]


def test_a_sheet_can_be_named(tmp_path: Path) -> None:
    """In capitals or not; that nothing is told then."""
    content = saved(_sheets(People=[["Name"]], More=[["Email"], ["a@example.com"]], Empty=[]))
    told: list[str] = []
    with table_of(tmp_path, content, tell=told.append, sheet="more") as table:
        assert table.columns == ["Email"]
    assert told == []
    with pytest.raises(
        ImportFileError, match=r"--sheet: .*contacts has no sheet `x`; it has `People`, `More`, `Empty`"
    ):
        rows_of(tmp_path, content, sheet="x")
    with pytest.raises(ImportFileError, match=r"contacts: the sheet `Empty` is empty"):
        rows_of(tmp_path, content, sheet="Empty")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (workbook(), "no sheet with anything in it"),
        (workbook(["Ada", "ada@example.com"]), "row 1 looks like a contact"),
        (samples()["a.xlsx"][:-50], "is broken, or no workbook of Excel"),
        (samples()["a.xlsx"][:60], "is broken, or no workbook of Excel"),
        (_repacked(samples()["a.xlsx"], "xl/workbook.xml", "<", "&"), r"is broken, or is no workbook of Excel \(Parse"),
    ],
)
def test_a_workbook_that_cannot_be_used_says_why(tmp_path: Path, content: bytes, message: str) -> None:
    """The message names the file and what is wrong, and shows no contact data."""
    with pytest.raises(ImportFileError, match=f"contacts.*{message}") as raised:
        rows_of(tmp_path, content)
    assert "ada@" not in str(raised.value)


def test_a_sheet_that_breaks_off_keeps_what_was_read(tmp_path: Path) -> None:
    """The error comes where it is met, and has no words of the reader, which may have values in them."""
    rows = [["Name"], *([f"name {number}"] for number in range(2_000))]
    content = _repacked(workbook(*rows), "xl/worksheets/sheet1.xml", '<row r="1900">', '<row r="1900"')
    read = 0
    message = r"contacts is broken, or is no workbook of Excel \(ParseError\); open it in Excel and save it anew"
    with table_of(tmp_path, content) as table, pytest.raises(ImportFileError, match=message):  # noqa: PT012
        for _ in table:
            read += 1
    assert read > 1_000


def test_a_value_in_the_last_corner_takes_no_memory(tmp_path: Path) -> None:
    """What is empty before it is not kept."""
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active["A1"], book.active["XFD1048576"] = "Name", "x"
    content = saved(book)

    def read_all() -> None:
        ((line, _, _, _),) = rows_of(tmp_path, content)
        assert line == 1_048_576

    assert peak_memory(read_all) < 10_000_000


def test_a_row_number_that_no_sheet_has_ends_the_reading(tmp_path: Path) -> None:
    """The rows before it are not counted up to it one by one for ever."""
    content = _repacked(
        workbook(["Name"], ["Ada"], ["Zoë"]), "xl/worksheets/sheet1.xml", '<row r="3">', '<row r="999999999999">'
    )
    assert [row.line for row in rows_of(tmp_path, content)] == [2]


def test_what_a_sheet_says_of_its_size_is_not_believed(tmp_path: Path) -> None:
    """Some programs write that it has one cell."""
    content = workbook(["Name", "Email"], ["Ada", "a@example.com"])
    changed = _repacked(content, "xl/worksheets/sheet1.xml", 'ref="A1:B2"', 'ref="A1"')
    with table_of(tmp_path, changed) as table:
        assert [row.cells for row in table] == [["Ada", "a@example.com"]]
        assert table.share_read is None


def test_what_openpyxl_warns_of_is_not_passed_on(tmp_path: Path) -> None:
    """Rules of formatting that it does not know are no concern of an import; warnings are errors here."""
    extension = '</sheetData><extLst><ext uri="{CCE6A557-97BC-4B89-ADB6-D9C93CAAB3DF}"></ext></extLst>'
    content = _repacked(workbook(["Name"], ["Ada"]), "xl/worksheets/sheet1.xml", "</sheetData>", extension)
    assert len(rows_of(tmp_path, content)) == 1


def test_memory_does_not_grow_with_the_rows(tmp_path: Path) -> None:
    """Only the texts that a workbook shares are kept as a whole."""

    def peak(rows: int) -> int:
        content = workbook(["Phone"], *([number] for number in range(rows)))
        return peak_memory(lambda: _read_all(tmp_path, content))

    assert peak(5_000) < 2 * peak(500)


def _read_all(folder: Path, content: bytes) -> None:
    with table_of(folder, content) as table:
        for row in table:
            assert re.fullmatch("[0-9]+", row.cells[0])
