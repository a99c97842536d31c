"""What every format gives and the mapping takes: a table of rows, each as it stands in its file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple, Protocol


class Row(NamedTuple):
    """One record of a file, the number of the line it begins at, and what is wrong with it.

    `cells` are in the order of the table's columns, or by name where each row has keys of its own. `text` is what stood
    there, of a row that could not be read as cells.
    """

    line: int
    cells: list[Any] | dict[str, Any]
    problem: str | None = None
    text: str | None = None


class Table(Protocol):
    """One open file as rows, to be read once; iterating raises ImportFileError when it cannot be read on.

    `name` is what people call the file, `format` how it was understood. `columns` are None where each row has keys of
    its own. `nested` when values may be more than text.
    """

    name: str
    format: str
    columns: list[str] | None
    nested: bool

    @property
    def share_read(self) -> float | None:
        """How much of the file has been read, 0 to 1; None when that is not known."""

    def __iter__(self) -> Iterator[Row]: ...
