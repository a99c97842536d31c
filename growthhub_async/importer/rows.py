"""What every format gives and the mapping takes: a table of rows, each as it stands in its file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from .formats.fingerprint import Fingerprint


class Row(NamedTuple):
    """One record of a file, the number of the line it begins at, and what is wrong with it.

    A sheet, a database or a file without lines has rows in place of lines. `cells` are what JSON has, in the order of
    the table's columns, or by name where each row has keys of its own. `text` is what stood there, of a row that could
    not be read as cells.
    """

    line: int
    cells: list[Any] | dict[str, Any]
    problem: str | None = None
    text: str | None = None


class Table(Protocol):
    """One open file as rows, to be read once; iterating raises ImportFileError when it cannot be read on.

    `name` is what people call the file, `format` how it was understood. `columns` are None where each row has keys of
    its own.
    """

    @property
    def name(self) -> str: ...
    @property
    def format(self) -> str: ...
    @property
    def columns(self) -> list[str] | None: ...
    @property
    def share_read(self) -> float | None:
        """How much of the file has been read, 0 to 1; None when that is not known."""

    def fingerprint(self) -> Fingerprint:
        """Identify the content, once it has been read to its end: what was not is read now, and lost."""

    def __iter__(self) -> Iterator[Row]: ...
