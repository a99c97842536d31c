"""Mapping files: a `FieldMapping` as TOML that a person can edit, and errors that say where the mistake is."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..errors import ImportFileError
from .columns import Column, Ignored
from .field_mapping import FieldMapping, Join
from .names import nearest_name

_HEAD = """\
# How the columns of a file become the fields of a contact. A column that is not named here goes by its name.
"""
_COLUMNS_HEAD = """
# Column = field: first_name, email, tags, ..., or "custom:NAME" for a custom field by its name, its key or its id.
# "" is a column that is not read.
[columns]
"""
_SETTINGS = {
    "default_region": (
        "The country of phone numbers without +; with it all are written as E.164, without it as they are.",
        "US",
    ),
    "empty": ('What an empty cell does: "skip" leaves what a contact has, "clear" clears it.', "skip"),
    "split_at": ("What stands between the tags of one cell; without it , and ; do.", "|"),
}
_TABLES = {
    "join": (
        'Several columns that are one field, a space between; or { columns = [...], separator = ", " }.',
        'address1 = ["Street", "House no"]',
    ),
    "constants": ("What every record has. Tags are added to those of the record.", 'tags = ["import-2026"]'),
    "defaults": ("What the records have that have no value of their own.", 'country = "US"'),
}
_KEYS = ("default_region", "empty", "split_at", "columns", "join", "constants", "defaults")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_ESCAPED = re.compile(r'[\x00-\x1f\x7f"\\]')
_SHORT = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def read_mapping(path: str | Path) -> FieldMapping:
    """Read a mapping file; raises ImportFileError that names the file, the key and what would be right."""
    name = Path(path).name
    try:
        text = Path(path).read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise ImportFileError(f"{name}: the mapping cannot be read: {error.strerror}; check its name") from None
    except UnicodeDecodeError:
        raise ImportFileError(f"{name}: the mapping is not UTF-8; save it as UTF-8") from None
    return parse_mapping(text, name)


def parse_mapping(text: str, name: str) -> FieldMapping:
    """Read the text of a mapping file; `name` is what messages call it."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ImportFileError(
            f"{name}: is no TOML: {str(error)[:1].lower()}{str(error)[1:]}; correct it there"
        ) from None
    except RecursionError:
        raise ImportFileError(f"{name}: is nested too deeply; write it flat") from None
    for key in data.keys() - set(_KEYS):
        raise ImportFileError(f"{name}: {key[:60]}: is no key of a mapping; {_meant(key, data[key])}")
    return FieldMapping(
        columns=_table(name, data, "columns", _column),
        join=_table(name, data, "join", _join),
        constants=_table(name, data, "constants", _given),
        defaults=_table(name, data, "defaults", _given),
        split_at=_text(name, data, "split_at"),
        default_region=_text(name, data, "default_region"),
        empty=_text(name, data, "empty") or "skip",  # type: ignore[arg-type]
        origin=name,
    )


def mapping_text(mapping: FieldMapping, columns: Sequence[Column] = ()) -> str:
    """Write a mapping as a file to edit; `columns` say in comments why some are not read."""
    reasons = {column.name: _reason(column) for column in columns}
    parts = [_HEAD, *(_setting(key, getattr(mapping, key)) for key in _SETTINGS), _COLUMNS_HEAD]
    for name, field in mapping.columns.items():
        reason = reasons.get(name)
        parts.append(f"{_quoted(name)} = {_quoted(field or '')}{f'  # {reason}' if reason and not field else ''}\n")
    parts += [line for key in _TABLES for line in _written_table(key, getattr(mapping, key))]
    return "".join(parts)


def _table(name: str, data: Mapping[str, Any], key: str, read: Callable[[Any], Any]) -> dict[str, Any]:
    table = data.get(key, {})
    if not isinstance(table, dict):
        raise ImportFileError(f"{name}: {key}: must be a table; write [{key}], and its lines below")
    found = {}
    for entry, value in table.items():
        try:
            found[entry] = read(value)
        except ValueError as error:
            raise ImportFileError(f"{name}: {key}.{_key(entry)}: {error}") from None
    return found


def _text(name: str, data: Mapping[str, Any], key: str) -> str | None:
    value = data.get(key)
    if value is not None and not isinstance(value, str):
        raise ImportFileError(f'{name}: {key}: must be a text in quotes, such as "{_SETTINGS[key][1]}"')
    return value


def _column(value: Any) -> str | None:
    if value is False or value == "":
        return None
    if isinstance(value, str):
        return value
    raise ValueError('must be a field in quotes, such as "first_name", or "" for a column that is not read')


def _join(value: Any) -> Join:
    parts = value if isinstance(value, dict) else {"columns": value}
    columns, separator = parts.get("columns"), parts.get("separator")
    known = parts.keys() <= {"columns", "separator"} and (separator is None or isinstance(separator, str))
    if known and isinstance(columns, list) and _are_texts(columns):
        return Join(tuple(columns), separator)
    raise ValueError('must be columns, as in ["Street", "House no"], or { columns = [...], separator = ", " }')


def _given(value: Any) -> Any:
    if isinstance(value, str | bool | int | float) or _are_texts(value):
        return value
    raise ValueError('must be a text in quotes, a number, true or false, or several texts, as in ["a", "b"]')


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(text, str) for text in value)


def _meant(key: str, value: Any) -> str:
    if near := nearest_name(key, list(_KEYS)):
        return f"did you mean {near}?"
    if isinstance(value, str | bool):
        return "write a column below [columns]"
    return f"it has {', '.join(_KEYS)}"


def _reason(column: Column) -> str | None:
    """Say in a few words why a column is not read."""
    match column.ignored:
        case Ignored.TAKEN:
            return f"{_plain(column.about)} is read instead"
        case Ignored.SECOND:
            return f"a contact has one {column.about}"
        case Ignored.CONSTANT:
            return f"{column.about} is a constant"
        case Ignored.UNKNOWN if column.about:
            return f"did you mean {column.about}?"
        case Ignored.UNKNOWN:
            return 'not known; "custom:NAME" reads it into a custom field'
    return None


def _setting(key: str, value: str | None) -> str:
    about, example = _SETTINGS[key]
    line = f"# {key} = {_quoted(example)}" if value is None else f"{key} = {_quoted(value)}"
    return f"\n# {about}\n{line}\n"


def _written_table(key: str, values: Mapping[str, Any]) -> Iterator[str]:
    about, example = _TABLES[key]
    yield f"\n# {about}\n[{key}]\n"
    if not values:
        yield f"# {example}\n"
    for field, value in values.items():
        yield f"{_key(field)} = {_value(value)}\n"


def _value(value: Any) -> str:
    match value:
        case Join(columns, separator):
            if separator is None:
                return _value(list(columns))
            return f"{{ columns = {_value(list(columns))}, separator = {_quoted(separator)} }}"
        case list():
            return f"[{', '.join(map(_quoted, value))}]"
        case bool():
            return "true" if value else "false"
        case str():
            return _quoted(value)
    return repr(value)


def _key(text: str) -> str:
    return text if _BARE_KEY.fullmatch(text) else _quoted(text)


def _quoted(text: str) -> str:
    return '"' + _ESCAPED.sub(_escape, text) + '"'


def _escape(found: re.Match[str]) -> str:
    return _SHORT.get(found[0]) or f"\\u{ord(found[0]):04x}"


def _plain(text: str | None) -> str:
    """Write a name so that it stays in its comment."""
    return "".join(c if c.isprintable() else " " for c in text or "")
