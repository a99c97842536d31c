"""A job as a person meets it: the same import again goes on, and what is not the same is explained."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from growthhub_async.sandbox import Hang, SandboxThread, Token

from .running import (
    FAST,
    KINDS,
    LOCATION,
    TOKEN,
    accounts,
    environment,
    growthhub,
    local_growthhub,
    rows_of,
    started,
    status_of,
    upserts,
    wait_for_requests,
    write_people,
)

UPSERT = "/contacts/upsert"


@pytest.fixture
def contacts(tmp_path: Path) -> Path:
    """A file of four people."""
    return write_people(tmp_path / "contacts.csv", 4)


@pytest.fixture(scope="module")
def sandbox_of_one() -> Iterator[SandboxThread]:
    """One local GrowthHub for tests that send next to nothing."""
    with local_growthhub() as sandbox:
        yield sandbox


def _import(sandbox: SandboxThread, contacts: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return growthhub("import", contacts.name, *arguments, env=environment(sandbox), folder=contacts.parent)


def test_the_same_import_again_says_that_nothing_is_left(contacts: Path) -> None:
    """Nothing is sent, and the summary is that of the job."""
    with local_growthhub() as sandbox:
        first = _import(sandbox, contacts)
        again = _import(sandbox, contacts)
        assert upserts(sandbox) == 4
    assert (first.returncode, again.returncode) == (0, 0)
    assert "contacts.job is there already, and all of it is done (--fresh starts over)" in again.stderr
    assert "nothing is to be sent" in again.stderr
    assert accounts(again.stderr) == accounts(first.stderr)


def test_a_limit_leaves_the_rest_for_another_run(contacts: Path) -> None:
    """Who asked for no more is not told of a failure; the same again goes on where it was."""
    with local_growthhub() as sandbox:
        first = _import(sandbox, contacts, "--limit", "3")
        assert {contact["email"] for contact in sandbox.contacts()} == {f"person{of}@example.com" for of in range(3)}
        second = _import(sandbox, contacts)
        assert upserts(sandbox) == len(sandbox.contacts()) == 4
    assert (first.returncode, accounts(first.stderr)["unsent"]) == (0, 1)
    assert "1 record waits to be sent; run the same again, or `growthhub resume contacts.job`, to go on" in first.stderr
    assert "contacts.job is there already, 3 of 4 records done: going on (--fresh starts over)" in second.stderr
    assert "to be sent: 1 request" in second.stderr
    assert (second.returncode, accounts(second.stderr)["created"]) == (0, 4)
    assert len(rows_of(contacts.with_name("contacts.created.csv"))) == 4


def test_fresh_starts_over(contacts: Path) -> None:
    """Everything is read and sent anew, and the results are those of the new job."""
    with local_growthhub() as sandbox:
        _import(sandbox, contacts)
        write_people(contacts, 2)
        again = _import(sandbox, contacts, "--fresh")
        assert upserts(sandbox) == 6
    assert accounts(again.stderr) == {"read": 2, "created": 0, "updated": 2, "error": 0, "duplicate": 0, "unsent": 0}
    assert (len(rows_of(contacts.with_name("contacts.created.csv"))), again.returncode) == (0, 0)


def test_a_job_can_be_kept_elsewhere(contacts: Path, tmp_path: Path) -> None:
    """Its results are beside it, and nothing is beside the file."""
    (tmp_path / "jobs").mkdir()
    with local_growthhub() as sandbox:
        ran = _import(sandbox, contacts, "--job", "jobs/spring.job")
    assert ran.returncode == 0
    made = {f"spring.{kind}.csv" for kind in KINDS} | {"spring.job", "spring.summary.json"}
    assert {path.name for path in (tmp_path / "jobs").iterdir()} == made
    assert {path.name for path in tmp_path.iterdir()} == {"contacts.csv", "jobs"}


def test_a_file_that_has_changed_is_explained(contacts: Path) -> None:
    """Nothing is sent; each of the three ways out works."""
    with local_growthhub() as sandbox:
        _import(sandbox, contacts, "--limit", "1")
        contacts.write_text(contacts.read_text() + "one.more@example.com\n")
        refused = _import(sandbox, contacts)
        assert upserts(sandbox) == 1
        resumed = growthhub("resume", "contacts.csv", env=environment(sandbox), folder=contacts.parent)
        other = _import(sandbox, contacts, "--job", "other.job")
        fresh = _import(sandbox, contacts, "--fresh")
    assert refused.returncode == 2
    (told,) = refused.stderr.splitlines()
    assert told.startswith("growthhub: contacts.csv has changed since it was read: it was 86 bytes of ")
    assert "and is 107 bytes of" in told
    assert told.endswith(
        "`growthhub resume contacts.job` goes on with what was read then, --fresh starts over with what is there now,"
        " --job keeps another"
    )
    assert (resumed.returncode, accounts(resumed.stderr)["created"]) == (0, 4)
    assert (other.returncode, accounts(other.stderr)["read"]) == (0, 5)
    assert (fresh.returncode, accounts(fresh.stderr)["read"]) == (0, 5)


def test_a_file_that_was_touched_and_is_the_same_has_not_changed(contacts: Path) -> None:
    """A copy of it is as good."""
    with local_growthhub() as sandbox:
        _import(sandbox, contacts, "--limit", "1")
        os.utime(contacts, (1, 1))
        assert _import(sandbox, contacts).returncode == 0
        assert upserts(sandbox) == 4


@pytest.mark.parametrize(
    ("arguments", "difference"),
    [
        (("--tags", "add"), "tags: replace, now add"),
        (("--duplicates", "last"), "duplicates: merge, now last"),
        (("--region", "DE"), "how the columns are mapped"),
        (("--location", "another"), f"location_id: {LOCATION}, now another"),
        (("--send-empty",), "send_empty: False, now True"),
        (("--delimiter", ";"), "delimiter: not given, now ;"),
    ],
)
def test_options_that_have_changed_are_explained(
    contacts: Path, sandbox_of_one: SandboxThread, arguments: tuple[str, ...], difference: str
) -> None:
    """Two imports are not mixed in one job; how it was begun need not be known to go on with it."""
    assert _import(sandbox_of_one, contacts, "--limit", "1").returncode == 0
    refused = _import(sandbox_of_one, contacts, *arguments)
    assert refused.returncode == 2
    assert (
        f"contacts.job was begun with other options ({difference}); `growthhub resume contacts.job`" in refused.stderr
    )


def test_other_settings_of_the_sending_are_no_other_import(contacts: Path, sandbox_of_one: SandboxThread) -> None:
    """Slower or faster, it goes on."""
    assert _import(sandbox_of_one, contacts, "--limit", "1").returncode == 0
    assert _import(sandbox_of_one, contacts, "--concurrency", "1", *FAST).returncode == 0


def test_a_file_that_is_gone_is_not_needed_any_more(contacts: Path) -> None:
    """The message says that the job has what was read of it, and what goes on with it."""
    with local_growthhub() as sandbox:
        _import(sandbox, contacts, "--limit", "1")
        contacts.unlink()
        refused = _import(sandbox, contacts)
        resumed = growthhub("resume", "contacts.csv", env=environment(sandbox), folder=contacts.parent)
        assert len(sandbox.contacts()) == upserts(sandbox) == 4
    assert refused.returncode == 2
    assert "contacts.csv does not exist" in refused.stderr
    assert "contacts.job has what was read of it before: `growthhub resume contacts.job` goes on" in refused.stderr
    assert (resumed.returncode, accounts(resumed.stderr)["created"]) == (0, 4)


def test_a_job_knows_where_it_was_going(contacts: Path) -> None:
    """To resume it, only the token is needed: location and server are its own."""
    with local_growthhub() as sandbox:
        _import(sandbox, contacts, "--limit", "1")
        bare = environment(GROWTHHUB_TOKEN=TOKEN)
        resumed = growthhub("resume", "contacts.job", env=bare, folder=contacts.parent)
        assert len(sandbox.contacts()) == 4
    assert resumed.returncode == 0


def test_what_the_standard_input_gave_is_gone_on_with_when_it_gives_the_same(tmp_path: Path) -> None:
    """Another text is another import."""
    with local_growthhub() as sandbox:
        env = environment(sandbox)
        one = "Email\na@example.com\nb@example.com\n"
        first = growthhub("import", "-", "--limit", "1", env=env, folder=tmp_path, stdin=one)
        other = growthhub("import", "-", env=env, folder=tmp_path, stdin="Email\nc@example.com\n")
        again = growthhub("import", "-", env=env, folder=tmp_path, stdin=one)
        assert [contact["email"] for contact in sandbox.contacts()] == ["a@example.com", "b@example.com"]
    assert (first.returncode, other.returncode, again.returncode) == (0, 2, 0)
    assert "the standard input has changed since it was read: it was 34 bytes, and is 20 bytes;" in other.stderr


def test_two_processes_do_not_work_on_one_job(contacts: Path) -> None:
    """The second is told who does, whatever it would do with it; to look at it is free."""
    with local_growthhub(faults=(Hang(path=UPSERT, every=1),)) as sandbox:
        env = environment(sandbox)
        with started("import", "contacts.csv", env=env, folder=contacts.parent) as running:
            wait_for_requests(sandbox, 4)
            for command in ("import", "resume", "retry"):
                refused = growthhub(command, "contacts.csv", env=env, folder=contacts.parent)
                assert refused.returncode == 2
                assert refused.stderr == (
                    f"growthhub: contacts.job is worked on by process {running.pid}; wait for that to end, or stop it"
                    " with Ctrl-C there\n"
                )
            assert upserts(sandbox) == 4
            assert status_of(contacts.with_name("contacts.job"))["unheard"] == 4


def test_a_process_that_was_killed_holds_no_job(contacts: Path) -> None:
    """Its lock is gone with it; what was in flight is sent again, and the sandbox has each once."""
    hanging = Hang(path=UPSERT, requests=(1, 2, 3, 4))
    with local_growthhub(faults=(hanging,)) as sandbox:
        env = environment(sandbox)
        with started("import", "contacts.csv", env=env, folder=contacts.parent) as running:
            wait_for_requests(sandbox, 4)
            running.kill()
            running.wait(30)
        before = growthhub("status", "contacts.csv", env=environment(), folder=contacts.parent)
        again = growthhub("resume", "contacts.csv", env=env, folder=contacts.parent)
        assert (len(sandbox.contacts()), upserts(sandbox)) == (4, 8)
    assert "of 4 of the unsent a request has left that was not heard of" in before.stderr
    assert ", was killed" in before.stderr
    assert (again.returncode, accounts(again.stderr)["created"]) == (0, 4)


def test_a_refused_token_leaves_all_for_one_that_is_not(contacts: Path) -> None:
    """The exit code is 3; nothing of what was refused is an error, and the right token finishes the same job."""
    with local_growthhub() as sandbox:
        _import(sandbox, contacts, "--limit", "1")
        wrong = environment(sandbox, GROWTHHUB_TOKEN="pit-another")
        refused = growthhub("import", "contacts.csv", env=wrong, folder=contacts.parent)
        finished = _import(sandbox, contacts)
        assert len(sandbox.contacts()) == 4
    assert refused.returncode == 3
    assert refused.stderr.splitlines()[-1].startswith("growthhub: the token was refused: 401")
    assert accounts(refused.stderr) == {"read": 4, "created": 1, "updated": 0, "error": 0, "duplicate": 0, "unsent": 3}
    assert "pit-another" not in refused.stderr
    assert (finished.returncode, accounts(finished.stderr)["created"]) == (0, 4)


def test_a_refused_token_makes_no_job(contacts: Path) -> None:
    """The custom fields of the location could not be asked for, and might have been meant."""
    with local_growthhub() as sandbox:
        wrong = environment(sandbox, GROWTHHUB_TOKEN="pit-another")
        refused = growthhub("import", "contacts.csv", env=wrong, folder=contacts.parent)
        assert upserts(sandbox) == 0
    assert refused.returncode == 3
    assert [path.name for path in contacts.parent.iterdir()] == ["contacts.csv"]


def test_a_token_that_may_only_write_contacts_is_enough(contacts: Path) -> None:
    """What it cannot do is told."""
    token = Token(value=TOKEN, scopes=("contacts.write",))
    with local_growthhub(location={"tokens": (token,)}) as sandbox:
        ran = _import(sandbox, contacts)
        assert len(sandbox.contacts()) == 4
    assert ran.returncode == 0
    assert "the token lacks the scope locations/customFields.readonly" in ran.stderr
