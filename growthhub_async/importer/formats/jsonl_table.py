"""JSON Lines as a table: one object a line, each with keys of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..rows import Row
from .json_object import row_of_object
from .lines import Run


class JsonLinesTable:
    """The rows of a file of JSON objects, one a line; blank lines are skipped. `line` is the last one read."""

    format = "JSON Lines"
    columns = None

    def __init__(self, runs: Iterable[Run]) -> None:
        self.line = 0
        self._runs = runs

    def __iter__(self) -> Iterator[Row]:
        for run in self._runs:
            for self.line, text in enumerate(run.texts, run.number):
                if run.problem is not None:
                    yield Row(self.line, {}, run.problem, text)
                elif not text.isspace():
                    yield row_of_object(self.line, text)
