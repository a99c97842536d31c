"""By which token a command speaks to GrowthHub: a flag goes before the environment, and that before a profile."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, NamedTuple

import typer

from .guard import UsageError
from .profiles import DEFAULT, Profiles
from .token_file import read_token


class Access(NamedTuple):
    """What was given of it as flags."""

    token_file: Path | None = None
    profile: str | None = None


def access_of(context: typer.Context) -> Access:
    """Take what was given of it from the arguments of a command."""
    return Access(context.params.get("token_file"), context.params.get("profile"))


def with_access(settings: dict[str, Any], access: Access) -> dict[str, Any] | None:
    """Add what gives tokens to settings, and a profile's location and server where none were given; None without any.

    A profile's server goes with its token: where the token comes from elsewhere, that is not asked. Raises UsageError.
    """
    if access.token_file is not None:
        if access.profile is not None:
            raise UsageError("--token-file and --profile: both give a token; leave one out")
        return settings | {"token": read_token(access.token_file)}
    if access.profile is None and os.environ.get("GROWTHHUB_TOKEN", "").strip():
        return settings
    named = access.profile or os.environ.get("GROWTHHUB_PROFILE") or None
    profiles = Profiles()
    found = profiles.find(named or DEFAULT)
    if found is None:
        if named is None:
            return None
        raise UsageError(profiles.missing(named))
    given = {name: value for name, value in settings.items() if value is not None}
    about = {
        "location_id": os.environ.get("GROWTHHUB_LOCATION_ID") or found.location_id,
        "base_url": (os.environ.get("GROWTHHUB_BASE_URL") or found.base_url).rstrip("/"),
    }
    filled = {**settings, **about, **given}
    return filled | profiles.credentials(named or DEFAULT, found, filled["base_url"])
