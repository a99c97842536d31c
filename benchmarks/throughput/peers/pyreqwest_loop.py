"""pyreqwest, a client in Rust, in the fastest way it was found to go: its own JSON is a fifth slower than msgspec."""

from typing import Any

import msgspec
from pyreqwest.client import Client, ClientBuilder

from benchmarks.throughput.job import HEADERS, Job, is_acknowledged, post_all

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


async def run(job: Job) -> int:
    """Post every contact as bytes, over as many kept connections as may be in flight."""
    address = job.address
    async with _client(job) as client:

        async def post(person: dict[str, Any]) -> bool:
            reply = await client.post(address).body_bytes(_encode(person)).build().send()
            return is_acknowledged(reply.status, _decode(await reply.bytes()))

        return await post_all(job, post)


def _client(job: Job) -> Client:
    """Make a client that does nothing which a fixed POST can do without."""
    builder = ClientBuilder().default_headers(HEADERS | {"Content-Type": "application/json"})
    builder = builder.gzip(False).brotli(False).zstd(False).deflate(False)
    builder = builder.no_proxy().follow_redirects(False).referer(False).http1_lower_case_headers()
    if job.ca_file is not None:
        builder = builder.add_root_certificate_pem(job.authority())
    return builder.pool_max_idle_per_host(job.concurrency).build()
