"""aiohttp with all that it offers to be fast: nothing is parsed, made or looked for twice."""

from typing import Any

import aiohttp
import msgspec
from multidict import CIMultiDict
from yarl import URL

from benchmarks.throughput.job import HEADERS, Job, is_acknowledged, post_all

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


async def run(job: Job) -> int:
    """Post every contact as bytes, to a URL that was made before, without cookies and headers of aiohttp's own."""
    url = URL(job.address)
    headers = CIMultiDict(HEADERS | {"Content-Type": "application/json"})
    session = aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=job.concurrency),
        cookie_jar=aiohttp.DummyCookieJar(),
        skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
        timeout=aiohttp.ClientTimeout(total=None),
    )
    async with session:

        async def post(person: dict[str, Any]) -> bool:
            async with session.post(url, data=_encode(person), headers=headers, allow_redirects=False) as reply:
                return is_acknowledged(reply.status, _decode(await reply.read()))

        return await post_all(job, post)
