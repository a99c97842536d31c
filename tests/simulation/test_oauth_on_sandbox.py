"""Tokens by OAuth, by the whole client on the whole sandbox: renewed in time, once, and never lost."""

from __future__ import annotations

import asyncio
from collections import Counter
from itertools import pairwise
from typing import Any

import msgspec
import pytest

from growthhub_async import (
    Contact,
    ErrorReason,
    MemoryTokenStore,
    NotConnectedError,
    Outcome,
    Status,
    TokenRefusedError,
    UpsertStream,
)
from growthhub_async.grant import read_grant
from growthhub_async.oauth import ONCE_IN
from growthhub_async.sandbox import Disconnect, Hang, Limits
from growthhub_async.sandbox import Status as Answer
from tests.memory_network import Carrier
from tests.simulation.authorizing import DAY, DOWN, HERE, World, people, play, scenario, spoil, upsert_all

SLOWLY = Limits(requests_per_interval=12, interval=3_600.0, requests_per_day=100_000)
"""Twelve requests an hour: five days are 1,440 records."""
AT_THAT_PACE = {"requests_per_interval": 12, "interval": 3_600.0}


@pytest.mark.parametrize("code", [f"for-{HERE}", "for-agency"])
def test_a_run_of_five_days_renews_its_token_and_loses_no_outcome(code: str, carrier: Carrier) -> None:
    """Each day has a token of its own, had in time: not one request is refused for it."""

    async def story(world: World) -> None:
        async with world.client(**AT_THAT_PACE) as client:
            outcomes = await upsert_all(client, people(1_440))
        assert asyncio.get_running_loop().time() > 4.9 * DAY
        assert Counter(outcome.status for outcome in outcomes) == {Status.CREATED: 1_440}
        assert {entry.status for entry in world.sandbox.ledger} == {200}
        asked = [entry.arrived for entry in world.asked()]
        assert [after - before for before, after in pairwise(asked)] == [pytest.approx(DAY - 601, abs=60)] * 4

    play(story, scenario(limits=SLOWLY), carrier=carrier, code=code)


def test_fifty_workers_that_meet_an_expiry_make_one_refresh(carrier: Carrier) -> None:
    """A token that ends before it said so costs each of them a refused request, and no record."""
    ahead = [0.0]

    async def story(world: World) -> None:
        client = world.client(concurrency=50, requests_per_interval=1_000)
        outcomes = []
        async with client, client.upsert_many(people(400)) as stream:
            async for outcome in stream:
                outcomes.append(outcome)
                if len(outcomes) == 100:
                    ahead[0] = DAY  # the server's clock is set: all its tokens have ended
        assert Counter(outcome.status for outcome in outcomes) == {Status.CREATED: 400}
        statuses = Counter(entry.status for entry in world.sandbox.ledger)
        assert 1 <= statuses[401] <= 50
        assert world.refreshes == 1

    many = Limits(requests_per_interval=1_000)
    play(story, scenario(limits=many), carrier=carrier, server_ahead=lambda: ahead[0])


def test_clients_that_share_a_store_make_one_refresh() -> None:
    """Whoever finds that another has renewed it takes what that one has kept."""

    async def story(world: World) -> None:
        async with world.client() as one, world.client() as two:
            await asyncio.gather(*(client.upsert(Contact(email="ada@example.com")) for client in (one, two)))
            await asyncio.sleep(DAY)
            outcomes = [await client.upsert(Contact(email="ada@example.com")) for client in (one, two)]
        assert [outcome.status for outcome in outcomes] == [Status.UPDATED] * 2
        assert world.refreshes == 1

    play(story)


@pytest.mark.parametrize("fault", [Disconnect(moment="after", requests=(2,)), Hang(moment="after", requests=(2, 3))])
def test_a_refresh_whose_reply_was_lost_is_repeated_in_time(fault: Any, carrier: Carrier) -> None:
    """Within the grace period the server gives the same tokens again, so that the connection is not lost."""
    lost = msgspec.structs.replace(fault, path="/oauth/token")

    async def story(world: World) -> None:
        await asyncio.sleep(DAY)
        for _ in range(2):
            async with world.client() as client:
                assert (await client.upsert(Contact(email="ada@example.com"))).status in (
                    Status.CREATED,
                    Status.UPDATED,
                )
        assert world.refreshes == 1 + len(fault.requests)

    play(story, scenario(lost), carrier=carrier)


REFUSED = (
    f"GrowthHub refuses to renew the connection {HERE}: 400 The refresh token is unknown or expired; connect again"
)


async def read_all(stream: UpsertStream, outcomes: list[Outcome]) -> None:
    """Read a stream, which may raise in the end."""
    async with stream:
        async for outcome in stream:
            outcomes.append(outcome)


def test_a_refresh_that_is_refused_ends_in_one_clear_error() -> None:
    """It is asked for once, nothing is sent, every record that was read is told of, and the run raises what to do."""

    async def story(world: World) -> None:
        await spoil(world.store, refresh_token="gone")
        await asyncio.sleep(DAY)
        outcomes: list[Outcome] = []
        async with world.client() as client:
            stream = client.upsert_many(people(500))
            with pytest.raises(NotConnectedError, match=f"^{REFUSED} with `growthhub auth login`"):
                await read_all(stream, outcomes)
            with pytest.raises(NotConnectedError, match=f"^{REFUSED}"):
                await client.upsert(Contact(email="ada@example.com"))
        assert {outcome.error and outcome.error.reason for outcome in outcomes} == {ErrorReason.UNAUTHORIZED}
        assert 0 < len(outcomes) == stream.summary.read < 500
        assert [entry.path for entry in world.sandbox.ledger] == ["/oauth/token"] * 2

    play(story)


def test_a_connection_that_is_made_again_is_taken_up_by_a_client_that_runs() -> None:
    """A service need not be started again when a person has mended it."""

    async def story(world: World) -> None:
        async with world.client() as client:
            with pytest.raises(NotConnectedError, match=f"^there is no connection to location {HERE}; connect again"):
                await client.upsert(Contact(email="ada@example.com"))
            async with world.client() as other:
                await other.connect(f"for-{HERE}")
            await asyncio.sleep(31)
            assert (await client.upsert(Contact(email="ada@example.com"))).status is Status.CREATED

    play(story, code=None)


def test_a_server_that_does_not_answer_costs_no_connection(carrier: Carrier) -> None:
    """While its old token lives it serves on, and after that it is no record's fault."""

    async def story(world: World) -> None:
        async with world.client() as client:
            await client.upsert(Contact(email="a@example.com"))
            await asyncio.sleep(DAY - 300)  # it is to be renewed, and cannot be
            assert (await client.upsert(Contact(email="b@example.com"))).status is Status.CREATED
            await asyncio.sleep(600)
            late = await client.upsert(Contact(email="c@example.com"))
            assert late.error is not None
            assert late.error.reason is ErrorReason.EXHAUSTED
            assert late.error.message.startswith(f"could not renew the connection {HERE}: 503")

    play(story, scenario(DOWN), carrier=carrier)


def test_a_program_that_begins_while_the_server_does_not_answer_goes_with_what_is_left() -> None:
    """A token that could not be renewed ahead of its end serves until then."""

    async def story(world: World) -> None:
        await asyncio.sleep(DAY - 300)
        async with world.client() as client:
            assert (await client.upsert(Contact(email="ada@example.com"))).status is Status.CREATED

    play(story, scenario(DOWN))


def test_a_token_that_was_refused_and_cannot_be_renewed_now_is_no_refusal() -> None:
    """It is the server's trouble, and passes: nobody is told that he has to act."""
    ahead = [0.0]

    async def story(world: World) -> None:
        async with world.client() as client:
            await client.upsert(Contact(email="ada@example.com"))
            ahead[0] = DAY
            outcome = await client.upsert(Contact(email="ada@example.com"))
        assert outcome.error is not None
        assert (outcome.error.reason, outcome.error.retryable) == (ErrorReason.EXHAUSTED, True)

    play(story, scenario(DOWN), server_ahead=lambda: ahead[0])


def test_a_token_that_was_refused_and_will_never_be_renewed_is_one() -> None:
    """It is asked for once, and nothing more is sent."""
    ahead = [0.0]

    async def story(world: World) -> None:
        async with world.client() as client:
            await client.upsert(Contact(email="ada@example.com"))
            await spoil(world.store, refresh_token="gone")
            ahead[0] = DAY
            with pytest.raises(NotConnectedError, match=f"^{REFUSED}"):
                await client.upsert(Contact(email="ada@example.com"))
        assert (world.refreshes, len(world.asked("/contacts/upsert"))) == (1, 2)

    play(story, server_ahead=lambda: ahead[0])


class Watched(MemoryTokenStore):
    """A store that takes its time to save, fails as often as it is told, and knows when it had saved."""

    def __init__(self, failures: int = 0) -> None:
        super().__init__()
        self.failures = failures
        self.saved_at: list[float] = []

    async def save(self, name: str, text: str, /) -> None:
        await asyncio.sleep(3.0)
        if self.saved_at and self.failures:
            self.failures -= 1
            raise OSError("No space left on device")
        await super().save(name, text)
        self.saved_at.append(asyncio.get_running_loop().time())


def test_new_tokens_are_durable_before_they_are_used() -> None:
    """No request leaves with them while the store is saving, however often that fails; and they are asked for once."""
    store = Watched(failures=2)

    async def story(world: World) -> None:
        await asyncio.sleep(DAY)
        async with world.client() as client:
            assert (await client.upsert(Contact(email="ada@example.com"))).status is Status.CREATED
        [upsert] = world.asked("/contacts/upsert")
        assert world.refreshes == 1
        assert world.asked()[-1].arrived + 9 < store.saved_at[-1] < upsert.arrived

    play(story, store=store)


def test_a_connection_that_was_made_again_is_not_overwritten_by_what_could_not_be_kept() -> None:
    """What an earlier refresh brought is of the connection before."""
    store = Watched()

    async def story(world: World) -> None:
        await asyncio.sleep(DAY)
        store.failures = 1_000
        async with world.client() as client:
            assert (await client.upsert(Contact(email="ada@example.com"))).error is not None
            store.failures = 0
            connection = await client.connect("again")
            kept = await store.load(HERE)
            await asyncio.sleep(connection.expires_at - asyncio.get_running_loop().time())
            assert (await client.upsert(Contact(email="ada@example.com"))).status is Status.CREATED
        assert kept is not None
        before, after = read_grant(kept), read_grant(await store.load(HERE) or "")
        assert before is not None
        assert after is not None
        assert after.issued_at >= before.renew_at
        assert {entry.status for entry in world.sandbox.ledger} == {200}

    play(story, scenario(codes=["again"]), store=store)


class Stale(MemoryTokenStore):
    """A store that gives what another machine has replaced since, until it was asked for it twice."""

    def __init__(self) -> None:
        super().__init__()
        self.stale: list[str] = []

    async def load(self, name: str, /) -> str | None:
        return self.stale.pop() if self.stale and name == HERE else await super().load(name)


def test_a_refresh_that_lost_a_race_past_the_lock_takes_what_won_it() -> None:
    """A store whose lock does not reach another machine costs no connection."""
    store = Stale()

    async def story(world: World) -> None:
        await asyncio.sleep(DAY)
        before = await store.load(HERE)
        async with world.client() as one:
            await one.upsert(Contact(email="ada@example.com"))
        await asyncio.sleep(60)  # the server gives no second time what it gave for that
        assert before is not None
        store.stale = [before] * 3
        async with world.client() as other:
            assert (await other.upsert(Contact(email="ada@example.com"))).status is Status.UPDATED
        assert store.stale == []
        assert world.refreshes == 2

    play(story, store=store)


def test_a_client_that_is_closed_waits_for_a_refresh_that_has_begun() -> None:
    """What came of it is kept: who is stopped in the middle of it does not lose the connection."""
    store = Watched()

    async def story(world: World) -> None:
        await asyncio.sleep(DAY)
        async with world.client(close_timeout=0) as client:
            upserting = asyncio.create_task(client.upsert(Contact(email="ada@example.com")))
            await asyncio.sleep(0.2)
            upserting.cancel()
        grant = read_grant(await store.load(HERE) or "")
        assert grant is not None
        assert grant.issued_at >= DAY
        assert world.refreshes == 1

    play(story, store=store)


def test_a_client_whose_closing_is_cut_short_leaves_nothing_behind() -> None:
    """Whoever will not wait for a refresh ends it."""

    async def story(world: World) -> None:
        await asyncio.sleep(DAY)
        client = world.client(close_timeout=0)
        await client.__aenter__()
        upserting = asyncio.create_task(client.upsert(Contact(email="ada@example.com")))
        await asyncio.sleep(0.2)
        closing = asyncio.create_task(client.aclose())
        await asyncio.sleep(0.5)
        closing.cancel()
        await asyncio.gather(closing, upserting, return_exceptions=True)
        assert closing.cancelled()

    play(story, scenario(Hang(path="/oauth/token", requests=(2,))))


def test_a_token_that_is_refused_is_renewed_once() -> None:
    """When the next one is refused, too, it has not expired, and another would fare no better; later it is tried."""
    refused = Answer(status=401, message="Invalid JWT", path="/contacts/upsert", every=1)

    async def story(world: World) -> None:
        async with world.client() as client:
            for refreshes in (1, 1, 2):
                with pytest.raises(TokenRefusedError, match="401 Invalid JWT"):
                    await client.upsert(Contact(email="ada@example.com"))
                assert world.refreshes == refreshes
                await asyncio.sleep(ONCE_IN / 2 + 1)

    play(story, scenario(refused))
