"""Which column becomes which field, decided once from the names alone and from what was mapped by hand.

One column feeds one field, but for those that are joined. Where several want the same, the one whose name is the
closest has it, and of equals the first; the others are told as ignored. What was mapped by hand comes before the names,
and the names of a contact's own fields come before those of custom fields, unless they only resemble them.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any, NamedTuple

import msgspec

from ..errors import ImportFileError
from .custom import CustomFields
from .field_mapping import FieldMapping
from .names import SYNONYM, Meaning, is_ours, listed, meaning, nearest_field, nearest_name, normalised
from .targets import CUSTOM, MATCHABLE, is_custom


class Ignored(StrEnum):
    """Why a column is not imported."""

    BY_HAND = "by hand"
    FOREIGN = "foreign"
    TAKEN = "taken"
    SECOND = "second"
    CONSTANT = "constant"
    UNKNOWN = "unknown"


class Column(NamedTuple):
    """One column and the field it becomes; or why it is ignored, and the field or column that this is about.

    Columns that are joined have the same field. One that is joined and a field of its own, too, is there twice.
    """

    name: str
    field: str | None = None
    ignored: Ignored | None = None
    about: str | None = None


class Use(NamedTuple):
    """A field and the columns it is made of, by their places; `joined` as the mapping says, with that separator."""

    field: str
    places: tuple[int, ...]
    joined: bool = False
    separator: str | None = None


class Layout(NamedTuple):
    """What the columns of a table become: each as it is shown, and each field as it is made."""

    columns: list[Column]
    uses: list[Use]


def resolved(mapping: FieldMapping, customs: CustomFields) -> FieldMapping:
    """Write every custom field of a mapping by its one label; what was mapped under two names shows as mapped twice.

    Raises ImportFileError for a custom field that the location does not have, and where the location's are not known,
    for what is no id.
    """
    changes: dict[str, Any] = {
        "columns": {
            name: field and _label(field, mapping.where(name), customs) for name, field in mapping.columns.items()
        }
    }
    for key in ("join", "constants", "defaults"):
        found: dict[str, Any] = {}
        for field, value in getattr(mapping, key).items():
            where = mapping.where_field(key, field)
            label = _label(field, where, customs)
            if label in found:
                raise ImportFileError(f"{where}: is there twice, as {label}; keep one")
            found[label] = value
        changes[key] = found
    return msgspec.structs.replace(mapping, **changes)


def lay_out(names: Sequence[str], mapping: FieldMapping, customs: CustomFields) -> Layout:
    """Decide what each column becomes, in their order; `mapping` is resolved, and those it names may be missing."""
    joins = _joins(names, mapping)
    settled = _Settling(names, mapping, customs, joins).all()
    uses = [Use(column.field, (place,)) for place, column in enumerate(settled) if column.field]
    columns: list[Column] = []
    for place, column in enumerate(settled):
        made = [Column(column.name, join.field) for join in joins if place in join.places]
        columns += [column, *made] if column.field or not made else made
    return Layout(columns, uses + joins)


def is_known(name: str, mapping: FieldMapping) -> bool:
    """Tell whether a column of that name would be imported, as far as the mapping and the name tell."""
    named = [other for other, field in mapping.columns.items() if field]
    joined = [other for join in mapping.join.values() for other in join.columns]
    if found_as(name, named + joined) is not None:
        return True
    return found_as(name, list(mapping.columns)) is None and meaning(name).field is not None


def can_match(layout: Layout) -> bool:
    """Tell whether there is a column by which a contact can be found or made."""
    return any(use.field in MATCHABLE for use in layout.uses)


def require_columns(file: str, names: Sequence[str], mapping: FieldMapping) -> None:
    """Raise ImportFileError when the mapping names a column that the file does not have."""
    for name, where in mapping.named():
        if found_as(name, names) is None:
            near = nearest_name(name, list(names))
            remedy = f"did you mean `{near}`?" if near else f"it has {listed(names)}"
            raise ImportFileError(f"{file}: {where}: the file has no column `{name}`; {remedy}")


def found_as(name: str, names: Sequence[str]) -> str | None:
    """Find a column by its name, as it is written in the file: that very name, else the first in another spelling."""
    if name in names:
        return name
    wanted = normalised(name)
    return next((other for other in names if wanted and normalised(other) == wanted), None)


class _Settling:
    """Give each column its field: the closest names first, and of equals the first column."""

    def __init__(
        self, names: Sequence[str], mapping: FieldMapping, customs: CustomFields, joins: Sequence[Use]
    ) -> None:
        self._names = names
        self._customs = customs
        found = [(found_as(name, names), name, field) for name, field in mapping.columns.items()]
        found.sort(key=lambda entry: entry[0] == entry[1])  # the very name has the last word
        self._by_hand = {column: field for column, _, field in found if column is not None}
        self._taken = {join.field: names[join.places[0]] for join in joins}
        self._joined = {names[place] for join in joins for place in join.places}
        self._constants = mapping.constants.keys() - {"tags"}

    def all(self) -> list[Column]:
        """Settle every column."""
        meanings = [self._meaning(name) for name in self._names]
        closest_first = sorted(range(len(self._names)), key=lambda place: meanings[place].rank)
        settled = {place: self._settle(self._names[place], meanings[place]) for place in closest_first}
        return [settled[place] for place in range(len(self._names))]

    def _meaning(self, name: str) -> Meaning:
        if name in self._by_hand or name in self._joined:
            return Meaning(self._by_hand.get(name), rank=-1)
        found = meaning(name)
        custom = self._custom(name) if found.field is None or found.rank > SYNONYM else None
        return Meaning(custom, rank=SYNONYM) if custom else found

    def _settle(self, name: str, found: Meaning) -> Column:
        if found.rank < 0 and found.field is None:
            return Column(name, ignored=Ignored.BY_HAND)
        if found.field is None:
            return _nameless(name, found)
        if found.second:
            return Column(name, ignored=Ignored.SECOND, about=found.field)
        for field in (found.field, self._custom(name)):
            if field and field not in self._taken and field not in self._constants:
                self._taken[field] = name
                return Column(name, field)
        if found.field in self._constants:
            return Column(name, ignored=Ignored.CONSTANT, about=found.field)
        return Column(name, ignored=Ignored.TAKEN, about=self._taken[found.field])

    def _custom(self, name: str) -> str | None:
        """Find the label of the custom field that a column is called like."""
        custom = None if is_ours(name) else self._customs.of_header(name)
        return self._customs.label(custom) if custom else None


def _label(field: str, where: str, customs: CustomFields) -> str:
    if not is_custom(field):
        return field
    try:
        return customs.label(customs.find(field.removeprefix(CUSTOM)))
    except ValueError as error:
        raise ImportFileError(f"{where}: {field[:80]}: {error}") from None


def _joins(names: Sequence[str], mapping: FieldMapping) -> list[Use]:
    found: list[Use] = []
    for field, join in mapping.join.items():
        columns = [found_as(name, names) for name in join.columns]
        places = tuple(dict.fromkeys(names.index(column) for column in columns if column is not None))
        if places:
            found.append(Use(field, places, joined=True, separator=join.separator))
    return found


def _nameless(name: str, found: Meaning) -> Column:
    if found.foreign or not normalised(name):
        return Column(name, ignored=Ignored.FOREIGN)
    return Column(name, ignored=Ignored.UNKNOWN, about=nearest_field(name))
