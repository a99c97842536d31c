"""pyreqwest, a client in Rust, in the fastest way it is found to go."""

from typing import Any

import msgspec
from pyreqwest.client import ClientBuilder
from pyreqwest.http import Url

from benchmarks.throughput.job import HEADERS, Job, is_acknowledged, post_all

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


async def run(job: Job) -> int:
    """Post every contact as bytes, over as many kept connections as may be in flight."""
    url = Url(job.address)
    builder = ClientBuilder().default_headers(HEADERS | {"Content-Type": "application/json"})
    builder = builder.pool_max_idle_per_host(job.concurrency).no_proxy()
    if job.ca_file is not None:
        builder = builder.add_root_certificate_pem(job.authority())
    async with builder.build() as client:

        async def post(person: dict[str, Any]) -> bool:
            reply = await client.post(url).body_bytes(_encode(person)).build().send()
            return is_acknowledged(reply.status, _decode(await reply.bytes()))

        return await post_all(job, post)
