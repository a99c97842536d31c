"""A location's custom fields are found by what people call them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from growthhub_async import CustomFieldDefinition
from growthhub_async.importer.mapping.custom import CustomFields
from growthhub_async.importer.mapping.targets import CUSTOM, looks_like_id

COLOUR = CustomFieldDefinition(id="6dvNaf7VhkQ9snc5vnjJ", name="Favourite colour", field_key="contact.favourite_colour")
SHOES = CustomFieldDefinition(id="abc", name="Größe (Schuhe)", field_key="contact.size_1")
FIELDS = CustomFields([COLOUR, SHOES])

_TEXTS = st.sampled_from(["", "a", "A", "a b", "contact.a", "b", " a", "é"])
_DEFINITIONS = st.lists(
    st.builds(
        CustomFieldDefinition, id=st.sampled_from("abcdef"), name=st.none() | _TEXTS, field_key=st.none() | _TEXTS
    ),
    unique_by=lambda field: field.id,
)


@pytest.mark.parametrize(
    "called",
    ["6dvNaf7VhkQ9snc5vnjJ", "contact.favourite_colour", "favourite_colour", "Favourite colour", "FAVOURITE-COLOUR"],
)
def test_a_field_is_found_by_its_id_key_or_name(called: str) -> None:
    """The key with or without what stands before it, the name in any spelling."""
    assert FIELDS.find(called) is COLOUR


def test_a_very_key_or_name_goes_before_another_spelling() -> None:
    """Two fields may differ in no more than punctuation."""
    one = CustomFieldDefinition(id="1", name="A b", field_key="contact.x_y")
    two = CustomFieldDefinition(id="2", name="a-b", field_key="contact.xy")
    fields = CustomFields([one, two])
    assert [fields.find(called) for called in ("x_y", "contact.xy", "A b", "a-b")] == [one, two, one, two]
    with pytest.raises(ValueError, match="2 custom fields"):
        fields.find("AB")


def test_what_is_not_found_is_suggested_for() -> None:
    """By the nearest name, else all are listed."""
    with pytest.raises(ValueError, match='did you mean "custom:Favourite colour"'):
        FIELDS.find("Favorite color")
    with pytest.raises(ValueError, match=r"it has `Favourite colour`, `Größe \(Schuhe\)`"):
        FIELDS.find("zz")
    with pytest.raises(ValueError, match="it has none"):
        CustomFields([]).find("zz")


def test_two_fields_of_one_name_are_told_by_their_ids() -> None:
    """A name is not guessed; an id finds each, and each is shown by it."""
    fields = CustomFields([CustomFieldDefinition(id="a", name="X"), CustomFieldDefinition(id="b", name="X")])
    with pytest.raises(ValueError, match="write the id, custom:a or custom:b"):
        fields.find("X")
    assert fields.label(fields.find("b")) == "custom:b"
    assert fields.of_header("X") is None


def test_without_definitions_only_what_looks_like_an_id_is_one() -> None:
    """A wrong id is dropped by the server without a word (observed.md, "What an upsert does to a contact")."""
    unknown = CustomFields(None)
    assert unknown.find("6dvNaf7VhkQ9snc5vnjJ").id == "6dvNaf7VhkQ9snc5vnjJ"
    for called in ("favourite_colour", "Favourite colour", "Lieblingsfarbenname", "abc"):
        assert not looks_like_id(called)
        with pytest.raises(ValueError, match="give a token and a location"):
            unknown.find(called)


def test_a_field_is_found_in_another_location_by_its_key_or_name() -> None:
    """Ids differ, and so may one of the two."""
    model = CustomFieldDefinition(id="m", name="Favourite", field_key="contact.colour")
    by_key = CustomFieldDefinition(id="k", name="Lieblingsfarbe", field_key="contact.colour")
    by_name = CustomFieldDefinition(id="n", name="Favourite", field_key="contact.colour_2")
    assert CustomFields([by_name, by_key]).like("m", model) is by_key
    assert CustomFields([by_name]).like("m", model) is by_name
    with pytest.raises(ValueError, match="no such custom field"):
        CustomFields([SHOES]).like(COLOUR.id, COLOUR)


@given(_DEFINITIONS)
def test_every_field_is_found_by_what_it_is_shown_as(definitions: list[CustomFieldDefinition]) -> None:
    """Whatever the fields of a location are called."""
    fields = CustomFields(definitions)
    for field in definitions:
        assert fields.find(fields.label(field).removeprefix(CUSTOM)) is field
