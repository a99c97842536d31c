"""The door: a table's rows to records, in the location that each of them names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from growthhub_async import Contact, CustomField, CustomFieldDefinition, Record
from growthhub_async.importer import FieldMapping, ImportFileError, Join
from growthhub_async.importer.mapping import ColumnMapper, KeyMapper, mapping_text, parse_mapping
from growthhub_async.importer.rows import Row

from ..reading import problems, unheard
from .mapped import known, of_cells, of_object
from .mappings import COLUMNS, mappings

HERE = [CustomFieldDefinition(id="h", name="Colour", field_key="contact.c_1", data_type="NUMERICAL")]
THERE = [CustomFieldDefinition(id="t", name="Farbe", field_key="contact.c_1")]
SECRET = "s3cr3t"


class Locations:
    """The custom fields of locations, and which were asked for."""

    def __init__(self, **fields: list[CustomFieldDefinition] | None) -> None:
        self.asked: list[str | None] = []
        self._fields = fields

    def __call__(self, location: str | None) -> Sequence[CustomFieldDefinition] | None:
        self.asked.append(location)
        return self._fields.get(location or "default")


def _customs(record: Record) -> Any:
    return record.contact.custom_fields


def test_a_custom_field_has_the_id_that_it_has_in_the_records_own_location() -> None:
    """Found there by its key where its name differs, with the type it has there; each location is asked for once."""
    locations = Locations(default=HERE, there=THERE)
    mapper = ColumnMapper(
        "a.csv", ["Email", "Location Id", "Colour"], FieldMapping(columns={"Colour": "custom:h"}), unheard, locations
    )
    records = [mapper.record(Row(1, ["a@example.com", *cells])) for cells in (["", "1,5"], ["there", "1,5"])] * 2
    assert [_customs(record) for record in records] == [[CustomField("h", 1.5)], [CustomField("t", "1,5")]] * 2
    assert locations.asked == [None, "there"]


def test_a_custom_field_that_the_records_location_lacks_is_a_problem_of_the_record() -> None:
    """Only of those that have a value for it."""
    locations = Locations(default=HERE, there=[], unknown=None)
    mapper = ColumnMapper("a.csv", ["Email", "Location Id", "Colour"], FieldMapping(), unheard, locations)
    found = [problems(mapper.record(Row(1, ["", name, value]))) for name, value in (("there", "1"), ("there", ""))]
    assert found == [["custom:Colour: the location has no such custom field; it has none"], []]
    (problem,) = problems(mapper.record(Row(1, ["", "unknown", "1"])))
    assert problem.startswith("custom:Colour: is no id, and the location's custom fields are not known")


def test_a_name_can_wait_for_the_location_of_the_record() -> None:
    """Where the default one is not known, but records may name their own."""
    locations = Locations(there=THERE)
    mapping = FieldMapping(columns={"A": "custom:Farbe"})
    mapper = ColumnMapper("a.csv", ["Email", "Location Id", "A"], mapping, unheard, locations)
    assert _customs(mapper.record(Row(1, ["", "there", "x"]))) == [CustomField("t", "x")]
    assert "give a token and a location" in problems(mapper.record(Row(1, ["", "", "x"])))[0]
    assert _customs(of_object({"locationId": "there", "A": "x"}, mapping, locations)) == [CustomField("t", "x")]
    with pytest.raises(ImportFileError, match="give a token and a location"):
        ColumnMapper("a.csv", ["Email", "A"], mapping, unheard, locations)
    with pytest.raises(ImportFileError, match="give a token and a location"):
        ColumnMapper("a.csv", ["Email", "Location Id", "A"], mapping, unheard)


def test_a_name_that_the_default_location_does_not_have_is_an_error_though_records_may_name_others() -> None:
    """What is known is checked before anything is read."""
    mapping = FieldMapping(columns={"A": "custom:Farbe"})
    with pytest.raises(ImportFileError, match="no such custom field"):
        ColumnMapper("a.csv", ["Email", "Location Id", "A"], mapping, unheard, Locations(default=HERE, there=THERE))


def test_a_location_that_is_given_for_every_record_is_the_one_that_is_asked_for() -> None:
    """By a constant or a default."""
    for fixed in ({"constants": {"location_id": "there"}}, {"defaults": {"location_id": "there"}}):
        locations = Locations(there=THERE)
        record = of_cells({"Farbe": "x"}, FieldMapping(**fixed), locations)  # type: ignore[arg-type]
        assert (_customs(record), record.contact.location_id) == ([CustomField("t", "x")], "there")
        assert locations.asked == ["there"]


def test_where_no_custom_field_is_read_no_location_is_asked_for() -> None:
    """But the default one, whose fields the columns may be called like."""
    locations = Locations(default=HERE, there=THERE)
    mapper = ColumnMapper("a.csv", ["Email", "Location Id"], FieldMapping(), unheard, locations)
    mapper.record(Row(1, ["", "there"]))
    assert locations.asked == [None]


def test_what_can_be_no_location_is_asked_for_by_nobody() -> None:
    """The check of the record tells of it."""
    locations = Locations(default=HERE)
    mapper = ColumnMapper("a.csv", ["Email", "Location Id", "Colour"], FieldMapping(), unheard, locations)
    for named in ("a b", 5, None, ["x"]):
        mapper.record(Row(1, ["", named, "1"]))
    assert locations.asked == [None]


@pytest.mark.parametrize("key", ["constants", "defaults"])
def test_a_given_value_that_its_custom_field_does_not_take_is_an_error_of_the_mapping(key: str) -> None:
    """It would be one of every record."""
    mapping = FieldMapping(**{key: {"custom:Colour": "Blu"}}, origin="m.toml")  # type: ignore[arg-type]
    with pytest.raises(ImportFileError, match=rf'm.toml: {key}."custom:Colour": is none of the 2 options'):
        of_cells({}, mapping)


def test_a_table_in_which_nothing_can_match_a_contact_is_refused() -> None:
    """A constant or default name is enough for contacts to be made."""
    with pytest.raises(ImportFileError, match=r'it has `City`, `Notes`; .* --map "City=email"'):
        ColumnMapper("a.csv", ["City", "Notes"], FieldMapping(), unheard)
    with pytest.raises(ImportFileError, match=r"^a.csv: no column is an email, .* it has none"):
        ColumnMapper("a.csv", [], FieldMapping(), unheard)
    ColumnMapper("a.csv", ["City"], FieldMapping(defaults={"last_name": "Unknown"}), unheard)


def test_what_empty_cells_do_not_clear_is_told_once() -> None:
    """Though they were to clear it; nothing is told where nothing was to be cleared."""
    told: list[str] = []
    clear = FieldMapping(empty="clear")
    ColumnMapper("a.csv", ["Email", "City", "Country", "Age", "Tags"], clear, told.append, known)
    assert told == [
        "country, custom:Age, tags: empty cells are left out, though empty is `clear`; the API takes no null there"
    ]
    told.clear()
    mapper = KeyMapper(clear, told.append)
    for values in ({"country": ""}, {"country": "", "city": ""}, {"tags": ""}):
        mapper.record(Row(1, dict(values)))
    assert [text.partition(":")[0] for text in told] == ["country", "tags"]
    told.clear()
    ColumnMapper("a.csv", ["Email", "Country"], FieldMapping(), told.append)
    assert told == []


def test_the_template_has_every_column_as_it_was_understood() -> None:
    """Those that are ignored as ignored, and what was decided by hand as it was."""
    mapping = FieldMapping(
        columns={"Mail": "email"}, join={"address1": Join(("A", "B"))}, constants={"tags": ["x"]}, origin="m.toml"
    )
    names = ["Mail", "Email", "colour", "A", "B", "Notes", "", "Mail"]
    template = ColumnMapper("a.csv", names, mapping, unheard, known).template()
    assert template == FieldMapping(
        columns={"Mail": "email", "Email": None, "colour": "custom:Colour", "Notes": None},
        join=mapping.join,
        constants=mapping.constants,
    )


def test_the_template_of_objects_has_the_keys_that_were_met() -> None:
    """Of two keys for one field the one that came first, and what was mapped and never met."""
    mapper = KeyMapper(FieldMapping(columns={"zz": "city"}), unheard)
    for values in ({"email": "x", "id": 5}, {"mail": "x", "Vorname": "y"}):
        mapper.record(Row(1, dict(values)))
    assert mapper.template().columns == {"email": "email", "id": None, "Vorname": "first_name", "zz": "city"}


@given(st.lists(st.sampled_from([*COLUMNS, "Colour", "Work Phone", "City", ""]), min_size=1, unique=True), mappings())
def test_a_template_that_is_written_and_read_maps_as_before(names: list[str], mapping: FieldMapping) -> None:
    """The same columns become the same fields."""
    mapping = msgspec.structs.replace(mapping, defaults=mapping.defaults | {"first_name": "x"})
    try:
        mapper = ColumnMapper("a.csv", names, mapping, unheard, known)
    except ImportFileError:
        return
    again = ColumnMapper(
        "a.csv", names, parse_mapping(mapping_text(mapper.template(), mapper.columns), "m.toml"), unheard, known
    )
    assert [column[:2] for column in again.columns] == [column[:2] for column in mapper.columns]


_SECRETS = st.sampled_from(
    [SECRET, f"{SECRET} ::: {SECRET}", f'["{SECRET}"]', f'{{"{SECRET}":1}}', f"+{SECRET}", "1,234"]
)
_SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | _SECRETS | st.binary(max_size=3)
)
_VALUES = st.recursive(
    _SCALARS,
    lambda values: (
        st.lists(values, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "field_value", "Call", "all", "status", SECRET]), values, max_size=3)
    ),
    max_leaves=6,
)
_KEYS = [
    *COLUMNS,
    "email",
    "phone",
    "country",
    "dnd",
    "customFields",
    "dndSettings",
    "Age",
    "Hobbies",
    "locationId",
    "city",
]


def _is_sound(record: Record) -> None:
    names = {*Contact.__struct_fields__, "custom:Colour", "custom:Age", "custom:Hobbies", "custom:Second Mobile"}
    assert {problem.field for problem in record.problems} <= names
    assert SECRET not in str(record.problems)
    assert msgspec.convert(msgspec.to_builtins(record.contact), Contact) == record.contact


_FIELDS = [
    "email",
    "phone",
    "city",
    "country",
    "tags",
    "dnd_settings",
    "custom_fields",
    "dnd",
    "custom:Colour",
    "custom:Age",
]
_MAPPINGS = mappings(columns=_KEYS, fields=_FIELDS, constants={"tags": ["x"]}, defaults={"country": "US"})


@given(_MAPPINGS, st.dictionaries(st.sampled_from(_KEYS), _VALUES))
def test_whatever_is_in_an_object_it_makes_a_record(mapping: FieldMapping, values: dict[str, Any]) -> None:
    """Every value has its field's type, or is a problem that names the field and does not show the value."""
    _is_sound(of_object(values, mapping))


@given(_MAPPINGS, st.lists(_VALUES, max_size=len(_KEYS) + 1))
def test_whatever_is_in_a_row_it_makes_a_record(mapping: FieldMapping, cells: list[Any]) -> None:
    """However many cells it has."""
    mapper = ColumnMapper("a.csv", [*_KEYS, "Last Name"], mapping, unheard, known)
    record = mapper.record(Row(3, cells))
    assert record.ref == 3
    _is_sound(record)
