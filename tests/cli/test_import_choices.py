"""What an import does with duplicates, tags and errors, as it was told to."""

from __future__ import annotations

from pathlib import Path

import pytest

from growthhub_async.sandbox import Status

from .running import FAST, accounts, environment, growthhub, local_growthhub, rows_of, upserts, write_people

DOUBLES = """\
Email,First Name,City,Tags
ada@example.com,Ada,Rome,a
bob@example.com,Bob,Oslo,
ADA@example.com,Augusta,,b
"""


@pytest.mark.parametrize(
    ("policy", "sent", "counted"),
    [
        ("merge", [("Augusta", "Rome", ["a", "b"]), ("Bob", "Oslo", [])], (2, 0, 1)),
        ("first", [("Ada", "Rome", ["a"]), ("Bob", "Oslo", [])], (2, 0, 1)),
        ("last", [("Bob", "Oslo", []), ("Augusta", None, ["b"])], (2, 0, 1)),
        ("error", [("Ada", "Rome", ["a"]), ("Bob", "Oslo", [])], (2, 1, 0)),
    ],
)
def test_of_duplicates_one_is_sent(
    tmp_path: Path, policy: str, sent: list[tuple[object, ...]], counted: tuple[int, int, int]
) -> None:
    """Which, and what becomes of the other, is chosen."""
    (tmp_path / "contacts.csv").write_text(DOUBLES)
    with local_growthhub() as sandbox:
        arguments = ("import", "contacts.csv", "--duplicates", policy, "--concurrency", "1")
        ran = growthhub(*arguments, env=environment(sandbox), folder=tmp_path)
        assert upserts(sandbox) == 2
        kept = [(contact["firstName"], contact.get("city"), contact["tags"]) for contact in sandbox.contacts()]
    assert kept == sent
    found = accounts(ran.stderr)
    assert (found["created"], found["error"], found["duplicate"]) == counted
    duplicates = [row["growthhub_duplicate_of_line"] for row in rows_of(tmp_path / "contacts.duplicates.csv")]
    assert duplicates == {"merge": ["2"], "first": ["2"], "last": ["4"], "error": []}[policy]


def test_tags_replace_those_of_a_contact_with_a_word_of_warning(tmp_path: Path) -> None:
    """Before, for all that have tags; after, for those that were there."""
    (tmp_path / "contacts.csv").write_text("Email,Tags\nada@example.com,new\nbob@example.com,new\n")
    there = ({"email": "ada@example.com", "tags": ["old"]},)
    with local_growthhub(location={"contacts": there}) as sandbox:
        ran = growthhub("import", "contacts.csv", env=environment(sandbox), folder=tmp_path)
        assert [contact["tags"] for contact in sandbox.contacts()] == [["new"], ["new"]]
    assert "2 records have tags, which replace all tags of a contact that is there already (--tags add" in ran.stderr
    told = "the tags of 1 contact that was there before have been replaced; --tags add would have kept them"
    assert told in ran.stderr


def test_tags_that_are_added_keep_those_of_a_contact(tmp_path: Path) -> None:
    """By a request of their own for each contact that has some, which is counted."""
    (tmp_path / "contacts.csv").write_text("Email,Tags\nada@example.com,new\nbob@example.com,new\ncem@example.com,\n")
    there = ({"email": "ada@example.com", "tags": ["old"]},)
    with local_growthhub(location={"contacts": there}) as sandbox:
        ran = growthhub("import", "contacts.csv", "--tags", "add", env=environment(sandbox), folder=tmp_path)
        tags_of = {contact["email"]: contact["tags"] for contact in sandbox.contacts()}
        assert tags_of == {"ada@example.com": ["old", "new"], "bob@example.com": ["new"], "cem@example.com": []}
        tagged = [entry for entry in sandbox.ledger if entry.path.endswith("/tags")]
        assert [(entry.method, entry.status) for entry in tagged] == [("POST", 201)] * 2
        assert upserts(sandbox) == 3
    assert ran.returncode == 0
    assert "to be sent: 5 requests (2 of them to add tags)" in ran.stderr
    assert "this run sent 5 requests" in ran.stderr
    assert "replace" not in ran.stderr


def test_tags_that_could_not_be_added_are_added_by_the_same_again(tmp_path: Path) -> None:
    """The contact is written once; what is missing of it is not forgotten."""
    (tmp_path / "contacts.csv").write_text("Email,Tags\nada@example.com,new\n")
    down = Status(status=503, path="*/tags", requests=(1,))
    arguments = ("import", "contacts.csv", "--tags", "add")
    with local_growthhub(faults=(down,)) as sandbox:
        env = environment(sandbox)
        first = growthhub(*arguments, "--max-attempts", "1", env=env, folder=tmp_path)
        assert [contact["tags"] for contact in sandbox.contacts()] == [[]]
        again = growthhub(*arguments, env=env, folder=tmp_path)
        assert [contact["tags"] for contact in sandbox.contacts()] == [["new"]]
        assert upserts(sandbox) == 1
    assert (first.returncode, accounts(first.stderr)["unsent"]) == (4, 1)
    assert "  of 1 of them the contact is written, and only its tags are still to be added" in first.stderr
    assert "to be sent: 1 request (1 of them to add tags)" in again.stderr
    assert (again.returncode, accounts(again.stderr)["created"]) == (0, 1)


@pytest.mark.parametrize(("bound", "sent"), [("2", False), ("3", True), ("29%", False), ("30%", True)])
def test_too_many_invalid_records_keep_an_import_from_beginning(tmp_path: Path, bound: str, sent: bool) -> None:
    """Nothing is sent and no job is left: what is wrong is to be mended first."""
    people = write_people(tmp_path / "contacts.csv", 7)
    people.write_text(people.read_text() + "wrong\n" * 3)
    with local_growthhub() as sandbox:
        arguments = ("import", "contacts.csv", "--max-errors", bound)
        ran = growthhub(*arguments, env=environment(sandbox), folder=tmp_path)
        assert upserts(sandbox) == (7 if sent else 0)
    assert ran.returncode == (4 if sent else 2)
    if not sent:
        assert ran.stderr.splitlines()[-1] == (
            f"growthhub: 3 of 10 records are invalid, more than --max-errors {bound}: nothing was sent; mend them, or"
            " allow more"
        )
        assert [path.name for path in tmp_path.iterdir()] == ["contacts.csv"]


@pytest.mark.parametrize(("bound", "refused"), [("10", 16), ("5%", 104)])
def test_too_many_errors_end_a_run(tmp_path: Path, bound: str, refused: int) -> None:
    """What was not sent by then waits in the job; the same again goes on, and counts anew."""
    write_people(tmp_path / "contacts.csv", 1_000)
    refusing = Status(status=422, message="no", path="/contacts/upsert", requests=tuple(range(1, refused + 1)))
    arguments = ("import", "contacts.csv", "--max-errors", bound, *FAST)
    with local_growthhub(faults=(refusing,)) as sandbox:
        env = environment(sandbox)
        ran = growthhub(*arguments, "--concurrency", "2", env=env, folder=tmp_path)
        sent = upserts(sandbox)
        assert 10 < sent < 1_000
        again = growthhub(*arguments, env=env, folder=tmp_path)
    assert ran.returncode == 4
    assert f"it was stopped by --max-errors: more than {bound} were errors" in ran.stderr
    assert accounts(ran.stderr)["unsent"] == 1_000 - sent
    assert (again.returncode, accounts(again.stderr)["unsent"], accounts(again.stderr)["error"]) == (4, 0, refused)
    assert "--max-errors" not in again.stderr


def test_what_waits_for_another_run_is_no_error(tmp_path: Path) -> None:
    """Neither a spent day nor a refused token is what --max-errors is about."""
    write_people(tmp_path / "contacts.csv", 300)
    quota = ("--requests-per-day", "20", "--on-daily-quota", "stop")
    with local_growthhub() as sandbox:
        arguments = ("import", "contacts.csv", "--max-errors", "0", *quota, *FAST)
        ran = growthhub(*arguments, env=environment(sandbox), folder=tmp_path)
    assert "it was stopped by --max-errors" not in ran.stderr
    assert "the day's quota of the location is spent" in ran.stderr
    assert accounts(ran.stderr)["error"] == 0
