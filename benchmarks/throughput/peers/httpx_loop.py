"""httpx as its users write it."""

from typing import Any

import httpx

from benchmarks.throughput.job import HEADERS, Job, is_acknowledged, post_all


async def run(job: Job) -> int:
    """Post every contact with `client.post(json=...)`."""
    async with httpx.AsyncClient(headers=HEADERS, timeout=None) as client:

        async def post(person: dict[str, Any]) -> bool:
            reply = await client.post(job.address, json=person)
            return is_acknowledged(reply.status_code, reply.json())

        return await post_all(job, post)
