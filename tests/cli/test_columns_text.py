"""What people are told of a file's columns before it is imported."""

from __future__ import annotations

from pathlib import Path

from growthhub_async.cli.columns_text import about
from growthhub_async.importer import open_contacts


def _told(folder: Path, content: str, **options: object) -> list[str]:
    path = folder / "contacts.csv"
    path.write_text(content)
    with open_contacts(str(path), tell=lambda _: None, **options) as contacts:  # type: ignore[arg-type]
        return [line.replace(f"{folder}/", "").strip() for line in about(contacts)]


def test_each_column_is_told_of(tmp_path: Path) -> None:
    """What is read, what is not and why, with the flag that changes it; a warning that tags are replaced."""
    header = "Record ID;Business Name;Company Name;Email;Email 2;Emial;Notes;Custom Fields;Tags;Phone\n"
    assert _told(tmp_path, header, mappings=["Phone="]) == [
        "contacts.csv: CSV, a semicolon between cells",
        "read: Company Name as company_name, Email as email, Tags as tags",
        "not read: Record ID, Phone",
        "`Business Name` is ignored: Company Name is the company_name;"
        ' --map "Business Name=company_name" takes it instead',
        "`Email 2` is ignored: a contact has one email",
        '`Emial` is ignored; did you mean email? --map "Emial=email"',
        "`Custom Fields` is ignored: custom_fields can be read from JSON Lines only",
        'not known: Notes; --map "Notes=custom:ID" reads one into a custom field',
        "the tags of the file replace all tags that a contact has (a contact without tags in the file keeps its own)",
    ]


def test_a_file_in_which_all_is_clear_needs_two_lines(tmp_path: Path) -> None:
    """Nothing is said of what needs no attention."""
    assert _told(tmp_path, "Email\n") == ["contacts.csv: CSV, a comma between cells", "read: Email as email"]


def test_json_lines_have_no_columns_to_tell_of(tmp_path: Path) -> None:
    """Their keys are told of as they are met."""
    assert _told(tmp_path, '{"email": "a@example.com"}\n') == ["contacts.csv: JSON Lines"]
