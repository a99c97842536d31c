"""The whole client, alone on the sandbox's own quotas: never refused, each record created once, and no window wasted.

Connections and ways take what they like, as long as the ways differ by no more than the margin.
"""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter, defaultdict
from collections.abc import Callable
from math import ceil
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from growthhub_async import Contact, Outcome, Record, Summary
from growthhub_async.burst import TRIAL_LIMIT
from growthhub_async.margin import LEAST, MOST
from growthhub_async.sandbox import Limits
from growthhub_async.sandbox.quota import Quota, rate_headers
from growthhub_async.transport import Failure, Reply, Request
from tests import virtual
from tests.network import Attempt, FakeNetwork, client_on, created, reply

WITHIN = 0.99
"""The share of the margin that the ways use; timers are late by a little."""
UNEVEN = 0.5
"""Seconds at most by which connections differ: half of it is no more than the margin of an unknown network."""
FAILED = Failure("could not connect", sent=False)


class Plan(NamedTuple):
    """Locations of these sizes, a network, and how the records come.

    `connects` are what the making of connections costs, in turn, None for one that cannot be made; `late` are shares of
    the margin by which the ways are longer than `way`.
    """

    sizes: list[int]
    limits: Limits
    reserve: float
    concurrency: int
    connects: list[float | None]
    way: float
    late: list[float]
    delays: list[float]
    by_location: bool

    @property
    def uneven(self) -> float:
        """How much one way may differ from another."""
        made = [seconds for seconds in self.connects if seconds is not None]
        return WITHIN * min(max((max(made) - min(made)) / 2, LEAST), MOST * self.limits.interval)

    @property
    def connect(self) -> float:
        """How long a connection takes at most."""
        return max(seconds or 0.0 for seconds in self.connects)

    @property
    def latency(self) -> float:
        """Seconds at most from when a request may go to its reply."""
        return self.connect + self.way + self.uneven + max(self.delays)


class SandboxNetwork(FakeNetwork):
    """A network whose server counts by the sandbox's quotas, and in which every request makes a connection first.

    What is beyond the share that is ours, though the server admits it, counts as refused.
    """

    def __init__(self, plan: Plan) -> None:
        super().__init__(self.admit, plan.delays, [plan.way + share * plan.uneven for share in plan.late])
        self.limits = plan.limits
        ours = plan.limits.requests_per_interval - ceil(plan.reserve * plan.limits.requests_per_interval)
        limits_of_ours = replace(plan.limits, requests_per_interval=max(ours, 1))
        self.quotas: defaultdict[str, Quota] = defaultdict(lambda: Quota(plan.limits))
        self.quotas_of_ours: defaultdict[str, Quota] = defaultdict(lambda: Quota(limits_of_ours))
        self.connects = itertools.cycle(plan.connects)
        self.refusals = 0

    def admit(self, attempt: Attempt) -> Reply:
        assert attempt.arrived is not None
        decision = self.quotas[attempt.contact["locationId"]].admit(attempt.arrived)
        ours = self.quotas_of_ours[attempt.contact["locationId"]].admit(attempt.arrived)
        answer = created(attempt) if decision.admitted else reply(429, b"")
        self.refusals += not (decision.admitted and ours.admitted)
        answer.headers.update(rate_headers(self.limits, decision))
        return answer

    async def send(self, request: Request, timeout: float, on_sent: Callable[[], None]) -> Reply | Failure:
        seconds = next(self.connects)
        if seconds is None:
            return FAILED
        await asyncio.sleep(seconds)
        self.on_connect(seconds)
        return await super().send(request, timeout, on_sent)


class Result(NamedTuple):
    """What a run came to; `attempts` are those that left."""

    attempts: list[Attempt]
    refusals: int
    outcomes: list[Outcome]
    summary: Summary
    seconds: float


def carry_out(plan: Plan) -> Result:
    """Upsert all records of a plan."""
    network = SandboxNetwork(plan)
    contacts = {
        f"location{number}": [Contact(email=f"ada{number}-{one}@example.com") for one in range(size)]
        for number, size in enumerate(plan.sizes)
    }
    together = [
        Record(contact=contact, location_id=location_id)
        for contact_of_each in itertools.zip_longest(*contacts.values())
        for location_id, contact in zip(contacts, contact_of_each, strict=True)
        if contact is not None
    ]

    async def main() -> Result:
        client = client_on(
            network,
            concurrency=plan.concurrency,
            max_attempts=100,
            requests_per_interval=plan.limits.requests_per_interval,
            interval=plan.limits.interval,
            reserve=plan.reserve,
        )
        async with client, client.upsert_many(contacts if plan.by_location else together) as stream:
            outcomes = [outcome async for outcome in stream]
        seconds = asyncio.get_running_loop().time()
        return Result(network.attempts, network.refusals, outcomes, stream.summary, seconds)

    return virtual.run(main)


connects = (st.just(0.0) | st.floats(0.0, 2.0)).flatmap(
    lambda least: st.lists(
        st.sampled_from([least, least + UNEVEN]) | st.floats(least, least + UNEVEN), min_size=1, max_size=5
    )
)
limits = st.builds(
    Limits,
    window=st.sampled_from(["fixed", "sliding", "token_bucket"]),
    requests_per_interval=st.integers(1, 5) | st.integers(6, 40),
    interval=st.sampled_from([1.0, 10.0, 60.0]),
    rate_headers=st.booleans(),
)
plans = st.builds(
    Plan,
    sizes=st.lists(st.integers(0, 4) | st.integers(5, 60), min_size=1, max_size=4),
    limits=limits,
    reserve=st.sampled_from([0.0, 0.0, 0.3]),
    concurrency=st.sampled_from([1, 3, 200]),
    connects=connects,
    way=st.sampled_from([0.0, 0.1, 3.0]),
    late=st.lists(st.sampled_from([0.0, 1.0]) | st.floats(0.0, 1.0), min_size=1, max_size=5),
    delays=st.lists(st.sampled_from([0.0, 0.3, 15.0]) | st.floats(0.0, 1.0), min_size=1, max_size=5),
    by_location=st.booleans(),
)
failing_plans = st.builds(
    lambda plan, at: plan._replace(connects=[*plan.connects[:at], None, *plan.connects[at:]]), plans, st.integers(0, 5)
)


@settings(max_examples=300, deadline=None)
@given(plans | failing_plans)
def test_a_client_that_is_alone_is_never_refused_and_creates_each_record_once(plan: Plan) -> None:
    """In all three modes and any number of locations, whatever the network takes; and what is reserved is left."""
    result = carry_out(plan)
    assert result.refusals == 0
    assert result.summary.created == len(result.outcomes) == sum(plan.sizes)
    created_once = Counter(attempt.contact["email"] for attempt in result.attempts)
    assert len(created_once) == created_once.total() == sum(plan.sizes)


@settings(max_examples=100, deadline=None)
@given(plans.map(lambda plan: plan._replace(concurrency=1_000, reserve=0.0, connects=plan.connects[:1])))
def test_a_client_that_is_alone_uses_every_window(plan: Plan) -> None:
    """The largest location takes an interval, a margin and a connection for each of its windows, and not much more.

    Where more is allowed than to a trial account, a reply may be waited for before the rest of a window is used, and
    once more for the last few of the first. The
    first connections tell how even the network is: one that is slow only later may pass for others, for a while.
    """
    limit, interval = plan.limits.requests_per_interval, plan.limits.interval
    waits_for_reply = plan.latency if limit > TRIAL_LIMIT else 0.0
    full_windows = max(max(plan.sizes) - 1, 0) // limit
    window = interval + min(UNEVEN, MOST * interval) + plan.connect + waits_for_reply
    assert carry_out(plan).seconds <= full_windows * window + 2 * waits_for_reply + plan.latency + 0.01
