"""What an import is made of, kept with its job and compared with what is asked for later."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from growthhub_async.importer import FieldMapping, ImportFileError, ImportOptions, Join, parse_flags, read_mapping

ALL = ImportOptions(
    mapping=FieldMapping(
        columns={"Mail": "email", "Notes": None},
        join={"address1": Join(("Street", "No"), ", ")},
        constants={"tags": ["fair"], "custom:Colour": "blue"},
        defaults={"country": "DE"},
        split_at="|",
        default_region="DE",
        empty="clear",
    ).with_flags(parse_flags(["City=city"])),
    encoding="cp1252",
    delimiter="\t",
    sheet="One",
    query="SELECT 1",
    duplicates="last",
    tags="add",
    send_empty=True,
    location_id="loc1",
    base_url="https://growthhub.test",
)


@pytest.mark.parametrize("options", [ImportOptions(), ALL])
def test_what_a_job_has_kept_is_what_it_was(options: ImportOptions) -> None:
    """Through JSON, as it is kept."""
    data = msgspec.json.decode(msgspec.json.encode(options.as_data()))
    assert ImportOptions.kept(data) == options
    assert options.differences(data) == []


@pytest.mark.parametrize(
    ("changes", "difference"),
    [
        ({"tags": "replace"}, "tags: add, now replace"),
        ({"sheet": None}, "sheet: One, now not given"),
        ({"location_id": "loc2"}, "location_id: loc1, now loc2"),
        ({"mapping": FieldMapping()}, "how the columns are mapped"),
        ({"send_empty": False}, "send_empty: True, now False"),
    ],
)
def test_a_difference_says_what_was_and_what_is(changes: dict[str, Any], difference: str) -> None:
    """In the order of the options."""
    changed = msgspec.structs.replace(ALL, **changes)
    assert changed.differences(ALL.as_data()) == [difference]


def test_all_differences_are_told() -> None:
    """Not only the first."""
    changed = msgspec.structs.replace(ALL, tags="replace", encoding=None)
    assert changed.differences(ALL.as_data()) == ["encoding: cp1252, now not given", "tags: add, now replace"]


def test_a_mapping_file_by_another_way_is_the_same(tmp_path: Path) -> None:
    """What it says counts, not where it is."""
    (tmp_path / "a.toml").write_text('[columns]\n"Mail" = "email"\n')
    (tmp_path / "b.toml").write_text('[columns]\n"Mail" = "email"\n')
    before, now = (ImportOptions(mapping=read_mapping(tmp_path / name)) for name in ("a.toml", "b.toml"))
    assert now.differences(before.as_data()) == []


def test_what_a_flag_says_is_the_same_as_what_a_file_says() -> None:
    """Whoever wrote it."""
    by_file = ImportOptions(mapping=FieldMapping(columns={"Mail": "email"}, origin="map.toml"))
    by_flag = ImportOptions(mapping=FieldMapping().with_flags(parse_flags(["Mail=email"])))
    assert by_flag.differences(by_file.as_data()) == []


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"duplicates": "none"}, "--duplicates none: must be one of merge, first, last, error"),
        ({"tags": "remove"}, "--tags remove: must be one of replace, add"),
        ({"location_id": "no/id"}, "--location: must be a location's id"),
    ],
)
def test_what_cannot_be_is_refused(given: dict[str, Any], message: str) -> None:
    """Where it is given."""
    with pytest.raises(ImportFileError, match=message):
        ImportOptions(**given)
