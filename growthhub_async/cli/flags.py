"""Settings as flags: their names, defaults and help are those of `Settings`, and are written nowhere else."""

from __future__ import annotations

import re
from typing import Any, Literal, get_args, get_origin

import msgspec
import typer

from ..settings import Settings

_DOCUMENTED = re.compile(r"^ {4}(\w+) {2,}(\S.*)$", re.MULTILINE)


def flag(name: str, *, called: str | None = None) -> Any:
    """Make the flag of a setting; it has the setting's name unless it is `called` otherwise."""
    documented = dict(_DOCUMENTED.findall(Settings.__doc__ or ""))
    return typer.Option(called or f"--{name.replace('_', '-')}", metavar=_choices(name), help=documented.get(name, ""))


def default(name: str) -> Any:
    """Return the default of a setting."""
    return _field(name).default


def _choices(name: str) -> str | None:
    """Write the words that a setting can be, as `one|other`; None when it is no choice of words."""
    kind = _field(name).type
    return "|".join(get_args(kind)) if get_origin(kind) is Literal else None


def _field(name: str) -> msgspec.structs.FieldInfo:
    return next(field for field in msgspec.structs.fields(Settings) if field.name == name)


def settings_of(context: typer.Context) -> dict[str, Any]:
    """Take what was given of the settings from the arguments of a command."""
    given = {"location_id": context.params.get("location"), **context.params}
    return {name: given[name] for name in Settings.__struct_fields__ if name in given}
