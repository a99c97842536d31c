"""aiosonic as its users write it."""

from typing import Any

import aiosonic
from aiosonic.connectors import TCPConnector
from aiosonic.pools import PoolConfig

from benchmarks.throughput.job import HEADERS, Job, is_acknowledged, post_all


async def run(job: Job) -> int:
    """Post every contact with `client.post(json=...)`, over as many kept connections as may be in flight."""
    connector = TCPConnector(pool_configs={":default": PoolConfig(size=job.concurrency)})
    async with aiosonic.HTTPClient(connector=connector) as client:

        async def post(person: dict[str, Any]) -> bool:
            reply = await client.post(job.address, json=person, headers=HEADERS)
            return is_acknowledged(reply.status_code, await reply.json())

        return await post_all(job, post)
