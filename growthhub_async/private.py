"""Structs that hold somebody's personal data, and show none of it."""

from __future__ import annotations

import msgspec


class _Hidden:
    """Stands where a value is not shown."""

    def __repr__(self) -> str:
        return "***"


HIDDEN = _Hidden()


class Private(msgspec.Struct, frozen=True):
    """A struct whose repr, rich's included, shows its name and no more than `_shown` lets it."""

    def _shown(self) -> list[tuple[str, object]]:
        """Name what may be shown."""
        return []

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={value!r}" for name, value in self._shown())
        return f"{type(self).__name__}({shown or HIDDEN})"

    def __rich_repr__(self) -> list[tuple[str, object]]:
        return self._shown()
