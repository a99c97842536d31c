"""This library: dicts made into contacts, `upsert_many`, and every outcome looked at."""

import growthhub_async.transport_aiohttp  # noqa: F401 - a client imports it when it opens, and imports are not measured
from benchmarks.people import contact_of
from benchmarks.throughput.job import TOKEN, Job
from growthhub_async import GrowthHubClient, Status


async def run(job: Job) -> int:
    """Upsert every contact through the whole pipeline; only its quota is out of reach."""
    acknowledged = 0
    client = GrowthHubClient(
        token=TOKEN,
        location_id=job.location_id,
        base_url=job.url,
        concurrency=job.concurrency,
        requests_per_interval=1_000_000,
        requests_per_day=1_000_000_000,
    )
    async with client, client.upsert_many(map(contact_of, job.people())) as outcomes:
        async for outcome in outcomes:
            match outcome.status:
                case Status.CREATED | Status.UPDATED if outcome.contact_id and not outcome.dropped:
                    acknowledged += 1
    return acknowledged
