"""`growthhub retry`, run as a process: what failed in a way that may pass, and what somebody mended."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from growthhub_async.sandbox import SandboxThread, Status

from .running import (
    TOKEN,
    accounts,
    environment,
    growthhub,
    local_growthhub,
    rows_of,
    status_of,
    upserts,
    write_rows,
)

CONTENT = "First Name,Email,Phone\nAda,ada@example.com,\nBob,not an address,\nCem,cem@example.com,\nDee,also wrong,\n"
REFUSED = Status(status=422, message="email must be an email", path="/contacts/upsert", requests=(2,))
BUSY = Status(status=503, path="/contacts/upsert", requests=(1,))


@pytest.fixture
def contacts(tmp_path: Path) -> Path:
    """A file of four people, two of whom have no email address."""
    path = tmp_path / "contacts.csv"
    path.write_text(CONTENT)
    return path


def _run(
    command: str, sandbox: SandboxThread, contacts: Path, *arguments: str, **variables: str
) -> subprocess.CompletedProcess[str]:
    env = environment(sandbox, **variables)
    return growthhub(command, contacts.name, *arguments, env=env, folder=contacts.parent)


def test_what_was_mended_in_the_failed_file_is_sent(contacts: Path) -> None:
    """What was left as it is stays; what is wrong still is told of; the edited file is kept, and written anew."""
    failed = contacts.with_name("contacts.failed.csv")
    with local_growthhub() as sandbox:
        _run("import", sandbox, contacts)
        rows = rows_of(failed)
        assert [row["growthhub_line"] for row in rows] == ["3", "5"]
        rows[0]["Email"] = "bob@example.com"
        rows[1]["Email"] = "still wrong"
        write_rows(failed, rows)
        ran = _run("retry", sandbox, contacts)
        assert {contact["email"] for contact in sandbox.contacts()} == {
            "ada@example.com",
            "bob@example.com",
            "cem@example.com",
        }
    assert ran.returncode == 4
    assert "again: 1 that were mended, 0 that failed in a way that may pass" in ran.stderr
    assert "  still wrong: contacts.csv, line 5: email: is not an email address" in ran.stderr
    assert "to be sent: 1 request" in ran.stderr
    assert "contacts.failed.csv was edited: it is kept as contacts.failed.edited.csv, and written anew" in ran.stderr
    assert accounts(ran.stderr) == {"read": 4, "created": 3, "updated": 0, "error": 1, "duplicate": 0, "unsent": 0}
    assert [row["growthhub_line"] for row in rows_of(failed)] == ["5"]
    assert [row["Email"] for row in rows_of(failed.with_name("contacts.failed.edited.csv"))] == [
        "bob@example.com",
        "still wrong",
    ]
    mended = {row["growthhub_position"]: row["Email"] for row in rows_of(contacts.with_name("contacts.created.csv"))}
    assert mended["1"] == "bob@example.com"


def test_a_mended_file_can_be_named(contacts: Path, tmp_path: Path) -> None:
    """As a copy that was mended elsewhere, and only with the lines that were; the one beside the job is not touched."""
    with local_growthhub() as sandbox:
        _run("import", sandbox, contacts)
        rows = rows_of(contacts.with_name("contacts.failed.csv"))[1:]
        rows[0]["Email"] = "dee@example.com"
        (tmp_path / "mine").mkdir()
        write_rows(tmp_path / "mine" / "mended.csv", rows)
        ran = _run("retry", sandbox, contacts, "--failed", "mine/mended.csv")
        missing = _run("retry", sandbox, contacts, "--failed", "mine/other.csv")
    assert "again: 1 that were mended" in ran.stderr
    assert accounts(ran.stderr)["created"] == 3
    assert not contacts.with_name("contacts.failed.edited.csv").exists()
    assert (missing.returncode, "mine/other.csv does not exist" in missing.stderr) == (2, True)


def test_what_may_pass_is_sent_again_as_it_is(contacts: Path) -> None:
    """What the server refuses as it is, is not; nor is what is wrong in itself."""
    with local_growthhub(faults=(BUSY, REFUSED)) as sandbox:
        first = _run("import", sandbox, contacts, "--max-attempts", "1")
        assert upserts(sandbox) == 2
        before = status_of(contacts.with_name("contacts.job"))["errors_by_reason"]
        second = _run("retry", sandbox, contacts)
        assert (upserts(sandbox), len(sandbox.contacts())) == (3, 1)
    assert before == {"in_doubt": 1, "invalid": 2, "rejected": 1}
    assert "in_doubt 1: perhaps written; `growthhub retry contacts.job` sends those again" in first.stderr
    assert "rejected 1: refused by the server as they are; mend them in contacts.failed.csv" in first.stderr
    assert "again: 0 that were mended, 1 that failed in a way that may pass" in second.stderr
    after = status_of(contacts.with_name("contacts.job"))["errors_by_reason"]
    assert after == {"invalid": 2, "rejected": 1}


def test_with_nothing_to_send_again_it_says_so(contacts: Path) -> None:
    """Nothing is sent, and the failed file is as it was."""
    with local_growthhub() as sandbox:
        _run("import", sandbox, contacts)
        failed = contacts.with_name("contacts.failed.csv").read_bytes()
        ran = _run("retry", sandbox, contacts)
        assert upserts(sandbox) == 2
    assert ran.returncode == 4
    said = "nothing is to be sent again: no record was mended, and none failed in a way that may pass"
    assert said in ran.stderr
    assert contacts.with_name("contacts.failed.csv").read_bytes() == failed


def test_what_was_not_sent_yet_waits(contacts: Path) -> None:
    """Only what failed is sent again."""
    with local_growthhub() as sandbox:
        _run("import", sandbox, contacts, "--limit", "1")
        ran = _run("retry", sandbox, contacts)
        assert upserts(sandbox) == 1
    assert "nothing is to be sent" in ran.stderr
    assert accounts(ran.stderr)["unsent"] == 1


def test_a_line_that_was_deleted_is_left_alone(contacts: Path) -> None:
    """Also one that could be sent again as it is."""
    with local_growthhub(faults=(BUSY,)) as sandbox:
        _run("import", sandbox, contacts, "--max-attempts", "1")
        failed = contacts.with_name("contacts.failed.csv")
        write_rows(failed, [row for row in rows_of(failed) if row["growthhub_reason"] == "invalid"])
        ran = _run("retry", sandbox, contacts)
        assert upserts(sandbox) == 2
    assert "nothing is to be sent again" in ran.stderr


def test_a_failed_file_is_no_file_of_contacts_only(contacts: Path) -> None:
    """It can be imported as it is, by itself, as any file; the columns that say why are not taken for fields."""
    with local_growthhub() as sandbox:
        _run("import", sandbox, contacts)
        failed = contacts.with_name("contacts.failed.csv")
        rows = rows_of(failed)
        for number, row in enumerate(rows):
            row["Email"] = f"mended{number}@example.com"
        write_rows(failed, rows)
        ran = growthhub("import", "contacts.failed.csv", env=environment(sandbox), folder=contacts.parent)
        assert {"mended0@example.com", "mended1@example.com"} < {contact["email"] for contact in sandbox.contacts()}
    assert (ran.returncode, accounts(ran.stderr)["created"]) == (0, 2)
    assert "not known" not in ran.stderr


def test_a_retry_that_was_refused_can_be_repeated(contacts: Path) -> None:
    """With the right token, what was mended is still to be sent: the job or the file has it."""
    failed = contacts.with_name("contacts.failed.csv")
    with local_growthhub() as sandbox:
        _run("import", sandbox, contacts)
        rows = rows_of(failed)
        rows[0]["Email"] = "bob@example.com"
        write_rows(failed, rows)
        refused = _run("retry", sandbox, contacts, GROWTHHUB_TOKEN="pit-no")
        assert upserts(sandbox) == 2
        again = _run("retry", sandbox, contacts)
        assert len(sandbox.contacts()) == 3
    assert refused.returncode == 3
    assert (again.returncode, accounts(again.stderr)["created"]) == (4, 3)
    assert TOKEN not in failed.read_text()
