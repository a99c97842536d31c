"""niquests as its users write it."""

from typing import Any

import niquests

from benchmarks.throughput.job import HEADERS, Job, is_acknowledged, post_all


async def run(job: Job) -> int:
    """Post every contact with `session.post(json=...)`, over as many kept connections as may be in flight."""
    trusted = job.ca_file if job.ca_file is not None else True
    async with niquests.AsyncSession(pool_maxsize=job.concurrency, headers=HEADERS) as session:

        async def post(person: dict[str, Any]) -> bool:
            reply = await session.post(job.address, json=person, verify=trusted)
            return is_acknowledged(reply.status_code or 0, reply.json())

        return await post_all(job, post)
