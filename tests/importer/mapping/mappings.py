"""Mappings of every kind, made by Hypothesis."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from growthhub_async.importer import FieldMapping, Join

COLUMNS = ["Email", "Phone", "Tags", "A", "B", "C", "Colour", "location", 'x y="z\\', "é\n\t\x00\x7f"]
FIELDS = [
    "email",
    "phone",
    "first_name",
    "city",
    "country",
    "tags",
    "custom_fields",
    "dnd",
    "custom:Colour",
    "custom:Age",
]
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8).filter(str.strip)
_TAGS = st.lists(TEXTS, min_size=1, max_size=3)
_CUSTOM = st.one_of(TEXTS, st.integers(-(2**70), 2**70), st.floats(allow_nan=False, allow_infinity=False), _TAGS)
_CONSTANTS = {
    "source": TEXTS,
    "tags": _TAGS,
    "create_new_if_duplicate_allowed": st.booleans(),
    'custom:A "b"': _CUSTOM,
}
_DEFAULTS = {"country": st.sampled_from(["US", "Germany"]), "last_name": TEXTS, "custom:6dvNaf7VhkQ9snc5vnjJ": _CUSTOM}


@st.composite
def mappings(draw: st.DrawFn, columns: list[str] = COLUMNS, fields: list[str] = FIELDS, **fixed: Any) -> FieldMapping:
    """Make a mapping of some of the columns to some of the fields."""
    free = draw(st.permutations(fields))
    names = draw(st.lists(st.sampled_from(columns), unique=True))
    mapped = dict(zip(names, free, strict=False))
    left = [field for field in free[len(mapped) :] if field not in ("dnd", "custom_fields", "dnd_settings")]
    joins = {}
    for field in left[: draw(st.integers(0, 2))]:
        separator = None if field == "tags" else draw(st.none() | st.text('-, \n"', max_size=2))
        joins[field] = Join(
            tuple(draw(st.lists(st.sampled_from(columns), min_size=1, max_size=3, unique=True))), separator
        )
    ignored = {name: None for name in columns if name not in mapped and draw(st.booleans())}
    values: dict[str, Any] = {
        "columns": mapped | ignored,
        "join": joins,
        "constants": draw(st.fixed_dictionaries({}, optional=_CONSTANTS)),
        "defaults": draw(st.fixed_dictionaries({}, optional=_DEFAULTS)),
        "split_at": draw(st.none() | TEXTS),
        "default_region": draw(st.none() | st.sampled_from(["US", "DE"])),
        "empty": draw(st.sampled_from(["skip", "clear"])),
    }
    return FieldMapping(**(values | fixed))
