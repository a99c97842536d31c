import asyncio
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from growthhub_async.sandbox import Limits, Location, Scenario, Status

pytestmark = pytest.mark.anyio

RATE_HEADERS = (
    "X-RateLimit-Max",
    "X-RateLimit-Remaining",
    "X-RateLimit-Interval-Milliseconds",
    "X-RateLimit-Limit-Daily",
    "X-RateLimit-Daily-Remaining",
    "x-ratelimit-daily-reset",
)


def limited(**limits: Any) -> Scenario:
    return Scenario(locations=(Location(limits=Limits(**limits)),))


async def test_every_response_has_the_six_rate_headers(calling: Callable[..., Any]) -> None:
    """Success, refusals, faults and the 429 itself all tell the quota, under the names the API uses."""
    faulty = Scenario(
        locations=(Location(limits=Limits(requests_per_interval=4)),), faults=(Status(status=502, requests=(4,)),)
    )
    async with calling(faulty) as caller:
        answers = [
            await caller.upsert(email="ada@example.com"),
            await caller.upsert(email=""),
            await caller.request("GET", "/nothing"),
            await caller.upsert(email="ada@example.com"),
            await caller.upsert(email="ada@example.com"),
            await caller.request("GET", "/contacts/x", headers={"Authorization": "Bearer nobody"}),
        ]
    assert [answer.status for answer in answers] == [200, 422, 404, 502, 429, 401]
    for answer in answers:
        assert all(name in answer.headers for name in RATE_HEADERS)
    assert [answer.headers["X-RateLimit-Remaining"] for answer in answers] == ["3", "2", "1", "0", "0", "3"]
    raw = {name for name, _ in answers[0].headers.items()}
    assert set(RATE_HEADERS) <= raw


@pytest.mark.parametrize(
    ("refusal", "content_type", "begins"),
    [("json", "application/json", b'{"statusCode":429'), ("html", "text/html", b"<!DOCTYPE"), ("empty", "", b"")],
)
async def test_a_429_comes_in_each_body(
    calling: Callable[..., Any], refusal: str, content_type: str, begins: bytes
) -> None:
    """Beyond the limit requests are refused with the body the limits say; nothing is written."""
    async with calling(limited(requests_per_interval=1, refusal=refusal)) as caller:
        await caller.upsert(email="ada@example.com")
        answer = await caller.upsert(email="grace@example.com")
        assert answer.status == 429
        assert content_type in answer.headers["Content-Type"]
        assert answer.body.startswith(begins)
        assert bool(answer.body) == (refusal != "empty")
        assert len(caller.sandbox.contacts()) == 1
        assert [entry.refused for entry in caller.sandbox.ledger] == [False, True]


async def test_retry_after_is_absent_seconds_or_a_date(calling: Callable[..., Any]) -> None:
    """A 429 says how long to wait in the form the limits say, by the sandbox's own clock."""
    answers = []
    for form in ("none", "seconds", "date"):
        async with calling(limited(requests_per_interval=1, interval=7.5, retry_after=form)) as caller:
            await caller.upsert(email="ada@example.com")
            answers.append(await caller.upsert(email="ada@example.com"))
    assert [answer.status for answer in answers] == [429] * 3
    assert "Retry-After" not in answers[0].headers
    assert answers[1].headers["Retry-After"] == "8"
    until, date = (parsedate_to_datetime(answers[2].headers[name]) for name in ("Retry-After", "Date"))
    assert (until - date).total_seconds() == 8.0


async def test_a_window_opens_again_with_time(calling: Callable[..., Any]) -> None:
    """What the burst refuses is admitted once the clock has moved on; what the day refuses is not."""
    now = [0.0]
    async with calling(limited(requests_per_interval=1, requests_per_day=2), clock=lambda: now[0]) as caller:
        statuses = []
        for now[0] in (0.0, 9.0, 10.0, 20.0, 86_399.0, 86_400.0):
            statuses.append((await caller.upsert(email="ada@example.com")).status)
    assert statuses == [200, 429, 200, 429, 429, 200]


async def test_each_location_has_a_quota_of_its_own(calling: Callable[..., Any]) -> None:
    """What one location uses up, with its own limits, another still has."""
    limits = Limits(requests_per_interval=1)
    async with calling(Scenario(locations=(Location(limits=limits), Location(id="second")))) as caller:
        token = caller.sandbox.token_for("second")
        statuses = [(await caller.upsert(email="ada@example.com")).status for _ in range(2)]
        other = await caller.upsert(email="ada@example.com", location_id="second", token=token)
    assert statuses == [200, 429]
    assert (other.status, other.headers["X-RateLimit-Remaining"]) == (200, "99")


async def test_a_fault_of_one_location_spares_the_others(calling: Callable[..., Any]) -> None:
    """A fault limited to a location is served to the requests that come with that location's token."""
    faults = (Status(every=1, location_id="second"),)
    async with calling(Scenario(locations=(Location(), Location(id="second")), faults=faults)) as caller:
        token = caller.sandbox.token_for("second")
        here = await caller.upsert(email="ada@example.com")
        there = await caller.upsert(email="ada@example.com", location_id="second", token=token)
    assert (here.status, there.status) == (200, 503)


async def test_the_ledger_has_every_request_in_order(calling: Callable[..., Any]) -> None:
    """Each request is entered with what it did; nothing of the contact and no token is in it."""
    async with calling() as caller:
        first = await caller.upsert(email="ada@example.com")
        await caller.upsert(email="ada@example.com")
        await caller.request("GET", "/contacts/none", headers={"Authorization": "Bearer nobody"})
        await caller.request("GET", "/_sandbox")
        ledger = caller.sandbox.ledger
    contact_id = first.json["contact"]["id"]
    here = caller.sandbox.location_id
    assert [(e.number, e.location_id, e.method, e.status, e.effect, e.contact_id) for e in ledger] == [
        (1, here, "POST", 200, "created", contact_id),
        (2, here, "POST", 200, "updated", contact_id),
        (3, None, "GET", 401, None, None),
    ]
    assert "ada" not in repr(ledger)
    assert caller.sandbox.token not in repr(ledger)


async def test_the_inspection_endpoint_tells_the_state(calling: Callable[..., Any]) -> None:
    """`GET /_sandbox` needs no token, uses no quota, and counts contacts, requests per window and faults."""
    now = [100.0]
    scenario = Scenario(
        locations=(Location(name="Here", limits=Limits(requests_per_interval=2)),), faults=(Status(requests=(2,)),)
    )
    async with calling(scenario, clock=lambda: now[0]) as caller:
        for now[0] in (101.0, 102.0, 103.0, 111.0):
            await caller.upsert(email="ada@example.com")
        answer = await caller.request("GET", "/_sandbox", without=("Authorization", "User-Agent"))
        assert answer.json == caller.sandbox.state()
    assert answer.json == {
        "locations": [
            {
                "id": caller.sandbox.location_id,
                "name": "Here",
                "contacts": 1,
                "day_used": 3,
                "requests_per_day": 200_000,
                "windows": [
                    {"started": 100.0, "requests": 3, "refused": 1},
                    {"started": 110.0, "requests": 1, "refused": 0},
                ],
            }
        ],
        "requests": 4,
        "faults": {"status": 1},
    }


async def test_the_inspection_endpoint_shows_the_contacts(calling: Callable[..., Any]) -> None:
    """`GET /_sandbox/contacts` lists what the first location keeps, or the one that is named, and is not counted."""
    scenario = Scenario(locations=(Location(id="here"), Location(id="there")))
    async with calling(scenario) as caller:
        await caller.upsert(email="ada@example.com")
        here = await caller.request("GET", "/_sandbox/contacts", without=("Authorization",))
        there = await caller.request("GET", "/_sandbox/contacts?location=there")
        assert len(caller.sandbox.ledger) == 1
        assert here.json == {"locationId": "here", "contacts": caller.sandbox.contacts("here")}
    assert [contact["email"] for contact in here.json["contacts"]] == ["ada@example.com"]
    assert there.json == {"locationId": "there", "contacts": []}


async def test_pythons_urllib_is_refused_at_the_edge(calling: Callable[..., Any]) -> None:
    """urllib's own User-Agent, and none at all, get Cloudflare's 403 page, before quota and token."""
    async with calling() as caller:
        with pytest.raises(HTTPError) as refused:
            await asyncio.to_thread(urlopen, caller.sandbox.base_url + "/contacts/x")
        nameless = await caller.request("GET", "/contacts/x", without=("User-Agent",))
    with refused.value as page:
        assert (page.code, page.headers["Content-Type"]) == (403, "text/html; charset=UTF-8")
        assert b"error code: 1010" in page.read()
    assert (nameless.status, "X-RateLimit-Max" in nameless.headers) == (403, False)


async def test_user_agents_pass_if_the_scenario_says_so(calling: Callable[..., Any]) -> None:
    """The edge can be told to let everyone in."""
    async with calling(Scenario(refuse_user_agents=False)) as caller:
        assert (await caller.request("GET", "/contacts/x", without=("User-Agent",))).status == 400


async def test_every_response_is_dated_by_the_sandboxs_own_clock(calling: Callable[..., Any]) -> None:
    """A client that reads the server's clock from `Date` can set the dates of contacts against its own."""
    async with calling(limited(requests_per_interval=1), clock=lambda: 1_764_072_000.0) as caller:
        answers = [await caller.upsert(email="ada@example.com") for _ in range(2)]
        answers.append(await caller.request("GET", "/contacts/x", headers={"User-Agent": "python-urllib/3"}))
    assert [answer.status for answer in answers] == [200, 429, 403]
    assert [answer.headers["Date"] for answer in answers] == ["Tue, 25 Nov 2025 12:00:00 GMT"] * 3
