"""Parquet and Arrow as tables: batches of columns, read one after the other, and their rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ..errors import ImportFileError
from ..rows import Row
from .extras import hinted, translated
from .source import Source
from .values import UNREADABLE, ColumnName, plain_cells

if TYPE_CHECKING:
    import pyarrow
    from pyarrow import RecordBatch

_BATCH = 4_096
"""Rows of Parquet taken at a time."""
_BUFFER = 1 << 20
"""Bytes of a column of Parquet read at a time."""
_REMEDY = "write it anew"


class ArrowTable:
    """The rows of batches that have the columns of a schema; `line` is the number of the last one read, from 1.

    `rows` is how many there are, where that is known.
    """

    def __init__(
        self,
        source: Source,
        form: str,
        schema: pyarrow.Schema,
        batches: Iterator[RecordBatch],
        rows: int | None,
        is_known: Callable[[str], bool],
    ) -> None:
        with translated(source.name, form, _REMEDY, words=True):
            self.columns: list[str] = list(schema.names)  # which need not be UTF-8
        if not self.columns:
            raise ImportFileError(f"{source.name} has no columns; {_REMEDY}")
        self.format = form
        self._columns = [ColumnName(name, is_known(name)) for name in self.columns]
        self.line = 0
        self._source = source
        self._batches = batches
        self._rows = rows

    @property
    def share_read(self) -> float | None:
        """How much of the file is in the rows read so far, 0 to 1; None when that is not known."""
        if self._rows is None:
            return self._source.share_read
        return min(1.0, self.line / self._rows) if self._rows else 1.0

    def __iter__(self) -> Iterator[Row]:
        while (columns := self._next_columns()) is not None:
            for values in zip(*columns, strict=True):
                self.line += 1
                yield Row(self.line, *plain_cells(self._columns, values))

    def _next_columns(self) -> list[list[Any]] | None:
        with translated(self._source.name, self.format, _REMEDY, words=False):
            batch = next(self._batches, None)
            if batch is None:
                return None
            for column in batch.columns:
                _require_valid(column)
            return [_values(column) for column in batch.columns]


@contextmanager
def open_parquet(source: Source, is_known: Callable[[str], bool]) -> Iterator[ArrowTable]:
    """Open a Parquet file; raises ImportFileError when it is none, or its reader is not installed.

    What cannot be read is a problem of its row where it is in a column whose name `is_known`.
    """
    with hinted(source.name, "Parquet", "parquet"):
        from pyarrow import parquet
    with source.file() as path:
        with translated(source.name, "Parquet", _REMEDY, words=True):
            file = parquet.ParquetFile(path, buffer_size=_BUFFER, pre_buffer=False)
            batches = file.iter_batches(batch_size=_BATCH, use_threads=False)
        with file:
            yield ArrowTable(source, "Parquet", file.schema_arrow, batches, file.metadata.num_rows, is_known)


@contextmanager
def open_arrow_file(source: Source, is_known: Callable[[str], bool]) -> Iterator[ArrowTable]:
    """Open an Arrow IPC file, also called Feather; raises ImportFileError as `open_parquet` does."""
    with hinted(source.name, "Arrow", "parquet"):
        import pyarrow
    with source.file() as path, pyarrow.OSFile(str(path)) as file:
        with translated(source.name, "Arrow", _REMEDY, words=True):
            reader = pyarrow.ipc.open_file(file)
            rows = reader.count_rows()
        batches = map(reader.get_batch, range(reader.num_record_batches))
        yield ArrowTable(source, "Arrow", reader.schema, batches, rows, is_known)


@contextmanager
def open_arrow_stream(source: Source, is_known: Callable[[str], bool]) -> Iterator[ArrowTable]:
    """Open an Arrow IPC stream; raises ImportFileError as `open_parquet` does."""
    with hinted(source.name, "Arrow", "parquet"):
        import pyarrow
    with source.file() as path, pyarrow.OSFile(str(path)) as file:
        with translated(source.name, "Arrow", _REMEDY, words=True):
            reader = pyarrow.ipc.open_stream(file)
        yield ArrowTable(source, "Arrow stream", reader.schema, reader, None, is_known)


def _values(column: pyarrow.Array) -> list[Any]:
    import pyarrow

    if pyarrow.types.is_timestamp(column.type) and column.type.unit == "ns":
        column = column.cast(pyarrow.timestamp("us", column.type.tz), safe=False)  # Python has no nanoseconds
    if pyarrow.types.is_time64(column.type) and column.type.unit == "ns":
        column = column.cast(pyarrow.time64("us"), safe=False)
    try:
        values: list[Any] = column.to_pylist()
    except Exception:
        return [_value(scalar) for scalar in column]
    return values


def _value(scalar: pyarrow.Scalar) -> Any:
    try:
        return scalar.as_py()
    except Exception:  # bytes that are no UTF-8, a date beyond those of Python, and more
        return UNREADABLE


def _require_valid(column: pyarrow.Array) -> None:
    """Check a column, or what is broken in it would be read out of its bounds; text that is no UTF-8 is not broken."""
    import pyarrow

    if pyarrow.types.is_string(column.type):
        column = column.view(pyarrow.binary())
    elif pyarrow.types.is_large_string(column.type):
        column = column.view(pyarrow.large_binary())
    column.validate(full=True)
