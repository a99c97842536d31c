"""One run of a job, to its end or to whatever ends it before."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec
import pytest

from growthhub_async import TokenRefusedError, call
from growthhub_async.cli.exit_codes import ExitCode
from growthhub_async.cli.guard import UsageError
from growthhub_async.cli.import_run import ImportRun, run_job
from growthhub_async.cli.outcomes_file import OutcomesFile
from growthhub_async.cli.recorder import Numbers
from growthhub_async.cli.screen import Screen
from growthhub_async.importer import Counts, JobView, MaxErrors
from growthhub_async.outcome import Summary
from growthhub_async.transport import Failure, Reply, Request
from tests.importer.results.jobs import Source, stage
from tests.network import Attempt, FakeNetwork, client_on, created, reply, upserted

RECORDS = 300


class Shown:
    """A progress that remembers what it was shown."""

    every = 0.01

    def __init__(self) -> None:
        self.numbers: list[Numbers] = []
        self.is_shown = False
        self.again = asyncio.Event()

    def __enter__(self) -> Self:
        self.is_shown = True
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.is_shown = False

    def show(self, numbers: Numbers) -> None:
        assert self.is_shown
        self.numbers.append(numbers)
        self.again.set()
        self.again = asyncio.Event()


class WatchedNetwork(FakeNetwork):
    """A network that answers a request when progress was shown since it left."""

    def __init__(self, shown: Shown) -> None:
        super().__init__(delays=[0.0])
        self.shown = shown

    async def send(self, request: Request, timeout: float, on_sent: Callable[[], None]) -> Reply | Failure:
        async with asyncio.timeout(timeout):
            await self.shown.again.wait()
        return await super().send(request, timeout, on_sent)


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for nothing of an earlier run: a fake network is at work on nothing that was answered."""
    monkeypatch.setattr(call, "AT_WORK", 0.0)


@pytest.fixture
def job(tmp_path: Path) -> Path:
    """A job of people, in one location."""
    path = tmp_path / "contacts.job"
    stage(path, Source(["Email"], [[f"person{number}@example.com"] for number in range(RECORDS)]))
    return path


def _run(job: Path, network: FakeNetwork | None = None, shown: Shown | None = None, **options: Any) -> ImportRun:
    settings = {"requests_per_interval": 10_000, **options.pop("settings", {})}

    async def main() -> ImportRun:
        async with client_on(network or FakeNetwork(delays=[0.0]), **settings) as client:
            return await run_job(client, job, shown or Shown(), Screen(), **options)

    return asyncio.run(main())


def _counts(job: Path) -> Counts:
    with JobView(job) as view:
        return view.counts()


def test_all_that_waits_is_sent(job: Path) -> None:
    """Its numbers are those of the job; what it did itself is counted, too."""
    run = _run(job)
    assert run.counts == _counts(job)
    assert (run.counts.created, run.counts.unsent, run.settled, run.summary.requests) == (RECORDS, 0, RECORDS, RECORDS)
    assert (run.exit_code, run.stopped_by, run.fault, run.too_many, run.unsent) == (ExitCode.OK, None, None, None, {})
    again = _run(job)
    assert (again.counts.created, again.settled, again.summary.requests) == (RECORDS, 0, 0)


def test_a_limit_that_was_reached_is_no_failure(job: Path) -> None:
    """One that was not is none either."""
    run = _run(job, limit=10)
    assert (run.counts.created, run.limited, run.exit_code) == (10, True, ExitCode.OK)
    run = _run(job, limit=RECORDS)
    assert (run.counts.unsent, run.limited, run.exit_code) == (0, False, ExitCode.OK)


def test_progress_is_shown_while_it_runs(job: Path) -> None:
    """Ever more is done; what is left is told by location."""
    shown = Shown()
    _run(job, WatchedNetwork(shown), shown, settings={"concurrency": 50})
    done = [numbers.done for numbers in shown.numbers]
    assert len(set(done)) > 2
    assert done == sorted(done)
    assert shown.numbers[0].unsent.keys() == {"L1"}
    assert shown.numbers[0].allowed == 1_000.0
    assert not shown.is_shown


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_in_order(job: Path, number: signal.Signals, capsys: pytest.CaptureFixture[str]) -> None:
    """What has left is heard of, the rest waits, and the exit code is the signal's."""

    def answer(attempt: Attempt) -> Reply:
        if attempt is network.attempts[0]:
            signal.raise_signal(number)
        return created(attempt)

    network = FakeNetwork(answer, delays=[0.01])
    run = _run(job, network, settings={"concurrency": 5})
    assert run.stopped_by is number
    assert run.exit_code == 128 + number
    assert run.counts.created == len(network.attempts) < RECORDS
    assert run.counts.unsent == RECORDS - len(network.attempts)
    assert _counts(job).unheard == 0
    assert "finishing what is in flight" in capsys.readouterr().err


def test_two_signals_end_it_now(job: Path) -> None:
    """What has left is not heard of, and is sent again by another run."""

    def answer(attempt: Attempt) -> Reply:
        if attempt in network.attempts[:2]:
            signal.raise_signal(signal.SIGINT)
        return created(attempt)

    network = FakeNetwork(answer, delays=[3_600.0], ways=[0.0])
    run = _run(job, network, settings={"concurrency": 2})
    assert (run.counts.created, run.exit_code) == (0, 130)
    assert _counts(job).unheard == 2
    assert _run(job).counts.created + _counts(job).updated == RECORDS


def test_a_refused_token_is_raised_after_all_was_told(job: Path) -> None:
    """Nothing of what was refused is an error of a record."""
    run = _run(job, FakeNetwork(lambda _: reply(401, {"message": "Invalid JWT"})))
    assert isinstance(run.fault, TokenRefusedError)
    with pytest.raises(TokenRefusedError):
        _ = run.exit_code
    assert (run.counts.error, run.counts.unsent, run.settled) == (0, RECORDS, 0)


def test_too_many_errors_end_it(job: Path) -> None:
    """What was not sent waits."""
    refusing = FakeNetwork(lambda _: reply(422, {"message": "no"}), delays=[0.01])
    run = _run(job, refusing, max_errors=MaxErrors.parse("10"), settings={"concurrency": 5})
    assert (str(run.too_many), run.exit_code) == ("10", ExitCode.NOT_ALL)
    assert 10 < run.counts.error < RECORDS
    assert run.counts.unsent == RECORDS - run.counts.error


def test_errors_of_an_earlier_run_are_not_counted_against_this(job: Path) -> None:
    """Else a job with too many of them could never be gone on with."""
    refusing = FakeNetwork(lambda _: reply(422, {"message": "no"}), delays=[0.0])
    assert _run(job, refusing, limit=20).counts.error == 20
    run = _run(job, max_errors=MaxErrors.parse("10"))
    assert (run.too_many, run.counts.created, run.counts.error) == (None, RECORDS - 20, 20)


def test_what_a_spent_day_leaves_is_no_error(job: Path) -> None:
    """It is told why it waits."""
    settings = {"requests_per_day": 30, "on_daily_quota": "stop"}
    run = _run(job, max_errors=MaxErrors.parse("0"), settings=settings)
    assert (run.counts.created, run.counts.unsent, run.counts.error) == (30, RECORDS - 30, 0)
    assert (run.too_many, run.settled, run.exit_code) == (None, 30, ExitCode.NOT_ALL)
    assert run.unsent["L1"].startswith("the day's quota of the location is spent; it begins anew at ")


def test_tags_of_contacts_that_were_there_are_counted(tmp_path: Path) -> None:
    """Those of new contacts replace none."""
    job = tmp_path / "contacts.job"
    stage(job, Source(["Email"], [["a@example.com"], ["b@example.com"]]))
    _give_tags(job)
    network = FakeNetwork(lambda attempt: upserted(attempt, new="person0" in attempt.contact["email"]), delays=[0.0])
    assert _run(job, network).tags_replaced == 1


def test_outcomes_are_written_as_they_settle(job: Path, tmp_path: Path) -> None:
    """One for each record."""
    file = OutcomesFile(str(tmp_path / "o.ndjson"))
    _run(job, outcomes_file=file)
    file.close()
    lines = (tmp_path / "o.ndjson").read_bytes().splitlines()
    assert sorted(msgspec.json.decode(line)["position"] for line in lines) == list(range(RECORDS))


@pytest.mark.parametrize(
    ("failure", "raised"), [(BrokenPipeError(), BrokenPipeError), (OSError(28, "No space left on device"), UsageError)]
)
def test_outcomes_that_cannot_be_written_end_it(
    job: Path, tmp_path: Path, failure: OSError, raised: type[Exception]
) -> None:
    """Nobody would hear of the rest, which waits; whoever went away needs no word."""
    file = OutcomesFile(str(tmp_path / "o.ndjson"))
    file.failure = failure
    run = _run(job, FakeNetwork(delays=[0.01]), outcomes_file=file, settings={"concurrency": 5})
    assert run.counts.unsent > 0
    with pytest.raises(raised):
        _ = run.exit_code


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, ExitCode.OK),
        ({"error": 1}, ExitCode.NOT_ALL),
        ({"unsent": 1}, ExitCode.NOT_ALL),
        ({"unsent": 1, "limited": True}, ExitCode.OK),
        ({"error": 1, "limited": True}, ExitCode.NOT_ALL),
        ({"duplicate": 1}, ExitCode.OK),
        ({"stopped_by": signal.SIGINT}, ExitCode.INTERRUPTED),
        ({"stopped_by": signal.SIGTERM, "error": 1}, 143),
    ],
)
def test_the_exit_code_says_how_it_went(changes: dict[str, Any], code: int) -> None:
    """What waits because a limit was asked for is as it was wanted."""
    counts = {name: changes.get(name, 0) for name in Counts.__struct_fields__}
    run = ImportRun(
        summary=Summary(),
        counts=Counts(**counts),
        settled=0,
        seconds=0.0,
        tags_replaced=0,
        limited=changes.get("limited", False),
        too_many=None,
        unsent={},
        stopped_by=changes.get("stopped_by"),
        fault=None,
    )
    assert run.exit_code == code


def _give_tags(job: Path) -> None:
    """Let the contacts of a job have tags."""
    with closing(sqlite3.connect(job)) as connection:
        for position, contact in connection.execute("SELECT position, contact FROM records").fetchall():
            tagged = msgspec.json.encode(msgspec.json.decode(contact) | {"tags": ["new"]})
            connection.execute("UPDATE records SET contact = ? WHERE position = ?", (tagged, position))
        connection.commit()
