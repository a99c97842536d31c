"""Small files of every format, all of the same three contacts, and how they are read as tables."""

from __future__ import annotations

import datetime
import decimal
import gzip
import io
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import msgspec
import openpyxl
import pyarrow
from pyarrow import parquet

from growthhub_async.importer.formats import open_table
from growthhub_async.importer.rows import Row, Table

from ..reading import unheard

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

COLUMNS = ["Name", "Email", "Phone", "Birthday"]
CONTACTS = [
    ["Ada", "ada@example.com", 2055550142, datetime.date(1990, 1, 2)],
    ["Zoë", "zoe@example.com", 2055550143, None],
    ["Jürgen", None, 2055550144, datetime.date(1980, 12, 31)],
]
OBJECTS = [
    {"Name": "Ada", "Email": "ada@example.com", "Phone": 2055550142, "Birthday": "1990-01-02"},
    {"Name": "Zoë", "Email": "zoe@example.com", "Phone": 2055550143, "Birthday": None},
    {"Name": "Jürgen", "Email": None, "Phone": 2055550144, "Birthday": "1980-12-31"},
]
"""The same as JSON has it."""


def known(name: str) -> bool:
    """Tell whether a name is that of a field, for these files."""
    return name in COLUMNS


@contextmanager
def table_of(
    folder: Path, content: bytes, name: str = "contacts", tell: Callable[[str], None] = unheard, **options: str | None
) -> Iterator[Table]:
    """Write a file and open it as a table."""
    path = folder / name
    path.write_bytes(content)
    with open_table(str(path), is_known=known, tell=tell, **options) as table:
        yield table


def rows_of(folder: Path, content: bytes, name: str = "contacts", **options: str | None) -> list[Row]:
    """Read every row of a file."""
    with table_of(folder, content, name, **options) as table:
        return list(table)


def arrow() -> pyarrow.Table:
    """Make the table of Arrow."""
    return pyarrow.table([list(column) for column in zip(*CONTACTS, strict=True)], names=COLUMNS)


def rich() -> pyarrow.Table:
    """Make a table with a column of each kind that Arrow has and people use."""
    day = datetime.datetime(2026, 11, 25)
    second = datetime.datetime(2026, 11, 25, 14, 3, 5)
    return pyarrow.table(
        {
            "text": pyarrow.array(["ä", None], pyarrow.large_string()),
            "view": pyarrow.array(["a text that is longer than twelve bytes", None], pyarrow.string_view()),
            "code": pyarrow.array(["x", None]).dictionary_encode(),
            "flag": [True, None],
            "whole": pyarrow.array([2**63, None], pyarrow.uint64()),
            "real": [1.5, float("nan")],
            "half": pyarrow.array([1.5, None], pyarrow.float16()),
            "exact": [decimal.Decimal("1.50"), None],
            "exact_whole": [decimal.Decimal("2055550142.00"), None],
            "day": [day.date(), None],
            "midnight": [day, None],
            "second": pyarrow.array([second, None], pyarrow.timestamp("s")),
            "nanosecond": pyarrow.array([1_795_615_385_123_456_789, None], pyarrow.timestamp("ns")),
            "zoned": pyarrow.array([second, None], pyarrow.timestamp("us", tz="Europe/Berlin")),
            "time": pyarrow.array([second.time(), None], pyarrow.time64("ns")),
            "duration": pyarrow.array([datetime.timedelta(hours=1.5), None]),
            "tags": [["vip", "new"], None],
            "object": [{"a": 1, "b": ["x", None]}, None],
            "map": pyarrow.array([[("k", 1)], None], pyarrow.map_(pyarrow.string(), pyarrow.int32())),
        }
    )


def workbook(*rows: list[object]) -> bytes:
    """Make a workbook with one sheet."""
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in rows:
        book.active.append(row)
    return saved(book)


def saved(book: openpyxl.Workbook) -> bytes:
    """Return a workbook as the bytes of its file."""
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def parquet_file(table: pyarrow.Table) -> bytes:
    """Write a Parquet file."""
    file = io.BytesIO()
    parquet.write_table(table, file)
    return file.getvalue()


def arrow_file(table: pyarrow.Table, **options: object) -> bytes:
    """Write an Arrow IPC file."""
    file = io.BytesIO()
    with pyarrow.ipc.new_file(file, table.schema, **options) as writer:
        writer.write_table(table)
    return file.getvalue()


def arrow_stream(table: pyarrow.Table) -> bytes:
    """Write an Arrow IPC stream."""
    file = io.BytesIO()
    with pyarrow.ipc.new_stream(file, table.schema) as writer:
        writer.write_table(table)
    return file.getvalue()


def _csv() -> bytes:
    lines = [",".join(COLUMNS), *(",".join("" if cell is None else f'"{cell}"' for cell in row) for row in CONTACTS)]
    return "".join(f"{line}\n" for line in lines).encode()


@cache
def samples() -> dict[str, bytes]:
    """Make a file of every format, by the name it would have."""
    array = msgspec.json.encode(OBJECTS)
    csv = _csv()
    return {
        "a.csv": csv,
        "a.utf16.csv": csv.decode().encode("utf-16"),
        "a.windows.csv": csv.decode().encode("cp1252"),
        "a.jsonl": b"".join(msgspec.json.encode(each) + b"\n" for each in OBJECTS),
        "a.json": array,
        "a.pretty.json": msgspec.json.format(array),
        "a.wrapped.json": b'{"meta":{"count":3},"contacts":' + array + b',"next":null}',
        "a.parquet": parquet_file(arrow()),
        "a.arrow": arrow_file(arrow()),
        "a.arrows": arrow_stream(arrow()),
        "rich.parquet": parquet_file(rich()),
        "rich.arrow": arrow_file(rich(), options=pyarrow.ipc.IpcWriteOptions(compression="zstd")),
        "rich.arrows": arrow_stream(rich()),
        "a.xlsx": workbook(COLUMNS, *CONTACTS),
        "a.csv.gz": gzip.compress(csv, mtime=0),
        "a.csv.zst": zstd.compress(csv),
        "a.parquet.gz": gzip.compress(parquet_file(arrow()), mtime=0),
    }
