"""What an import is made of, besides its files: how they are read, and what their records mean.

A job keeps these: going on with others than it was begun with would mix two imports in one.
"""

from __future__ import annotations

from typing import Any, get_args

import msgspec

from ..settings import Settings, is_id
from .errors import ImportFileError
from .mapping import FieldMapping
from .staging import DuplicatesPolicy, TagsPolicy


class ImportOptions(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How the files of an import are read; raises ImportFileError that says which option is wrong.

    mapping        which column is which field, constants, defaults, the region of phones, what an empty cell means
    encoding       of text files; found out by default
    delimiter      between the cells of a CSV file; found out by default
    sheet          of an Excel file, by its name; the first that is not empty by default
    query          of a database: SQL, or the name of a table
    duplicates     what becomes of several records of one contact: "merge", "first", "last" or "error"
    tags           "replace" those a contact has, or "add" to them, which costs a request more
    send_empty     send empty strings; see `Settings`
    location_id    the location of records that name none
    base_url       the server
    """

    mapping: FieldMapping = FieldMapping()
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    query: str | None = None
    duplicates: DuplicatesPolicy = "merge"
    tags: TagsPolicy = "replace"
    send_empty: bool = False
    location_id: str | None = None
    base_url: str | None = None

    def __post_init__(self) -> None:
        _require("--duplicates", self.duplicates, get_args(DuplicatesPolicy))
        _require("--tags", self.tags, get_args(TagsPolicy))
        if self.location_id is not None and not is_id(self.location_id):
            raise ImportFileError("--location: must be a location's id, such as ve9EPM428h8vShlRW1KT")

    def completed(self, settings: Settings) -> ImportOptions:
        """Take what is not given from the settings of the client."""
        return msgspec.structs.replace(
            self,
            location_id=self.location_id or settings.location_id,
            base_url=self.base_url or settings.base_url,
            send_empty=self.send_empty or settings.send_empty,
        )

    def as_data(self) -> dict[str, Any]:
        """Put them in the form in which a job keeps them."""
        data: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(self))
        return data

    def differences(self, kept: dict[str, Any]) -> list[str]:
        """Say of each option that is not what a job has kept: `tags: replace, now add`."""
        mine, before = self._meaning(), self.kept(kept)._meaning()
        return [_difference(name, before[name], now) for name, now in mine.items() if now != before[name]]

    def _meaning(self) -> dict[str, Any]:
        """Tell the options apart from where they were written: the mapping knows that for its messages."""
        options = {name: getattr(self, name) for name in self.__struct_fields__}
        return options | {"mapping": msgspec.structs.replace(self.mapping, origin="mapping", flagged=())}

    @classmethod
    def kept(cls, data: dict[str, Any]) -> ImportOptions:
        """Make them of what a job has kept."""
        return msgspec.convert(data, cls)


def _difference(name: str, before: object, now: object) -> str:
    if isinstance(now, FieldMapping):
        return "how the columns are mapped"
    before, now = ("not given" if value is None else value for value in (before, now))
    return f"{name}: {before}, now {now}"


def _require(flag: str, value: object, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise ImportFileError(f"{flag} {value}: must be one of {', '.join(choices)}")
