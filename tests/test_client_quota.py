"""The client and the quotas of its locations, as its users see them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import pytest

from growthhub_async import (
    ClientClosedError,
    ConfigurationError,
    Contact,
    ErrorReason,
    GrowthHubClient,
    Outcome,
    Record,
    Status,
)
from growthhub_async.day import DAY, LATE
from growthhub_async.sandbox.limits import Limits
from growthhub_async.sandbox.quota import Quota, rate_headers
from growthhub_async.transport import Reply
from tests import virtual
from tests.network import LOCATION, Answer, Attempt, FakeNetwork, client_on, created, on, reply

ADA = Contact(email="ada@example.com")


def people(count: int, name: str = "user") -> list[Contact]:
    return [Contact(email=f"{name}{number}@example.com") for number in range(count)]


async def upsert_all(client: GrowthHubClient, source: Any) -> list[Outcome]:
    async with client.upsert_many(source) as outcomes:
        return [outcome async for outcome in outcomes]


def limited(limits: Limits, instead: Callable[[int], Reply | None] = lambda _: None) -> Answer:
    """Answer as a server with these limits, but for the requests of those numbers that get something instead."""
    quota = Quota(limits)
    number = 0

    def answer(attempt: Attempt) -> Reply:
        nonlocal number
        number += 1
        other = instead(number)
        if other is not None:
            return other
        assert attempt.arrived is not None
        decision = quota.admit(attempt.arrived)
        headers = {name.replace("-", "_"): value for name, value in rate_headers(limits, decision).items()}
        if not decision.admitted:
            return reply(429, {"message": "too many"}, **headers)
        return reply(200, {"new": True, "contact": {"id": "x"}, "traceId": "t"}, **headers)

    return answer


def throttled(network: FakeNetwork) -> int:
    return sum(isinstance(attempt.answer, Reply) and attempt.answer.status == 429 for attempt in network.attempts)


# -- the day


def test_the_last_record_of_a_day_goes_and_the_next_waits_for_tomorrow() -> None:
    """The day is used up to its last request, and a run goes on when the next has begun."""
    network = FakeNetwork()
    outcomes = on(network, lambda client: upsert_all(client, people(4)), requests_per_day=3)
    assert [outcome.status for outcome in outcomes] == [Status.CREATED] * 4
    left = [attempt.left for attempt in network.attempts]
    assert left[:3] == pytest.approx([0] * 3, abs=1)
    assert left[3] == pytest.approx(DAY + LATE, abs=1)


def test_a_run_that_does_not_wait_for_tomorrow_accounts_for_everything() -> None:
    """With "stop" what does not fit into the day is cancelled, at once, and says when the day begins anew."""
    network = FakeNetwork()

    async def use(client: GrowthHubClient) -> tuple[list[Outcome], float]:
        return await upsert_all(client, people(10)), asyncio.get_running_loop().time()

    outcomes, ended_at = on(network, use, requests_per_day=3, on_daily_quota="stop")
    assert sorted(outcome.position for outcome in outcomes) == list(range(10))
    cancelled = [outcome.error for outcome in outcomes if outcome.error]
    assert len(cancelled) == 7
    assert {error.reason for error in cancelled} == {ErrorReason.CANCELLED}
    assert all(error.retryable and "it begins anew at" in error.message for error in cancelled)
    assert ended_at < 5


@pytest.mark.parametrize(
    "contacts",
    [people(12), set(range(12)), {"loc1": people(12)}, [Record(contact=ADA, location_id="loc1")] * 12],
    ids=["list", "set", "mapping", "records"],
)
def test_a_run_that_will_not_fit_into_the_day_says_so_at_its_start(
    contacts: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """Before anything is sent the log says how many do not fit, and how long they take."""

    async def use(client: GrowthHubClient) -> None:
        client.upsert_many(contacts)

    with caplog.at_level(logging.WARNING, "growthhub_async"):
        on(FakeNetwork(), use, requests_per_day=10)
    [told] = [record.getMessage() for record in caplog.records]
    assert told.startswith("location loc1: 12 requests do not fit into the day's quota: 10 fit today, and 2 more")


def test_a_run_that_fits_says_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """Nor does one of a source that cannot tell how long it is."""

    async def use(client: GrowthHubClient) -> None:
        client.upsert_many(people(10))
        client.upsert_many(iter(people(12)))

    with caplog.at_level(logging.WARNING, "growthhub_async"):
        on(FakeNetwork(), use, requests_per_day=10)
    assert caplog.records == []


# -- refusals


@pytest.mark.parametrize("status", [500, 502])
def test_a_page_from_the_edge_forgets_no_trial_account(status: int) -> None:
    """A 5xx without headers says nothing of the quota: the 25 that were learnt stay, and nothing is refused."""
    page = reply(status, b"<html>bad gateway</html>")
    network = FakeNetwork(limited(Limits.trial(), lambda number: page if number in (1, 26) else None), delays=[0.2])
    outcomes = on(network, lambda client: upsert_all(client, people(150)))
    assert {outcome.status for outcome in outcomes} == {Status.CREATED}
    assert throttled(network) == 0


@pytest.mark.parametrize("mode", ["wait", "stop"])
def test_a_refusal_after_a_quiet_day_gives_up_nothing(mode: str) -> None:
    """Two refusals that are days apart are no server that refuses everything."""
    network = FakeNetwork(
        lambda attempt: reply(429, b"") if attempt.left < 1 or attempt.left == late else created(attempt)
    )
    late = 0.0

    async def use(client: GrowthHubClient) -> list[Outcome]:
        nonlocal late
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(client.upsert(ADA), 2)
        await asyncio.sleep(3 * DAY)
        late = asyncio.get_running_loop().time()
        return await upsert_all(client, people(50))

    assert {outcome.status for outcome in on(network, use, on_daily_quota=mode)} == {Status.CREATED}


def test_a_refusal_costs_a_record_no_attempt() -> None:
    """However often the quota refuses it, all of `max_attempts` are left to it."""
    network = FakeNetwork(lambda attempt: reply(429, b"") if attempt.left < 200 else created(attempt))
    outcome = on(network, lambda client: client.upsert(ADA), max_attempts=1)
    assert outcome.status is Status.CREATED
    assert outcome.attempts > 2


def test_a_refusal_that_is_followed_by_a_failure_costs_no_attempt_either() -> None:
    """Of two attempts one is left after three refusals and a failure."""
    answers = iter([reply(429, b"")] * 3 + [reply(500, b"")])
    network = FakeNetwork(lambda attempt: next(answers, None) or created(attempt))
    outcome = on(network, lambda client: client.upsert(ADA), max_attempts=2)
    assert (outcome.status, outcome.attempts) == (Status.CREATED, 5)


def test_a_failure_that_tells_of_the_quota_is_believed() -> None:
    """A 503 with the rate headers comes from the server that counts."""
    answers = iter([reply(503, b"", X_RateLimit_Max="25", X_RateLimit_Remaining="24")])
    network = FakeNetwork(lambda attempt: next(answers, None) or created(attempt))

    async def use(client: GrowthHubClient) -> int:
        await client.upsert(ADA)
        return client.statistics()[LOCATION].window_limit

    assert on(network, use) == 25


def test_after_a_refusal_those_who_came_first_still_go_first() -> None:
    """The refused record and those behind it keep their order."""
    refused = iter([*[False] * 19, True])
    network = FakeNetwork(
        lambda attempt: reply(429, b"", Retry_After="5") if next(refused, False) else created(attempt), delays=[0.05]
    )

    async def use(client: GrowthHubClient) -> list[int]:
        order: list[int] = []

        async def upsert(number: int) -> None:
            await client.upsert(people(1, f"{number}-")[0])
            order.append(number)

        await asyncio.gather(*map(upsert, range(60)))
        return order

    assert on(network, use, concurrency=1) == list(range(60))


# -- a service beside an import


@pytest.mark.parametrize("concurrency", [1, 4, 128])
def test_live_traffic_waits_for_no_record_that_has_not_left(concurrency: int) -> None:
    """Beside an import that fills every slot, who is urgent has the next one that is free."""

    async def use(client: GrowthHubClient) -> float:
        async with client.upsert_many(people(400)) as outcomes:
            await asyncio.sleep(3 if concurrency < 128 else 0.1)
            outcome = await client.upsert(ADA, priority=1)
            outcomes.cancel()
        return outcome.duration

    network = FakeNetwork(delays=[0.5])
    settings = {"concurrency": concurrency, "look_ahead": 400, "requests_per_interval": 400}
    assert on(network, use, **settings) <= 2.1


@pytest.mark.parametrize("priority", ["1", None, 1.0, True])
def test_a_priority_is_a_whole_number(priority: Any) -> None:
    """Anything else could not be compared with the others', and is refused at once."""
    with pytest.raises(ConfigurationError, match="priority: must be a whole number"):
        on(FakeNetwork(), lambda client: client.upsert(ADA, priority=priority))


def test_closing_a_client_ends_upserts_that_wait() -> None:
    """Who waits for a spent day hears that the client was closed, and not tomorrow."""

    async def main() -> float:
        client = client_on(FakeNetwork(), requests_per_day=1)
        async with client:
            await client.upsert(ADA)
            waiting = asyncio.create_task(client.upsert(ADA))
            await asyncio.sleep(1)
        with pytest.raises(ClientClosedError):
            await waiting
        return asyncio.get_running_loop().time()

    assert virtual.run(main) < 3


def test_a_client_that_is_entered_again_lets_upserts_go_again() -> None:
    """What was closed is open."""

    async def main() -> list[Outcome]:
        client = client_on(FakeNetwork())
        outcomes = []
        for _ in range(2):
            async with client:
                outcomes.append(await client.upsert(ADA))
        return outcomes

    assert [outcome.status for outcome in virtual.run(main)] == [Status.CREATED] * 2


# -- what is told


def test_statistics_are_those_of_every_location_that_was_used() -> None:
    """Each has its own numbers; one that was only asked about has none."""

    async def use(client: GrowthHubClient) -> Any:
        await client.upsert(ADA)
        await upsert_all(client, [Record(contact=contact, location_id="loc2") for contact in people(3)])
        client.estimate(5, location_id="loc3")
        return client.statistics()

    statistics = on(FakeNetwork(), use)
    assert {name: one.day_used for name, one in statistics.items()} == {"loc1": 1, "loc2": 3}
    assert {one.in_flight + one.waiting for one in statistics.values()} == {0}


@pytest.mark.parametrize("requests", [-1, 2.5, "7", 10**10, float("nan")])
def test_an_estimate_is_of_a_number_of_requests(requests: Any) -> None:
    """What is no number of requests is refused, and the message says what is one."""

    async def use(client: GrowthHubClient) -> None:
        with pytest.raises(ConfigurationError, match="requests: must be a whole number"):
            client.estimate(requests)

    on(FakeNetwork(), use)


def test_an_estimate_knows_of_a_pause() -> None:
    """A location that was refused for five minutes takes five minutes more."""
    refused = iter([True])
    network = FakeNetwork(
        lambda attempt: reply(429, b"", Retry_After="300") if next(refused, False) else created(attempt)
    )

    async def use(client: GrowthHubClient) -> float:
        task = asyncio.create_task(client.upsert(ADA))
        await asyncio.sleep(1)
        seconds = client.estimate(1).seconds
        await task
        return seconds

    assert 298 < on(network, use) <= 300.1
