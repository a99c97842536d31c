"""The custom fields of locations, asked for while files are read."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from growthhub_async import CustomFieldDefinition, GrowthHubClient, TokenRefusedError
from growthhub_async.errors import RejectedError, UnavailableError
from growthhub_async.importer import Definitions, ImportFileError
from tests.network import LOCATION, FakeNetwork, client_on, reply

COLOUR = CustomFieldDefinition(id="c1", name="Colour")


class Server:
    """Answer with a custom field, or raise, and write down who was asked for."""

    def __init__(self, error: Exception | None = None) -> None:
        self.asked: list[str] = []
        self.told: list[str] = []
        self._error = error

    def __call__(self, location_id: str) -> Sequence[CustomFieldDefinition]:
        self.asked.append(location_id)
        if self._error is not None:
            raise self._error
        return [COLOUR]

    def definitions(self, **settings: object) -> Definitions:
        """Make what is to be tested."""
        return Definitions(client_on(FakeNetwork(), **settings), self.told.append, self)


def test_each_location_is_asked_once() -> None:
    """Whoever names none means the client's own."""
    server = Server()
    definitions_of = server.definitions()
    assert [definitions_of(location) for location in (None, LOCATION, "other", "other", None)] == [[COLOUR]] * 5
    assert server.asked == [LOCATION, "other"]


def test_without_any_location_nobody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every record may name another; those are asked for as they are met."""
    monkeypatch.delenv("GROWTHHUB_LOCATION_ID", raising=False)
    server = Server()
    assert server.definitions(location_id=None)(None) is None
    assert server.asked == []


def test_a_token_that_may_not_know_them_imports_all_the_same() -> None:
    """An import needs another scope; what it cannot do without this one is told, once."""
    server = Server(TokenRefusedError("401 The token is not authorized for this scope.", http_status=401))
    definitions_of = server.definitions()
    assert (definitions_of(None), definitions_of(None)) == (None, None)
    assert server.asked == [LOCATION]
    (told,) = server.told
    assert "locations/customFields.readonly" in told
    assert "custom:ID" in told


def test_a_token_that_is_no_good_is_refused() -> None:
    """No job is made without the custom fields that the location has."""
    server = Server(TokenRefusedError("401 Invalid JWT", http_status=401))
    with pytest.raises(TokenRefusedError):
        server.definitions()(None)
    assert server.told == []


def test_a_server_that_refuses_to_tell_them_is_done_without() -> None:
    """An import that names no custom field needs none of them."""
    server = Server(RejectedError("404 Not found", http_status=404, trace_id=None))
    assert server.definitions()(None) is None
    (told,) = server.told
    assert "for the server refuses to tell them: 404 Not found" in told


def test_what_cannot_be_had_now_is_told_with_the_servers_words() -> None:
    """And ends the reading: a job without these fields would be another."""
    error = UnavailableError("503 Service Unavailable", http_status=503, trace_id=None)
    with pytest.raises(ImportFileError, match=f"the custom fields of location {LOCATION} cannot be read: {error}"):
        Server(error).definitions()(None)


def test_the_clients_loop_answers_a_thread() -> None:
    """By default, while the loop runs."""
    fields = {"customFields": [{"id": "c1", "name": "Colour"}]}
    network = FakeNetwork(lambda _: reply(200, fields))

    async def main() -> Sequence[CustomFieldDefinition] | None:
        async with client_on(network) as client:
            return await asyncio.to_thread(_definitions(client), None)

    def _definitions(client: GrowthHubClient) -> Definitions:
        return Definitions(client, lambda _: None)

    found = asyncio.run(main())
    assert found is not None
    assert [(field.id, field.name) for field in found] == [("c1", "Colour")]
    assert [attempt.request.path for attempt in network.attempts] == [f"/locations/{LOCATION}/customFields"]
