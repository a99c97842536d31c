from collections.abc import Callable
from typing import Any

import pytest

from growthhub_async.sandbox import Behaviour, Location, Scenario, Token
from growthhub_async.sandbox.auth import Tokens

pytestmark = pytest.mark.anyio

UPSERT = "/contacts/upsert"
TOKENS = (
    Token(value="pit-works"),
    Token(value="pit-revoked", state="revoked"),
    Token(value="suspended", state="suspended"),
    Token(value="agency", user_type="Company"),
    Token(value="reads", scopes=("contacts.readonly",)),
)
SCENARIO = Scenario(locations=(Location(tokens=TOKENS), Location(id="elsewhere")))


@pytest.mark.parametrize(
    ("headers", "without", "status", "message"),
    [
        ({}, ("Authorization",), 401, "Invalid JWT"),
        ({"Authorization": "Basic pit-works"}, (), 401, "Invalid Private Integration token"),
        ({"Authorization": "Bearer pit-unknown"}, (), 401, "Invalid Private Integration token"),
        ({"Authorization": "Bearer pit-revoked"}, (), 401, "Invalid Private Integration token"),
        ({"Authorization": "Bearer a.b.c"}, (), 401, "Invalid JWT"),
        ({"Authorization": "Bearer unknown"}, (), 401, "Invalid token: access token is invalid"),
        ({"Authorization": "Bearer suspended"}, (), 401, "The account of this token is suspended."),
        ({}, ("Version",), 401, "version header was not found."),
        ({"Version": "2021-07-28"}, (), 401, "version header is invalid; use one of 2023-02-21, v3."),
        ({"Authorization": "Bearer agency"}, (), 401, "Token's user type mismatch!"),
        ({"Authorization": "Bearer reads"}, (), 401, "The token is not authorized for this scope."),
    ],
)
async def test_a_token_is_refused_in_the_apis_words(
    calling: Callable[..., Any], headers: dict[str, str], without: tuple[str, ...], status: int, message: str
) -> None:
    """Each thing that is wrong with a token or the version has its own 401, with a trace id."""
    async with calling(SCENARIO) as caller:
        answer = await caller.request("POST", UPSERT, body=b"{}", headers=headers, without=without)
    assert answer.status == status
    trace_id = answer.json["traceId"]
    assert trace_id
    assert answer.json == {"statusCode": 401, "message": message, "error": "Unauthorized", "traceId": trace_id}


@pytest.mark.parametrize(
    ("answered_with", "message"),
    [
        (403, "The token does not have access to this location."),
        (401, "This location is not accessible from this token!"),
    ],
)
async def test_another_location_is_refused(calling: Callable[..., Any], answered_with: Any, message: str) -> None:
    """A token does not open another location, whether that one exists or not: 403, or 401 by the switch."""
    here = Location(behaviour=Behaviour(foreign_location=answered_with))
    async with calling(Scenario(locations=(here, Location(id="elsewhere")))) as caller:
        for foreign in ("elsewhere", "nowhere"):
            answer = await caller.upsert(location_id=foreign, email="ada@example.com")
            assert (answer.status, answer.json["message"]) == (answered_with, message)


async def test_what_is_wrong_first_is_answered_first(calling: Callable[..., Any]) -> None:
    """Token, version, scope, location, body: of several mistakes the first in this order is named."""
    async with calling(SCENARIO) as caller:

        async def message(body: bytes, version: str = "v3", token: str = "reads") -> Any:
            headers = {"Authorization": f"Bearer {token}", "Version": version}
            return (await caller.request("POST", UPSERT, body=body, headers=headers)).json["message"]

        wrong = b'{"locationId": "elsewhere", "x": 1}'
        assert await message(wrong, "wrong", "nobody") == "Invalid token: access token is invalid"
        assert "version header is invalid" in await message(wrong, "wrong")
        assert await message(wrong) == "The token is not authorized for this scope."
        assert await message(wrong, token="pit-works") == "The token does not have access to this location."
        here = f'{{"locationId": "{caller.sandbox.location_id}", "x": 1}}'.encode()
        assert await message(here, token="pit-works") == ["property x should not exist"]


@pytest.mark.parametrize("version", ["2023-02-21", "v3"])
async def test_both_versions_are_accepted(calling: Callable[..., Any], version: str) -> None:
    """The page's version and the one the vendor's own client sends are both good."""
    async with calling() as caller:
        body = f'{{"locationId": "{caller.sandbox.location_id}", "email": "ada@example.com"}}'.encode()
        assert (await caller.request("POST", UPSERT, body=body, headers={"Version": version})).status == 200


async def test_a_get_needs_no_version_but_refuses_a_wrong_one(calling: Callable[..., Any]) -> None:
    """The page's samples of a GET send no `Version`; a wrong one is refused as anywhere."""
    async with calling() as caller:
        path = f"/contacts/{(await caller.upsert(email='ada@example.com')).json['contact']['id']}"
        assert (await caller.request("GET", path, without=("Version",))).status == 200
        assert (await caller.request("GET", path, headers={"Version": "v1"})).status == 401


def test_every_location_without_tokens_gets_its_own() -> None:
    """Made-up tokens are `pit-` and a UUID, differ between locations and seeds, and are the same every time."""
    two = Scenario(locations=(Location(), Location(id="elsewhere")))
    values = [Tokens(two).of(location.id) for location in two.locations]
    assert len({*values, Tokens(Scenario(seed=1)).of(two.locations[0].id)}) == 3
    assert values[0] == Tokens(two).of(two.locations[0].id)
    assert values[0].startswith("pit-")


def test_a_location_with_broken_tokens_only_has_none_that_works() -> None:
    """Asking for a token that works where there is none says what to change."""
    broken = Scenario(locations=(Location(tokens=(Token(value="x", state="revoked"),)),))
    with pytest.raises(LookupError, match="has no active token; give it one in the scenario"):
        Tokens(broken).of(broken.locations[0].id)


def test_a_token_is_never_shown() -> None:
    """The repr of a token, and of a scenario with one, does not hold its value."""
    assert "pit-works" not in repr(SCENARIO)
