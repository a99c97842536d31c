"""By which token a command speaks to GrowthHub: a flag goes before the environment, and that before a profile."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, NamedTuple

import typer

from ..settings import LIVE_BASE_URL, is_at_hand
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


def check_server(base_url: str | None, access: Access) -> None:
    """Require that the server of a job is one that a token may be shown to: somebody else may have made the job.

    It is the live API, this machine, or the environment's. A profile looks itself. Raises UsageError.
    """
    known = (None, LIVE_BASE_URL, os.environ.get("GROWTHHUB_BASE_URL", "").rstrip("/"))
    if not _is_by_profile(access) and base_url not in known and not is_at_hand(base_url or ""):
        raise UsageError(f"the job is for {base_url}; if your token may go there, set GROWTHHUB_BASE_URL to that")


def with_access(settings: dict[str, Any], access: Access) -> dict[str, Any] | None:
    """Add what gives tokens to settings, and a profile's location and server where none were given; None without any.

    A profile's server goes with its token: where the token comes from elsewhere, that is not asked. Raises UsageError.
    """
    if access.token_file is not None:
        if access.profile is not None:
            raise UsageError("--token-file and --profile: both give a token; leave one out")
        return settings | {"token": read_token(access.token_file)}
    if not _is_by_profile(access):
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


def _is_by_profile(access: Access) -> bool:
    """Tell whether the token is a profile's, if there is one."""
    in_environment = bool(os.environ.get("GROWTHHUB_TOKEN", "").strip())
    return access.token_file is None and (access.profile is not None or not in_environment)
