"""Jobs to be sent, and what has to hold of them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from growthhub_async import Contact, GrowthHubClient, Outcome, Record
from growthhub_async.importer.job import Counts, Job, JobView, Settled, State
from growthhub_async.importer.rows import Row
from growthhub_async.importer.sending import JobStream
from growthhub_async.importer.staging import JobWriter, Staging, TagsPolicy
from tests.importer.sending.growthhub import GrowthHub

T = TypeVar("T")


def person(number: int, location_id: str = "L1", **fields: Any) -> Contact:
    """Make the contact of a record; its first name tells which record that is."""
    given = {"first_name": f"r{number}", "email": f"r{number}@example.com", "location_id": location_id}
    return Contact(**(given | fields))


def nameless(number: int, location_id: str = "L1") -> Contact:
    """Make a contact that is matched by nothing, so that sending it twice makes two."""
    return Contact(first_name=f"r{number}", location_id=location_id)


def job_of(path: Path, contacts: Sequence[Contact], tags: TagsPolicy = "replace") -> Path:
    """Make a job, and return where it is."""
    writer = JobWriter(path)
    staging = Staging(writer, location_id=None, tags=tags)
    staging.begin_file("contacts.csv", "CSV", ["name"])
    for line, contact in enumerate(contacts, start=2):
        staging.add(Row(line, [contact.first_name]), Record(contact=contact))
    staging.close()
    writer.finish({"read": staging.findings.read})
    return path


class Notes:
    """Results that write down what they hear, and fail when they are to."""

    def __init__(self, *broken: str, error: BaseException | None = None) -> None:
        self.heard: list[str] = []
        self.settled: list[Settled] = []
        self.broken = broken
        self.error = error or ZeroDivisionError()

    def __call__(self, job: Job) -> Notes:
        self._hear("made")
        return self

    def open(self) -> None:
        self._hear("open")

    def append(self, settled: Sequence[Settled]) -> None:
        self.settled += settled
        self._hear("append")

    def close(self) -> None:
        self._hear("close")

    def abandon(self) -> None:
        self._hear("abandon")

    def _hear(self, what: str) -> None:
        self.heard.append(what)
        if what in self.broken:
            raise self.error


async def send(
    server: GrowthHub, path: Path, results: Notes | None = None, limit: int | None = None, **settings: Any
) -> list[Outcome]:
    """Send what waits in a job, and return the outcomes."""

    async def use(_: GrowthHubClient, stream: JobStream) -> list[Outcome]:
        return [outcome async for outcome in stream]

    return await using(server, path, use, results, limit, **settings)


async def using(
    server: GrowthHub,
    path: Path,
    use: Callable[[GrowthHubClient, JobStream], Awaitable[T]],
    results: Notes | None = None,
    limit: int | None = None,
    **settings: Any,
) -> T:
    """Use the stream of a job; what hangs is an error."""
    async with (
        asyncio.timeout(60.0),
        server.client(**settings) as client,
        JobStream(client, path, results or Notes(), limit=limit) as stream,
    ):
        return await use(client, stream)


def counts_of(path: Path) -> Counts:
    """Count what a job holds, which has to add up."""
    with JobView(path) as view:
        counts = view.counts()
    assert counts.add_up
    return counts


def states_of(path: Path) -> dict[str, State]:
    """Tell how far each record has come, by its name."""
    with JobView(path) as view:
        rows = view.select("SELECT position, state FROM records ORDER BY position")
        return {f"r{position}": State(state) for position, state in rows}


def words_of(outcomes: Sequence[Outcome]) -> dict[str, str]:
    """Tell how records settled, by their names."""
    return {f"r{o.position}": str(o.error.reason if o.error else o.status) for o in outcomes}


def check_told(stream_told: Outcome, path: Path) -> None:
    """Require that what is told is on the disk already."""
    with JobView(path) as view:
        standing = view.standing_of(stream_told.position)
        assert standing is not None
        outcomes = view.outcomes_of(stream_told.position)
    if standing.state > State.TAGGING:
        assert standing.state is State[stream_told.status.name]
    if stream_told.attempts:
        assert outcomes[-1][0].status == stream_told.status
        assert outcomes[-1][0].contact_id == stream_told.contact_id


def check_done(server: GrowthHub, path: Path, names: Sequence[str], doubtful: Sequence[str] = ()) -> None:
    """Require that a job is done, and agrees with the server record by record.

    Each record was created once, and is called created by the job if its own write did that. Only the `doubtful` ones,
    which nothing matches, may be in doubt instead; then they are there once, or not at all.
    """
    counts = counts_of(path)
    assert counts.unsent == 0
    assert counts.read == len(names)
    states = states_of(path)
    created = server.created()
    first_names = [
        contact["firstName"] for location in server.scenario.locations for contact in server.contacts(location.id)
    ]
    for name in names:
        if states[name] is State.ERROR:
            assert name in doubtful
            assert first_names.count(name) <= 1
        else:
            assert first_names.count(name) == 1
            assert created[name] == 1
            assert states[name] is State.CREATED
    with JobView(path) as view:
        assert {settled.reason for settled in view.settled()} <= {None, "in_doubt"}
