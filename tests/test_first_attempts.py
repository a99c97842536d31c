"""The first attempt of a record has no task; what it brings, and what becomes of it when the run is cut short."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from growthhub_async import Contact, Outcome
from growthhub_async.transport import Failure, Reply, Request
from tests import virtual
from tests.network import FakeNetwork, client_on, reply

OK = reply(200, {"new": True, "contact": {"id": "x"}})
BUSY = reply(503, {"message": "Busy"}, Retry_After="60")
REJECTED = reply(400, {"message": "email must be an email"})
EXPIRED = reply(401, {"message": "Invalid JWT"})


class Hand(FakeNetwork):
    """A transport that is told by hand what each attempt brings."""

    def __init__(self) -> None:
        super().__init__()
        self.on_the_way: list[Callable[[Reply | Failure | Exception], None]] = []
        self.abandoned = 0

    def start(self, request: Request, timeout: float, on_sent: Any, on_answer: Any) -> object:
        on_sent()
        self.on_the_way.append(on_answer)
        return on_answer

    def abandon(self, handle: object) -> None:
        self.on_the_way.remove(handle)  # type: ignore[arg-type]
        self.abandoned += 1


def _people(number: int) -> list[Contact]:
    return [Contact(email=f"ada{one}@example.com") for one in range(number)]


async def _rest(stream: Any) -> list[Outcome]:
    return [outcome async for outcome in stream]


def _told(outcomes: list[Outcome]) -> list[tuple[str, int | None]]:
    return [
        (str(outcome.error.reason if outcome.error else outcome.status), outcome.http_status) for outcome in outcomes
    ]


def test_what_is_accepted_at_once_never_had_a_task() -> None:
    """Of a thousand records nobody waits for one."""

    async def main() -> tuple[set[str], int]:
        network = Hand()
        names: set[str] = set()
        async with client_on(network, concurrency=4) as client, client.upsert_many(_people(100)) as stream:
            rest = asyncio.create_task(_rest(stream), name="test")
            while not rest.done():
                await asyncio.sleep(0.1)
                names |= {task.get_name() for task in asyncio.all_tasks()}
                while network.on_the_way:
                    network.on_the_way.pop()(OK)
        return names - {"test"}, stream.summary.created

    names, created = virtual.run(main)
    assert created == 100
    assert "growthhub-worker" not in names


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        ([], ("in_doubt", None)),
        ([BUSY], ("in_doubt", 503)),
        ([Failure("it broke", sent=True)], ("in_doubt", None)),
        ([Failure("no connection", sent=False)], ("cancelled", None)),
        ([REJECTED], ("rejected", 400)),
        ([EXPIRED], ("cancelled", 401)),
        ([OK], ("created", 200)),
    ],
    ids=["on its way", "busy", "broken", "not sent", "rejected", "token refused", "accepted"],
)
def test_one_that_is_cancelled_says_what_is_known_of_it(
    answers: list[Reply | Failure], told: tuple[str, int | None]
) -> None:
    """Also when what it brought came in the very step in which the run was cancelled."""

    async def main() -> tuple[list[tuple[str, int | None]], int, int]:
        network = Hand()
        async with client_on(network) as client:
            async with client.upsert_many(_people(1)) as stream:
                await asyncio.sleep(1)
                for answer in answers:
                    network.on_the_way.pop()(answer)
                stream.cancel()
            outcomes = await _rest(stream)
            return _told(outcomes), client.statistics()["loc1"].in_flight, network.abandoned

    assert virtual.run(main) == ([told], 0, 0 if answers else 1)


@pytest.mark.parametrize(
    ("answer", "told"), [(OK, ("created", 200)), (BUSY, ("in_doubt", 503)), (REJECTED, ("rejected", 400))]
)
def test_one_that_is_on_its_way_when_the_run_is_stopped_is_waited_for(answer: Reply, told: tuple[str, int]) -> None:
    """And no other attempt follows it."""

    async def main() -> tuple[list[tuple[str, int | None]], int]:
        network = Hand()
        async with client_on(network) as client, client.upsert_many(_people(1)) as stream:
            await asyncio.sleep(1)
            stream.stop()
            await asyncio.sleep(1)
            network.on_the_way.pop()(answer)
            return _told(await _rest(stream)), network.abandoned

    assert virtual.run(main) == ([told], 0)


class Broken(Hand):
    """A transport with a fault of ours."""

    def start(self, *_: object) -> object:
        raise RuntimeError("a bug")

    async def send(self, *_: object) -> Reply:
        raise RuntimeError("a bug")


class Faulty(Hand):
    """A transport that finds out later."""

    def start(self, request: Request, timeout: float, on_sent: Any, on_answer: Any) -> object:
        handle = super().start(request, timeout, on_sent, on_answer)
        asyncio.get_running_loop().call_soon(on_answer, RuntimeError("a bug"))
        return handle


@pytest.mark.parametrize("network", [Broken, Faulty])
def test_a_fault_ends_the_run_in_order(network: type[Hand]) -> None:
    """It is raised after every record that was read was told, and no place is lost by it."""

    async def main() -> tuple[list[Outcome], int, int]:
        outcomes: list[Outcome] = []

        async def read(stream: Any) -> None:
            async for outcome in stream:
                outcomes.append(outcome)

        async with client_on(network(), concurrency=3) as client:
            async with client.upsert_many(_people(9)) as stream:
                with pytest.raises(RuntimeError, match="a bug"):
                    await read(stream)
            in_flight = client.statistics()["loc1"].in_flight
        return outcomes, stream.summary.read, in_flight

    outcomes, read, in_flight = virtual.run(main)
    assert sorted(outcome.position for outcome in outcomes) == list(range(read))
    assert in_flight == 0
    in_doubt = sum(reason == "in_doubt" for reason, _ in _told(outcomes))
    assert in_doubt == (3 if network is Faulty else 0)  # those that left
