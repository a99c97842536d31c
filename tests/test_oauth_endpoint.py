"""What is asked of the OAuth server, how often, and what is made of its answers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl

import pytest

from growthhub_async import MemoryTokenStore, Settings
from growthhub_async.grant import Grant, read_grant
from growthhub_async.oauth_endpoint import ATTEMPT_TIMEOUT, ATTEMPTS, MAX_PAUSE, OAuthEndpoint
from growthhub_async.secret import Secret
from growthhub_async.transport import FORM, Failure, Reply
from growthhub_async.verdicts import Accepted, Refused, Transient
from tests import virtual
from tests.network import FakeNetwork, reply

WHOLE = {
    "access_token": "access-1",
    "refresh_token": "refresh-1",
    "expires_in": 86_399,
    "scope": "a.write b.read",
    "userType": "Location",
    "companyId": "company",
    "locationId": "loc1",
    "userId": "user",
}
SETTINGS = Settings(
    client_id="app-1", client_secret="hush", token_store=MemoryTokenStore(), base_url="https://growthhub.test"
)
LOST = Failure("the connection or the reply broke", sent=True)


def asking(
    answers: list[Reply | Failure], ask: Callable[[OAuthEndpoint], Awaitable[Any]], settings: Settings = SETTINGS
) -> tuple[Any, FakeNetwork, float]:
    """Ask something of a server that gives these answers, the last one again and again; tell how long it took."""

    class Server(FakeNetwork):
        async def send(self, request: Any, timeout: float, on_sent: Callable[[], None]) -> Reply | Failure:
            self.asked.append((request, timeout))
            return answers.pop(0) if len(answers) > 1 else answers[0]

    server = Server()
    server.asked = []

    async def main() -> Any:
        clock = asyncio.get_running_loop().time
        return await ask(OAuthEndpoint(settings, server, lambda: clock() + 1_000.0)), clock()

    answer, took = virtual.run(main)
    return answer, server, took


def by_code(endpoint: OAuthEndpoint) -> Awaitable[Any]:
    return endpoint.by_code(Secret("the code"), "http://localhost:1/", "Location")


def grant_of(answer: dict[str, Any]) -> Grant:
    verdict, _, _ = asking([reply(200, answer)], by_code)
    assert isinstance(verdict, Accepted)
    return verdict.value


def test_a_code_is_exchanged_as_a_form() -> None:
    """With the app's credentials and where the code was sent, and no token; what comes is a grant of this server."""
    verdict, server, _ = asking([reply(200, WHOLE)], by_code)
    [(request, _)] = server.asked
    assert (request.method, request.path, request.token, request.content_type) == ("POST", "/oauth/token", None, FORM)
    assert dict(parse_qsl(request.body.decode())) == {
        "client_id": "app-1",
        "client_secret": "hush",
        "grant_type": "authorization_code",
        "code": "the code",
        "user_type": "Location",
        "redirect_uri": "http://localhost:1/",
    }
    grant = verdict.value
    assert (grant.base_url, grant.client_id, grant.issued_at) == ("https://growthhub.test", "app-1", 1_000.0)
    assert (grant.access_token, grant.refresh_token) == ("access-1", "refresh-1")
    connection = grant.connection
    assert (connection.user_type, connection.location_id, connection.company_id) == ("Location", "loc1", "company")
    assert (connection.user_id, connection.scopes, connection.expires_at) == ("user", ("a.write", "b.read"), 87_399.0)


def test_a_refresh_takes_over_what_is_not_told_again() -> None:
    """A server that keeps its refresh token, or says less than before, costs nothing."""
    before = grant_of(WHOLE)
    verdict, server, _ = asking(
        [reply(200, {"access_token": "access-2", "expires_in": 60})], lambda endpoint: endpoint.refresh(before)
    )
    sent = dict(parse_qsl(server.asked[0][0].body.decode()))
    assert (sent["grant_type"], sent["refresh_token"], sent["user_type"]) == ("refresh_token", "refresh-1", "Location")
    after = verdict.value
    assert (after.access_token, after.refresh_token, after.connection.expires_at) == ("access-2", "refresh-1", 1_060.0)
    assert (after.connection.scopes, after.connection.location_id) == (before.connection.scopes, "loc1")
    assert read_grant(after.as_text()) == after


def test_a_location_s_token_is_asked_for_with_the_agencys() -> None:
    """By company and location, and without the app's secret."""
    agency = grant_of(WHOLE | {"userType": "Company"})
    _, server, _ = asking([reply(200, WHOLE)], lambda endpoint: endpoint.location_token(agency, "loc2"))
    [(request, _)] = server.asked
    assert (request.path, request.token, request.content_type) == ("/oauth/locationToken", Secret("access-1"), FORM)
    assert dict(parse_qsl(request.body.decode())) == {"companyId": "company", "locationId": "loc2"}


@pytest.mark.parametrize(
    "unfit",
    [
        {"access_token": "hunter2 with a space"},
        {"access_token": ""},
        {"refresh_token": "hunter2\n"},
        {"expires_in": 0},
        {"expires_in": "soon"},
        {"userType": "Robot"},
        {"locationId": "../hunter2"},
        {"access_token": None},
    ],
)
def test_an_answer_that_makes_no_sense_is_none(unfit: dict[str, Any]) -> None:
    """It is asked for again, and what is wrong with it is not quoted."""
    verdict, server, _ = asking([reply(200, WHOLE | unfit)], by_code)
    assert isinstance(verdict, Transient)
    assert len(server.asked) == ATTEMPTS
    assert verdict.message.startswith("not what the contract says: 200")
    assert "hunter2" not in verdict.message


@pytest.mark.parametrize("answer", [LOST, reply(503, b"oops"), reply(401, {"message": "Command timed out"})])
def test_what_may_pass_is_asked_again_within_the_grace_of_a_refresh(answer: Reply | Failure) -> None:
    """Three times more at the least in 30 s, however long each takes; and it is told when it never passes."""
    verdict, server, _ = asking([answer, answer, answer, reply(200, WHOLE)], by_code)
    assert isinstance(verdict, Accepted)
    timeouts = [timeout for _, timeout in server.asked]
    assert sum(timeouts[:3]) + 0.5 + 1.0 + 2.0 < 30.0
    assert set(timeouts) == {ATTEMPT_TIMEOUT}
    verdict, server, _ = asking([answer], by_code)
    assert (isinstance(verdict, Transient), len(server.asked)) == (True, ATTEMPTS)


def test_a_server_that_asks_to_wait_is_waited_for() -> None:
    """Unless it asks for longer than anybody would wait."""
    _, server, took = asking([reply(429, retry_after="10"), reply(200, WHOLE)], by_code)
    assert len(server.asked) == 2
    assert 10.0 <= took < 11.0
    verdict, server, took = asking([reply(429, retry_after=str(MAX_PAUSE + 1))], by_code)
    assert (isinstance(verdict, Transient), len(server.asked), took) == (True, 1, 0.0)


@pytest.mark.parametrize(("answer", "asked"), [(LOST, ATTEMPTS), (reply(503), 1), (Failure("no way", sent=False), 1)])
def test_who_ends_asks_again_only_for_what_may_have_been_done(answer: Reply | Failure, asked: int) -> None:
    """And waits for nothing more between."""

    async def asked_at_the_end(endpoint: OAuthEndpoint) -> Any:
        asking = asyncio.ensure_future(by_code(endpoint))
        await asyncio.sleep(0)
        endpoint.close()
        return await asking

    verdict, server, took = asking([answer], asked_at_the_end)
    assert isinstance(verdict, Transient)
    assert (len(server.asked), took) == (asked, 0.0)


def test_a_refusal_is_not_asked_again() -> None:
    """Its words are told, without what was sent."""
    answer = reply(400, {"error": "invalid_grant", "error_description": "the code / hush are wrong"})
    verdict, server, _ = asking([answer], by_code)
    assert isinstance(verdict, Refused)
    assert (verdict.message, len(server.asked)) == ("400 *** / *** are wrong", 1)


def test_a_redirect_is_not_followed() -> None:
    """What is secret goes to its own server alone, and whoever is sent elsewhere is told to look at base_url."""
    verdict, server, _ = asking([reply(307, b"", location="https://evil.example/oauth/token")], by_code)
    assert isinstance(verdict, Refused)
    assert (len(server.asked), "is base_url right?" in verdict.message) == (1, True)


def test_an_attempt_takes_no_longer_than_the_settings_allow() -> None:
    """A service that is in a hurry may say so."""
    hasty = Settings(
        client_id="app-1", client_secret="hush", token_store=MemoryTokenStore(), attempt_timeout=2.0, base_url=None
    )
    _, server, _ = asking([reply(200, WHOLE)], by_code, hasty)
    assert server.asked[0][1] == 2.0
