"""The values of a row to a record; what cannot be a field's value is a problem, and never an exception."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from msgspec import UNSET

from ...contact import Contact
from ...custom_fields import CustomField
from ...outcome import Problem, Record
from .phones import Phones
from .unreadable import Unreadable
from .values import Read, is_empty, text_of

_SPACE = " "


class Single(NamedTuple):
    """A field made of the column at one place."""

    place: int
    field: str
    read: Read


class Joined(NamedTuple):
    """A field made of several columns: of their texts, or where it holds `several`, of what each has."""

    places: tuple[int, ...]
    field: str
    read: Read
    separator: str = _SPACE
    several: bool = False

    def value(self, values: Sequence[Any]) -> Any:
        """Make the field's value; raises Unreadable."""
        parts = [values[place] for place in self.places]
        if self.several:
            lists = [found for part in parts if (found := self.read(part)) is not UNSET]
            return list(dict.fromkeys(text for found in lists for text in found)) if lists else UNSET
        return self.read(
            self.separator.join(text for part in parts if not is_empty(part) and (text := text_of(part).strip()))
        )


class RecordMaker:
    """Make records of rows that have the same columns and the same location.

    `custom_ids` are the ids of the custom fields by what they are called as fields, `phones` the fields among them, and
    of the contact, that hold a phone number. `problems` are those of every record.
    """

    def __init__(
        self,
        width: int,
        singles: Sequence[Single],
        joined: Sequence[Joined] = (),
        *,
        constants: Mapping[str, Any] | None = None,
        defaults: Mapping[str, Any] | None = None,
        custom_ids: Mapping[str, str] | None = None,
        phones: Phones | None = None,
        phone_fields: Sequence[str] = (),
        problems: Sequence[Problem] = (),
    ) -> None:
        self._width = width
        self._singles = tuple(singles)
        self._joined = tuple(joined)
        self._constants = dict(constants or {})
        self._tags = self._constants.pop("tags", None)
        self._defaults = dict(defaults or {})
        self._custom_ids = dict(custom_ids or {})
        self._phones = phones
        self._phone_fields = tuple(phone_fields)
        self._problems = tuple(problems)

    def record(self, line: int, values: Sequence[Any]) -> Record:
        """Make the record of a row; values that are missing at its end are empty."""
        fields: dict[str, Any] = {}
        problems = list(self._problems)
        if len(values) < self._width:
            values = [*values, *[None] * (self._width - len(values))]
        for place, field, read in self._singles:
            try:
                value = read(values[place])
            except Unreadable as error:
                problems.append(Problem(field, str(error)))
            else:
                if value is not UNSET:
                    fields[field] = value
        for joined in self._joined:
            try:
                value = joined.value(values)
            except Unreadable as error:
                problems.append(Problem(joined.field, str(error)))
            else:
                if value is not UNSET:
                    fields[joined.field] = value
        if self._constants or self._defaults or self._tags:
            self._give(fields)
        if self._phones is not None:
            self._normalise(fields, self._phones, problems)
        if self._custom_ids:
            self._gather(fields, problems)
        return Record(contact=Contact(**fields), ref=line, problems=tuple(problems))

    def _give(self, fields: dict[str, Any]) -> None:
        """Set what every record has, and what those have that have none of their own."""
        fields.update(self._constants)
        for field, value in self._defaults.items():
            if is_empty(fields.get(field)):
                fields[field] = value
        if self._tags:
            fields["tags"] = list(dict.fromkeys([*fields.get("tags", ()), *self._tags]))

    def _normalise(self, fields: dict[str, Any], phones: Phones, problems: list[Problem]) -> None:
        for field in self._phone_fields:
            number = fields.get(field)
            if not is_empty(number):
                try:
                    fields[field] = phones.normalised(text_of(number), fields.get("country"))
                except Unreadable as error:
                    del fields[field]
                    problems.append(Problem(field, str(error)))

    def _gather(self, fields: dict[str, Any], problems: list[Problem]) -> None:
        """Put the custom fields where a contact has them, after those that came with their ids."""
        found: list[CustomField] = []
        for field, field_id in self._custom_ids.items():
            if field in fields:
                try:
                    found.append(CustomField(field_id, fields.pop(field)))
                except (TypeError, ValueError) as error:
                    problems.append(Problem(field, str(error)))
        if found:
            fields["custom_fields"] = [*fields.get("custom_fields", ()), *found]


def broken_record(line: int, problem: str) -> Record:
    """Make the record of a line that cannot be read; it settles as invalid."""
    return Record(contact=Contact(), ref=line, problems=(Problem("line", problem),))
