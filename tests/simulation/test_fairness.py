"""A location that waits holds up no other, and those who wait for one location go in turn.

Two runs are compared, one without the location that is in trouble: the others have to finish at the same times.
"""

from __future__ import annotations

import asyncio
import functools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from growthhub_async import Contact, Outcome, Record, UpsertStream
from growthhub_async.margin import ENOUGH
from growthhub_async.sandbox import Limits
from growthhub_async.sandbox.quota import Quota, rate_headers
from growthhub_async.transport import Reply
from tests import virtual
from tests.network import Attempt, FakeNetwork, client_on, created, reply

TROUBLED = "troubled"
WAY, DELAY = 0.05, 0.3
LATENCY = WAY + DELAY
PAUSE = 300.0
DAY = 86_400.0


class Server(FakeNetwork):
    """The sandbox's own quotas over an even network; one location has limits of its own, or pauses those who come."""

    def __init__(self, limits: Limits | None = None, troubled: Limits | None = None, *, pauses: bool = False) -> None:
        super().__init__(self.admit, delays=[DELAY], ways=[WAY])
        self.limits = limits or Limits()
        self.troubled = troubled or self.limits
        self.pauses = pauses
        self.quotas: dict[str, Quota] = {}
        self.refusals: Counter[str] = Counter()

    async def open(self) -> None:
        await super().open()
        for _ in range(ENOUGH):
            self.on_connect(2 * WAY)  # the client knows by now how even the network is

    def admit(self, attempt: Attempt) -> Reply:
        assert attempt.arrived is not None
        location_id = attempt.contact["locationId"]
        limits = self.troubled if location_id == TROUBLED else self.limits
        quota = self.quotas.setdefault(location_id, Quota(limits))
        decision = quota.admit(attempt.arrived)
        paused = location_id == TROUBLED and self.pauses
        answer = created(attempt)
        if paused or not decision.admitted:
            self.pauses = False
            self.refusals[location_id] += 1
            answer = reply(429, b"", retry_after=str(PAUSE)) if paused else reply(429, b"")
        answer.headers.update(rate_headers(limits, decision))
        return answer


TROUBLES: Mapping[str, Callable[[], Server]] = {
    "waits for its windows": lambda: Server(troubled=Limits(requests_per_interval=25)),
    "has spent its day": lambda: Server(troubled=Limits(requests_per_day=300)),
    "is paused": lambda: Server(pauses=True),
}


WAITED = {"waits for its windows": 190.0, "has spent its day": DAY, "is paused": PAUSE}
"""Seconds for which the last of its 500 records has waited at least."""


class Run:
    """Upsert the records of many locations, so many of each, and keep when the last of each was told."""

    def __init__(self, sizes: Iterable[tuple[str, int]], server: Server, **client_settings: Any) -> None:
        self.sizes = dict(sizes)
        self.server = server
        self.client_settings = client_settings
        self.read = 0
        self.told = 0
        self.most_held = 0
        self.created: Counter[str | None] = Counter()
        self.finished: dict[str | None, float] = {}

    def by_location(self) -> Run:
        """Give the records by location."""
        return self._carry_out({location_id: self.contacts(location_id) for location_id in self.sizes})

    def in_one(self, seed: int) -> Run:
        """Give all records in one iterator, in a random order."""
        order = [location_id for location_id, size in self.sizes.items() for _ in range(size)]
        Random(seed).shuffle(order)
        contacts = {location_id: self.contacts(location_id) for location_id in self.sizes}
        return self._carry_out(
            Record(contact=next(contacts[location_id]), location_id=location_id) for location_id in order
        )

    def contacts(self, location_id: str) -> Iterator[Contact]:
        """Give the contacts of a location."""
        for number in range(self.sizes[location_id]):
            self.read += 1
            self.most_held = max(self.most_held, self.read - self.told)
            yield Contact(email=f"ada{number}@{location_id}.example.com")

    def later_than(self, other: Run) -> float:
        """Tell by how many seconds a location finished later than in another run at most, or earlier."""
        return max((abs(self.finished[location_id] - at) for location_id, at in other.finished.items()), default=0.0)

    def _carry_out(self, source: Any) -> Run:
        async def main() -> None:
            async with client_on(self.server, **self.client_settings) as client, client.upsert_many(source) as outcomes:
                async for outcome in outcomes:
                    self._keep(outcome)

        virtual.run(main)
        assert self.created == Counter(self.sizes)
        return self

    def _keep(self, outcome: Outcome) -> None:
        assert outcome.error is None
        self.told += 1
        self.created[outcome.location_id] += 1
        self.finished[outcome.location_id] = asyncio.get_running_loop().time()


MANY = [(f"location{rank}", max(3_000 // rank**2, 1)) for rank in range(1, 201)]
"""The first has 3,000 records, the last 1."""


Random(1).shuffle(MANY)


AT_ONCE = 1_000
"""Requests in flight that are enough for the first bursts of all of them: nobody waits for a slot."""


@functools.cache
def many_without_trouble(*, in_one: bool) -> Run:
    """Carry out the run that the others are compared with."""
    run = Run(MANY, Server(), concurrency=AT_ONCE, look_ahead=20_000)
    return run.in_one(1) if in_one else run.by_location()


def in_trouble(trouble: str, sizes: Iterable[tuple[str, int]], **client_settings: Any) -> Run:
    """Prepare a run in which one location of 500 records is in trouble, and is the first to be read."""
    return Run([(TROUBLED, 500), *sizes], TROUBLES[trouble](), **client_settings)


THIRTY = Limits(requests_per_interval=30)


# -- whom a location that waits holds up


@pytest.mark.parametrize("trouble", TROUBLES)
def test_given_by_location_none_of_200_is_held_up_by_one(trouble: str) -> None:
    """With 1 to 3,000 records each, all the others finish as they do without it, to within a latency."""
    run = in_trouble(trouble, MANY, concurrency=AT_ONCE, look_ahead=20_000).by_location()
    assert run.later_than(many_without_trouble(in_one=False)) < LATENCY
    assert run.finished[TROUBLED] > WAITED[trouble]


@pytest.mark.parametrize("trouble", TROUBLES)
def test_given_in_one_none_of_200_is_held_up_by_one_within_look_ahead(trouble: str) -> None:
    """As long as all records that wait are held at once, the others are read on and finish as they do without it."""
    run = in_trouble(trouble, MANY, concurrency=AT_ONCE, look_ahead=20_000).in_one(1)
    assert run.later_than(many_without_trouble(in_one=True)) < LATENCY
    assert run.finished[TROUBLED] > WAITED[trouble]


sizes = st.lists(st.integers(0, 3) | st.integers(0, 80), max_size=5)


@settings(max_examples=25, deadline=None)
@given(sizes, sizes, st.sampled_from(sorted(TROUBLES)))
def test_given_by_location_nobody_is_held_up_whatever_the_sizes_and_the_order(
    before: list[int], after: list[int], trouble: str
) -> None:
    """Wherever among them the location in trouble comes, with no more memory than two records of each."""
    others = [(f"location{number}", size) for number, size in enumerate([*before, *after])]
    alone = Run(others, Server(THIRTY), look_ahead=2 * max(len(others), 1)).by_location()
    server = TROUBLES[trouble]()
    server.limits = THIRTY
    others.insert(len(before), (TROUBLED, 310))
    run = Run(others, server, look_ahead=2 * len(others)).by_location()
    assert run.later_than(alone) < LATENCY
    assert run.finished[TROUBLED] > 100


@settings(max_examples=40, deadline=None)
@given(sizes, st.sampled_from(sorted(TROUBLES)), st.integers(1, 60), st.integers(0, 9), st.booleans())
def test_no_more_is_held_than_look_ahead(
    sizes: list[int], trouble: str, look_ahead: int, seed: int, by_location: bool
) -> None:
    """Whoever waits, no more is read and not handed on; by location it is one record of each at least."""
    locations = [(f"location{number}", size) for number, size in enumerate(sizes)]
    run = Run([*locations, (TROUBLED, 100)], TROUBLES[trouble](), look_ahead=look_ahead)
    if by_location:
        assert run.by_location().most_held <= max(look_ahead, len(run.sizes))
    else:
        assert run.in_one(seed).most_held <= look_ahead


def test_a_small_look_ahead_is_filled_by_a_location_that_waits() -> None:
    """The limit of one source for all: when all that is held waits for one location, the others are not read."""
    others = [(f"location{number}", 20) for number in range(10)]
    stalled = in_trouble("is paused", others, look_ahead=100).in_one(1)
    assert min(stalled.finished[location_id] for location_id, _ in others) > PAUSE
    assert max(stalled.finished[location_id] for location_id, _ in others) > PAUSE
    free = in_trouble("is paused", others, look_ahead=800).in_one(1)
    assert max(free.finished[location_id] for location_id, _ in others) < 10
    by_location = in_trouble("is paused", others, look_ahead=100).by_location()
    assert max(by_location.finished[location_id] for location_id, _ in others) < 10


# -- who is next


def emails(network: FakeNetwork) -> list[str]:
    """Tell whose requests have left, in order."""
    return [attempt.contact["email"] for attempt in network.attempts]


def test_those_who_wait_for_their_location_take_no_slot() -> None:
    """With a single slot, and two hundred that wait for a window or a pause, who may go goes at once."""

    async def main() -> float:
        server = Server(Limits(requests_per_interval=5), pauses=True)
        async with client_on(server, concurrency=1) as client, asyncio.TaskGroup() as waiting:
            for location_id in (TROUBLED, "busy"):
                for number in range(100):
                    record = Record(contact=Contact(email=f"ada{number}@example.com"), location_id=location_id)
                    waiting.create_task(client.upsert(record))
            await asyncio.sleep(28)
            before = asyncio.get_running_loop().time()
            await client.upsert(Contact(email="grace@example.com"))
            return asyncio.get_running_loop().time() - before

    assert virtual.run(main) == pytest.approx(LATENCY, abs=0.01)


def test_a_service_passes_a_running_import_only_with_priority() -> None:
    """With priority a live upsert is the next to leave; without, it goes behind those that had been read before it."""

    async def main() -> tuple[list[str], int, int]:
        server = Server(Limits(requests_per_interval=10))
        contacts = (Contact(email=f"ada{number}@example.com") for number in range(200))
        client = client_on(server, look_ahead=25, requests_per_interval=10)
        async with client, asyncio.TaskGroup() as service, client.upsert_many(contacts) as outcomes:
            service.create_task(_exhaust(outcomes))
            await asyncio.sleep(15)
            read, left = outcomes.summary.read, len(server.attempts)
            service.create_task(client.upsert(Contact(email="equal@example.com")))
            await asyncio.sleep(1)
            service.create_task(client.upsert(Contact(email="urgent@example.com"), priority=1))
            await asyncio.sleep(200)
        return emails(server), read, left

    order, read, left = virtual.run(main)
    assert order.index("urgent@example.com") == left
    assert order.index("equal@example.com") == read + 1
    assert left + 5 < read
    imported = [email for email in order if email.startswith("ada")]
    assert imported == [f"ada{number}@example.com" for number in range(200)]


@pytest.mark.parametrize("window", ["fixed", "sliding", "token_bucket"])
def test_two_streams_share_the_quota_of_their_location(window: Any) -> None:
    """Nobody is refused, no record is lost, both get on alike, and together they are as fast as one."""

    async def main() -> tuple[Counter[str], Server, float]:
        server = Server(Limits(requests_per_interval=10, window=window))
        client = client_on(server, requests_per_interval=10, look_ahead=20)
        async with client, asyncio.TaskGroup() as both:
            for name in ("ada", "grace"):
                contacts = [Contact(email=f"{name}{number}@example.com") for number in range(100)]
                both.create_task(_stream(client.upsert_many(contacts), told))
        return told, server, asyncio.get_running_loop().time()

    told: Counter[str] = Counter()
    _, server, seconds = virtual.run(main)
    assert told == {"created": 200}
    assert not server.refusals
    assert len(set(emails(server))) == 200
    assert sum(email.startswith("ada") for email in emails(server)[:100]) == pytest.approx(50, abs=15)
    assert seconds < 19 * 10.1 + 3 * LATENCY


async def _stream(stream: UpsertStream, told: Counter[str]) -> None:
    async with stream as outcomes:
        async for outcome in outcomes:
            told[outcome.status] += 1


async def _exhaust(outcomes: UpsertStream) -> None:
    async for _ in outcomes:
        pass


def test_where_slots_are_few_the_locations_take_turns() -> None:
    """Of ten locations that all may go, none is ever ahead of another by more than twice as many as there are slots."""
    locations = [(f"location{number}", 20) for number in range(10)]
    run = Run(locations, Server(), concurrency=3, look_ahead=400).by_location()
    left: Counter[str] = Counter()
    for attempt in run.server.attempts:
        left[attempt.contact["locationId"]] += 1
        if len(left) == len(locations):
            assert max(left.values()) - min(left.values()) <= 2 * 3
    assert max(run.finished.values()) < 200 / 3 * LATENCY + 1
