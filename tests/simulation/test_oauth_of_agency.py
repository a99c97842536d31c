"""An agency's one connection for hundreds of locations, by the whole client on the whole sandbox."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from growthhub_async import (
    Contact,
    ErrorReason,
    NotConnectedError,
    Status,
)
from growthhub_async.oauth_endpoint import ATTEMPTS
from growthhub_async.sandbox import Limits
from tests.memory_network import Carrier
from tests.simulation.authorizing import DAY, DOWN, HERE, LOCATIONS, World, people, play, scenario, upsert_all


def test_what_brings_nothing_is_not_asked_for_by_every_location() -> None:
    """Hundreds of them wait for one agency's token: it is asked for as often as by one."""

    async def story(world: World) -> None:
        await asyncio.sleep(DAY)
        async with world.client(max_attempts=1) as client:
            outcomes = await upsert_all(client, {id: people(1) for id in ids})
        assert {outcome.error and outcome.error.reason for outcome in outcomes} == {ErrorReason.EXHAUSTED}
        assert world.refreshes <= 2 * ATTEMPTS

    ids = [f"location{number}" for number in range(1, 61)]
    play(story, scenario(DOWN, locations=ids), code="for-agency", location_id=None)


def test_an_agency_opens_its_locations_with_one_connection(carrier: Carrier) -> None:
    """Each location's token is asked for once, and kept until it ends."""
    ids = [f"location{number}" for number in range(1, 61)]

    async def story(world: World) -> None:
        client = world.client()
        for _ in range(2):
            async with client:
                outcomes = await upsert_all(client, {id: people(3) for id in ids})
            assert Counter(outcome.error for outcome in outcomes) == {None: 180}
        assert len(world.asked("/oauth/locationToken")) == 60
        assert world.refreshes == 0

    play(story, scenario(locations=ids), carrier=carrier, code="for-agency", location_id=None)


def test_an_agency_is_asked_no_faster_than_it_allows() -> None:
    """What its quota refuses is asked for again when there is room."""
    ids = [f"location{number}" for number in range(1, 31)]

    async def story(world: World) -> None:
        async with world.client() as client:
            outcomes = await upsert_all(client, {id: people(1) for id in ids})
        assert Counter(outcome.error for outcome in outcomes) == {None: 30}

    few = Limits(requests_per_interval=10)
    play(story, scenario(locations=ids, limits=few), code="for-agency", location_id=None)


def test_an_agency_whose_own_token_ended_renews_it_first() -> None:
    """It is one refresh for all locations, and none of them is blamed."""
    ahead = [0.0]

    async def story(world: World) -> None:
        ahead[0] = DAY
        async with world.client() as client:
            outcomes = await upsert_all(client, {id: people(1) for id in LOCATIONS})
        assert Counter(outcome.error for outcome in outcomes) == {None: len(LOCATIONS)}
        assert world.refreshes == 1

    play(story, code="for-agency", server_ahead=lambda: ahead[0])


def test_a_location_that_its_agency_does_not_open_is_no_other_ones_trouble() -> None:
    """Its records are unauthorized, with what to do about it; the others go on."""

    async def story(world: World) -> None:
        async with world.client() as client:
            outcomes = await upsert_all(client, {HERE: people(20), "elsewhere": people(20)})
        by_location = {id: [o for o in outcomes if o.location_id == id] for id in (HERE, "elsewhere")}
        assert {outcome.status for outcome in by_location[HERE]} == {Status.CREATED}
        errors = {(o.error.reason, o.error.message) for o in by_location["elsewhere"] if o.error}
        assert {reason for reason, _ in errors} == {ErrorReason.UNAUTHORIZED}
        assert all(
            "location elsewhere" in message and "is the app installed there?" in message for _, message in errors
        )

    play(story, code="for-agency")


def test_a_suspended_location_ends_quickly() -> None:
    """A token that is refused although it is new is not renewed again and again."""

    async def story(world: World) -> None:
        async with world.client() as client:
            with pytest.raises(NotConnectedError, match="The account is suspended"):
                await client.upsert(Contact(email="ada@example.com"))
        assert len(world.sandbox.ledger) <= 3

    play(story, scenario(suspended=True), code="for-agency")
