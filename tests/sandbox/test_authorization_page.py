from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import pytest

from growthhub_async.sandbox import Limits, Location, OAuthApp, Scenario

from .caller import Answer, Caller

pytestmark = pytest.mark.anyio

PAGE = "/oauth/chooselocation"
HERE = "http://localhost:8914/callback"
APP = OAuthApp(client_id="my <app>", client_secret="hush", company_id="company")
LOCATIONS = (Location(name="Ada & Sons"), Location(id="loc2"), Location(id="gone", suspended=True))
ASKED = {
    "response_type": "code",
    "client_id": "my <app>",
    "redirect_uri": HERE,
    "scope": "contacts.write contacts.readonly",
    "state": 'a"b&c',
}


class Form(HTMLParser):
    """What a browser would send from a page, and what a person reads there."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.hidden: dict[str, str] = {}
        self.choices: list[str] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        of = dict(attrs)
        if of.get("type") == "hidden":
            self.hidden[str(of["name"])] = str(of["value"])
        if of.get("type") == "radio":
            self.choices.append(str(of["value"]))

    def handle_data(self, data: str) -> None:
        self.text += data


async def shown(caller: Caller, **asked: str) -> Answer:
    query = urlencode({name: value for name, value in (ASKED | asked).items() if value})
    return await caller.request("GET", f"{PAGE}?{query}", without=("Authorization",))


async def answered(caller: Caller, **form: str) -> Answer:
    body = urlencode(ASKED | {"answer": "allow", "location": "loc2"} | form).encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    return await caller.request("POST", PAGE, body=body, headers=headers, without=("Authorization",))


async def exchanged(caller: Caller, code: str, **form: str) -> Answer:
    given = {"client_id": "my <app>", "client_secret": "hush", "grant_type": "authorization_code", "code": code}
    body = urlencode(given | {"redirect_uri": HERE} | form).encode()
    return await caller.request("POST", "/oauth/token", body=body, without=("Authorization",))


async def test_the_page_says_who_asks_for_what_and_lets_a_person_choose(calling: Callable[..., Any]) -> None:
    """All locations and the agency; what was asked goes along, and nothing in it becomes markup."""
    async with calling(Scenario(locations=LOCATIONS, oauth=APP)) as caller:
        answer = await shown(caller)
    form = Form(answer.body.decode())
    assert (answer.status, answer.headers["Content-Type"].split(";")[0]) == (200, "text/html")
    assert form.hidden == ASKED
    assert form.choices == [LOCATIONS[0].id, "loc2", "gone", "agency"]
    assert all(words in form.text for words in ("my <app>", "contacts.write", "Ada & Sons", "Allow", "Deny"))


async def test_who_allows_is_sent_back_with_a_code_that_is_good_once(calling: Callable[..., Any]) -> None:
    """The state comes back as it was; the code opens what was chosen, and only with its redirect_uri."""
    async with calling(Scenario(locations=LOCATIONS, oauth=APP)) as caller:
        sent = await answered(caller)
        brought = dict(parse_qsl(urlsplit(sent.headers["Location"]).query))
        elsewhere = await exchanged(caller, brought["code"], redirect_uri="http://localhost:1/")
        given = await exchanged(caller, brought["code"], user_type="Location")
        again = await exchanged(caller, brought["code"])
        agency = dict(parse_qsl(urlsplit((await answered(caller, location="agency")).headers["Location"]).query))
        company = await exchanged(caller, agency["code"], user_type="Company")
    assert (sent.status, sent.headers["Location"].startswith(f"{HERE}?")) == (302, True)
    assert brought["state"] == ASKED["state"]
    assert (elsewhere.status, given.status, again.status, company.status) == (400, 200, 400, 200)
    assert (given.json["locationId"], company.json["userType"]) == ("loc2", "Company")


async def test_who_denies_is_sent_back_without_one(calling: Callable[..., Any]) -> None:
    """The app is told that access was denied."""
    async with calling(Scenario(oauth=APP)) as caller:
        sent = await answered(caller, answer="deny", redirect_uri=f"{HERE}?a=1", location="")
    assert sent.headers["Location"].startswith(f"{HERE}?a=1&")
    assert parse_qs(urlsplit(sent.headers["Location"]).query) == {
        "a": ["1"],
        "error": ["access_denied"],
        "state": [ASKED["state"]],
    }


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"client_id": "other"}, "client_id is unknown; the app of this sandbox is my &lt;app&gt;"),
        ({"response_type": "token"}, "response_type must be code"),
        ({"redirect_uri": "http://example.com/"}, "must be an address on this machine"),
        ({"redirect_uri": "https://localhost/"}, "must be an address on this machine"),
        ({"redirect_uri": "http://[::1"}, "must be an address on this machine"),
        ({"redirect_uri": "http://localhost/\r\nX-Evil: 1"}, "must be an address on this machine"),
        ({"redirect_uri": ""}, "must be an address on this machine"),
    ],
)
async def test_what_cannot_be_right_is_told_and_sends_nobody_anywhere(
    calling: Callable[..., Any], asked: dict[str, str], words: str
) -> None:
    """Neither who looks at the page nor who answers it."""
    async with calling(Scenario(oauth=APP)) as caller:
        for answer in (await shown(caller, **asked), await answered(caller, **asked)):
            assert (answer.status, "Location" in answer.headers) == (400, False)
            assert words in answer.body.decode()


async def test_a_place_that_is_not_there_cannot_be_chosen(calling: Callable[..., Any]) -> None:
    """The page asks for another choice."""
    async with calling(Scenario(oauth=APP)) as caller:
        answer = await answered(caller, location="nowhere")
    assert (answer.status, "Choose a location" in answer.body.decode()) == (400, True)


async def test_an_app_may_name_where_its_codes_go(calling: Callable[..., Any]) -> None:
    """Then they go nowhere else."""
    app = OAuthApp(client_id="my <app>", client_secret="hush", redirect_uris=("https://example.com/callback",))
    async with calling(Scenario(oauth=app)) as caller:
        assert (await shown(caller, redirect_uri="https://example.com/callback")).status == 200
        answer = await shown(caller)
    assert (answer.status, "https://example.com/callback" in answer.body.decode()) == (400, True)


async def test_the_page_is_no_part_of_the_api(calling: Callable[..., Any]) -> None:
    """It needs no token, and is not counted; without an app there is none."""
    async with calling(Scenario(oauth=APP)) as caller:
        await shown(caller)
        assert caller.sandbox.ledger == ()
    async with calling() as caller:
        assert (await shown(caller)).status == 404


async def test_a_suspended_account_is_closed(calling: Callable[..., Any]) -> None:
    """No token is given out for it, and none opens it."""
    async with calling(Scenario(locations=LOCATIONS, oauth=APP)) as caller:
        code = dict(parse_qsl(urlsplit((await answered(caller, location="gone")).headers["Location"]).query))["code"]
        given = await exchanged(caller, code)
        upsert = await caller.upsert(location_id="gone", token=caller.sandbox.token_for("gone"), email="a@b.co")
    assert (given.status, given.json["error_description"]) == (400, "The account is suspended")
    assert (upsert.status, upsert.json["message"]) == (401, "The account of this token is suspended.")


async def test_what_an_agency_asks_counts_for_no_location(calling: Callable[..., Any]) -> None:
    """A hundred tokens leave each location its whole quota."""
    scenario = Scenario(locations=(Location(limits=Limits(requests_per_interval=3)),), oauth=APP)
    async with calling(scenario) as caller:
        agency = dict(parse_qsl(urlsplit((await answered(caller, location="agency")).headers["Location"]).query))
        token = (await exchanged(caller, agency["code"])).json["access_token"]
        for _ in range(2):
            body = urlencode({"companyId": "company", "locationId": LOCATIONS[0].id}).encode()
            headers = {"Authorization": f"Bearer {token}"}
            given = await caller.request("POST", "/oauth/locationToken", body=body, headers=headers)
        upsert = await caller.upsert(token=given.json["access_token"], email="a@b.co")
    assert (given.status, upsert.status, upsert.headers["X-RateLimit-Remaining"]) == (200, 200, "2")
