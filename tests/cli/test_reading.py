"""What a person hears of the files of an import as they are read."""

from __future__ import annotations

from pathlib import Path

import pytest

from growthhub_async.cli.guard import UsageError
from growthhub_async.cli.reading import Heard
from growthhub_async.cli.screen import Screen
from growthhub_async.importer import FieldMapping, ImportOptions, read_files, unknown


class Clock:
    """A clock that goes on by so many seconds whenever it is looked at."""

    def __init__(self, step: float) -> None:
        self._now = 0.0
        self._step = step

    def __call__(self) -> float:
        self._now += self._step
        return self._now


def _read(folder: Path, *contents: str, step: float = 0.0, needs_location: bool = False, **options: object) -> Heard:
    """Read files, and return who heard of it."""
    paths = []
    for number, content in enumerate(contents):
        path = folder / f"{'abc'[number]}.csv"
        path.write_text(content)
        paths.append(str(path))
    hearing = Heard(Screen(), needs_location=needs_location, clock=Clock(step))
    made = ImportOptions(**{"location_id": "loc1", **options})  # type: ignore[arg-type]
    read_files(paths, made, None, definitions_of=unknown, listener=hearing)
    return hearing


def _said(capsys: pytest.CaptureFixture[str], folder: Path) -> list[str]:
    return capsys.readouterr().err.replace(f"{folder}/", "").splitlines()


def test_it_is_said_of_each_file_how_it_is_understood(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The first gives the mapping that can be written."""
    hearing = _read(tmp_path, "E-Mail,Notes\na@example.com,x\n", "Mail;Vorname\nb@example.com;B\n")
    assert _said(capsys, tmp_path) == [
        "a.csv: CSV, a comma between cells",
        "  read: E-Mail as email",
        '  not known: Notes; --map "Notes=custom:NAME" reads one into a custom field',
        "b.csv: CSV, a semicolon between cells",
        "  read: Mail as email, Vorname as first_name",
    ]
    assert hearing.template.columns == {"E-Mail": "email", "Notes": None}
    assert [column.name for column in hearing.columns] == ["E-Mail", "Notes"]


def test_how_far_it_is_is_said_now_and_then(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Not at each occasion; with the share of the files, where their size is known."""
    people = "".join(f"person{number:04}@example.com\n" for number in range(2_000))
    _read(tmp_path, f"Email\n{people}", "Email\nx@example.com\n", step=0.9)
    said = [line for line in _said(capsys, tmp_path) if line.startswith("reading")]
    assert said == ["reading: 1,500 records, 38% of the files"]


def test_who_is_quick_is_not_heard_of(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A line that is gone before it is read helps nobody."""
    people = "".join(f"person{number:04}@example.com\n" for number in range(2_000))
    _read(tmp_path, f"Email\n{people}", step=0.1)
    assert not [line for line in _said(capsys, tmp_path) if line.startswith("reading")]


def test_an_import_that_nobody_named_a_location_for_is_refused_before_it_is_read(tmp_path: Path) -> None:
    """Every record would be wrong."""
    with pytest.raises(UsageError, match="there is no location; name it with --location, or set GROWTHHUB_LOCATION_ID"):
        _read(tmp_path, "Email\na@example.com\n", needs_location=True, location_id=None)


@pytest.mark.parametrize(
    ("content", "mapping"),
    [
        ("Email,Location ID\na@example.com,loc1\n", FieldMapping()),
        ("Email,Where\na@example.com,loc1\n", FieldMapping(columns={"Where": "location_id"})),
        ("Email\na@example.com\n", FieldMapping(constants={"location_id": "loc1"})),
        ("Email\na@example.com\n", FieldMapping(defaults={"location_id": "loc1"})),
        ('{"email": "a@example.com"}\n', FieldMapping()),
    ],
)
def test_a_file_that_may_name_locations_itself_is_read(tmp_path: Path, content: str, mapping: FieldMapping) -> None:
    """By a column or by its mapping; of records with keys of their own it is not known before they are met."""
    _read(tmp_path, content, needs_location=True, location_id=None, mapping=mapping)


def test_what_the_reading_tells_is_said(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """As a line."""
    Heard(Screen()).told("a word\nfrom a file")
    assert _said(capsys, tmp_path) == ["a word from a file"]
