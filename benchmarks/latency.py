"""How much later does a single `await client.upsert(...)` return than a bare `session.post(json=...)`?

One call at a time, on the same loop and against the same server: in pairs, whose order alternates, so that whatever
disturbs one side disturbs the other as much.

The bar: the median is less than 20 % above that of the bare call.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import aiohttp
import uvloop

from benchmarks.machine import pin, two_cores
from benchmarks.people import LOCATION, contact_of, people
from benchmarks.responder import responder
from growthhub_async import GrowthHubClient, Status

MOST_ADDED = 0.20
TOKEN = "pit-6f1c2a34-9b5e-4c7d-8a10-2b3c4d5e6f70"
WARM_UP = 200

Call = Callable[[dict[str, Any]], Awaitable[float]]


async def measure(url: str, calls: int) -> tuple[list[float], list[float]]:
    """Make so many calls of both kinds, and return the seconds of the bare ones and of this library's."""
    client = GrowthHubClient(
        token=TOKEN,
        location_id=LOCATION,
        base_url=url,
        requests_per_interval=1_000_000,
        requests_per_day=1_000_000_000,
    )
    async with client, aiohttp.ClientSession(headers={"Authorization": f"Bearer {TOKEN}"}) as session:
        bare, ours = _bare_call(session, f"{url}/contacts/upsert"), _call_of(client)
        taken: tuple[list[float], list[float]] = ([], [])
        for number, person in enumerate(people(WARM_UP + calls)):
            sides = ((bare, taken[0]), (ours, taken[1]))
            for call, seconds in sides if number % 2 else reversed(sides):
                one = await call(person)
                if number >= WARM_UP:
                    seconds.append(one)
    return taken


def _bare_call(session: aiohttp.ClientSession, address: str) -> Call:
    async def call(person: dict[str, Any]) -> float:
        started = time.perf_counter()
        async with session.post(address, json=person) as reply:
            told = await reply.json()
        seconds = time.perf_counter() - started
        assert reply.status == 200, reply.status
        assert told["contact"]["id"]
        return seconds

    return call


def _call_of(client: GrowthHubClient) -> Call:
    async def call(person: dict[str, Any]) -> float:
        contact = contact_of(person)
        started = time.perf_counter()
        outcome = await client.upsert(contact)
        seconds = time.perf_counter() - started
        assert outcome.status is Status.CREATED, outcome
        return seconds

    return call


def _show(name: str, seconds: Sequence[float]) -> float:
    median, slow = statistics.median(seconds), statistics.quantiles(seconds, n=100)[98]
    print(f"{name:24} median {1e6 * median:7.1f} us   p99 {1e6 * slow:7.1f} us")
    return median


def main() -> None:
    """Measure, print, and tell whether the bar is met."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--calls", type=int, default=5_000, help="of each kind")
    asked = parser.parse_args()
    if asked.calls < 2:
        parser.error("--calls must be at least 2")
    ours, servers = two_cores()
    with responder(core=servers) as url:
        if ours is not None:
            pin(ours)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            bare_seconds, our_seconds = runner.run(measure(url, asked.calls))
    bare, whole = _show("session.post(json=...)", bare_seconds), _show("client.upsert(...)", our_seconds)
    added = whole / bare - 1
    met = added < MOST_ADDED
    print(f"{'met   ' if met else 'MISSED'} less than {MOST_ADDED:.0%} added to the median: {added:+.1%}")
    sys.exit(not met)


if __name__ == "__main__":
    main()
