"""Which column becomes which field of a contact, decided once from the names alone.

One column feeds one field. Where several want the same, the one whose name is the closest has it, and of equals the
first; the others are told as ignored. `--map` overrides the names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from ..errors import ImportFileError
from .names import Meaning, exact_field, meaning, nearest_field, nearest_name, normalised

CUSTOM = "custom:"
"""What stands before the id of a custom field where a field's name is expected."""

NESTED_FIELDS = frozenset({"custom_fields", "dnd_settings", "inbound_dnd_settings"})
"""Fields whose value is no text, so that no cell can hold it."""

_MATCHABLE = frozenset({"email", "phone", "first_name", "last_name"})

Overrides = Mapping[str, str | None]
"""Columns by name, as they were mapped by hand; None for one that is to be ignored."""


class Ignored(StrEnum):
    """Why a column is not imported."""

    BY_HAND = "by hand"
    FOREIGN = "foreign"
    TAKEN = "taken"
    SECOND = "second"
    NESTED = "nested"
    UNKNOWN = "unknown"


class Column(NamedTuple):
    """One column and the field it becomes; or why it is ignored, and the field or column that this is about."""

    name: str
    field: str | None = None
    ignored: Ignored | None = None
    about: str | None = None


def plan_columns(names: Sequence[str], overrides: Overrides, *, nested: bool = False) -> list[Column]:
    """Decide what each column becomes, in their order; `nested` when values may be more than text."""
    meanings = [_overridden(name, overrides) or meaning(name) for name in names]
    best: dict[str, int] = {}
    for index, found in enumerate(meanings):
        if not _usable(found, nested):
            continue
        rival = best.get(found.field or "")
        if rival is None or found.rank < meanings[rival].rank:
            best[found.field or ""] = index
    return [_column(index, names, meanings[index], best, overrides, nested) for index in range(len(names))]


def is_known(name: str, overrides: Overrides) -> bool:
    """Tell whether a column of that name would be imported."""
    return name in overrides or meaning(name).field is not None


def can_match(columns: Sequence[Column]) -> bool:
    """Tell whether there is a column by which a contact can be found or made (observed.md, "Errors")."""
    return any(column.field in _MATCHABLE for column in columns)


def parse_overrides(mappings: Sequence[str]) -> dict[str, str | None]:
    """Read what `--map` was given, each `Column=field`; raises ImportFileError for one that is wrong."""
    overrides: dict[str, str | None] = {}
    for mapping in mappings:
        name, equals, target = mapping.rpartition("=")
        if not equals or not name.strip():
            raise ImportFileError(f'--map "{mapping}" is not of the form "Column=field", such as "Mail=email"')
        field = _target(mapping, target.strip())
        if field is not None and field in overrides.values():
            raise ImportFileError(f'--map "{mapping}": another column is mapped to {field} already; map only one')
        overrides[name.strip()] = field
    return overrides


def bind_overrides(overrides: Overrides, names: Sequence[str]) -> dict[str, str | None]:
    """Find the columns that `--map` names, as they are written in the file; those it does not have are left out."""
    by_normalised = {normalised(name): name for name in reversed(names)}
    bound: dict[str, str | None] = {}
    for name, field in overrides.items():
        column = name if name in names else by_normalised.get(normalised(name))
        if column is not None:
            bound[column] = field
    return bound


def require_columns(overrides: Overrides, names: Sequence[str]) -> None:
    """Raise ImportFileError when `--map` names a column that the file does not have."""
    for name in overrides:
        if not bind_overrides({name: None}, names):
            near = nearest_name(name, list(names))
            remedy = f"did you mean `{near}`?" if near else f"it has {listed(names)}"
            raise ImportFileError(f"--map: the file has no column `{name}`; {remedy}")


def listed(names: Sequence[str]) -> str:
    """Write names of columns one after the other, as they are told to people: the first twenty, cut where long."""
    told = ", ".join(f"`{name[:40]}`" for name in names[:20])
    return f"{told} and {len(names) - 20} more" if len(names) > 20 else told


def _target(mapping: str, target: str) -> str | None:
    if not target:
        return None
    if target.startswith(CUSTOM):
        if target == CUSTOM or " " in target:
            raise ImportFileError(f'--map "{mapping}": write the id of the custom field, as in custom:1A2b3C4d')
        return target
    field = exact_field(target)
    if field is None:
        near = nearest_field(target)
        remedy = f"did you mean {near}?" if near else "write a field such as first_name, or custom:ID"
        raise ImportFileError(f'--map "{mapping}": a contact has no field {target}; {remedy}')
    if field in NESTED_FIELDS:
        raise ImportFileError(f'--map "{mapping}": {field} is no text; map one custom field with custom:ID')
    return field


def _overridden(name: str, overrides: Overrides) -> Meaning | None:
    return Meaning(overrides[name], rank=-1) if name in overrides else None


def _usable(found: Meaning, nested: bool) -> bool:
    return found.field is not None and not found.second and (nested or found.field not in NESTED_FIELDS)


def _column(
    index: int, names: Sequence[str], found: Meaning, best: Mapping[str, int], overrides: Overrides, nested: bool
) -> Column:
    name = names[index]
    if name in overrides and found.field is None:
        return Column(name, ignored=Ignored.BY_HAND)
    if found.field is None:
        return _nameless(name, found)
    if found.second:
        return Column(name, ignored=Ignored.SECOND, about=found.field)
    if not nested and found.field in NESTED_FIELDS:
        return Column(name, ignored=Ignored.NESTED, about=found.field)
    if best[found.field] != index:
        return Column(name, ignored=Ignored.TAKEN, about=names[best[found.field]])
    return Column(name, field=found.field)


def _nameless(name: str, found: Meaning) -> Column:
    if found.foreign or not normalised(name):
        return Column(name, ignored=Ignored.FOREIGN)
    return Column(name, ignored=Ignored.UNKNOWN, about=nearest_field(name))
