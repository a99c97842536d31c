"""What a column can be read as: a field of a contact, or a custom field as `custom:` and its name, key or id."""

from __future__ import annotations

import re

from ...contact import Contact
from .names import exact_field, nearest_field

CUSTOM = "custom:"
"""What stands before the name, key or id of a custom field where a field's name is expected."""

NESTED_FIELDS = frozenset({"custom_fields", "dnd_settings", "inbound_dnd_settings"})
"""Fields whose value has parts: a cell can hold one only as JSON."""
FLAGS = frozenset({"dnd", "create_new_if_duplicate_allowed"})
"""Fields that are yes or no."""

NOT_NULLABLE = NESTED_FIELDS | {"tags", "country", "company_name"}
"""Fields that must not be null (contract.md, "Request")."""
NULLABLE = frozenset(Contact.__struct_fields__) - NOT_NULLABLE
CLEARABLE = NULLABLE - {"email", "phone", "location_id", "create_new_if_duplicate_allowed"}
"""Fields that an empty cell can clear: those that may be null, without what says which contact is meant, and how."""

MATCHABLE = frozenset({"email", "phone", "first_name", "last_name"})
"""Fields of which a contact needs one, to be found or made (observed.md, "Errors")."""

_ID = re.compile(r"(?!.[a-z]+\Z)[A-Za-z0-9]{16,36}")


def is_custom(field: str) -> bool:
    """Tell a custom field from a field of every contact."""
    return field.startswith(CUSTOM)


def looks_like_id(text: str) -> bool:
    """Tell whether a text can be a custom field's id: twenty letters and digits as a rule, and no plain word."""
    return _ID.fullmatch(text) is not None


def target(text: str) -> str:
    """Read what a column was mapped to by hand; raises ValueError that says what would be right."""
    if is_custom(text):
        called = text.removeprefix(CUSTOM).strip()
        if not called:
            raise ValueError('write the name, key or id of the custom field, as in "custom:Favourite colour"')
        return CUSTOM + called
    field = exact_field(text)
    if field is None:
        near = nearest_field(text)
        remedy = f"did you mean {near}?" if near else "write a field such as first_name, or custom:NAME"
        raise ValueError(f"a contact has no field {text[:60]}; {remedy}")
    return field
