"""JSON Lines as a table: one object a line, each with keys of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from ..rows import Row
from .lines import Line


class JsonLinesTable:
    """The rows of a file of JSON objects, one a line; blank lines are skipped."""

    format = "JSON Lines"

    def __init__(self, lines: Iterable[Line]) -> None:
        self._lines = lines

    def __iter__(self) -> Iterator[Row]:
        for line in self._lines:
            if line.problem is not None:
                yield Row(line.number, {}, line.problem, line.text)
            elif line.text.strip():
                yield _row(line)


def _row(line: Line) -> Row:
    try:
        values: Any = msgspec.json.decode(line.text)
    except msgspec.DecodeError as error:
        return Row(line.number, {}, f"is not JSON: {error}", line.text)
    except RecursionError:
        return Row(line.number, {}, "is nested too deeply; write one flat object a line", line.text)
    if not isinstance(values, dict):
        return Row(line.number, {}, "is no JSON object; write one object a line, in braces", line.text)
    return Row(line.number, values)
