"""However clients that share a connection come and go, and whatever the network does to one request: it is not lost."""

from __future__ import annotations

import asyncio
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from growthhub_async import Contact, MemoryTokenStore, NotConnectedError
from growthhub_async.errors import GrowthHubError
from growthhub_async.sandbox import Sandbox
from tests import virtual
from tests.memory_network import MemoryNetwork, Network, RequestTrouble
from tests.simulation.authorizing import HERE, World, scenario

TROUBLES = [
    RequestTrouble.RESET,
    RequestTrouble.CUT,
    RequestTrouble.LOST,
    RequestTrouble.REPLY_RESET,
    RequestTrouble.REPLY_LOST,
    RequestTrouble.REPLY_CUT,
    RequestTrouble.REPLY_GARBLED,
    RequestTrouble.CLOSED_AFTER,
    RequestTrouble.REPLY_CHUNKED,
]

visits = st.fixed_dictionaries(
    {
        "comes_after": st.floats(0, 3),
        "gives_up_after": st.one_of(st.none(), st.floats(0, 3)),
        "close_timeout": st.sampled_from([0, 5]),
    }
)
days = st.fixed_dictionaries(
    {
        "left_of_the_token": st.sampled_from([-10.0, -10.0, 0.0, 300.0]),
        "visits": st.lists(visits, min_size=1, max_size=4),
        "trouble": st.tuples(st.sampled_from([0, 0, 0, 1, 2, 9]), st.sampled_from(TROUBLES)),
    }
)


class OneTrouble(Network):
    """A network that troubles one request of a day."""

    def __init__(self) -> None:
        self.due: tuple[int, RequestTrouble] | None = None
        self.requests = 0

    def delay(self) -> float:
        return 0.1

    def begin(self, trouble: tuple[int, RequestTrouble] | None) -> None:
        self.due, self.requests = trouble, 0

    def request_trouble(self) -> RequestTrouble | None:
        number, self.requests = self.requests, self.requests + 1
        return self.due[1] if self.due is not None and number == self.due[0] else None


async def visit(world: World, *, comes_after: float, gives_up_after: float | None, close_timeout: float) -> None:
    """Upsert a contact, or give up before that is done, and go."""
    await asyncio.sleep(comes_after)
    async with world.client(close_timeout=close_timeout, attempt_timeout=10.0) as client:
        upserting = asyncio.create_task(client.upsert(Contact(email="ada@example.com")))
        await asyncio.wait([upserting], timeout=gives_up_after)
        upserting.cancel()
        try:
            await upserting
        except NotConnectedError:
            raise
        except (asyncio.CancelledError, GrowthHubError):
            pass


@settings(max_examples=200, deadline=None)
@given(st.lists(days, min_size=1, max_size=3))
def test_a_connection_is_not_lost(plan: list[dict[str, Any]]) -> None:
    """Each day ends with a client that upserts."""
    network = OneTrouble()

    async def main() -> None:
        loop = asyncio.get_running_loop()
        async with Sandbox(scenario(), clock=loop.time) as sandbox, MemoryNetwork(network) as carrying:
            world = World(sandbox, carrying, "lean", MemoryTokenStore(), {})
            async with world.client() as client:
                connection = await client.connect(f"for-{HERE}")
            for day in plan:
                await asyncio.sleep(connection.expires_at - day["left_of_the_token"] - loop.time())
                network.begin(day["trouble"])
                await asyncio.gather(*(visit(world, **one) for one in day["visits"]))
                network.begin(None)
                await asyncio.sleep(31)  # no refresh can be repeated any more
                async with world.client() as client:
                    assert (await client.upsert(Contact(email="ada@example.com"))).error is None
                connection = await world.connection()

    virtual.run(main)
