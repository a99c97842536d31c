"""Outcomes are written as they arrive, for their owner's eyes only."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import msgspec
import pytest

from growthhub_async import Dropped, ErrorReason, Outcome, OutcomeError, Problem, Status, StoredContact
from growthhub_async.cli.guard import UsageError
from growthhub_async.cli.outcomes_file import OutcomesFile

pytestmark = pytest.mark.anyio

CREATED = Outcome(
    position=0,
    status=Status.CREATED,
    ref=2,
    location_id="loc1",
    contact_id="id1",
    contact=StoredContact(id="id1", email="ada@example.com"),
    attempts=1,
    http_status=200,
    trace_id="t1",
    duration=0.25,
)


async def test_an_outcome_is_one_line_without_the_contact(tmp_path: Path) -> None:
    """Every key is there in every line, and each line is in the file as soon as it is written."""
    path = tmp_path / "o.ndjson"
    file = OutcomesFile(str(path))
    assert await file.write(CREATED)
    assert msgspec.json.decode(path.read_bytes()) == {
        "position": 0,
        "line": 2,
        "status": "created",
        "location_id": "loc1",
        "contact_id": "id1",
        "attempts": 1,
        "http_status": 200,
        "trace_id": "t1",
        "inferred": False,
        "dropped": [],
        "duration": 0.25,
        "error": None,
    }
    file.close()


async def test_what_the_server_did_not_take_is_written(tmp_path: Path) -> None:
    """Whoever has to mend it reads what was sent and what is kept instead."""
    file = OutcomesFile(str(tmp_path / "o.ndjson"))
    dropped = (Dropped(field="phone", sent="+12055550100", kept=None),)
    await file.write(msgspec.structs.replace(CREATED, dropped=dropped))
    file.close()
    written = msgspec.json.decode((tmp_path / "o.ndjson").read_bytes())
    assert written["dropped"] == [{"field": "phone", "sent": "+12055550100", "kept": None}]


async def test_an_error_is_written_with_its_problems_and_no_escape_sequence(tmp_path: Path) -> None:
    """The file may be shown on a terminal, and what a server said is in it."""
    problem = Problem("email", "is not an email address")
    error = OutcomeError(reason=ErrorReason.REJECTED, message="no\x1b[2J\x9b", retryable=False, problems=(problem,))
    file = OutcomesFile(str(tmp_path / "o.ndjson"))
    await file.write(Outcome(position=1, status=Status.ERROR, ref=3, error=error))
    file.close()
    assert msgspec.json.decode((tmp_path / "o.ndjson").read_bytes())["error"] == {
        "reason": "rejected",
        "message": "no [2J",
        "retryable": False,
        "problems": [{"field": "email", "message": "is not an email address"}],
    }


@pytest.mark.parametrize("before", [None, "old lines that others could read"])
def test_only_its_owner_may_read_it(tmp_path: Path, before: str | None) -> None:
    """That holds for a file that was there before, too; it is written anew."""
    path = tmp_path / "o.ndjson"
    if before is not None:
        path.write_text(before)
        path.chmod(0o644)
    OutcomesFile(str(path)).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_bytes() == b""


def test_a_file_that_cannot_be_written_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    """It is opened first of all."""
    with pytest.raises(UsageError, match="name another file"):
        OutcomesFile(str(tmp_path))


async def test_the_first_failure_is_kept_and_nothing_is_written_after_it(tmp_path: Path) -> None:
    """A pipe whose reader went away is no reason to lose the run."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    file = OutcomesFile(str(pipe))
    assert await file.write(CREATED)
    os.close(reader)
    assert not await file.write(CREATED)
    assert isinstance(file.failure, BrokenPipeError)
    assert not await file.write(CREATED)
    file.close()
