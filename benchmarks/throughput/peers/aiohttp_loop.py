"""aiohttp as its users write it."""

from typing import Any

import aiohttp

from benchmarks.throughput.job import HEADERS, Job, is_acknowledged, post_all


async def run(job: Job) -> int:
    """Post every contact with `session.post(json=...)`."""
    connector = aiohttp.TCPConnector(limit=job.concurrency)
    async with aiohttp.ClientSession(connector=connector, headers=HEADERS) as session:

        async def post(person: dict[str, Any]) -> bool:
            async with session.post(job.address, json=person) as reply:
                return is_acknowledged(reply.status, await reply.json())

        return await post_all(job, post)
