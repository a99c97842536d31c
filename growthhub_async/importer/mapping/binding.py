"""A mapping bound to locations: every field with its reader, every custom field with its id there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any, NamedTuple

import msgspec
from msgspec import UNSET

from ...outcome import Problem
from ...reply import CustomFieldDefinition
from ..errors import ImportFileError
from .columns import Layout, Use, found_as, is_known, lay_out, resolved
from .custom import CustomFields
from .custom_values import custom_reader_of, is_phone, takes_several
from .field_mapping import FieldMapping
from .names import is_ours
from .phones import Phones
from .record import Joined, RecordMaker, Single
from .targets import CUSTOM, is_custom
from .unreadable import Unreadable
from .values import Habits, Read, is_empty, reader_of

_LOCATIONS = 256
"""Locations whose custom fields are kept."""
_MAKERS = 1024
"""Sets of columns, each in a location, whose readers are kept."""

DefinitionsOf = Callable[[str | None], Sequence[CustomFieldDefinition] | None]
"""Takes a location's id, None for the default one, and gives its custom fields; None when they are not known."""


class Shape(msgspec.Struct, frozen=True, eq=False):
    """One set of columns: what they become, and which says the location of a row, where that makes a difference."""

    layout: Layout
    width: int
    location_place: int | None


class Bindings:
    """Bind a mapping to every location that is met, the default one first.

    `located` when rows may name locations of their own: a custom field that the mapping names is then looked up in
    theirs, if those of the default one are not known. Raises ImportFileError for what no row can have.
    """

    def __init__(
        self, mapping: FieldMapping, definitions_of: DefinitionsOf | None, *, keyed: bool, located: bool
    ) -> None:
        self._definitions_of = definitions_of
        self._habits = Habits(keyed=keyed, clear=mapping.empty == "clear", split_at=mapping.split_at)
        where = f"{mapping.origin}: default_region"
        self._phones = Phones(mapping.default_region, where) if mapping.default_region else None
        self._customs_of = lru_cache(maxsize=_LOCATIONS)(self._look_up)
        self._default_location = _given_location(mapping)
        self._default = self._customs_of(self._default_location)
        later = located and definitions_of is not None and not self._default.known
        self.mapping = mapping if later else resolved(mapping, self._default)
        if not later:
            self._check_given()
        self._makers = lru_cache(maxsize=_MAKERS)(self._make)

    def shape(self, names: Sequence[str]) -> Shape:
        """Settle what a set of columns becomes."""
        layout = lay_out(names, self.mapping, self._default)
        fields = [*(use.field for use in layout.uses), *self.mapping.constants, *self.mapping.defaults]
        place = next((use.places[0] for use in layout.uses if use.field == "location_id"), None)
        return Shape(layout, len(names), place if any(map(is_custom, fields)) else None)

    def maker(self, shape: Shape, location: str | None) -> RecordMaker:
        """Make what makes the records of one shape in one location; None is the default location."""
        return self._makers(shape, location or self._default_location)

    def _make(self, shape: Shape, location: str | None) -> RecordMaker:
        return self._binding(self._customs_of(location)).maker(shape.layout, shape.width)

    def _look_up(self, location: str | None) -> CustomFields:
        return CustomFields(self._definitions_of(location) if self._definitions_of else None)

    def _check_given(self) -> None:
        binding = self._binding(self._default)
        for key in ("constants", "defaults"):
            for problem in binding.given(key)[1]:
                raise ImportFileError(f"{self.mapping.where_field(key, problem.field)}: {problem.message}")

    def _binding(self, here: CustomFields) -> Binding:
        return Binding(self.mapping, self._default, here, self._habits, self._phones)


class Found(NamedTuple):
    """A custom field as a location has it, or why it has none."""

    definition: CustomFieldDefinition | None = None
    refusal: str | None = None


class Binding:
    """Bind what columns become to one location; `default` are the custom fields that the mapping was resolved with."""

    def __init__(
        self, mapping: FieldMapping, default: CustomFields, here: CustomFields, habits: Habits, phones: Phones | None
    ) -> None:
        self._mapping = mapping
        self._default = default
        self._here = here
        self._habits = habits
        self._phones = phones

    def maker(self, layout: Layout, width: int) -> RecordMaker:
        """Make what makes the records of one set of columns."""
        constants, wrong_constants = self.given("constants")
        defaults, wrong_defaults = self.given("defaults")
        fields = dict.fromkeys([*(use.field for use in layout.uses), *constants, *defaults])
        customs = {field: found for field in fields if is_custom(field) and (found := self._find(field).definition)}
        phones = [field for field in fields if field == "phone" or (field in customs and is_phone(customs[field]))]
        return RecordMaker(
            width,
            [Single(use.places[0], use.field, self._reader(use.field)) for use in layout.uses if not use.joined],
            [self._joined(use) for use in layout.uses if use.joined],
            constants=constants,
            defaults=defaults,
            custom_ids={field: found.id for field, found in customs.items()},
            phones=self._phones,
            phone_fields=phones,
            problems=[*wrong_constants, *wrong_defaults],
        )

    def given(self, key: str) -> tuple[dict[str, Any], list[Problem]]:
        """Read the constants or the defaults as values of their fields, and tell which cannot be."""
        values: dict[str, Any] = {}
        problems: list[Problem] = []
        given: Mapping[str, Any] = getattr(self._mapping, key)
        for field, value in given.items():
            try:
                values[field] = self._reader(field)(value) if is_custom(field) else value
            except Unreadable as error:
                problems.append(Problem(field, str(error)))
        return values, problems

    def _joined(self, use: Use) -> Joined:
        definition = self._find(use.field).definition if is_custom(use.field) else None
        several = use.field == "tags" or (definition is not None and takes_several(definition))
        separator = " " if use.separator is None else use.separator
        return Joined(use.places, use.field, self._reader(use.field), separator, several)

    def _reader(self, field: str) -> Read:
        if not is_custom(field):
            return reader_of(field, self._habits)
        found = self._find(field)
        if found.definition is None:
            return _refusing(found.refusal or "")
        return custom_reader_of(found.definition, self._habits)

    def _find(self, field: str) -> Found:
        called = field.removeprefix(CUSTOM)
        model = self._default.find(called) if self._default.known else None
        try:
            return Found(self._here.like(called, model))
        except ValueError as error:
            return Found(refusal=str(error))


def _refusing(message: str) -> Read:
    def read(value: Any) -> Any:
        if is_empty(value):
            return UNSET
        raise Unreadable(message)

    return read


def known_names(mapping: FieldMapping, definitions_of: DefinitionsOf | None = None) -> Callable[[str], bool]:
    """Make what tells whether a column of a name would be imported, those named like a custom field included."""

    @cache
    def customs() -> CustomFields:  # asked for once there is a file, and a name that needs them
        return CustomFields(definitions_of(_given_location(mapping)) if definitions_of else None)

    def known(name: str) -> bool:
        by_name = found_as(name, list(mapping.columns)) is None and not is_ours(name)
        return is_known(name, mapping) or (by_name and customs().of_header(name) is not None)

    return known


def _given_location(mapping: FieldMapping) -> str | None:
    given = mapping.constants.get("location_id") or mapping.defaults.get("location_id")
    return given if isinstance(given, str) else None
