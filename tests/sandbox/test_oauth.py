from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest

from growthhub_async.sandbox import AuthorizationCode, Location, OAuthApp, Scenario

from .caller import Answer, Caller

pytestmark = pytest.mark.anyio

HERE = "ve9EPM428h8vShlRW1KT"
APP = OAuthApp(
    client_id="client",
    client_secret="hush",
    company_id="company",
    codes=(AuthorizationCode(value="for-location", location_id=HERE), AuthorizationCode(value="for-agency")),
)
SCENARIO = Scenario(locations=(Location(), Location(id="elsewhere")), oauth=APP)
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


async def token(caller: Caller, **form: str) -> Answer:
    """Ask for a token as the app of the scenario; the form's members go over the usual ones."""
    body = urlencode({"client_id": "client", "client_secret": "hush"} | form).encode()
    return await caller.request("POST", "/oauth/token", body=body, headers=FORM, without=("Authorization",))


async def by_code(caller: Caller, code: str) -> Answer:
    return await token(caller, grant_type="authorization_code", code=code)


async def refreshed(caller: Caller, refresh_token: str) -> Answer:
    return await token(caller, grant_type="refresh_token", refresh_token=refresh_token)


async def test_a_code_gives_a_token_that_works(calling: Callable[..., Any]) -> None:
    """The answer has the documented members, and the access token opens the location of the code."""
    async with calling(SCENARIO) as caller:
        answer = await by_code(caller, "for-location")
        upsert = await caller.upsert(email="ada@example.com", token=answer.json["access_token"])
    assert (answer.status, upsert.status) == (200, 200)
    assert {
        name: answer.json[name] for name in ("token_type", "expires_in", "userType", "locationId", "companyId")
    } == {
        "token_type": "Bearer",
        "expires_in": 86_399,
        "userType": "Location",
        "locationId": HERE,
        "companyId": "company",
    }
    assert {"refresh_token", "scope", "userId", "traceId"} < set(answer.json)


async def test_an_access_token_expires_and_is_refreshed(calling: Callable[..., Any]) -> None:
    """After its life a token is a 401; its refresh token gives another that works, and a new refresh token."""
    now = [0.0]
    async with calling(SCENARIO, clock=lambda: now[0]) as caller:
        first = (await by_code(caller, "for-location")).json
        now[0] = 86_399.0
        expired = await caller.upsert(email="ada@example.com", token=first["access_token"])
        second = (await refreshed(caller, first["refresh_token"])).json
        renewed = await caller.upsert(email="ada@example.com", token=second["access_token"])
    assert (expired.status, expired.json["message"]) == (401, "Invalid JWT")
    assert renewed.status == 200
    assert second["refresh_token"] != first["refresh_token"]


async def test_a_refresh_token_is_good_for_one_refresh(calling: Callable[..., Any]) -> None:
    """Within 30 s the same refresh gives the same new token, afterwards nothing; the new one goes on."""
    now = [0.0]
    async with calling(SCENARIO, clock=lambda: now[0]) as caller:
        first = (await by_code(caller, "for-location")).json["refresh_token"]
        answers = []
        for now[0] in (100.0, 130.0, 130.5):
            answers.append(await refreshed(caller, first))
        onward = await refreshed(caller, answers[0].json["refresh_token"])
    assert [answer.status for answer in answers] == [200, 200, 400]
    assert answers[0].json["access_token"] == answers[1].json["access_token"]
    assert answers[2].json["error"] == "invalid_grant"
    assert onward.status == 200


async def test_a_refresh_token_lives_a_year(calling: Callable[..., Any]) -> None:
    """After a year the connection is lost."""
    now = [0.0]
    async with calling(SCENARIO, clock=lambda: now[0]) as caller:
        refresh_token = (await by_code(caller, "for-location")).json["refresh_token"]
        now[0] = 365 * 86_400.0
        assert (await refreshed(caller, refresh_token)).json["error"] == "invalid_grant"


async def test_an_agency_gets_tokens_of_its_locations(calling: Callable[..., Any]) -> None:
    """An agency's token reaches no contact, but `POST /oauth/locationToken` gives it a location's token."""
    async with calling(SCENARIO) as caller:
        agency = (await by_code(caller, "for-agency")).json

        async def location_token(**form: str) -> Answer:
            headers = FORM | {"Authorization": f"Bearer {agency['access_token']}"}
            body = urlencode(form).encode()
            return await caller.request("POST", "/oauth/locationToken", body=body, headers=headers)

        direct = await caller.upsert(email="ada@example.com", token=agency["access_token"])
        given = await location_token(companyId="company", locationId="elsewhere")
        value = given.json["access_token"]
        upsert = await caller.upsert(email="ada@example.com", location_id="elsewhere", token=value)
        foreign = await location_token(companyId="company", locationId="nowhere")
        wrong = await location_token(companyId="another", locationId="elsewhere")
    assert (agency["userType"], "locationId" in agency) == ("Company", False)
    assert (direct.status, direct.json["message"]) == (401, "Token's user type mismatch!")
    assert (given.json["userType"], given.json["locationId"]) == ("Location", "elsewhere")
    assert (upsert.status, foreign.status, wrong.status) == (200, 403, 400)


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": "authorization_code", "code": "unknown"}, 400, "invalid_grant"),
        ({"grant_type": "refresh_token", "refresh_token": "unknown"}, 400, "invalid_grant"),
        ({"grant_type": "authorization_code", "code": "for-agency", "user_type": "Location"}, 400, "invalid_grant"),
    ],
)
async def test_a_refusal_is_in_the_words_of_oauth(
    calling: Callable[..., Any], form: dict[str, str], status: int, error: str
) -> None:
    """The token endpoint refuses with `{error, error_description}`."""
    async with calling(SCENARIO) as caller:
        answer = await token(caller, **form)
    assert (answer.status, answer.json["error"]) == (status, error)
    assert answer.json["error_description"]


async def test_a_code_is_used_once(calling: Callable[..., Any]) -> None:
    """The second exchange of a code is refused."""
    async with calling(SCENARIO) as caller:
        assert [(await by_code(caller, "for-agency")).status for _ in range(2)] == [200, 400]


async def test_without_an_app_there_is_no_token_endpoint(calling: Callable[..., Any]) -> None:
    """A scenario without an app knows no OAuth."""
    async with calling() as caller:
        assert (await token(caller)).status == 404


def test_secrets_are_never_shown() -> None:
    """The repr of an app shows neither its secret nor its codes."""
    assert "hush" not in repr(SCENARIO)
    assert "for-agency" not in repr(SCENARIO)
