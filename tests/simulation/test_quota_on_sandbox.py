"""The whole client fills the quota of the whole sandbox, over aiohttp on both sides, on a virtual clock."""

from __future__ import annotations

import asyncio
from random import Random
from typing import Any

import pytest

from growthhub_async import Contact, Status
from growthhub_async.sandbox import Limits, Location, Sandbox, Scenario, Uniform
from tests import virtual
from tests.memory_network import Carrier, MemoryNetwork


@pytest.mark.parametrize("window", ["fixed", "sliding", "token_bucket"])
def test_windows_are_filled_and_none_is_overrun(window: Any, carrier: Carrier) -> None:
    """However the server counts, three windows of the documented quota take little more than twenty seconds, and not
    one request is refused.
    """
    scenario = Scenario(locations=(Location(limits=Limits(window=window)),), latency=Uniform(low=0.2, high=1.4), seed=1)
    chance = Random(1)

    async def fill() -> tuple[set[Status], set[int | None], float]:
        loop = asyncio.get_running_loop()
        async with (
            Sandbox(scenario, clock=loop.time) as sandbox,
            MemoryNetwork(lambda: chance.uniform(0.02, 0.12)) as network,
            network.client(sandbox, carrier) as client,
            client.upsert_many(Contact(email=f"user{number}@example.com") for number in range(300)) as stream,
        ):
            outcomes = [outcome async for outcome in stream]
            answered = {entry.status for entry in sandbox.ledger}
        return {outcome.status for outcome in outcomes}, answered, loop.time()

    statuses, answered, seconds = virtual.run(fill)
    assert statuses == {Status.CREATED}
    assert answered == {200}
    assert 20 < seconds < 24
