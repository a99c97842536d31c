"""The client of a command, and how it is asked while no loop runs."""

from __future__ import annotations

import pytest

from growthhub_async import Contact, Outcome, TokenRefusedError
from growthhub_async.cli import event_loop
from growthhub_async.cli.clients import definitions_of
from tests.network import Attempt, FakeNetwork, client_on, created, reply

FIELDS = {"customFields": [{"id": "cf1", "name": "Colour"}]}


def _ignored(_: str) -> None:
    pass


def test_custom_fields_are_asked_for_while_no_loop_runs() -> None:
    """The client can be used afterwards, on the same loop, and its quota knows of the request."""

    def answer(attempt: Attempt) -> object:
        return reply(200, FIELDS) if attempt.request.method == "GET" else created(attempt)

    network = FakeNetwork(answer, delays=[0.0])  # type: ignore[arg-type]
    client = client_on(network, requests_per_day=1, on_daily_quota="stop")

    async def send() -> Outcome:
        async with client:
            return await client.upsert(Contact(email="ada@example.com"))

    with event_loop.runner() as runner:
        asked = definitions_of(client, runner, _ignored)
        found = asked(None)
        assert found is not None
        assert [field.name for field in found] == ["Colour"]
        assert not network.is_open
        assert asked("loc1") is found
        outcome = runner.run(send())
    assert outcome.error is not None
    assert "the day's quota" in outcome.error.message
    assert len(network.attempts) == 1


def test_a_refused_token_is_raised_where_it_is_asked() -> None:
    """And the network is closed."""
    network = FakeNetwork(lambda _: reply(401, {"message": "Invalid JWT"}), delays=[0.0])
    with event_loop.runner() as runner:
        asked = definitions_of(client_on(network), runner, _ignored)
        with pytest.raises(TokenRefusedError):
            asked(None)
    assert not network.is_open
