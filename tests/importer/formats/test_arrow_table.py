"""Parquet and Arrow are read in batches, with their values as JSON has them."""

from __future__ import annotations

import gzip
from pathlib import Path

import pyarrow
import pytest
from pyarrow import parquet

from growthhub_async.importer import ImportFileError

from .samples import COLUMNS, OBJECTS, arrow_file, arrow_stream, parquet_file, rich, rows_of, samples, table_of

_RICH = {
    "text": "ä", "view": "a text that is longer than twelve bytes", "code": "x", "flag": True, "whole": 2**63,
    "real": 1.5, "half": 1.5, "exact": "1.50", "exact_whole": 2055550142, "day": "2026-11-25",
    "midnight": "2026-11-25", "second": "2026-11-25T14:03:05", "nanosecond": "2026-11-25T14:03:05.123456",
    "zoned": "2026-11-25T15:03:05+01:00", "time": "14:03:05", "duration": 5_400.0, "tags": ["vip", "new"],
    "object": {"a": 1, "b": ["x", None]}, "map": [["k", 1]],
}  # fmt: skip
_WRITERS = [parquet_file, arrow_file, arrow_stream]


@pytest.mark.parametrize(
    ("name", "form"), [("a.parquet", "Parquet"), ("a.arrow", "Arrow"), ("a.arrows", "Arrow stream")]
)
def test_each_of_them_is_a_table(tmp_path: Path, name: str, form: str) -> None:
    """Told from its content; a row's line is its number, and the share read grows with it."""
    with table_of(tmp_path, samples()[name]) as table:
        assert (table.format, table.columns) == (form, COLUMNS)
        rows = iter(table)
        first = next(rows)
        assert table.share_read == (1.0 if name == "a.arrows" else pytest.approx(1 / 3))
        assert [first.line, *(row.line for row in rows)] == [1, 2, 3]
        assert first.cells == list(OBJECTS[0].values())
        assert table.share_read == 1.0


@pytest.mark.parametrize("name", ["rich.parquet", "rich.arrow", "rich.arrows"])
def test_values_of_every_type_become_json(tmp_path: Path, name: str) -> None:
    """And what is null, or no number, is None."""
    full, empty = rows_of(tmp_path, samples()[name])
    assert dict(zip(rich().column_names, full.cells, strict=True)) == _RICH
    assert empty.cells == [None] * len(_RICH)
    assert (full.problem, empty.problem) == (None, None)


@pytest.mark.parametrize("write", _WRITERS)
def test_a_value_that_cannot_be_read_costs_its_row(tmp_path: Path, write: object) -> None:
    """Bytes that are no UTF-8 in a column of text, a day that Python does not have, bytes."""
    texts = pyarrow.array([b"a", b"\xff", b"c"]).view(pyarrow.string())
    days = pyarrow.array([1, 2, 10**18], pyarrow.int64()).view(pyarrow.timestamp("us"))
    table = pyarrow.table({"Name": texts, "Birthday": days, "photo": [b"x", None, None]})
    assert callable(write)
    rows = rows_of(tmp_path, write(table))
    assert [row.problem and row.problem.partition(" ca")[0] for row in rows] == [
        None,
        "the column `Name`",
        "the column `Birthday`",
    ]
    assert [row.cells[0] for row in rows if isinstance(row.cells, list)] == ["a", None, "c"]


@pytest.mark.parametrize("write", _WRITERS)
def test_a_table_without_rows_is_no_error_and_one_without_columns_is(tmp_path: Path, write: object) -> None:
    """There is nothing to import, or nothing to be known of it."""
    assert callable(write)
    assert rows_of(tmp_path, write(pyarrow.table({"Name": pyarrow.array([], pyarrow.string())}))) == []
    with pytest.raises(ImportFileError, match="has no columns"):
        rows_of(tmp_path, write(pyarrow.table({})))


def test_a_name_of_a_column_that_is_no_text_is_refused(tmp_path: Path) -> None:
    """pyarrow reads the names late, and raises what it likes."""
    content = samples()["a.arrow"]
    assert content.count(b"Email") == 2
    with pytest.raises(ImportFileError, match=r"contacts is broken, or is no Arrow \(UnicodeDecodeError"):
        rows_of(tmp_path, content.replace(b"Email", b"\xff\xff\xff\xff\xff"))


@pytest.mark.parametrize("write", [arrow_file, arrow_stream])
@pytest.mark.parametrize("kind", [pyarrow.string(), pyarrow.binary()])
def test_what_would_be_read_out_of_its_bounds_is_refused(tmp_path: Path, write: object, kind: pyarrow.DataType) -> None:
    """Nothing but what is in the file is ever taken for a name."""
    starts = pyarrow.array([0, 1_000, 3], pyarrow.int32()).buffers()[1]
    texts = pyarrow.Array.from_buffers(kind, 2, [None, starts, pyarrow.py_buffer(b"Ada")])
    assert callable(write)
    content = write(pyarrow.Table.from_arrays([texts], ["Name"]))
    with pytest.raises(ImportFileError, match=r"contacts is broken, or is no Arrow( stream)? \(ArrowInvalid\)"):
        rows_of(tmp_path, content)


@pytest.mark.parametrize("name", ["a.parquet", "a.arrow"])
def test_a_file_that_is_cut_off_is_refused(tmp_path: Path, name: str) -> None:
    """Both have at their end what is needed to read them."""
    with pytest.raises(ImportFileError, match=r"contacts is broken, or is no (Parquet|Arrow) \(Arrow.*write it anew"):
        rows_of(tmp_path, samples()[name][:-20])


def test_a_stream_that_is_cut_off_is_refused_where_it_ends(tmp_path: Path) -> None:
    """What came before may have been imported; the words of the reader are not told, which may have values in them."""
    with pytest.raises(ImportFileError, match=r"contacts is broken, or is no Arrow stream \(\w+\); write it anew"):
        rows_of(tmp_path, samples()["a.arrows"][:-200])


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    """What Arrow itself holds while a file of twenty batches is read is little of the whole."""
    texts = pyarrow.array([f"{number:0500}" for number in range(80_000)])
    path = tmp_path / "a.parquet"
    parquet.write_table(pyarrow.table({"Name": texts}), path, use_dictionary=False, compression="none")
    size = path.stat().st_size
    del texts
    before = pyarrow.total_allocated_bytes()
    with table_of(tmp_path, path.read_bytes()) as table:
        assert max(pyarrow.total_allocated_bytes() for _ in table) - before < size / 3


def test_one_that_is_compressed_as_a_whole_is_unpacked_first(tmp_path: Path) -> None:
    """It cannot be read from anywhere else."""
    assert rows_of(tmp_path, gzip.compress(samples()["a.arrow"])) == rows_of(tmp_path, samples()["a.arrow"])
