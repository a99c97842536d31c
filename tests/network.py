"""A network without sockets: a transport that plays the server, and writes down what it saw."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Iterable, Iterator
from typing import Any

import msgspec
from multidict import CIMultiDict

from growthhub_async import GrowthHubClient, Settings
from growthhub_async.transport import Failure, Reply, Request, Transport
from tests import virtual

LOCATION = "loc1"


class Attempt(msgspec.Struct):
    """One request as the server saw it; times are in seconds, and `answer` is what the client got, if it got any."""

    request: Request
    contact: dict[str, Any]
    left: float
    arrived: float | None = None
    replied: float | None = None
    answer: Reply | Failure | None = None

    @property
    def maybe_written(self) -> bool:
        """Whether a client cannot know that nothing was written."""
        if isinstance(self.answer, Failure):
            return self.answer.sent
        return self.answer is None or self.answer.status != 429


Answer = Callable[[Attempt], "Reply | Failure"]


class FakeNetwork:
    """Answer every request as `answer` says: `ways` seconds on the way there, `delays` in the server and back."""

    def __init__(
        self, answer: Answer | None = None, delays: Iterable[float] = (0.1,), ways: Iterable[float] | None = None
    ) -> None:
        self.answer = answer or created
        self.delays: Iterator[float] = itertools.cycle(delays)
        self.ways: Iterator[float] = self.delays if ways is None else itertools.cycle(ways)
        self.attempts: list[Attempt] = []
        self.in_flight = 0
        self.most_in_flight = 0
        self.unwritten: dict[asyncio.Task[None], Request] = {}
        self.is_open = False
        self.tasks: set[asyncio.Task[None]] = set()
        self.on_connect: Callable[[float], None] = lambda _: None

    async def open(self) -> None:
        self.is_open = True

    async def close(self) -> None:
        self.is_open = False
        await asyncio.gather(*self.tasks, return_exceptions=True)

    def start(
        self,
        request: Request,
        timeout: float,
        on_sent: Callable[[], None],
        on_answer: Callable[[Reply | Failure | Exception], None],
    ) -> object:
        async def carry() -> None:
            self.unwritten.pop(task, None)
            try:
                answer: Reply | Failure | Exception = await self.send(request, timeout, on_sent)
            except Exception as fault:
                answer = fault
            on_answer(answer)

        task = asyncio.create_task(carry(), name="network")
        self.tasks.add(task)
        self.unwritten[task] = request
        task.add_done_callback(self.tasks.discard)
        return task

    def abandon(self, handle: object) -> None:
        assert isinstance(handle, asyncio.Task)
        handle.cancel()
        if (request := self.unwritten.pop(handle, None)) is not None:  # it was made, but has not left
            self.attempts.append(_attempt(request))
            self.attempts[-1].answer = Failure("given up", sent=False)

    async def send(self, request: Request, timeout: float, on_sent: Callable[[], None]) -> Reply | Failure:
        on_sent()
        attempt = _attempt(request)
        self.attempts.append(attempt)
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            async with asyncio.timeout(timeout):
                await asyncio.sleep(next(self.ways))
                attempt.arrived = _now()
                answer = self.answer(attempt)
                await asyncio.sleep(next(self.delays))
        except TimeoutError:
            return Failure("no whole reply in time", sent=True)
        else:
            attempt.answer = answer
            return answer
        finally:
            attempt.replied = _now()
            self.in_flight -= 1


def _attempt(request: Request) -> Attempt:
    return Attempt(request, msgspec.json.decode(request.body or b"{}"), _now())


def created(attempt: Attempt) -> Reply:
    """Answer as for a contact that is new."""
    return upserted(attempt, new=True)


def upserted(attempt: Attempt, *, new: bool) -> Reply:
    """Answer a successful upsert."""
    contact = {"id": f"id-{attempt.contact.get('email') or attempt.contact.get('phone')}"}
    return reply(200, {"new": new, "contact": contact, "traceId": "trace"})


def reply(status: int, body: object = None, **headers: str) -> Reply:
    """Make a reply; `body` is JSON unless it is bytes, and header names are written with underscores."""
    encoded = body if isinstance(body, bytes) else msgspec.json.encode(body)
    return Reply(status, CIMultiDict({name.replace("_", "-"): value for name, value in headers.items()}), encoded)


def client_on(network: Transport, **settings: Any) -> GrowthHubClient:
    """Make a client that speaks to `network`."""

    class Client(GrowthHubClient):
        def _make_transport(self, settings: Settings) -> Transport:
            return network

    return Client(**{"token": "pit-secret", "location_id": LOCATION, "base_url": "https://growthhub.test"} | settings)


def on(network: FakeNetwork, use: Callable[[GrowthHubClient], Awaitable[Any]], **settings: Any) -> Any:
    """Use a client that speaks to `network`, on the virtual clock."""

    async def main() -> Any:
        async with client_on(network, **settings) as client:
            return await use(client)

    return virtual.run(main)


def _now() -> float:
    return asyncio.get_running_loop().time()
