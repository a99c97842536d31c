"""One JSON object as a row; what is none is a row with a problem."""

from __future__ import annotations

from typing import Any

import msgspec

from ..rows import Row

_DEPTH = 100
"""Lists and objects in each other: so that what was decoded here can be encoded anywhere."""
_TOO_DEEP = "is nested too deeply; write flat objects"


def row_of_object(line: int, text: str | bytes) -> Row:
    """Decode an object that begins at a line."""
    try:
        values: Any = msgspec.json.decode(text)
    except msgspec.MsgspecError as error:
        return broken_object(line, f"is not JSON: {error}", text)
    except UnicodeDecodeError:
        return broken_object(line, "has characters that cannot be decoded as UTF-8; name the --encoding", text)
    except RecursionError:
        return broken_object(line, _TOO_DEEP, text)
    if not isinstance(values, dict):
        return broken_object(line, "is no JSON object; write an object, in braces, for each record", text)
    if _openings(text) > _DEPTH and _is_deep(values, _DEPTH):
        return broken_object(line, _TOO_DEEP, text)
    return Row(line, values)


def broken_object(line: int, problem: str, text: str | bytes) -> Row:
    """Make the row of what is no object."""
    return Row(line, {}, problem, text if isinstance(text, str) else text.decode(errors="replace"))


def _openings(text: str | bytes) -> int:
    return text.count("[") + text.count("{") if isinstance(text, str) else text.count(b"[") + text.count(b"{")


def _is_deep(value: Any, depth: int) -> bool:
    if not isinstance(value, dict | list):
        return False
    return not depth or any(
        _is_deep(item, depth - 1) for item in (value.values() if isinstance(value, dict) else value)
    )
