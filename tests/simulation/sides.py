"""The two sides of a run, and what lies between: the real client, sandbox and network, which write down what they do.

Each attempt has a number of its own, which travels in the query: so whatever the server does, and however late, it is
known for whom.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextvars import ContextVar
from random import Random
from typing import TYPE_CHECKING, Any, cast

import msgspec

from growthhub_async import GrowthHubClient, Secret, Settings
from growthhub_async.sandbox import Sandbox, Scenario
from growthhub_async.sandbox.store import MemoryStore, match_keys
from growthhub_async.transport import Failure, Reply, Request, Transport
from tests.memory_network import ConnectionTrouble, Network, RequestTrouble
from tests.simulation.run import Attempt, Write

if TYPE_CHECKING:
    from tests.simulation.world import World

_ATTEMPT = "attempt"
_ATTEMPT_SENT = re.compile(rb"\?attempt=(\d+) ")

serving: ContextVar[int | None] = ContextVar("serving", default=None)
"""The number of the attempt that the server is working on: what runs in its tasks is the server's."""


class Client(GrowthHubClient):
    """The client, on the network of this world."""

    def __init__(self, world: World) -> None:
        self._world = world
        first = world.plan.locations[0]
        token = first.tokens[0].value
        super().__init__(token=token, location_id=first.id, base_url=world.server.base_url, **world.plan.settings)

    def _make_transport(self, settings: Settings) -> Transport:
        return RecordingTransport(self._world.network.transport(settings, self._world.plan.carrier), self._world)


class RecordingTransport:
    """The client's transport: it writes down every attempt, and has a token for each location."""

    def __init__(self, carrier: Transport, world: World) -> None:
        self._carrier = carrier
        self.open = carrier.open
        self.close = carrier.close
        self._world = world
        self._tokens = {location.id: Secret(location.tokens[0].value) for location in world.plan.locations}

    @property
    def on_connect(self) -> Callable[[float], None]:
        return self._carrier.on_connect

    @on_connect.setter
    def on_connect(self, on_connect: Callable[[float], None]) -> None:
        self._carrier.on_connect = on_connect

    def start(
        self,
        request: Request,
        timeout: float,
        on_sent: Callable[[], None],
        on_answer: Callable[[Reply | Failure | Exception], None],
    ) -> object | None:
        attempt, request = self._attempt(request)

        def answered(answer: Reply | Failure | Exception) -> None:
            assert not isinstance(answer, Exception)
            attempt.answer = answer
            attempt.ended = self._world.loop.time()
            on_answer(answer)

        handle = self._carrier.start(request, timeout, on_sent, answered)
        if handle is None:
            return None
        self._world.run.attempts.append(attempt)
        return handle, attempt

    def abandon(self, handle: object) -> None:
        carried, attempt = cast(tuple[object, Attempt], handle)
        self._carrier.abandon(carried)
        attempt.ended = self._world.loop.time()

    async def send(self, request: Request, timeout: float, on_sent: Callable[[], None]) -> Reply | Failure:
        attempt, request = self._attempt(request)
        self._world.run.attempts.append(attempt)
        try:
            attempt.answer = await self._carrier.send(request, timeout, on_sent)
        finally:
            attempt.ended = self._world.loop.time()
        return attempt.answer

    def _attempt(self, request: Request) -> tuple[Attempt, Request]:
        """Make the entry of an attempt, and the request that the server knows it by."""
        body = msgspec.json.decode(request.body or b"{}")
        number = len(self._world.run.attempts)
        attempt = Attempt(number, int(body["source"][1:]), body["locationId"], self._world.loop.time())
        token = self._tokens.get(attempt.location_id, request.token)
        return attempt, msgspec.structs.replace(request, path=f"{request.path}?{_ATTEMPT}={number}", token=token)


class Server(Sandbox):
    """The sandbox: it knows the attempt of each request, and writes down what is written for it."""

    def __init__(self, world: World, scenario: Scenario) -> None:
        super().__init__(scenario, clock=world.server_clock)
        self._world = world

    def _open_store(self) -> MemoryStore:
        return Store(self._world)

    async def _respond(self, request: Any, gateway: Any) -> Any:
        attempt = self._world.run.attempts[int(request.query[_ATTEMPT])]
        attempt.arrived = self._world.loop.time()
        attempt.entry = len(self.ledger)
        serving.set(attempt.number)
        return await super()._respond(request, gateway)


class Store(MemoryStore):
    def __init__(self, world: World) -> None:
        super().__init__()
        self._world = world

    def save(self, contact: dict[str, Any]) -> None:
        attempt = serving.get()
        if attempt is not None:
            self._world.run.writes.append(self._write(attempt, contact))
        super().save(contact)

    def _write(self, attempt: int, contact: dict[str, Any]) -> Write:
        before = self.get(contact["id"])
        new = set(match_keys(contact)) - set(match_keys(before or {}))
        found = {key: self.find(contact["locationId"], key) for key in sorted(new)}
        taken = tuple(key for key, other in found.items() if other is not None and other["id"] != contact["id"])
        now = self._world.loop.time()
        return Write(now, attempt, contact["id"], contact.get("source"), before is None, taken)


class Nature(Network):
    """The network of a plan."""

    def __init__(self, world: World) -> None:
        plan = world.plan
        self._run = world.run
        self._loop = world.loop
        self._way = plan.way
        self._connection_troubles = plan.connection_troubles
        self._request_troubles = plan.request_troubles
        self._chance = Random(f"network/{plan.seed}")

    def delay(self) -> float:
        return self._chance.uniform(*self._way)

    def connection_trouble(self) -> ConnectionTrouble | None:
        return self._draw(self._connection_troubles)

    def request_trouble(self) -> RequestTrouble | None:
        return self._draw(self._request_troubles)

    def request_left(self, data: bytes) -> None:
        self._attempt(data).left = self._loop.time()

    def arrived(self, request: bytes, data: bytes) -> None:
        attempt = self._attempt(request)
        if attempt.ended is None:
            attempt.came += data

    def _attempt(self, request: bytes) -> Attempt:
        found = _ATTEMPT_SENT.search(request)
        assert found is not None
        return self._run.attempts[int(found[1])]

    def _draw(self, troubles: dict[Any, float]) -> Any:
        for trouble, probability in troubles.items():
            if self._chance.random() < probability:
                self._run.troubles.append(trouble)
                return trouble
        return None
