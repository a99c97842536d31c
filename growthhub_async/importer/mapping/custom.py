"""The custom fields of one location, found by id, key or name; their ids differ from location to location."""

from __future__ import annotations

from collections.abc import Sequence

from ...reply import CustomFieldDefinition
from .names import listed, nearest_name, normalised
from .targets import CUSTOM, looks_like_id

_KEY_PREFIX = "contact."


class CustomFields:
    """The custom fields of a location; `definitions` are None when they are not known."""

    def __init__(self, definitions: Sequence[CustomFieldDefinition] | None) -> None:
        self.known = definitions is not None
        self._by_id: _Index = {}
        self._by_key: _Index = {}
        self._by_name: _Index = {}
        self._by_spelling: _Index = {}
        for field in {field.id: field for field in definitions or ()}.values():
            _put(self._by_id, field.id, field)
            _put(self._by_key, _plain_key(field.field_key), field)
            _put(self._by_name, _plain_name(field.name), field)
            for spelling in {normalised(_plain_key(field.field_key)), normalised(_plain_name(field.name))}:
                _put(self._by_spelling, spelling, field)

    def find(self, called: str) -> CustomFieldDefinition:
        """Find a field by its id, its key or its name, in this order; raises ValueError when there is not exactly one.

        Without definitions what looks like an id is taken as one.
        """
        if not self.known:
            if looks_like_id(called):
                return CustomFieldDefinition(id=called)
            raise ValueError(
                "is no id, and the location's custom fields are not known; give a token and a location, and they are"
                " looked up"
            )
        found = (
            self._by_id.get(called)
            or self._by_key.get(_plain_key(called))
            or self._by_name.get(called)
            or self._by_spelling.get(normalised(called.removeprefix(_KEY_PREFIX)))
        )
        if not found:
            raise ValueError(f"the location has no such custom field; {self._remedy(called)}")
        if len(found) > 1:
            ids = " or ".join(CUSTOM + field.id for field in found[:5])
            raise ValueError(f"{len(found)} custom fields of the location are called that; write the id, {ids}")
        return found[0]

    def like(self, called: str, model: CustomFieldDefinition | None) -> CustomFieldDefinition:
        """Find a field by what it is called, or else by what it is called in another location, where it is `model`."""
        for name in (called, model and model.field_key, model and model.name):
            try:
                if name:
                    return self.find(name)
            except ValueError:
                continue
        return self.find(called)

    def of_header(self, name: str) -> CustomFieldDefinition | None:
        """Find the one field whose name or key a column has, in any spelling."""
        found = self._by_spelling.get(normalised(name.removeprefix(_KEY_PREFIX)), [])
        return found[0] if len(found) == 1 else None

    def label(self, field: CustomFieldDefinition) -> str:
        """Write `custom:` and the field's name; its id where the name would not find it again."""
        name = _plain_name(field.name)
        return CUSTOM + (name if name and self._finds(name, field) else field.id)

    def _finds(self, name: str, field: CustomFieldDefinition) -> bool:
        try:
            return self.find(name) is field
        except ValueError:
            return False

    def _remedy(self, called: str) -> str:
        names = list(self._by_name)
        near = nearest_name(called.removeprefix(_KEY_PREFIX), names)
        if near:
            return f'did you mean "{CUSTOM}{near}"?'
        return f"it has {listed(names)}" if names else "it has none"


_Index = dict[str, list[CustomFieldDefinition]]


def _put(index: _Index, name: str, field: CustomFieldDefinition) -> None:
    if name:
        index.setdefault(name, []).append(field)


def _plain_key(key: str | None) -> str:
    return (key or "").strip().removeprefix(_KEY_PREFIX)


def _plain_name(name: str | None) -> str:
    return (name or "").strip()
