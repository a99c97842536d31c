"""How a cell is run, on the virtual clock or in real time, and what comes out of it."""

from __future__ import annotations

import asyncio
import random
import time

import msgspec

from benchmarks.network import Network, OtherProgram, Server
from benchmarks.quota_cells import Cell, Window, location_name
from benchmarks.quota_clients import CLIENTS, LIBRARY, library_client, upsert_all
from growthhub_async import GrowthHubClient
from growthhub_async.sandbox import Location, SandboxThread, Scenario, Uniform
from tests import virtual

IN_REAL_TIME = f"{LIBRARY}, real sockets"


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """What one client did in one cell; `seconds` are those of its own clock, `wall` those that it took to play.

    Of the requests of another program the server refused `others_refused`.
    """

    cell: str
    client: str
    window: Window
    contacts: int
    written: int
    requests: int
    refusals: int
    share: float
    seconds: float
    wall: float
    others_refused: float = 0.0


def run(cell: Cell, client: str, window: Window, seed: int) -> Run:
    """Run a client through a cell on the virtual clock."""
    random.seed(seed)  # the library's backoff draws from it
    server = Server(msgspec.structs.replace(cell.limits, window=window))
    network = Network(server, cell.delays, seed)

    async def main() -> tuple[int, float]:
        with OtherProgram(server, location_name(0), cell.others, seed):
            written = await CLIENTS[client](network, cell, cell.records(seed))
        return written, asyncio.get_running_loop().time()

    started = time.perf_counter()
    written, seconds = virtual.run(main)
    return Run(
        cell=cell.name,
        client=client,
        window=window,
        contacts=cell.contacts,
        written=written,
        requests=server.requests,
        refusals=server.refusals,
        share=cell.share(seconds, server.asked_by_others),
        seconds=seconds,
        wall=time.perf_counter() - started,
        others_refused=server.refused_to_others / max(server.asked_by_others, 1),
    )


def run_in_real_time(cell: Cell, window: Window, seed: int) -> Run:
    """Run this library through a cell of one location against the sandbox over sockets; loopback is its network."""
    limits = msgspec.structs.replace(cell.limits, window=window)
    low, high = cell.delays.processing
    location = Location(id=location_name(0), limits=limits)
    with SandboxThread(Scenario(locations=(location,), latency=Uniform(low=low, high=high), seed=seed)) as sandbox:
        client = library_client(GrowthHubClient, cell, token=sandbox.token, base_url=sandbox.base_url)
        started = time.perf_counter()
        written = asyncio.run(upsert_all(client, cell.records(seed)))
        seconds = time.perf_counter() - started
        arrived = sandbox.ledger
    return Run(
        cell=cell.name,
        client=IN_REAL_TIME,
        window=window,
        contacts=cell.contacts,
        written=written,
        requests=len(arrived),
        refusals=sum(entry.refused for entry in arrived),
        share=cell.share(seconds, asked_by_others=0),
        seconds=seconds,
        wall=seconds,
    )
