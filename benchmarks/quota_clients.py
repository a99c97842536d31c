"""The clients that are compared: this library, and what people write instead; each tells how many it has written."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Protocol

import msgspec
from aiolimiter import AsyncLimiter

from benchmarks.network import Network
from benchmarks.quota_cells import Cell
from growthhub_async import GrowthHubClient, Record, Settings
from growthhub_async.transport import Transport

LIBRARY = "growthhub_async"

_encode = msgspec.json.Encoder().encode


class Client(Protocol):
    """Upsert every record of a cell over a network."""

    async def __call__(self, network: Network, cell: Cell, records: Iterator[Record]) -> int: ...


async def library(network: Network, cell: Cell, records: Iterator[Record]) -> int:
    """Upsert through the whole real client."""

    class OverNetwork(GrowthHubClient):
        def _make_transport(self, settings: Settings) -> Transport:  # noqa: ARG002 - it is made already
            return network

    client = library_client(OverNetwork, cell, token="pit-benchmark", base_url="https://growthhub.example.com")
    return await upsert_all(client, _by_location(records) if cell.by_location else records)


def library_client(make: type[GrowthHubClient], cell: Cell, *, token: str, base_url: str) -> GrowthHubClient:
    """Make this library's client as a cell asks, with its defaults for all that the cell leaves open."""
    return make(
        token=token,
        base_url=base_url,
        concurrency=cell.concurrency,
        requests_per_interval=cell.limits.requests_per_interval,
        interval=cell.limits.interval,
    )


async def upsert_all(client: GrowthHubClient, records: Iterator[Record] | Mapping[str, list[Record]]) -> int:
    """Upsert every record with a client, and return how many were created."""
    async with client, client.upsert_many(records) as outcomes:
        async for _ in outcomes:
            pass
    return outcomes.summary.created


def _by_location(records: Iterator[Record]) -> Mapping[str, list[Record]]:
    """Give each location's records by themselves, in their order."""
    sources: defaultdict[str, list[Record]] = defaultdict(list)
    for record in records:
        sources[str(record.location_id)].append(record)
    return sources


async def one_at_a_time(network: Network, cell: Cell, records: Iterator[Record]) -> int:
    """Send a request when the one before has been answered."""
    written = 0
    for record in records:
        await _post(network, record, cell.limits.interval)
        written += 1
    return written


def limited_pool(make_limiter: Callable[[], AsyncLimiter]) -> Client:
    """Make a client of as many tasks as may be in flight, and a limiter for each location."""

    async def pool(network: Network, cell: Cell, records: Iterator[Record]) -> int:
        written = 0
        limiters: defaultdict[str | None, AsyncLimiter] = defaultdict(make_limiter)

        async def work() -> None:
            nonlocal written
            for record in records:
                await _post(network, record, cell.limits.interval, limiters[record.location_id])
                written += 1

        async with asyncio.TaskGroup() as workers:
            for _ in range(cell.concurrency):
                workers.create_task(work())
        return written

    return pool


async def _post(network: Network, record: Record, interval: float, limiter: AsyncLimiter | None = None) -> None:
    """Send until the server takes it; a refusal is waited out for as long as a window lasts."""
    body = _encode(msgspec.structs.replace(record.contact, location_id=record.location_id))
    while True:
        if limiter is not None:
            await limiter.acquire()
        if (await network.exchange(body)).status == 200:
            return
        await asyncio.sleep(interval)


CLIENTS: Mapping[str, Client] = MappingProxyType(
    {
        LIBRARY: library,
        "AsyncLimiter(100, 10)": limited_pool(lambda: AsyncLimiter(100, 10)),
        "AsyncLimiter(1, 0.1)": limited_pool(lambda: AsyncLimiter(1, 0.1)),
        "one at a time": one_at_a_time,
    }
)
