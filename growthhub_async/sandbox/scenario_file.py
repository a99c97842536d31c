"""Scenario files: TOML or JSON, and errors that say where the mistake is and what would be right."""

import re
import tomllib
from pathlib import Path
from typing import Any

import msgspec
from msgspec import inspect

from growthhub_async.sandbox.scenario import Scenario

_STEP = re.compile(r"\.(?P<member>[^.\[\]]+)|\[(?P<index>\d+)\]|\[\.\.\.\]")
_LOCATED = re.compile(r"(?P<problem>.*?)(?: - at `(?:key in )?\$(?P<where>.*)`)?", re.DOTALL)


class ScenarioError(ValueError):
    """A scenario file cannot be used; the message reads `file: where: what is wrong and what would be right`."""


def load_scenario(path: Path) -> Scenario:
    """Read a scenario from a `.toml` or `.json` file.

    Raises `ScenarioError` when the file is missing, is in neither format, or describes no scenario.
    """
    data = _read(path)
    try:
        return msgspec.convert(data, Scenario)
    except msgspec.ValidationError as error:
        raise ScenarioError(f"{path}: {_explained(str(error), data)}") from None


def _read(path: Path) -> Any:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ScenarioError(f"{path}: the file cannot be read: {error.strerror}; check its name") from None
    try:
        match path.suffix.lower():
            case ".toml":
                return tomllib.loads(content.decode())
            case ".json":
                return msgspec.json.decode(content)
    except (tomllib.TOMLDecodeError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ScenarioError(f"{path}: {path.suffix[1:].upper()} syntax: {error}; correct it there") from None
    raise ScenarioError(f"{path}: the suffix {path.suffix!r} is unknown; name the file .toml or .json")


def _explained(message: str, data: Any) -> str:
    """Turn a validation message into `where: what is wrong and what would be right`."""
    found = _LOCATED.fullmatch(message)
    problem, where = (found["problem"], found["where"] or "") if found else (message, "")
    expected = _expected(inspect.type_info(Scenario), where, data)
    remedy = f"; {expected}" if expected else ""
    return f"{where.lstrip('.') or 'scenario'}: {problem[:1].lower()}{problem[1:]}{remedy}"


def _expected(info: inspect.Type, where: str, data: Any) -> str | None:
    """Return what would be right at a place, as far as its type tells."""
    for step in _STEP.finditer(where):
        info = _chosen(info, data)
        key = step["member"] if step["member"] is not None else int(step["index"] or 0)
        child = _child(info, key)
        if child is None:
            return _wanted(info) if isinstance(info, inspect.UnionType) else None
        info, data = child, _item(data, key)
    return _wanted(_chosen(info, data))


def _chosen(info: inspect.Type, data: Any) -> inspect.Type:
    """Return the member of a union the data claims to be, told by its `kind`."""
    if isinstance(info, inspect.Metadata):
        return _chosen(info.type, data)
    if isinstance(info, inspect.UnionType) and isinstance(data, dict):
        for member in info.types:
            if isinstance(member, inspect.StructType) and member.tag == data.get("kind"):
                return member
    return info


def _child(info: inspect.Type, key: str | int) -> inspect.Type | None:
    if isinstance(info, inspect.StructType):
        return next((field.type for field in info.fields if field.encode_name == key), None)
    if isinstance(info, inspect.VarTupleType):
        return info.item_type
    return None


def _item(data: Any, key: str | int) -> Any:
    try:
        return data[key]
    except (KeyError, IndexError, TypeError):
        return None


def _wanted(info: inspect.Type) -> str | None:
    match info:
        case inspect.StructType():
            return f"known here: {', '.join(field.encode_name for field in info.fields)}"
        case inspect.LiteralType():
            return f"use one of {', '.join(map(repr, info.values))}"
        case inspect.UnionType():
            kinds = [str(m.tag) for m in info.types if isinstance(m, inspect.StructType) and m.tag]
            return f"kind is one of {', '.join(kinds)}" if kinds else None
        case _:
            return None
