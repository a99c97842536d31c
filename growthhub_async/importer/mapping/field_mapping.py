"""How the columns of an import become fields, as one value: made of a mapping file, of `--map`, or of both.

It says only what a person has decided; every other column goes by its name. It is plain data: msgspec writes it as JSON
and reads it again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal

import msgspec

from ...checks import check
from ...contact import Contact
from ...custom_fields import CustomField
from ...outcome import Record
from ..errors import ImportFileError
from .names import normalised
from .targets import CUSTOM, FLAGS, NESTED_FIELDS, is_custom, target

Given = str | bool | int | float | list[str]
"""What a constant or a default can be."""

_ONE_COLUMN = FLAGS | {"location_id"}
"""Fields that cannot be joined."""


class Join(msgspec.Struct, frozen=True):
    """Several columns that are one field: their texts with a separator between, a space unless another is given.

    Where the field holds several texts, as tags do, it has those of every column, and there is no separator.
    """

    columns: tuple[str, ...]
    separator: str | None = None


class FieldMapping(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """The mapping of an import.

    columns         columns by name to fields: `first_name`, `custom:NAME`; None for one that is not read
    join            fields to the columns they are made of, each of which may be a field of its own, too
    constants       fields to the value that every record has; tags are added to those of the record
    defaults        fields to the value of the records that have none
    split_at        what stands between the tags, or the options, of one cell; by default `,` `;` or ` ::: `
    default_region  the two-letter code of the region that phone numbers without `+` are of, all then being written as
                    E.164; None to send them as they are
    empty           what an empty cell does: `skip` leaves what a contact has, `clear` clears it where that can be: not
                    email and phone, nor what the API takes no null for, nor custom fields
    origin          what it was read from, for messages
    flagged         those of the columns that `--map` named

    Raises ImportFileError for what cannot be, naming the key and what would be right.
    """

    columns: dict[str, str | None] = {}
    join: dict[str, Join] = {}
    constants: dict[str, Given] = {}
    defaults: dict[str, Given] = {}
    split_at: str | None = None
    default_region: str | None = None
    empty: Literal["skip", "clear"] = "skip"
    origin: str = "mapping"
    flagged: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        columns = {name: field and self._target(self.where(name), field) for name, field in self.columns.items()}
        for key, value in (
            ("columns", columns),
            ("join", self._by_field("join", self.join)),
            ("constants", self._by_field("constants", self.constants)),
            ("defaults", self._by_field("defaults", self.defaults)),
        ):
            msgspec.structs.force_setattr(self, key, value)
        self._check_join()
        self._check_given("constants", self.constants)
        self._check_given("defaults", self.defaults)
        self._check_once()
        self._check_settings()

    def where(self, column: str) -> str:
        """Say where a column was mapped, as a message begins."""
        return f'--map "{column}"' if column in self.flagged else f'{self.origin}: columns."{column}"'

    def where_field(self, key: str, field: str) -> str:
        """Say where a field was given, as a message begins."""
        return f'{self.origin}: {key}."{field}"' if is_custom(field) else f"{self.origin}: {key}.{field}"

    def named(self) -> Iterator[tuple[str, str]]:
        """Name every column that the mapping names, with where it does."""
        yield from ((name, self.where(name)) for name in self.columns)
        yield from (
            (name, self.where_field("join", field)) for field, join in self.join.items() for name in join.columns
        )

    def with_flags(self, flags: Mapping[str, str | None]) -> FieldMapping:
        """Let `--map` decide on its columns and fields; what the mapping says of the same is gone.

        A column whose field a flag gives to another is not read any more.
        """
        if not flags:
            return self
        replaced = {name for flag in flags for name in _same(flag, self.columns)}
        taken = {field for field in flags.values() if field}
        kept = {name: field for name, field in self.columns.items() if name not in replaced}
        columns = {name: None if field in taken else field for name, field in kept.items()}
        return msgspec.structs.replace(
            self,
            columns=columns | dict(flags),
            join={field: join for field, join in self.join.items() if field not in taken},
            constants={
                field: given for field, given in self.constants.items() if field == "tags" or field not in taken
            },
            flagged=tuple(flags),
        )

    def _target(self, where: str, text: str) -> str:
        try:
            return target(text)
        except ValueError as error:
            raise ImportFileError(f"{where}: {error}") from None

    def _by_field(self, key: str, given: Mapping[str, object]) -> dict[str, object]:
        found: dict[str, object] = {}
        for text, value in given.items():
            where = self.where_field(key, text)
            field = self._target(where, text)
            if field in NESTED_FIELDS:
                raise ImportFileError(f'{where}: has parts; write one custom field as "custom:NAME"')
            if field in found:
                raise ImportFileError(f"{where}: is there twice; keep one")
            found[field] = value
        return found

    def _check_join(self) -> None:
        for field, join in self.join.items():
            where = self.where_field("join", field)
            if field in _ONE_COLUMN:
                raise ImportFileError(f"{where}: is made of one column; write it under columns")
            if not join.columns or len(set(join.columns)) < len(join.columns):
                raise ImportFileError(f'{where}: must be columns, each once, as in ["Street", "House no"]')
            if field == "tags" and join.separator is not None:
                raise ImportFileError(f"{where}: takes the tags of every column, without a separator; leave it out")

    def _check_given(self, key: str, values: Mapping[str, Given]) -> None:
        for field, value in values.items():
            where = self.where_field(key, field)
            if field in ("email", "phone"):
                raise ImportFileError(f"{where}: all records that share it would be one contact; leave it out")
            if value in ("", []):
                raise ImportFileError(f"{where}: is empty; leave it out")
            for message in _wrong_with(field, value):
                raise ImportFileError(f"{where}: {message}")

    def _check_once(self) -> None:
        """Refuse a field that is given twice: one of the two would be lost without a word."""
        made_by: dict[str, str] = {}
        for name, field in self.columns.items():
            if field in made_by:
                raise ImportFileError(
                    f"{self.where(name)}: {made_by[field]} is mapped to {field}, too; map only one, or join both: write"
                    f" {field} = [...] below [join] in a mapping file"
                )
            if field:
                made_by[field] = f"column `{name}`"
        for field in self.join:
            if field in made_by:
                raise ImportFileError(
                    f"{self.where_field('join', field)}: {made_by[field]} is mapped to it, too; keep one"
                )
            made_by[field] = "join"
        for field in self.constants.keys() - {"tags"}:
            where = self.where_field("constants", field)
            if field in made_by:
                raise ImportFileError(f"{where}: {made_by[field]} is mapped to it, too; keep one")
            if field in self.defaults:
                raise ImportFileError(f"{where}: is always taken, so that its default never is; keep one")

    def _check_settings(self) -> None:
        if self.empty not in ("skip", "clear"):
            raise ImportFileError(f"{self.origin}: empty: must be skip or clear")
        if self.split_at == "":
            raise ImportFileError(f'{self.origin}: split_at: is empty; write what stands between tags, such as "|"')


def parse_flags(mappings: Sequence[str]) -> dict[str, str | None]:
    """Read what `--map` was given, each `Column=field`; raises ImportFileError for one that is wrong."""
    flags: dict[str, str | None] = {}
    for mapping in mappings:
        name, equals, text = mapping.rpartition("=")
        if not equals or not name.strip():
            raise ImportFileError(f'--map "{mapping}" is not of the form "Column=field", such as "Mail=email"')
        try:
            field = target(text.strip()) if text.strip() else None
        except ValueError as error:
            raise ImportFileError(f'--map "{mapping}": {error}') from None
        if field is not None and field in flags.values():
            raise ImportFileError(f'--map "{mapping}": another column is mapped to {field} already; map only one')
        flags[name.strip()] = field
    return flags


def _same(flag: str, columns: Iterable[str]) -> list[str]:
    """Find the columns that a flag means: the one of that very name, else those of that name in any spelling."""
    names = list(columns)
    wanted = normalised(flag)
    return [flag] if flag in names else [name for name in names if wanted and normalised(name) == wanted]


def _wrong_with(field: str, value: Given) -> list[str]:
    """Tell what the check of a record finds wrong with a value."""
    try:
        values = (
            {"custom_fields": [CustomField(field.removeprefix(CUSTOM), value)]} if is_custom(field) else {field: value}
        )
    except (TypeError, ValueError) as error:
        return [str(error)]
    _, problems = check(Record(contact=Contact(**{"first_name": "-", **values})), "location")  # type: ignore[arg-type]
    return [problem.message for problem in problems]
