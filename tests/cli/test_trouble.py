"""What is wrong with disks and files is told in one line, and once it is mended the same command finishes."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from growthhub_async.sandbox import SandboxThread

from .running import (
    COMMAND,
    FAST,
    accounts,
    environment,
    growthhub,
    local_growthhub,
    rows_of,
    status_of,
    upserts,
    write_people,
)

RECORDS = 2_000


@pytest.fixture
def sandbox() -> Iterator[SandboxThread]:
    """A local GrowthHub."""
    with local_growthhub() as sandbox:
        yield sandbox


@pytest.fixture
def contacts(tmp_path: Path) -> Path:
    """A file of people."""
    return write_people(tmp_path / "contacts.csv", RECORDS)


def _on_a_full_disk(size: int) -> tuple[str, ...]:
    """Make what runs the command where no file can be longer than so many bytes."""
    program = (
        f"import os, resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, {size}));"
        " os.execv(sys.argv[1], sys.argv[1:])"
    )
    return (sys.executable, "-c", program, *COMMAND)


def _finished(sandbox: SandboxThread, contacts: Path, *arguments: str) -> None:
    """Run the same import again to its end, and require that every record was created, and is told of once."""
    arguments = ("import", contacts.name, *arguments, *FAST)
    ran = growthhub(*arguments, env=environment(sandbox), folder=contacts.parent)
    assert (ran.returncode, accounts(ran.stderr)["unsent"]) == (0, 0), ran.stderr
    assert len(sandbox.contacts()) == RECORDS
    done = accounts(ran.stderr)["created"] + accounts(ran.stderr)["updated"]
    assert done == RECORDS


def test_a_directory_that_is_not_there_is_told(contacts: Path, sandbox: SandboxThread) -> None:
    """Nothing is sent before there is a job; with the directory, it is."""
    arguments = ("import", "contacts.csv", "--job", "jobs/contacts.job", *FAST)
    refused = growthhub(*arguments, env=environment(sandbox), folder=contacts.parent)
    assert refused.returncode == 2
    assert refused.stderr.startswith("growthhub: jobs/contacts.job cannot be written: No such file or directory")
    assert refused.stderr.count("\n") == 1
    assert upserts(sandbox) == 0
    (contacts.parent / "jobs").mkdir()
    _finished(sandbox, contacts, "--job", "jobs/contacts.job")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_directory_that_may_not_be_written_is_told(contacts: Path, sandbox: SandboxThread) -> None:
    """Nothing is sent; once it may be written, the same again does it all."""
    contacts.parent.chmod(0o500)
    try:
        refused = growthhub("import", "contacts.csv", *FAST, env=environment(sandbox), folder=contacts.parent)
    finally:
        contacts.parent.chmod(0o700)
    assert (refused.returncode, upserts(sandbox)) == (2, 0)
    assert "contacts.job cannot be written" in refused.stderr
    _finished(sandbox, contacts)


@pytest.mark.skipif(not Path("/sys/kernel").is_dir(), reason="Linux has a directory that not even root may write to")
def test_a_directory_that_not_even_root_may_write_to_is_told(contacts: Path, sandbox: SandboxThread) -> None:
    """Whoever runs the tests."""
    arguments = ("import", "contacts.csv", "--job", "/sys/kernel/contacts.job")
    refused = growthhub(*arguments, env=environment(sandbox), folder=contacts.parent)
    assert (refused.returncode, upserts(sandbox)) == (2, 0)
    assert refused.stderr.startswith("growthhub: /sys/kernel/contacts.job cannot be written: ")


def test_a_result_file_that_cannot_be_written_is_told_before_anything_is_sent(
    contacts: Path, sandbox: SandboxThread
) -> None:
    """A directory is in its place."""
    contacts.with_name("contacts.created.csv").mkdir()
    refused = growthhub("import", "contacts.csv", *FAST, env=environment(sandbox), folder=contacts.parent)
    assert (refused.returncode, upserts(sandbox)) == (2, 0)
    assert refused.stderr.splitlines()[-1].startswith(
        "growthhub: contacts.created.csv is a directory where a file is to be written; move it away"
    )
    contacts.with_name("contacts.created.csv").rmdir()
    _finished(sandbox, contacts)


def test_a_disk_that_is_full_while_files_are_read_leaves_no_job(contacts: Path, sandbox: SandboxThread) -> None:
    """Nothing is sent, and nothing fills the disk."""
    arguments = ("import", "contacts.csv", *FAST)
    ran = growthhub(*arguments, env=environment(sandbox), folder=contacts.parent, program=_on_a_full_disk(65_536))
    assert (ran.returncode, upserts(sandbox)) == (2, 0)
    assert ran.stderr.splitlines()[-1].startswith("growthhub: contacts.job cannot be written: the disk is full")
    assert [path.name for path in contacts.parent.iterdir()] == ["contacts.csv"]
    _finished(sandbox, contacts)


def test_a_disk_that_becomes_full_ends_the_run_and_loses_nothing(contacts: Path, sandbox: SandboxThread) -> None:
    """What was kept is told, what was in flight is sent again, and the files are whole in the end."""
    arguments = ("import", "contacts.csv", *FAST)
    env = environment(sandbox)
    growthhub(*arguments, "--limit", "1", env=env, folder=contacts.parent)
    job = contacts.with_name("contacts.job")
    full = _on_a_full_disk(job.stat().st_size + 65_536)
    ran = growthhub(*arguments, env=env, folder=contacts.parent, program=full)
    assert ran.returncode == 2
    assert "cannot be written: the disk is full" in ran.stderr.splitlines()[-1]
    assert 0 < upserts(sandbox) < RECORDS
    assert status_of(job)["unsent"] > 0
    _finished(sandbox, contacts)
    rows = [row for kind in ("created", "updated") for row in rows_of(contacts.with_name(f"contacts.{kind}.csv"))]
    assert sorted(int(row["growthhub_position"]) for row in rows) == list(range(RECORDS))


@pytest.mark.parametrize("command", ["import", "resume", "retry", "status", "explain", "report"])
def test_a_damaged_job_is_told(contacts: Path, sandbox: SandboxThread, command: str) -> None:
    """With what to do about it."""
    env = environment(sandbox)
    growthhub("import", "contacts.csv", "--limit", "10", *FAST, env=env, folder=contacts.parent)
    _damage(contacts.with_name("contacts.job"))
    arguments = ("0",) if command == "explain" else ()
    ran = growthhub(command, "contacts.csv", *arguments, env=env, folder=contacts.parent)
    assert (ran.returncode, upserts(sandbox)) == (2, 10)
    assert ran.stderr == (
        "growthhub: contacts.job is damaged; put a copy of it back, or start over with --fresh: contacts that are there"
        " already are only updated\n"
    )


def test_a_damaged_job_can_be_put_back_or_started_over(contacts: Path, sandbox: SandboxThread) -> None:
    """As the message says."""
    env = environment(sandbox)
    growthhub("import", "contacts.csv", "--limit", "10", *FAST, env=env, folder=contacts.parent)
    job = contacts.with_name("contacts.job")
    copy = job.read_bytes()
    _damage(job)
    assert growthhub("import", "contacts.csv", env=env, folder=contacts.parent).returncode == 2
    job.write_bytes(copy)
    _finished(sandbox, contacts)
    assert upserts(sandbox) == RECORDS
    _damage(job)
    _finished(sandbox, contacts, "--fresh")


def test_what_is_no_job_is_not_overwritten(contacts: Path, sandbox: SandboxThread) -> None:
    """Not even to start over."""
    contacts.with_name("contacts.job").write_text("my notes about a job")
    env = environment(sandbox)
    for arguments in (("import", "contacts.csv"), ("import", "contacts.csv", "--fresh")):
        ran = growthhub(*arguments, env=env, folder=contacts.parent)
        assert ran.returncode == 2
        assert ran.stderr.splitlines()[-1].startswith("growthhub: contacts.job is ")
    assert "contacts.job is no job of an import, and is not overwritten; move it away" in ran.stderr
    assert contacts.with_name("contacts.job").read_text() == "my notes about a job"
    assert upserts(sandbox) == 0


def _damage(job: Path) -> None:
    """Overwrite all of a job but its first page."""
    with job.open("r+b") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(8_192)
        file.write(b"\xa5" * (size - 8_192))
