"""A keyring in a file: `PYTHON_KEYRING_BACKEND=tests.cli.ring.Ring`, and `RING` names the file."""

from __future__ import annotations

import json
import os
from pathlib import Path

from keyring.backend import KeyringBackend


class Ring(KeyringBackend):
    """Keep everything in the open, as no keyring does."""

    priority = 1.0

    def get_password(self, service: str, username: str) -> str | None:
        return self._read().get(f"{service}/{username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        self._write(self._read() | {f"{service}/{username}": password})

    def delete_password(self, service: str, username: str) -> None:
        self._write({name: kept for name, kept in self._read().items() if name != f"{service}/{username}"})

    def _read(self) -> dict[str, str]:
        path = Path(os.environ["RING"])
        kept: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
        return kept

    def _write(self, kept: dict[str, str]) -> None:
        Path(os.environ["RING"]).write_text(json.dumps(kept))
