"""A whole import for scripts: read, sent, and told of."""

from __future__ import annotations

import asyncio
import os
import stat
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from growthhub_async import GrowthHubClient, Outcome, Status, TokenRefusedError, call
from growthhub_async.importer import (
    ImportFileError,
    ImportOptions,
    JobBusyError,
    JobChangedError,
    JobSummary,
    is_locked,
    locked,
    run,
)
from tests.network import LOCATION, FakeNetwork, client_on, created, reply

NO_FIELDS = {"customFields": []}


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for nothing of an earlier run: a fake network is at work on nothing that was answered."""
    monkeypatch.setattr(call, "AT_WORK", 0.0)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file of three people, one of them wrong."""
    path = tmp_path / "contacts.csv"
    path.write_text("Email\nada@example.com\nwrong\ncem@example.com\n")
    return path


class Server(FakeNetwork):
    """A network that knows of no custom fields, and answers upserts as it is told to."""

    def __init__(self, answer: Callable[..., Any] = created) -> None:
        super().__init__(
            lambda attempt: reply(200, NO_FIELDS) if attempt.request.method == "GET" else answer(attempt),
            delays=[0.0],
        )

    @property
    def sent(self) -> list[str]:
        """The emails that were sent, in their order."""
        return [attempt.contact["email"] for attempt in self.attempts if attempt.request.method == "POST"]


def _with_client(
    use: Callable[[GrowthHubClient], Awaitable[Any]], network: FakeNetwork | None = None, **settings: Any
) -> Any:
    async def main() -> Any:
        async with client_on(network or Server(), **{"requests_per_interval": 10_000, **settings}) as client:
            return await use(client)

    return asyncio.run(main())


def _run(*sources: Path | str, network: FakeNetwork | None = None, **options: Any) -> JobSummary:
    settings = options.pop("settings", {})
    summary: JobSummary = _with_client(lambda client: run(client, *sources, **options), network, **settings)
    return summary


def test_files_are_imported_and_their_numbers_returned(file: Path) -> None:
    """What is kept beside the file is for its owner, and says the same."""
    summary = _run(file)
    assert (summary.read, summary.created, summary.error, summary.unsent) == (3, 2, 1, 0)
    assert (summary.complete, summary.accounting, summary.errors_by_reason) == (True, True, {"invalid": 1})
    beside = file.with_name("contacts.summary.json")
    assert msgspec.json.decode(beside.read_bytes(), type=JobSummary) == summary
    assert stat.S_IMODE(beside.stat().st_mode) == 0o600
    assert file.with_name("contacts.failed.csv").exists()
    assert not is_locked(file.with_suffix(".job"))


def test_the_same_again_goes_on_where_it_was(file: Path) -> None:
    """Each record is sent once."""
    network = Server()
    first = _run(str(file), network=network, limit=1)
    assert (first.created, first.unsent, first.complete) == (1, 1, False)
    second = _run(file, network=network)
    assert (second.created, second.unsent, len(second.runs)) == (2, 0, 2)
    assert network.sent == ["ada@example.com", "cem@example.com"]
    fresh = _run(file, network=network, fresh=True)
    assert (fresh.created, len(fresh.runs)) == (2, 1)


def test_outcomes_are_heard_of_as_they_are_kept(file: Path) -> None:
    """With the position in the job and the line of the file."""
    heard: list[Outcome] = []
    _run(file, on_outcome=heard.append)
    assert sorted((outcome.position, outcome.ref, outcome.status) for outcome in heard) == [
        (0, 2, Status.CREATED),
        (2, 4, Status.CREATED),
    ]


def test_what_the_callback_raises_ends_it_and_is_raised(file: Path) -> None:
    """The job can be gone on with."""

    def refuse(outcome: Outcome) -> None:
        raise LookupError("not ours")

    with pytest.raises(LookupError, match="not ours"):
        _run(file, on_outcome=refuse)
    assert not is_locked(file.with_suffix(".job"))
    assert _run(file).created == 2


def test_the_options_are_those_of_an_import(file: Path, tmp_path: Path) -> None:
    """Location and server are the client's."""
    other = tmp_path / "other.csv"
    other.write_text("Email;Tags\nADA@example.com;x\n")
    network = Server()
    told: list[str] = []
    summary = _run(
        file,
        other,
        job=tmp_path / "my.job",
        options=ImportOptions(duplicates="last"),
        network=network,
        tell=told.append,
    )
    assert (summary.job, summary.duplicate, summary.created) == (str(tmp_path / "my.job"), 1, 2)
    assert network.sent == ["cem@example.com", "ADA@example.com"]
    assert list(summary.locations) == ["", LOCATION] or list(summary.locations) == [LOCATION]
    with pytest.raises(JobChangedError, match="duplicates: last, now merge"):
        _run(file, other, job=tmp_path / "my.job")


def test_too_many_invalid_records_are_not_begun_with(file: Path) -> None:
    """Nothing is sent, and no job is made."""
    network = Server()
    with pytest.raises(ImportFileError, match="1 of 3 records are invalid, more than 0"):
        _run(file, network=network, max_errors=0)
    with pytest.raises(ImportFileError, match="1 of 3 records are invalid, more than 30%"):
        _run(file, network=network, max_errors="30%")
    assert network.sent == []
    assert [path.name for path in file.parent.iterdir()] == ["contacts.csv"]
    assert _run(file, max_errors="34%").created == 2


def test_too_many_errors_end_it(tmp_path: Path) -> None:
    """What was not sent waits; nothing is raised, for the numbers tell."""
    path = tmp_path / "contacts.csv"
    path.write_text("Email\n" + "".join(f"p{number}@example.com\n" for number in range(500)))
    refusing = Server(lambda _: reply(422, {"message": "no"}))
    summary = _run(path, network=refusing, max_errors=10, settings={"concurrency": 2})
    assert 10 < summary.error < 500
    assert summary.unsent == 500 - summary.error


def test_what_a_spent_day_leaves_is_no_error(tmp_path: Path) -> None:
    """However strict one is."""
    path = tmp_path / "contacts.csv"
    path.write_text("Email\n" + "".join(f"p{number}@example.com\n" for number in range(50)))
    settings = {"requests_per_day": 21, "on_daily_quota": "stop"}
    summary = _run(path, max_errors=0, settings=settings)
    assert (summary.created, summary.error, summary.unsent) == (20, 0, 30)  # one asked for the custom fields


def test_a_refused_token_is_raised_and_leaves_all(file: Path) -> None:
    """The right one finishes the same job."""
    refusing = Server(lambda _: reply(401, {"message": "Invalid JWT"}))
    with pytest.raises(TokenRefusedError):
        _run(file, network=refusing)
    summary = _run(file)
    assert (summary.created, summary.error) == (2, 1)


def test_nobody_else_may_be_at_the_job(file: Path) -> None:
    """Whoever holds it."""
    with locked(file.with_suffix(".job")), pytest.raises(JobBusyError, match=f"by process {os.getpid()}"):
        _run(file)


def test_without_a_source_there_is_no_import() -> None:
    """It is told before anything is done."""
    with pytest.raises(ImportFileError, match="there is no source; name one file or more"):
        _run()


@pytest.mark.parametrize("records", [1, 2_000])
def test_cancelled_while_it_reads_it_has_ended_before_it_lets_go(tmp_path: Path, records: int) -> None:
    """No thread goes on behind the back of another run, and no job is left of what was read."""
    path = tmp_path / "contacts.csv"
    people = "".join(f"person{number}@example.com,\n" for number in range(records))
    path.write_bytes(b"Email,City\na@example.com,Z\xfcrich\n" + people.encode())
    reading, go_on = threading.Event(), threading.Event()

    def tell(text: str) -> None:
        if "is not UTF-8" in text:
            reading.set()
            go_on.wait()

    async def use(client: GrowthHubClient) -> None:
        running = asyncio.create_task(run(client, path, tell=tell))
        await asyncio.to_thread(reading.wait)
        running.cancel()
        await asyncio.sleep(0)
        assert not running.done()
        assert is_locked(tmp_path / "contacts.job")
        go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await running

    network = Server()
    _with_client(use, network)
    assert network.sent == []
    assert [entry.name for entry in tmp_path.iterdir()] == ["contacts.csv"]
