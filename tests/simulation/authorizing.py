"""An app that people have let in: a sandbox with its codes, and clients that share a store."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, NamedTuple

import msgspec

from growthhub_async import Connection, Contact, GrowthHubClient, MemoryTokenStore, Outcome
from growthhub_async.grant import read_grant
from growthhub_async.sandbox import AuthorizationCode, LedgerEntry, Location, OAuthApp, Sandbox, Scenario
from growthhub_async.sandbox import Status as Answer
from tests import virtual
from tests.memory_network import Carrier, MemoryNetwork

DAY = 86_400.0
HERE = "ve9EPM428h8vShlRW1KT"
LOCATIONS = (HERE, *(f"location{number}" for number in range(2, 5)))
APP = {"client_id": "app-1", "client_secret": "hush", "token": None}


def scenario(
    *faults: Any, locations: Iterable[str] = LOCATIONS, codes: Iterable[str] = (), **of_location: Any
) -> Scenario:
    """Describe a GrowthHub whose locations and agency have let the app in, by codes of their names.

    More `codes` are of the location `HERE`.
    """
    ids = tuple(locations)
    return Scenario(
        locations=tuple(Location(id=location_id, **of_location) for location_id in ids),
        faults=faults,
        oauth=OAuthApp(
            client_id="app-1",
            client_secret="hush",
            codes=(
                *(AuthorizationCode(value=f"for-{id}", location_id=id) for id in ids),
                AuthorizationCode(value="for-agency"),
                *(AuthorizationCode(value=code, location_id=HERE) for code in codes),
            ),
        ),
    )


class World(NamedTuple):
    """What a story has to do with."""

    sandbox: Sandbox
    network: MemoryNetwork
    carrier: Carrier
    store: Any
    settings: dict[str, Any]

    def client(self, **settings: Any) -> GrowthHubClient:
        """Make a client of the app."""
        return self.network.client(
            self.sandbox, self.carrier, **(APP | {"token_store": self.store} | self.settings | settings)
        )

    async def connection(self) -> Connection:
        """Read what is kept of the connection of `HERE`."""
        grant = read_grant(await self.store.load(HERE) or "")
        assert grant is not None
        return grant.connection

    def asked(self, path: str = "/oauth/token") -> list[LedgerEntry]:
        """List what was asked of OAuth so far."""
        return [entry for entry in self.sandbox.ledger if entry.path == path]

    @property
    def refreshes(self) -> int:
        """How many refreshes were asked for: whoever is in was connected by one request more."""
        return len(self.asked()) - 1


def play(
    story: Callable[[World], Awaitable[Any]],
    described: Scenario | None = None,
    *,
    carrier: Carrier = "lean",
    store: Any = None,
    code: str | None = f"for-{HERE}",
    server_ahead: Callable[[], float] = lambda: 0.0,
    **settings: Any,
) -> Any:
    """Play a story on the virtual clock, once the app is connected; the server's clock may be ahead of ours."""

    async def main() -> Any:
        loop = asyncio.get_running_loop()
        async with (
            Sandbox(described or scenario(), clock=lambda: loop.time() + server_ahead()) as sandbox,
            MemoryNetwork(lambda: 0.05) as network,
        ):
            world = World(sandbox, network, carrier, store or MemoryTokenStore(), settings)
            if code is not None:
                async with world.client() as client:
                    await client.connect(code, user_type="Company" if code == "for-agency" else "Location")
            return await story(world)

    return virtual.run(main)


def people(number: int) -> list[Contact]:
    """Make so many contacts."""
    return [Contact(email=f"user{index}@example.com") for index in range(number)]


async def upsert_all(client: GrowthHubClient, contacts: Any) -> list[Outcome]:
    """Upsert all, and return their outcomes."""
    async with client.upsert_many(contacts) as outcomes:
        return [outcome async for outcome in outcomes]


async def spoil(store: MemoryTokenStore, name: str = HERE, **changed: Any) -> None:
    """Change what a store holds of a connection."""
    grant = read_grant(await store.load(name) or "")
    assert grant is not None
    await store.save(name, msgspec.structs.replace(grant, **changed).as_text())


DOWN = Answer(status=503, path="/oauth/token", requests=tuple(range(2, 1_000)))
