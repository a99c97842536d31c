"""JSON Lines as a table: one object a line, each with keys of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from ..rows import Row
from .lines import Run


class JsonLinesTable:
    """The rows of a file of JSON objects, one a line; blank lines are skipped. `line` is the last one read."""

    format = "JSON Lines"
    columns = None
    nested = True

    def __init__(self, runs: Iterable[Run]) -> None:
        self.line = 0
        self._runs = runs

    def __iter__(self) -> Iterator[Row]:
        for run in self._runs:
            for self.line, text in enumerate(run.texts, run.number):
                if run.problem is not None:
                    yield Row(self.line, {}, run.problem, text)
                elif not text.isspace():
                    yield row_of_object(self.line, text, "write one flat object a line")


def row_of_object(line: int, text: str, remedy: str) -> Row:
    """Decode one JSON object; what is none is a row with a problem, which says the remedy."""
    try:
        values: Any = msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        return Row(line, {}, f"is not JSON: {error}", text)
    except RecursionError:
        return Row(line, {}, f"is nested too deeply; {remedy}", text)
    if not isinstance(values, dict):
        return Row(line, {}, f"is no JSON object; {remedy}", text)
    return Row(line, values)
