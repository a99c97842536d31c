"""The flags about reading become the options of an import."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from growthhub_async import Settings
from growthhub_async.cli.reading_options import options_of
from growthhub_async.importer import FieldMapping, ImportFileError, ImportOptions

NOTHING = {
    "mapping": None,
    "mapping_file": None,
    "region": None,
    "empty": None,
    "tags": "replace",
    "duplicates": "merge",
    "encoding": None,
    "delimiter": None,
    "sheet": None,
    "query": None,
}


def _options(settings: Settings | None = None, **given: Any) -> ImportOptions:
    return options_of({**NOTHING, **given}, settings or Settings())


def test_without_a_flag_they_are_the_defaults() -> None:
    """Those of the library."""
    assert _options() == ImportOptions()


def test_each_flag_is_an_option() -> None:
    """By its name."""
    given = {"encoding": "cp1252", "sheet": "One", "query": "people", "tags": "add", "duplicates": "last"}
    assert _options(**given) == ImportOptions(**given)  # type: ignore[arg-type]


def test_location_server_and_empty_strings_are_those_of_the_settings() -> None:
    """So that a job knows where it was going."""
    settings = Settings(location_id="loc1", base_url="https://growthhub.test", send_empty=True)
    expected = ImportOptions(location_id="loc1", base_url="https://growthhub.test", send_empty=True)
    assert _options(settings) == expected


@pytest.mark.parametrize(("written", "meant"), [("tab", "\t"), ("\\t", "\t"), (";", ";"), (None, None)])
def test_a_delimiter_that_is_hard_to_type_has_a_name(written: str | None, meant: str | None) -> None:
    """Others are themselves."""
    assert _options(delimiter=written).delimiter == meant


def test_region_and_empty_are_part_of_the_mapping() -> None:
    """As they can be in its file, before which a flag goes."""
    assert _options(region="DE", empty="clear").mapping == FieldMapping(default_region="DE", empty="clear")


def test_a_mapping_file_is_read_and_flags_go_before_it(tmp_path: Path) -> None:
    """Each for what it says."""
    file = tmp_path / "map.toml"
    file.write_text('default_region = "US"\nempty = "clear"\n[columns]\n"A" = "email"\n"B" = "city"\n')
    mapping = _options(mapping_file=file, mapping=["B=state"], region="DE").mapping
    assert mapping.columns == {"A": "email", "B": "state"}
    assert (mapping.default_region, mapping.empty) == ("DE", "clear")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"empty": "delete"}, "--empty delete: must be skip or clear"),
        ({"region": "Germany"}, "--region: Germany is no region with phone numbers; did you mean DE?"),
        ({"mapping": ["A"]}, '--map "A" is not of the form'),
        ({"tags": "remove"}, "--tags remove: must be one of replace, add"),
    ],
)
def test_what_cannot_be_is_refused_by_the_name_of_its_flag(given: dict[str, Any], message: str) -> None:
    """With what would be right."""
    with pytest.raises(ImportFileError) as raised:
        _options(**given)
    assert str(raised.value).startswith(message)
