"""Connections made, each of its own location, server and app; what is refused or cannot be read is told."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import pytest

from growthhub_async import (
    ConfigurationError,
    Contact,
    MemoryTokenStore,
    NotConnectedError,
    UnavailableError,
)
from growthhub_async.sandbox import Status as Answer
from tests.simulation.authorizing import DAY, HERE, LOCATIONS, World, people, play, scenario, spoil, upsert_all


def test_each_location_may_have_a_connection_of_its_own() -> None:
    """One store holds them all, and each is renewed by itself."""

    async def story(world: World) -> None:
        async with world.client() as client:
            for id in LOCATIONS[1:]:
                connection = await client.connect(f"for-{id}")
                assert (connection.user_type, connection.location_id) == ("Location", id)
                assert "contacts.write" in connection.scopes
            await asyncio.sleep(DAY)
            outcomes = await upsert_all(client, {id: people(2) for id in LOCATIONS})
        assert Counter(outcome.error for outcome in outcomes) == {None: 2 * len(LOCATIONS)}
        assert world.refreshes == 2 * len(LOCATIONS) - 1  # one to connect it, one to renew it

    play(story)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (
            {"base_url": "https://elsewhere.example"},
            f"the connection {HERE} is one to https://elsewhere.example, and its tokens go nowhere else",
        ),
        ({"client_id": "app-2"}, f"the connection {HERE} is of the app app-2; check client_id"),
    ],
)
def test_tokens_of_another_server_or_app_go_nowhere(changed: dict[str, Any], words: str) -> None:
    """A base URL that was changed by accident is not shown a token."""

    async def story(world: World) -> None:
        await spoil(world.store, **changed)
        async with world.client() as client:
            with pytest.raises(NotConnectedError, match=f"^{words}"):
                await client.upsert(Contact(email="ada@example.com"))
        assert world.refreshes == 0
        assert not world.asked("/contacts/upsert")

    play(story)


def test_what_a_store_holds_and_raises_is_not_shown() -> None:
    """Neither a text that is no grant, nor the words of a database."""

    class Broken(MemoryTokenStore):
        async def load(self, name: str, /) -> str | None:
            raise OSError("postgres://ada:hunter2@db")

    async def story(world: World) -> None:
        await world.store.save(HERE, '{"refresh_token": "hunter2"}')
        async with world.client() as client:
            with pytest.raises(
                NotConnectedError, match=f"^what the token store holds for {HERE} is no grant"
            ) as raised:
                await client.upsert(Contact(email="ada@example.com"))
        async with world.client(token_store=Broken()) as client:
            outcome = await client.upsert(Contact(email="ada@example.com"))
        assert "hunter2" not in f"{raised.value} {outcome.error}"
        assert outcome.error is not None
        assert outcome.error.message.startswith("the token store failed (OSError)")

    play(story)


@pytest.mark.parametrize(
    ("code", "settings", "words"),
    [
        (
            "no-such-code",
            {},
            "GrowthHub refuses to connect: 400 The authorization code is unknown or used; authorize again",
        ),
        (
            f"for-{HERE}",
            {"client_secret": "wrong"},
            "GrowthHub refuses to connect: 401 Client authentication failed; check client_id and client_secret",
        ),
    ],
)
def test_a_code_that_is_refused_says_what_to_do(code: str, settings: dict[str, Any], words: str) -> None:
    """Neither the code nor the app's secret is in it."""

    async def story(world: World) -> None:
        async with world.client(**settings) as client:
            with pytest.raises(NotConnectedError, match=f"^{words}$"):
                await client.connect(code)

    play(story, code=None)


def test_a_code_that_is_not_answered_is_unavailable() -> None:
    """It may be tried again."""

    async def story(world: World) -> None:
        async with world.client() as client:
            with pytest.raises(UnavailableError, match=r"^could not connect: 503"):
                await client.connect(f"for-{HERE}")

    play(story, scenario(Answer(status=503, path="/oauth/token", every=1)), code=None)


def test_only_an_app_connects() -> None:
    """A client with a token of its own has nothing to connect."""

    async def story(world: World) -> None:
        plain = {"token": "pit-1", "client_id": None, "client_secret": None, "token_store": None}
        async with world.client(**plain) as client:
            with pytest.raises(ConfigurationError, match="client_id: none given"):
                await client.connect("code")

    play(story, code=None)
