"""A GrowthHub without sockets: the sandbox's own rules, quotas and faults, behind a transport.

What arrives is worked on to its end, whoever waits for the reply: so a client that is gone leaves requests behind that
nobody hears of.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec
from multidict import CIMultiDict

from growthhub_async import GrowthHubClient, Settings
from growthhub_async.sandbox import Limits, Location, Scenario
from growthhub_async.sandbox.api import Call
from growthhub_async.sandbox.auth import Tokens
from growthhub_async.sandbox.gateway import Gateway
from growthhub_async.sandbox.ledger import Ledger
from growthhub_async.sandbox.store import Contact, MemoryStore
from growthhub_async.transport import Failure, Reply, Request, Transport

ENDLESS = Limits(requests_per_interval=1_000_000, requests_per_day=1_000_000)
LOST = Failure("the connection broke", sent=True)
UNSENT = Failure("could not connect", sent=False)


class Write(NamedTuple):
    """What a request did: `name` is the first name in its body, or the id of the contact whose tags it was about."""

    name: str
    path: str
    effect: str
    contact_id: str


class Arrival(NamedTuple):
    """A request that arrives, as a test may want to know it; numbered from 1."""

    number: int
    path: str
    body: dict[str, Any]


Answer = Callable[[Arrival], Failure | Reply | None]
"""Takes a request that arrives, and gives what is answered in the place of the sandbox; None for what that answers."""


class GrowthHub:
    """The server, for any number of clients.

    `before` is asked of each request what the client hears of it though nothing is done; `after` what it hears though
    the sandbox has done it. `held` keeps replies back while it is cleared.
    """

    def __init__(self, *locations: Location, **scenario: Any) -> None:
        self.scenario = Scenario(locations=locations or (Location(id="L1", limits=ENDLESS),), **scenario)
        self.store = MemoryStore()
        self._tokens = Tokens(self.scenario)
        self.ledger = Ledger()
        self._gateway = Gateway(self.scenario, self.store, self._tokens, self.ledger, time.time)
        self._working: set[asyncio.Task[Failure | Reply | None]] = set()
        self.before: Answer = lambda _: None
        self.after: Answer = lambda _: None
        self.writes: list[Write] = []
        self.arrivals: list[Arrival] = []
        self.held = asyncio.Event()
        self.held.set()

    def client(self, **settings: Any) -> GrowthHubClient:
        """Make a client that speaks to it."""
        server = self

        class Client(GrowthHubClient):
            def _make_transport(self, settings: Settings) -> Transport:
                return _Line(server)

        given = {"token": self.token_of, "base_url": "http://127.0.0.1:9", "requests_per_interval": 1_000_000}
        return Client(**(given | {"requests_per_day": 1_000_000} | settings))

    async def token_of(self, location_id: str, refused: str | None) -> str:
        """Give the token of a location."""
        return self._tokens.of(location_id)

    def contacts(self, location_id: str = "L1") -> list[Contact]:
        """Return the contacts of a location."""
        return list(self.store.contacts(location_id))

    def created(self) -> Counter[str]:
        """Count how often each name was created."""
        return Counter(write.name for write in self.writes if write.effect == "created")

    def sent(self, path: str = "/contacts/upsert") -> list[str]:
        """Name what arrived at a path, in that order."""
        return [arrival.body.get("firstName", "") for arrival in self.arrivals if arrival.path == path]

    async def quiet(self) -> None:
        """Wait until nothing is at work any more."""
        while self._working:
            await asyncio.wait(self._working)

    async def serve(self, request: Request) -> Failure | Reply:
        """Take one request; the answer comes once it is worked on, unless nobody waits for it then."""
        arrival = Arrival(len(self.arrivals) + 1, request.path, msgspec.json.decode(request.body or b"{}"))
        self.arrivals.append(arrival)
        working = asyncio.create_task(self._work(request, arrival))
        self._working.add(working)
        working.add_done_callback(self._working.discard)
        answer = await asyncio.shield(working)
        await self.held.wait()
        if answer is None:
            await asyncio.Event().wait()
        assert answer is not None
        return answer

    async def _work(self, request: Request, arrival: Arrival) -> Failure | Reply | None:
        if (answer := self.before(arrival)) is not None:
            return answer
        come = self._gateway.arrive(request.method, request.path, f"Bearer {request.token.reveal()}", "tests/1")
        call = Call(
            method=request.method,
            path=request.path,
            authorization=f"Bearer {request.token.reveal()}",
            version="v3",
            content_type="application/json",
            body=request.body or b"",
        )
        reply = await self._gateway.process(come, call)
        if reply is None:
            return None
        if reply.effect is not None:
            name = arrival.body.get("firstName") or request.path.split("/")[2]
            self.writes.append(Write(name, request.path, reply.effect, reply.contact_id or ""))
        headers = CIMultiDict({**come.headers, **reply.headers, "Content-Type": reply.content_type})
        return self.after(arrival) or Reply(reply.status, headers, reply.body)


class _Line:
    """The way to the server."""

    def __init__(self, server: GrowthHub) -> None:
        self._server = server
        self._waiting: set[asyncio.Task[Failure | Reply]] = set()
        self.on_connect: Callable[[float], None] = lambda _: None

    async def open(self) -> None:
        """There is nothing to open."""

    async def close(self) -> None:
        """Let nobody wait any more."""
        for waiting in self._waiting:
            waiting.cancel()

    def start(self, *_: object) -> None:
        """Start nothing: whatever is sent is waited for."""

    def abandon(self, handle: object) -> None:
        """Give up nothing: nothing is started."""

    async def send(self, request: Request, timeout: float, on_sent: Callable[[], None]) -> Reply | Failure:
        await asyncio.sleep(0)
        on_sent()
        waiting = asyncio.create_task(self._server.serve(request))
        self._waiting.add(waiting)
        try:
            await asyncio.wait([waiting], timeout=timeout)
            return await waiting if waiting.done() and not waiting.cancelled() else LOST
        finally:
            waiting.cancel()
            self._waiting.discard(waiting)
