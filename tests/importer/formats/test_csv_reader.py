"""Rows know their line, and a broken one costs itself and no other."""

from __future__ import annotations

import csv
import io
import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from growthhub_async.importer.formats.csv_reader import MAX_ROW, CsvReader
from growthhub_async.importer.formats.delimiter import DELIMITERS
from growthhub_async.importer.formats.encoding import EncodedText
from growthhub_async.importer.formats.lines import Lines, Run
from growthhub_async.importer.rows import Row

from ..reading import peak_memory, unheard

CELLS = st.text(st.characters(exclude_characters="\0\ufeff\ufffd", exclude_categories=["Cs"]), max_size=12)


def _rows(content: bytes, delimiter: str = ",", chunk: int = 1 << 16) -> list[Row]:
    chunks = [content[start : start + chunk] for start in range(0, len(content), chunk)]
    reader = CsvReader(Lines(EncodedText(chunks, "utf-8"), unheard).runs(), delimiter)
    header = reader.header()
    return list(reader.rows(len(header.cells))) if header else []


def _good(rows: list[Row]) -> list[tuple[int, list[str]]]:
    return [(row.line, row.cells) for row in rows if row.problem is None]


def _broken(rows: list[Row]) -> list[int]:
    return [row.line for row in rows if row.problem is not None]


@given(
    st.lists(st.lists(CELLS, min_size=3, max_size=3), max_size=8),
    st.sampled_from(DELIMITERS),
    st.sampled_from([("\r\n", csv.QUOTE_MINIMAL), ("\n", csv.QUOTE_ALL), ("\r", csv.QUOTE_ALL)]),
)
def test_whatever_a_csv_writer_wrote_reads_back_the_same(
    rows: list[list[str]], delimiter: str, style: tuple[str, int]
) -> None:
    """Every delimiter and line end, quotes and newlines within cells included; white space at the left may go."""
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=delimiter, lineterminator=style[0], quoting=style[1])  # type: ignore[arg-type]
    writer.writerows([["a", "b", "c"], *rows])
    expected = [[cell.lstrip(" ") for cell in row] for row in rows if any(cell.strip() for cell in row)]
    read = [[cell.lstrip(" ") for cell in cells] for _, cells in _good(_rows(file.getvalue().encode(), delimiter))]
    assert read == expected


@given(st.binary())
def test_arbitrary_bytes_make_rows_and_never_an_exception(content: bytes) -> None:
    """Whatever a file holds, its rows come in order and each has the number of a line that is there."""
    rows = _rows(b"a,b\n" + content)
    lines = [row.line for row in rows]
    assert lines == sorted(set(lines))
    assert all(2 <= line <= 1 + len(content.splitlines()) for line in lines)
    assert all(row.problem is not None or len(row.cells) <= 2 for row in rows)


@given(st.text('ab",\n\xff', max_size=80).map(lambda text: text.encode("latin-1")), st.integers(1, 20))
def test_rows_are_the_same_however_the_stream_is_cut_into_chunks(content: bytes, chunk: int) -> None:
    """Broken rows and bad bytes included: which lines come at once makes no difference."""
    assert _rows(b"a,b\n" + content, chunk=chunk) == _rows(b"a,b\n" + content)


@given(st.lists(st.text('ab",\n', max_size=10), max_size=30))
def test_broken_quotes_never_lose_a_line(lines: list[str]) -> None:
    """A row that a quote swallowed is given back: every line with something on it is in some row, good or broken."""
    content = "a,b\n" + "".join(line.replace("\n", "") + "\n" for line in lines)
    starts = [row.line for row in _rows(content.encode())] + [10**6]
    for number, line in enumerate(content.splitlines()[1:], start=2):
        if line.strip(',"'):
            assert any(row <= number for row in starts)


def test_a_row_begins_at_its_first_line() -> None:
    """Newlines within quotes make rows span lines; the number is that of the line in the file."""
    assert _good(_rows(b'a,b\n1,"x\n\ny"\n2,z\n')) == [(2, ["1", "x\n\ny"]), (5, ["2", "z"])]


def test_blank_rows_are_skipped_and_short_ones_taken() -> None:
    """A row of nothing is no record; one with fewer cells than the header is."""
    assert _good(_rows(b"a,b\n\n,\n  \n1\n")) == [(5, ["1"])]


def test_a_quote_that_is_never_closed_costs_one_row() -> None:
    """The rows after it are read as if it had been closed where it was not."""
    rows = _rows(b'a,b\n1,"open\n2,y\n3,z\n')
    assert (_broken(rows), _good(rows)) == ([2], [(3, ["2", "y"]), (4, ["3", "z"])])


def test_a_quote_that_is_closed_by_that_of_another_row_costs_one_row() -> None:
    """The quoted cell of a later row does not end the open one of an earlier row."""
    rows = _rows(b'a,b\n1,"open\n2,"y, z"\n')
    assert (_broken(rows), _good(rows)) == ([2], [(3, ["2", "y, z"])])


def test_broken_rows_that_run_into_each_other_cost_themselves() -> None:
    """The first row that is whole is found, though each of three quotes before it seemed to be closed by its own."""
    rows = _rows(b'a,b\n1,"open\nx","y\nx","y\n9,"q"\n2,z\n')
    assert (_broken(rows), _good(rows)) == ([2, 3, 4], [(5, ["9", "q"]), (6, ["2", "z"])])


def test_a_piece_of_a_broken_row_is_not_taken_for_a_contact() -> None:
    """After a broken row a narrower one is broken too, until one as wide as the header shows where rows begin."""
    rows = _rows(b'a,b\n1,"said "hi" there\nsecond line\nthird line\n2,y\n3\n')
    assert (_broken(rows), _good(rows)) == ([2, 3, 4], [(5, ["2", "y"]), (6, ["3"])])


def test_bad_bytes_do_not_make_the_rows_after_them_doubtful() -> None:
    """What cannot be decoded is broken, but where it ends is sure."""
    rows = _rows(b"a,b\n1,\xff\n2\n")
    assert (_broken(rows), _good(rows)) == ([2], [(3, ["2"])])


def test_bad_bytes_within_quotes_break_the_row_they_are_in_and_no_more() -> None:
    """A row of several lines is broken as a whole by one of its lines."""
    rows = _rows(b'a,b\n1,"x\n\xff\ny"\n2,z\n')
    assert (_broken(rows), _good(rows)) == ([2], [(5, ["2", "z"])])


def test_a_row_that_is_too_wide_is_broken_even_by_empty_cells() -> None:
    """A delimiter that was not quoted has shifted the values after it, whether or not any stands beyond the header."""
    rows = _rows(b"a,b\n1,2,3\n1,2,\n3,4\n")
    assert (_broken(rows), _good(rows)) == ([2, 3], [(4, ["3", "4"])])
    assert "3 cells, the header 2" in (rows[0].problem or "")


def test_a_quote_that_is_open_for_long_is_given_up() -> None:
    """An open quote cannot make memory grow with the file."""
    short = b"2,%s\n" % (b"y" * 98)
    rows = _rows(b'a,b\n1,"open\n' + short * (2 * MAX_ROW // len(short)))
    assert _broken(rows) == [2]
    assert len(_good(rows)) == 2 * MAX_ROW // len(short)


@pytest.mark.parametrize("run", [1, 100, 10_000])
def test_lines_of_large_broken_rows_are_read_one_by_one_twice_at_the_most(run: int) -> None:
    """However a file is broken, the time it takes is in proportion to its size."""
    line = f'{"x" * 1_000}","{"y" * 1_000}\n'
    handed_out = 0

    class Counted(str):
        __slots__ = ()

        def __len__(self) -> int:
            nonlocal handed_out
            handed_out += 1
            return super().__len__()

    texts = ['a,b,"\n', *(Counted(line) for _ in range(3_000))]
    runs = (Run(1 + start, texts[start : start + run]) for start in range(0, len(texts), run))
    assert all(row.problem for row in CsvReader(runs, ",").rows(2))
    assert handed_out <= 2 * len(texts)


def test_a_row_without_end_takes_little_memory() -> None:
    """Quotes that are closed and opened again on every line make one row of all of them, which is given up."""
    wide = (Run(number, [f'{"x" * 1_000}","{"y" * 1_000}\n']) for number in range(2, 8_000))
    runs = itertools.chain([Run(1, ['a,b,"\n'])], wide)

    def read_all() -> None:
        for _ in CsvReader(runs, ",").rows(2):
            pass

    assert peak_memory(read_all) < 5 * MAX_ROW


def test_a_large_cell_is_read() -> None:
    """A cell may be larger than the csv module allows by default."""
    large = random.Random(0).randbytes(150_000).hex()
    assert _good(_rows(f"a,b\n1,{large}\n".encode())) == [(2, ["1", large])]


@pytest.mark.parametrize("content", [b"", b"\n\n"])
def test_a_file_without_a_row_has_no_header(content: bytes) -> None:
    """There is nothing to read in a file of blank lines."""
    assert CsvReader(Lines(EncodedText([content], None), unheard).runs(), ",").header() is None
