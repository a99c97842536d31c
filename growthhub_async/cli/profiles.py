"""Profiles: connections and tokens under names, each in a file of its owner's alone, or in the system's keyring.

A profile is one `FileTokenStore`, with what it is about under `profile`. What is secret is there, too, or in the
keyring: the app's secret, a token that was set, and the grants of a connection.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, Literal, TypeVar

import msgspec
import typer

from ..oauth import AGENCY
from ..settings import is_id
from ..token_store import TokenStore
from ..token_store_file import FileTokenStore
from ..token_store_keyring import KeyringTokenStore
from .guard import UsageError

T = TypeVar("T")

DEFAULT = "default"

_ABOUT = "profile"
_TRIAL = "trial"
CLIENT_SECRET = "client_secret"
TOKEN = "token"


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """What a profile is about; nothing of it is secret.

    base_url: the server that its tokens are shown to, and no other.
    client_id: the app's, of a profile that is connected by OAuth; without one it holds a token that was set.
    """

    base_url: str
    location_id: str | None = None
    client_id: str | None = None
    kept_in: Literal["file", "keyring"] = "file"


class Profiles:
    """Find, keep and remove profiles, while no loop runs."""

    def __init__(self) -> None:
        self.directory = Path(typer.get_app_dir("growthhub"))

    def path(self, name: str) -> Path:
        """Name the file of a profile; raises UsageError for what is no name."""
        if not is_id(name):
            raise UsageError(f"--profile {name}: must be letters, digits, - and _, at most 64")
        return self.directory / f"{name}.json"

    def names(self) -> list[str]:
        """List the profiles there are."""
        return sorted(path.stem for path in self.directory.glob("*.json") if is_id(path.stem))

    def missing(self, name: str) -> str:
        """Say that there is no such profile, and what to do."""
        others = ", ".join(self.names())
        return (
            f"there is no profile {name}; make it with `growthhub auth login --profile {name}`"
            f"{f', or use one of: {others}' if others else ''}"
        )

    def find(self, name: str) -> Profile | None:
        """Read what a profile is about; raises ConfigurationError when its file cannot be read."""
        text = _run(FileTokenStore(self.path(name)).load(_ABOUT))
        if text is None:
            return None
        try:
            return msgspec.json.decode(text, type=Profile)
        except msgspec.DecodeError:
            raise UsageError(f"{self.path(name)}: is no profile; log in again, or move it away") from None

    def check_keeps(self, name: str, profile: Profile) -> None:
        """Try whether secrets of a profile can be kept; raises ConfigurationError when they cannot."""
        is_new = not self.path(name).exists()
        self.keep_secret(name, profile, _TRIAL, "")
        self.forget(name, profile, {_TRIAL})
        if is_new:
            self.path(name).unlink(missing_ok=True)

    def remove(self, name: str, profile: Profile) -> None:
        """Forget a profile, and all that is secret of it."""
        self.forget(name, profile, _secrets_of(profile))
        self.path(name).unlink(missing_ok=True)

    def replace(self, name: str, before: Profile | None, profile: Profile) -> None:
        """Write what a profile is about now, and forget what is secret of how it was before."""
        if before is not None:
            moved = before.kept_in != profile.kept_in
            self.forget(name, before, _secrets_of(before) - (set() if moved else _secrets_of(profile)))
        _run(FileTokenStore(self.path(name)).save(_ABOUT, msgspec.json.encode(profile).decode()))

    def forget(self, name: str, profile: Profile, secrets: set[str]) -> None:
        """Forget some of what is secret of a profile."""
        store = self.store(name, profile)
        for secret in secrets:
            _run(store.delete(secret))

    def store(self, name: str, profile: Profile) -> TokenStore:
        """Give what keeps the secrets of a profile."""
        if profile.kept_in == "keyring":
            return KeyringTokenStore(f"growthhub-{name}", self.directory / "locks")
        return FileTokenStore(self.path(name))

    def secret(self, name: str, profile: Profile, of: str) -> str | None:
        """Read a secret of a profile."""
        return _run(self.store(name, profile).load(of))

    def keep_secret(self, name: str, profile: Profile, of: str, value: str) -> None:
        """Keep a secret of a profile."""
        _run(self.store(name, profile).save(of, value))

    def credentials(self, name: str, profile: Profile, base_url: str) -> dict[str, Any]:
        """Give the settings that get tokens of a profile; raises UsageError when they are not for this server."""
        if base_url != profile.base_url:
            raise UsageError(
                f"the profile {name} is for {profile.base_url}, and its tokens go nowhere else; base_url is {base_url}"
            )
        secret = self.secret(name, profile, CLIENT_SECRET if profile.client_id else TOKEN)
        if secret is None:
            raise UsageError(f"the profile {name} has lost its secret; log in again")
        if profile.client_id is None:
            return {"token": secret}
        store = self.store(name, profile)
        return {"client_id": profile.client_id, "client_secret": secret, "token_store": store}


def _secrets_of(profile: Profile) -> set[str]:
    """Name what is secret of a profile."""
    if profile.client_id is None:
        return {TOKEN}
    return {CLIENT_SECRET, AGENCY, *([profile.location_id] if profile.location_id else [])}


def _run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)
