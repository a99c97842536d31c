"""`growthhub check`, run as a process: it tells what an import would do, and sends nothing."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from growthhub_async.sandbox import CustomField, SandboxThread

from .running import accounts, environment, growthhub, local_growthhub, upserts, write_people

CONTENT = """\
First Name,E-Mail,Favourite Colour,Tags,Notes
Ada,ada@example.com,blue,vip,x
Bob,not an address,red,,
Ada,ADA@example.com ,green,new,
Cem,cem@example.com,blue,,
"""
COLOUR = CustomField(
    id="cf1",
    name="Favourite Colour",
    field_key="contact.favourite_colour",
    data_type="SINGLE_OPTIONS",
    picklist_options=("blue", "green"),
)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxThread]:
    """A local GrowthHub with a custom field, which has never been sent a contact in the end."""
    with local_growthhub(location={"custom_fields": (COLOUR,)}) as sandbox:
        yield sandbox
        assert upserts(sandbox) == 0


def test_it_tells_all_that_an_import_would(tmp_path: Path, sandbox: SandboxThread) -> None:
    """The mapping, what is invalid and why, duplicates, tags that would go, requests; and makes no job."""
    (tmp_path / "contacts.csv").write_text(CONTENT)
    ran = growthhub("check", "contacts.csv", env=environment(sandbox), folder=tmp_path)
    assert (ran.returncode, ran.stdout) == (4, "")
    assert ran.stderr.splitlines() == [
        "contacts.csv: CSV, a comma between cells",
        "  read: First Name as first_name, E-Mail as email, Favourite Colour as custom:Favourite Colour, Tags as tags",
        '  not known: Notes; --map "Notes=custom:NAME" reads one into a custom field',
        "4 records read, 1 of them invalid:",
        "  line 3: custom:Favourite Colour: is none of the 2 options of the field",
        "  line 3: email: is not an email address; write it like ada@example.com",
        "1 record shares its email or phone with an earlier one, and is merged into it (--duplicates):",
        "  line 4 into line 2",
        "1 record has tags, which replace all tags of a contact that is there already (--tags add keeps those)",
        "to be sent: 2 requests",
    ]
    assert [path.name for path in tmp_path.iterdir()] == ["contacts.csv"]


def test_a_file_in_which_all_is_well_is_told_in_a_few_lines(tmp_path: Path, sandbox: SandboxThread) -> None:
    """And the exit code is 0."""
    write_people(tmp_path / "contacts.csv", 3)
    ran = growthhub("check", "contacts.csv", env=environment(sandbox), folder=tmp_path)
    assert (ran.returncode, ran.stderr.splitlines()[2:]) == (
        0,
        ["3 records read, all of them valid", "to be sent: 3 requests"],
    )


def test_without_a_token_it_asks_nobody_and_says_so(tmp_path: Path) -> None:
    """Neither a token nor a location is needed to look at a file."""
    (tmp_path / "contacts.csv").write_text(CONTENT)
    nowhere = environment(GROWTHHUB_BASE_URL="http://127.0.0.1:1")
    ran = growthhub("check", "contacts.csv", env=nowhere, folder=tmp_path)
    assert ran.returncode == 4
    assert "without a token and a location the custom fields are not known: only custom:ID can be checked" in ran.stderr
    assert 'not known: Favourite Colour, Notes; --map "Favourite Colour=custom:NAME"' in ran.stderr


def test_the_time_is_that_of_the_quota(tmp_path: Path, sandbox: SandboxThread) -> None:
    """In days where it takes some."""
    write_people(tmp_path / "contacts.csv", 1_000)
    env = environment(sandbox)
    quick = growthhub("check", "contacts.csv", env=env, folder=tmp_path)
    slow = growthhub("check", "contacts.csv", "--requests-per-day", "400", env=env, folder=tmp_path)
    shared = growthhub("check", "contacts.csv", "--reserve", "0.5", env=env, folder=tmp_path)
    assert quick.stderr.splitlines()[-1] == "to be sent: 1,000 requests; under the quota that takes 1:30 at least"
    assert slow.stderr.splitlines()[-1] == (
        "to be sent: 1,000 requests; 400 fit into today's quota, the others into those of 2 more days; that takes"
        " 2 days, 0:00:10 at least"
    )
    assert shared.stderr.splitlines()[-1] == "to be sent: 1,000 requests; under the quota that takes 3:10 at least"


@pytest.mark.parametrize(
    ("policy", "line", "example"),
    [
        (
            "merge",
            "1 record shares its email or phone with an earlier one, and is merged into it",
            "line 4 into line 2",
        ),
        (
            "first",
            "1 record shares its email or phone with an earlier one, and is not sent",
            "line 4, in favour of line 2",
        ),
        ("last", "1 record shares its email or phone with a later one, and is not sent", "line 2, in favour of line 4"),
        (
            "error",
            "4 records read, 2 of them invalid:",
            "line 4: contact: has the email or phone of contacts.csv, line 2",
        ),
    ],
)
def test_duplicates_are_told_as_they_would_be_dealt_with(
    tmp_path: Path, sandbox: SandboxThread, policy: str, line: str, example: str
) -> None:
    """By their line, and that of the record that stands for them."""
    (tmp_path / "contacts.csv").write_text(CONTENT)
    arguments = ("check", "contacts.csv", "--duplicates", policy)
    ran = growthhub(*arguments, env=environment(sandbox), folder=tmp_path)
    assert line in ran.stderr
    assert example in ran.stderr
    assert "to be sent: 2 requests" in ran.stderr


def test_tags_that_are_added_are_counted_as_requests(tmp_path: Path, sandbox: SandboxThread) -> None:
    """And none are said to be replaced."""
    (tmp_path / "contacts.csv").write_text("Email,Tags\na@example.com,x\nb@example.com,y\nc@example.com,\n")
    ran = growthhub("check", "contacts.csv", "--tags", "add", env=environment(sandbox), folder=tmp_path)
    assert ran.stderr.splitlines()[-1] == "to be sent: 5 requests (2 of them to add tags)"
    assert "replace" not in ran.stderr


def test_the_mapping_can_be_written_edited_and_used(tmp_path: Path) -> None:
    """What the file says is what is imported; it is for its owner only, and is never overwritten."""
    (tmp_path / "contacts.csv").write_text(CONTENT)
    mapping = tmp_path / "map.toml"
    with local_growthhub(location={"custom_fields": (COLOUR,)}) as sandbox:
        env = environment(sandbox)
        arguments = ("check", "contacts.csv", "--write-mapping", "map.toml")
        written = growthhub(*arguments, env=env, folder=tmp_path)
        again = growthhub(*arguments, env=env, folder=tmp_path)
        text = mapping.read_text()
        mapping.write_text(text.replace('"Notes" = ""', '"Notes" = "city"').replace('"Tags" = "tags"', '"Tags" = ""'))
        checked = growthhub("check", "contacts.csv", "--mapping", "map.toml", env=env, folder=tmp_path)
        imported = growthhub("import", "contacts.csv", "--mapping", "map.toml", env=env, folder=tmp_path)
        ada, _ = sandbox.contacts()
    assert '"Favourite Colour" = "custom:Favourite Colour"' in text
    assert "map.toml says how the columns are understood; edit it, and give it to --mapping" in written.stderr
    assert (again.returncode, "--write-mapping map.toml: is there already" in again.stderr) == (2, True)
    assert stat.S_IMODE(mapping.stat().st_mode) == 0o600
    understood = "Favourite Colour as custom:Favourite Colour, Notes as city"
    assert understood in checked.stderr
    assert understood in imported.stderr
    assert (ada["city"], ada["tags"], ada["customFields"]) == ("x", [], [{"id": "cf1", "value": "green"}])
    assert accounts(imported.stderr)["created"] == 2


def test_a_mapping_that_cannot_be_written_is_told(tmp_path: Path, sandbox: SandboxThread) -> None:
    """One line."""
    write_people(tmp_path / "contacts.csv", 1)
    arguments = ("check", "contacts.csv", "--write-mapping", "nowhere/map.toml")
    ran = growthhub(*arguments, env=environment(sandbox), folder=tmp_path)
    assert ran.returncode == 2
    told = "growthhub: --write-mapping nowhere/map.toml: No such file or directory; name a file that you may write"
    assert ran.stderr.splitlines()[-1] == told


def test_a_custom_field_that_the_location_does_not_have_is_told(tmp_path: Path, sandbox: SandboxThread) -> None:
    """With the one that is probably meant."""
    (tmp_path / "contacts.csv").write_text(CONTENT)
    arguments = ("check", "contacts.csv", "--map", "Notes=custom:Favorite Color")
    ran = growthhub(*arguments, env=environment(sandbox), folder=tmp_path)
    assert ran.returncode == 2
    assert 'did you mean "custom:Favourite Colour"?' in ran.stderr


def test_a_refused_token_ends_it_with_3(tmp_path: Path, sandbox: SandboxThread) -> None:
    """The custom fields may matter."""
    write_people(tmp_path / "contacts.csv", 1)
    ran = growthhub("check", "contacts.csv", env=environment(sandbox, GROWTHHUB_TOKEN="pit-no"), folder=tmp_path)
    assert ran.returncode == 3
    assert "the token was refused: 401" in ran.stderr
