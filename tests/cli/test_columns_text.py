"""What people are told of a file's columns before it is imported."""

from __future__ import annotations

from pathlib import Path

from growthhub_async import CustomFieldDefinition
from growthhub_async.cli.columns_text import about
from growthhub_async.importer import FieldMapping, Join, open_contacts


def _told(folder: Path, content: str, **options: object) -> list[str]:
    path = folder / "contacts.csv"
    path.write_text(content)
    with open_contacts(str(path), tell=lambda _: None, **options) as contacts:  # type: ignore[arg-type]
        lines = about(contacts.name, contacts.format, contacts.columns, contacts.mapping)
        return [line.replace(f"{folder}/", "").strip() for line in lines]


def test_each_column_is_told_of(tmp_path: Path) -> None:
    """What is read, what is not and why, with the flag that changes it."""
    header = "Record ID;Business Name;Company Name;Email;Email 2;Emial;Notes;Custom Fields;Tags;Phone\n"
    assert _told(tmp_path, header, mappings=["Phone="]) == [
        "contacts.csv: CSV, a semicolon between cells",
        "read: Company Name as company_name, Email as email, Custom Fields as custom_fields, Tags as tags",
        "not read: Record ID, Phone",
        "`Business Name` is ignored: Company Name is the company_name;"
        ' --map "Business Name=company_name" takes it instead',
        "`Email 2` is ignored: a contact has one email",
        '`Emial` is ignored; did you mean email? --map "Emial=email"',
        'not known: Notes; --map "Notes=custom:NAME" reads one into a custom field',
    ]


def test_a_file_in_which_all_is_clear_needs_two_lines(tmp_path: Path) -> None:
    """Nothing is said of what needs no attention."""
    assert _told(tmp_path, "Email\n") == ["contacts.csv: CSV, a comma between cells", "read: Email as email"]


def test_json_lines_have_no_columns_to_tell_of(tmp_path: Path) -> None:
    """Their keys are told of as they are met."""
    assert _told(tmp_path, '{"email": "a@example.com"}\n') == ["contacts.csv: JSON Lines"]


def test_what_was_decided_by_hand_is_told(tmp_path: Path) -> None:
    """Columns that are joined, what every record has and what those without a value have, phones and empty cells."""
    mapping = FieldMapping(
        join={"address1": Join(("Street", "No"))},
        constants={"source": "fair", "tags": ["fair", "vip"]},
        defaults={"country": "DE"},
        default_region="DE",
        empty="clear",
    )
    assert _told(tmp_path, "Email,Street,No,Source\n", mapping=mapping)[1:] == [
        "read: Email as email, Street + No as address1",
        "every record: source fair, tags fair, vip",
        "records without: country DE",
        "phone numbers are written as E.164, those without + as numbers of DE",
        "empty cells clear what a contact has",
        "`Source` is ignored: the source of every record is given",
    ]


def test_a_custom_field_that_was_found_by_a_columns_name_is_told_as_such(tmp_path: Path) -> None:
    """By the name it has in the location."""
    colour = CustomFieldDefinition(id="c", name="Colour")
    assert _told(tmp_path, "Email,colour\n", definitions_of=lambda _: [colour])[1] == (
        "read: Email as email, colour as custom:Colour"
    )
