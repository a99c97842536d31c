"""How much of a bare HTTP loop's speed is left to the whole way of a record?

`upsert_many` with everything on (checks, identities in line, quota accounting, deadlines, full outcomes) against
`session.post(json=...)` in as many tasks with nothing around it, in turn, on the same loop and the same server. Only
answered requests are counted. The quota is set out of reach: here the CPU is the limit, in real life the quota is.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import aiohttp
import uvloop

from benchmarks.responder import responder
from growthhub_async import Contact, GrowthHubClient

LOCATION = "ve9EPM428h8vShlRW1KT"


def people(count: int) -> Iterator[dict[str, Any]]:
    """Make contacts that differ, as dicts in the API's spelling."""
    for number in range(count):
        yield {
            "firstName": f"Ada {number}",
            "lastName": "Lovelace",
            "email": f"ada{number}@example.com",
            "phone": f"+1205{number:07}",
            "city": "Dolomite",
            "country": "US",
            "tags": ["vip", "newsletter"],
        }


async def bare(url: str, records: int, concurrency: int) -> int:
    """Post every contact from `concurrency` tasks over one session, and do nothing else."""
    answered = 0
    source = people(records)

    async def work(session: aiohttp.ClientSession) -> None:
        nonlocal answered
        for contact in source:
            async with session.post(f"{url}/contacts/upsert", json=contact | {"locationId": LOCATION}) as reply:
                await reply.json()
                answered += reply.status == 200

    connector = aiohttp.TCPConnector(limit=concurrency)
    async with aiohttp.ClientSession(connector=connector, headers={"Authorization": "Bearer pit-x"}) as session:
        await asyncio.gather(*(work(session) for _ in range(concurrency)))
    return answered


async def whole(url: str, records: int, concurrency: int) -> int:
    """Upsert every contact through the library."""
    client = GrowthHubClient(
        token="pit-x", location_id=LOCATION, base_url=url, concurrency=concurrency, requests_per_interval=1_000_000
    )
    contacts = (
        Contact(
            first_name=person["firstName"],
            last_name=person["lastName"],
            email=person["email"],
            phone=person["phone"],
            city=person["city"],
            country=person["country"],
            tags=person["tags"],
        )
        for person in people(records)
    )
    async with client, client.upsert_many(contacts) as outcomes:
        async for _ in outcomes:
            pass
    return outcomes.summary.created


def rate(run: Callable[[str, int, int], Awaitable[int]], url: str, records: int, concurrency: int) -> float:
    """Measure one run, in answered requests per second."""

    async def main() -> float:
        started = time.perf_counter()
        answered = await run(url, records, concurrency)
        assert answered == records, f"{records - answered} of {records} were not answered"
        return records / (time.perf_counter() - started)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main())


def main() -> None:
    """Measure both in turn, and print medians with their spread."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--records", type=int, default=10_000)
    parser.add_argument("--concurrency", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    rates: dict[str, list[float]] = {"bare aiohttp loop": [], "upsert_many, whole": []}
    with responder() as url:
        for measured in range(-1, asked.rounds):
            for name, run in zip(rates, (bare, whole), strict=True):
                result = rate(run, url, asked.records, asked.concurrency)
                if measured >= 0:  # the first round warms up
                    rates[name].append(result)
    for name, results in rates.items():
        print(f"{name:20} {statistics.median(results):8,.0f} records/s   {min(results):,.0f} to {max(results):,.0f}")
    ratios = [ours / bare_rate for bare_rate, ours in zip(*rates.values(), strict=True)]
    print(f"{'ratio':20} {statistics.median(ratios):8.2f}             {min(ratios):.2f} to {max(ratios):.2f}")


if __name__ == "__main__":
    main()
