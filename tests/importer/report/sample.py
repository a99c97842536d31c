"""A large job as it might be, to look at its report: `python -m tests.importer.report.sample big.job [KIND] [RECORDS]`.

Chance is seeded, so that the same call makes the same job. `KIND` is one of `Sample`'s.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from pathlib import Path

from growthhub_async import ErrorReason, Status
from growthhub_async.importer.job import Entry, JobView
from growthhub_async.importer.report import write_report
from tests.importer.report.making import Maker, quota, ran, settled

_LOCATIONS = ("ve9EPM428h8vShlRW1KT", "C2QujeCh8ZnC7al2InWR", "qX8aW2mB0dLrT5hYk9Pz", "Zp3nVfUo7sEiJ1gRc6Ha")
_FIELDS = ("phone", "gender", "tags", "custom_fields.Rk2dLm0Qw8", "date_of_birth", "country")
_REJECTED = (
    "422 email must be an email",
    "422 property nickname should not exist",
    "400 Contact is <b>not</b> allowed",
)


def sample(path: Path, records: int, *, seed: int = 1, locations: int = 4) -> None:
    """Make a job of two files, sent in three runs: one that was ended by force, one after a night, one to the end."""
    chance = random.Random(seed)
    names = [*_LOCATIONS, *(f"loc{number:04}" for number in range(locations))][:locations]
    maker = Maker(path)
    maker.file("customers-2026.csv")
    to_send: list[int] = []
    for number in range(records):
        if number == 4 * records // 5:
            maker.file("fair-leads.jsonl")
        location = names[min(int(chance.expovariate(1.2)), len(names) - 1)] if locations <= 4 else chance.choice(names)
        if chance.random() < 0.012:
            message = chance.choice(["is not an email address", "is longer than 10,000 characters; shorten it"])
            maker.invalid(message, location)
        elif to_send and chance.random() < 0.03:
            maker.duplicate(chance.choice(to_send[-50:]), location)
        else:
            to_send.append(maker.valid(location))
    maker.done()
    per_second = 10.0 * min(locations, 3)
    parts = [to_send[: len(to_send) // 5], to_send[len(to_send) // 5 : len(to_send) // 2], to_send[len(to_send) // 2 :]]
    since = 0.0
    for index, part in enumerate(parts):
        entries = list(_entries(part, since, per_second, chance))
        until = max(entry.settled_at for entry in entries) - entries[0].settled_at + since + 2
        told = {name: quota(throttled=chance.randrange(9)) for name in names[:3]}
        tags = len(part) // 7 if index else 0
        ran(path, entries, since=since, until=None if index == 0 else until, tag_requests=tags, locations=told)
        since = until + (51_300.0, 840.0, 0.0)[index]


def _entries(positions: list[int], since: float, per_second: float, chance: random.Random) -> Iterator[Entry]:
    at = since
    for number, position in enumerate(positions):
        share = number / len(positions)
        slow = 0.45 < share < 0.52  # the server is in trouble for a while
        at += chance.expovariate(1.0) / (per_second * (0.25 if slow else 0.96))
        latency = min(
            chance.lognormvariate(-0.9 if not slow else 1.1, 0.45) + (4.0 if chance.random() < 0.01 else 0), 30
        )
        attempts = 1 + min(int(chance.expovariate(4.5 if not slow else 0.8)), 4)
        roll = chance.random()
        if roll < 0.018:
            yield settled(position, Status.ERROR, at=at, attempts=1, latency=latency, message=chance.choice(_REJECTED))
        elif roll < (0.2 if slow else 0.021):
            reason = chance.choice([ErrorReason.EXHAUSTED, ErrorReason.EXHAUSTED, ErrorReason.IN_DOUBT])
            message = "503 no healthy upstream (after 5 attempts)" if chance.random() < 0.7 else "no reply within 30 s"
            yield settled(
                position,
                Status.ERROR,
                at=at,
                attempts=5,
                latency=latency,
                reason=reason,
                message=message,
                retryable=True,
            )
        else:
            yield settled(
                position,
                Status.CREATED if chance.random() < 0.68 else Status.UPDATED,
                at=at,
                attempts=attempts,
                latency=latency,
                inferred=attempts > 1 and chance.random() < 0.1,
                dropped=[field for index, field in enumerate(_FIELDS) if chance.random() < 0.02 / (index + 1)],
            )


if __name__ == "__main__":
    job = Path(sys.argv[1])
    sample(
        job, int(sys.argv[2]) if len(sys.argv) > 2 else 100_000, locations=int(sys.argv[3]) if len(sys.argv) > 3 else 4
    )
    with JobView(job) as view:
        write_report(view, job.with_suffix(".html"))
