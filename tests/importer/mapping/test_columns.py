"""Each column is read as one field or ignored for a reason that can be told."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from growthhub_async import CustomFieldDefinition
from growthhub_async.importer import Column, FieldMapping, Ignored, ImportFileError, Join
from growthhub_async.importer.mapping.binding import known_names
from growthhub_async.importer.mapping.columns import (
    Layout,
    Use,
    can_match,
    lay_out,
    require_columns,
    resolved,
)
from growthhub_async.importer.mapping.custom import CustomFields
from growthhub_async.importer.mapping.field_mapping import parse_flags

NAMES = st.one_of(
    st.sampled_from(
        ["Email", "E-Mail", "email 2", "Mail", "Phone", "Work Phone", "Record ID", "Tags", "Emial", "Colour", "Age", ""]
    ),
    st.text(max_size=8),
)
COLOUR = CustomFieldDefinition(id="c1", name="Colour", field_key="contact.favourite_colour")
WORK_PHONE = CustomFieldDefinition(id="c2", name="Work Phone", field_key="contact.work_phone")
TYPE = CustomFieldDefinition(id="c3", name="Customer Type", field_key="contact.customer_type")
LOCATION = CustomFields([COLOUR, WORK_PHONE, TYPE])


def laid_out(
    names: Sequence[str],
    flags: Sequence[str] = (),
    mapping: FieldMapping | None = None,
    customs: CustomFields = LOCATION,
) -> Layout:
    decided = resolved((mapping or FieldMapping()).with_flags(parse_flags(flags)), customs)
    return lay_out(names, decided, customs)


def columns(names: Sequence[str], *flags: str, mapping: FieldMapping | None = None) -> list[Column]:
    return laid_out(names, flags, mapping).columns


@given(st.lists(NAMES, max_size=10))
def test_every_column_has_a_field_or_a_reason_and_no_field_has_two_columns(names: list[str]) -> None:
    """The columns are in their order, and what is shown is what is used."""
    layout = laid_out(names)
    assert [column.name for column in layout.columns] == names
    assert all((column.field is None) != (column.ignored is None) for column in layout.columns)
    fields = [column.field for column in layout.columns if column.field]
    assert len(fields) == len(set(fields))
    assert [(use.field, names[use.places[0]]) for use in layout.uses] == [
        (column.field, column.name) for column in layout.columns if column.field
    ]


def test_the_closest_name_has_the_field_and_of_equals_the_first() -> None:
    """A company's exact name beats a synonym that comes before it; two synonyms go by their order."""
    assert columns(["Business Name", "Company Name"]) == [
        Column("Business Name", ignored=Ignored.TAKEN, about="Company Name"),
        Column("Company Name", field="company_name"),
    ]
    assert columns(["Firma", "Business"])[0].field == "company_name"


def test_each_kind_of_column_that_is_ignored_is_told_apart() -> None:
    """What is ignored quietly, and what is asked about."""
    found = columns(["Record ID", "growthhub_reason", "Email 2", "Emial", "Notes", "Source"], mapping=CONSTANT)
    assert [(column.ignored, column.about) for column in found] == [
        (Ignored.FOREIGN, None),
        (Ignored.FOREIGN, None),
        (Ignored.SECOND, "email"),
        (Ignored.UNKNOWN, "email"),
        (Ignored.UNKNOWN, None),
        (Ignored.CONSTANT, "source"),
    ]


CONSTANT = FieldMapping(constants={"source": "import", "tags": ["import"]})


def test_constant_tags_are_added_to_those_of_a_column() -> None:
    """Tags are the one field whose constant does not take the place of a column."""
    assert columns(["Tags"], mapping=CONSTANT) == [Column("Tags", field="tags")]


def test_a_mapping_by_hand_overrides_every_name() -> None:
    """A column that is mapped takes its field from the one that is called like it; one mapped to nothing is ignored."""
    assert columns(["Email", "Work Mail", "Notes", "Phone"], "Work Mail=email", "Notes=custom:Colour", "Phone=") == [
        Column("Email", ignored=Ignored.TAKEN, about="Work Mail"),
        Column("Work Mail", field="email"),
        Column("Notes", field="custom:Colour"),
        Column("Phone", ignored=Ignored.BY_HAND),
    ]


def test_a_mapped_column_is_found_by_its_name_in_any_spelling_but_first_by_that_very_name() -> None:
    """Case, accents and punctuation make no difference where nothing is called so exactly."""
    assert columns(["E-Mail", "x"], "e-mail=city")[0].field == "city"
    assert [column.field for column in columns(["E-Mail", "Email"], "Email=city")] == ["email", "city"]
    mapping = FieldMapping(columns={"Mail!": "city", "mail": "email"})
    assert columns(["Mail!"], mapping=mapping)[0].field == "city"
    assert columns(["?"], "!=city")[0].ignored is Ignored.FOREIGN


def test_a_column_that_is_called_like_a_custom_field_is_read_as_it() -> None:
    """By its name or its key, in any spelling, even where the name might have meant something of another system."""
    assert [column.field for column in columns(["colour", "FAVOURITE COLOUR", "Customer Type"])] == [
        "custom:Colour",
        None,
        "custom:Customer Type",
    ]
    assert columns(["contact.favourite_colour"])[0].field == "custom:Colour"


def test_a_name_is_known_where_its_column_would_be_imported() -> None:
    """By its meaning, by the mapping in any spelling, by a join or a custom field; not where it is ignored by hand."""
    mapping = FieldMapping(columns={"A b": "city", "Mail": None, "Colour": None}, join={"tags": Join(("C",))})
    known = known_names(mapping, lambda _: [COLOUR, TYPE])
    assert all(map(known, ["Email", "a-B", "c", "customer_type"]))
    assert not any(map(known, ["Mail", "mail", "colour", "zz", ""]))
    assert not known_names(mapping)("customer_type")


def test_what_an_import_wrote_beside_its_source_is_never_read() -> None:
    """Not even where a custom field is called so."""
    customs = CustomFields([CustomFieldDefinition(id="m", name="GrowthHub_Message")])
    assert laid_out(["growthhub_message"], customs=customs).columns[0].ignored is Ignored.FOREIGN


def test_a_custom_fields_name_goes_before_one_that_only_resembles_a_field() -> None:
    """The work phone is one of its own where the location has such a field, and a phone where it has none."""
    assert [column.field for column in columns(["Work Phone", "Phone"])] == ["custom:Work Phone", "phone"]
    assert laid_out(["Work Phone"], customs=CustomFields([])).columns[0].field == "phone"


def test_a_contacts_own_field_goes_before_a_custom_field_of_its_name() -> None:
    """Only the column that would be ignored is read as the custom field."""
    customs = CustomFields([CustomFieldDefinition(id="m", name="Mobile")])
    assert laid_out(["Mobile"], customs=customs).columns[0].field == "phone"
    assert [column.field for column in laid_out(["Phone", "Mobile"], customs=customs).columns] == [
        "phone",
        "custom:Mobile",
    ]


def test_columns_that_are_joined_are_shown_with_their_field_and_used_together() -> None:
    """One that is a field of its own, too, is there twice; the join takes the field from the names."""
    mapping = FieldMapping(
        columns={"Street": "custom:Colour"}, join={"address1": Join(("street", "House no"), ", "), "tags": Join(("A",))}
    )
    layout = laid_out(["Address", "Street", "House no", "A"], mapping=mapping)
    assert layout.columns == [
        Column("Address", ignored=Ignored.TAKEN, about="Street"),
        Column("Street", field="custom:Colour"),
        Column("Street", field="address1"),
        Column("House no", field="address1"),
        Column("A", field="tags"),
    ]
    assert layout.uses == [
        Use("custom:Colour", (1,)),
        Use("address1", (1, 2), joined=True, separator=", "),
        Use("tags", (3,), joined=True),
    ]


def test_a_custom_field_is_found_by_each_of_its_names_but_mapped_only_once() -> None:
    """Its id, key and name are one field, and two columns for it would lose one."""
    for called in ("c1", "Colour", "colour", "contact.favourite_colour", "favourite_colour"):
        assert columns(["A", "Email"], f"A=custom:{called}")[0].field == "custom:Colour"
    with pytest.raises(ImportFileError, match=r'--map "B": column `A` is mapped to custom:Colour, too'):
        columns(["A", "B"], "A=custom:c1", "B=custom:Colour")
    with pytest.raises(ImportFileError, match="is there twice, as custom:Colour"):
        columns(["A"], mapping=FieldMapping(defaults={"custom:c1": "x", "custom:Colour": "y"}))


def test_a_custom_field_that_the_location_does_not_have_is_an_error_that_says_where_it_was_named() -> None:
    """With a suggestion; where nothing is known of the location, with what to give so that it can be looked up."""
    with pytest.raises(ImportFileError, match=r'--map "A": custom:Color: .*did you mean "custom:Colour"'):
        columns(["A"], "A=custom:Color")
    with pytest.raises(ImportFileError, match=r'm.toml: defaults."custom:zz": .* it has `Colour`, `Work Phone`'):
        columns(["A"], mapping=FieldMapping(defaults={"custom:zz": "x"}, origin="m.toml"))
    unknown = CustomFields(None)
    with pytest.raises(ImportFileError, match="give a token and a location"):
        laid_out(["A"], ["A=custom:Colour"], customs=unknown)
    assert laid_out(["A"], ["A=custom:6dvNaf7VhkQ9snc5vnjJ"], customs=unknown).columns[0].field == (
        "custom:6dvNaf7VhkQ9snc5vnjJ"
    )


def test_a_mapped_column_that_is_not_there_is_an_error_with_a_suggestion() -> None:
    """Near names are suggested; otherwise the columns are listed. It says whether a flag or a file named it."""
    mapping = FieldMapping(columns={"Vornahme": "first_name"}, origin="m.toml")
    with pytest.raises(ImportFileError, match=r'^a.csv: m.toml: columns."Vornahme": .*did you mean `Vorname`'):
        require_columns("a.csv", ["Vorname", "Ort"], mapping)
    with pytest.raises(ImportFileError, match='--map "Vornahme"'):
        require_columns("a.csv", ["Vorname"], FieldMapping().with_flags({"Vornahme": None}))
    with pytest.raises(ImportFileError, match=r"join.tags: .*it has `Vorname`, `Ort`"):
        require_columns("a.csv", ["Vorname", "Ort"], FieldMapping(join={"tags": Join(("Mail",))}))


def test_a_contact_needs_a_column_to_be_matched_by() -> None:
    """A name alone does not count; an email, a phone, a first or a last name does."""
    assert not can_match(laid_out(["Name", "City"]))
    assert can_match(laid_out(["Vorname"]))
    assert can_match(laid_out(["A"], mapping=FieldMapping(join={"last_name": Join(("A",))})))
