"""The flags about reading to the options of an import."""

from __future__ import annotations

from typing import Any

import msgspec
import typer

from ..importer import FieldMapping, ImportFileError, ImportOptions, parse_flags, read_mapping
from ..importer.mapping.phones import Phones
from ..settings import Settings

_READING = (
    "mapping",
    "mapping_file",
    "region",
    "empty",
    "tags",
    "duplicates",
    "encoding",
    "delimiter",
    "sheet",
    "query",
)
_DELIMITERS = {"tab": "\t", "\\t": "\t"}
"""How a delimiter that is hard to type can be written."""


def reading_of(context: typer.Context) -> dict[str, Any]:
    """Take what was given about reading from the arguments of a command."""
    return {name: context.params[name] for name in _READING}


def options_of(reading: dict[str, Any], settings: Settings) -> ImportOptions:
    """Make the options of an import; raises ImportFileError for what cannot be."""
    if reading["empty"] not in (None, "skip", "clear"):
        raise ImportFileError(f"--empty {reading['empty']}: must be skip or clear")
    if reading["region"] is not None:
        Phones(reading["region"], "--region")  # raises, where the mapping could not name the flag
    file = reading["mapping_file"]
    mapping = (FieldMapping() if file is None else read_mapping(file)).with_flags(parse_flags(reading["mapping"] or ()))
    given = {"default_region": reading["region"], "empty": reading["empty"]}
    mapping = msgspec.structs.replace(mapping, **{name: value for name, value in given.items() if value is not None})
    return ImportOptions(
        mapping=mapping,
        encoding=reading["encoding"],
        delimiter=_DELIMITERS.get(reading["delimiter"] or "", reading["delimiter"]),
        sheet=reading["sheet"],
        query=reading["query"],
        duplicates=reading["duplicates"],
        tags=reading["tags"],
        send_empty=settings.send_empty,
        location_id=settings.location_id,
        base_url=settings.base_url,
    )
