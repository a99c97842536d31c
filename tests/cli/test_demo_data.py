"""The demo's contacts are the same for the same seed, messy on purpose, and nobody's."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from growthhub_async.cli.demo_data import DemoFile, write_demo_file
from growthhub_async.importer import open_contacts


def _written(folder: Path, records: int, seed: int = 0) -> tuple[bytes, DemoFile]:
    path = folder / "contacts.csv"
    written = write_demo_file(path, records, seed)
    return path.read_bytes(), written


def test_the_same_seed_writes_the_same_file(tmp_path: Path) -> None:
    """Another seed writes another; a shorter file is the beginning of a longer one."""
    content, written = _written(tmp_path, 500)
    assert _written(tmp_path, 500) == (content, written)
    assert _written(tmp_path, 500, seed=1)[0] != content
    assert content.startswith(_written(tmp_path, 200)[0])


@pytest.mark.parametrize("records", [1, 10, 500, 3_000])
def test_every_record_is_a_person_a_double_or_wrong(tmp_path: Path, records: int) -> None:
    """The file has as many records as were asked for."""
    _, written = _written(tmp_path, records)
    assert written.people + written.doubles + written.wrong == records
    with open_contacts(str(tmp_path / "contacts.csv"), tell=lambda _: None) as contacts:
        assert sum(1 for _ in contacts) == records


def test_the_mess_is_the_one_that_was_promised(tmp_path: Path) -> None:
    """Accents, quoted newlines, several phone formats, a byte order mark, broken lines, bytes of another encoding."""
    content, written = _written(tmp_path, 3_000)
    assert content.startswith(b"\xef\xbb\xbf")
    text = content.decode(errors="replace")
    for mess in ("Zoë", "12 St James", "Église\n", " 555-01", "+1 ", "001 ", '""Very Good""', "Atlantis", "\ufffd"):
        assert mess in text
    assert written.doubles > 200
    assert written.wrong > 100
    with open_contacts(str(tmp_path / "contacts.csv"), tell=lambda _: None) as contacts:
        lines = {record.ref: record for record in contacts}
    assert any(record.contact.email and record.contact.email.isupper() for record in lines.values())
    assert written.example is not None
    person, double = (lines[line].contact for line in written.example)
    assert str(person.email).casefold() == str(double.email).casefold() or not double.email


def test_every_address_and_phone_is_kept_free_for_fiction(tmp_path: Path) -> None:
    """Nobody is behind any of them."""
    with open_contacts(str(_path(tmp_path)), tell=lambda _: None) as contacts:
        for record in contacts:
            if record.contact.email and "@" in record.contact.email:
                assert re.search(r"@example\.(com|net|org)$", record.contact.email.casefold())
            digits = re.sub(r"\D", "", record.contact.phone or "")
            assert not digits or re.search(r"55501\d\d$|^555\d{4}7$", digits)  # the last is no phone of any country


def _path(folder: Path) -> Path:
    write_demo_file(folder / "contacts.csv", 2_000)
    return folder / "contacts.csv"
