"""What a contestant is given, and what is common to the bare loops."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.people import LOCATION, people

TOKEN = "pit-6f1c2a34-9b5e-4c7d-8a10-2b3c4d5e6f70"
HEADERS = {"Authorization": f"Bearer {TOKEN}", "Version": "2023-02-21", "Accept": "application/json"}
PATH = "/contacts/upsert"


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One run of one contestant; `ca_file` holds the authority to trust, of a server that speaks TLS."""

    peer: str
    url: str
    records: int
    concurrency: int
    ca_file: str | None = None
    core: int | None = None

    @property
    def address(self) -> str:
        """Where upserts go."""
        return self.url + PATH

    @property
    def location_id(self) -> str:
        """The location of all contacts."""
        return LOCATION

    def authority(self) -> bytes:
        """Read what is in the `ca_file`."""
        return Path(self.ca_file or "").read_bytes()

    def people(self) -> Iterator[dict[str, Any]]:
        """Give the contacts, each once, to however many tasks."""
        return people(self.records)


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """What one run came to; `megabytes` is the most memory it had, None for a program of its own."""

    records: int
    seconds: float
    cpu_seconds: float
    megabytes: float | None

    @property
    def rate(self) -> float:
        """Acknowledged records a second."""
        return self.records / self.seconds

    @property
    def cpu_microseconds(self) -> float:
        """Processor time a record, in microseconds."""
        return 1e6 * self.cpu_seconds / self.records


def is_acknowledged(status: int, reply: Any) -> bool:
    """Tell whether a decoded reply says that a contact is kept."""
    return status == 200 and isinstance(reply["contact"]["id"], str)


async def post_all(job: Job, post: Callable[[dict[str, Any]], Awaitable[bool]]) -> int:
    """Post every contact from as many tasks as may be in flight, and count those that are acknowledged."""
    source = job.people()
    acknowledged = 0

    async def work() -> None:
        nonlocal acknowledged
        for person in source:
            if await post(person):
                acknowledged += 1

    async with asyncio.TaskGroup() as tasks:
        for _ in range(job.concurrency):
            tasks.create_task(work())
    return acknowledged
