import asyncio
from collections.abc import Callable
from math import ceil
from typing import Any

import msgspec
import pytest
from aiohttp import ClientError, ClientPayloadError, ServerDisconnectedError

from growthhub_async.sandbox import (
    CommandTimedOut,
    Disconnect,
    Hang,
    HtmlPage,
    HugeBody,
    MalformedJson,
    Redirect,
    Sandbox,
    Scenario,
    SearchFailed,
    SlowDrip,
    Status,
    TruncatedBody,
    WrongContentType,
)
from growthhub_async.sandbox.faults import Instead

from .virtual import run, upsert

pytestmark = pytest.mark.anyio

FIRST = (1,)


def instead(moment: Any) -> list[Instead]:
    """Return one fault of each kind that stands in for the answer."""
    common: Any = {"requests": FIRST, "moment": moment}
    return [
        Status(status=500, **common),
        HtmlPage(code=522, **common),
        CommandTimedOut(**common),
        SearchFailed(**common),
        Redirect(**common),
        Disconnect(**common),
    ]


@pytest.mark.parametrize("fault", instead("before"), ids=lambda fault: type(fault).__name__)
async def test_before_the_write_nothing_is_written(calling: Callable[..., Any], fault: Instead) -> None:
    """A fault `before` the write leaves no contact, and the next request is answered as if nothing had been."""
    await _check_written(calling, fault, before_retry=0)


@pytest.mark.parametrize("fault", instead("after"), ids=lambda fault: type(fault).__name__)
async def test_after_the_write_the_contact_is_there(calling: Callable[..., Any], fault: Instead) -> None:
    """A fault `after` the write hides that the contact has been created: an error is no proof."""
    await _check_written(calling, fault, before_retry=1)


async def _check_written(calling: Callable[..., Any], fault: Instead, before_retry: int) -> None:
    async with calling(Scenario(faults=(fault,))) as caller:
        try:
            assert (await caller.upsert(email="ada@example.com")).status != 200
        except ClientError:
            assert isinstance(fault, Disconnect)
        assert len(caller.sandbox.contacts()) == before_retry
        assert (await caller.upsert(email="ada@example.com")).json["new"] is (before_retry == 0)
        first, second = caller.sandbox.ledger
    assert (first.effect, first.fault) == ("created" if before_retry else None, type(fault).__struct_config__.tag)
    assert (second.status, second.fault) == (200, None)


@pytest.mark.parametrize(
    ("fault", "status", "content_type", "body"),
    [
        (Status(status=503, requests=FIRST), 503, "application/json", b'"message":"Service Unavailable"'),
        (Status(status=422, requests=FIRST), 422, "application/json", b'"error":"Unprocessable Entity"'),
        (Status(status=500, message="boom", requests=FIRST), 500, "application/json", b'"message":"boom"'),
        (
            Status(status=500, body="envelope", requests=FIRST),
            500,
            "application/json",
            b'{"error":{"code":500,"message":',
        ),
        (
            Status(status=400, body="oauth", requests=FIRST),
            400,
            "application/json",
            b'"error_description":"Bad Request"',
        ),
        (Status(status=502, body="html", requests=FIRST), 502, "text/html", b"502: Bad Gateway"),
        (
            Status(status=503, body="text", message="no healthy upstream", requests=FIRST),
            503,
            "text/plain",
            b"no healthy upstream",
        ),
        (HtmlPage(code=1010, requests=FIRST), 403, "text/html", b"error code: 1010"),
        (HtmlPage(code=524, requests=FIRST), 524, "text/html", b"524: A timeout occurred"),
        (CommandTimedOut(requests=FIRST), 401, "application/json", b'"message":"Command timed out"'),
        (SearchFailed(requests=FIRST), 400, "application/json", b"Error occurred while searching for contact"),
    ],
)
async def test_a_status_comes_with_its_body(
    calling: Callable[..., Any], fault: Any, status: int, content_type: str, body: bytes
) -> None:
    """Faults that answer have the status, the content type and the words the live API was seen with."""
    async with calling(Scenario(faults=(fault,))) as caller:
        answer = await caller.upsert(email="ada@example.com")
    assert (answer.status, content_type in answer.headers["Content-Type"]) == (status, True)
    assert body in answer.body


async def test_a_status_can_be_empty_and_carry_headers(calling: Callable[..., Any]) -> None:
    """A status fault may have no body and any headers, such as Retry-After."""
    fault = Status(status=429, body="empty", headers={"Retry-After": "3"}, requests=FIRST)
    async with calling(Scenario(faults=(fault,))) as caller:
        answer = await caller.upsert(email="ada@example.com")
    assert (answer.status, answer.body, answer.headers["Retry-After"]) == (429, b"", "3")


async def test_a_redirect_leads_elsewhere(calling: Callable[..., Any]) -> None:
    """A redirect has its status and its target."""
    fault = Redirect(status=302, target="http://127.0.0.1:9/elsewhere", requests=FIRST)
    async with calling(Scenario(faults=(fault,))) as caller:
        answer = await caller.upsert(email="ada@example.com")
    assert (answer.status, answer.headers["Location"]) == (302, "http://127.0.0.1:9/elsewhere")


async def test_a_disconnect_has_no_status(calling: Callable[..., Any]) -> None:
    """The connection is gone before a byte of the response, and the ledger has no status."""
    async with calling(Scenario(faults=(Disconnect(requests=FIRST),))) as caller:
        with pytest.raises((ServerDisconnectedError, ConnectionResetError)):
            await caller.upsert(email="ada@example.com")
        assert caller.sandbox.ledger[0].status is None


async def test_a_truncated_body_ends_too_early(calling: Callable[..., Any]) -> None:
    """The announced length is not reached; the contact has been written."""
    async with calling(Scenario(faults=(TruncatedBody(share=0.25, requests=FIRST),))) as caller:
        with pytest.raises(ClientPayloadError):
            await caller.upsert(email="ada@example.com")
        assert len(caller.sandbox.contacts()) == 1


async def test_malformed_json_is_complete_but_no_json(calling: Callable[..., Any]) -> None:
    """A 200 says JSON and is none; the contact has been written."""
    async with calling(Scenario(faults=(MalformedJson(requests=FIRST),))) as caller:
        answer = await caller.upsert(email="ada@example.com")
        assert answer.status == 200
        with pytest.raises(msgspec.DecodeError):
            _ = answer.json
        assert len(caller.sandbox.contacts()) == 1


async def test_a_wrong_content_type_has_the_right_body(calling: Callable[..., Any]) -> None:
    """The reply is under another content type and otherwise as it should be."""
    async with calling(Scenario(faults=(WrongContentType(requests=FIRST),))) as caller:
        answer = await caller.upsert(email="ada@example.com")
    assert (answer.headers["Content-Type"], answer.json["new"]) == ("text/html", True)


def test_a_slow_drip_takes_its_time() -> None:
    """The body arrives in pieces with a pause before each, and is complete."""

    async def story(sandbox: Sandbox) -> tuple[bytes, float]:
        response = await upsert(sandbox, "ada@example.com")
        return response.partition(b"\r\n\r\n")[2], asyncio.get_running_loop().time()

    body, took = run(Scenario(faults=(SlowDrip(piece=100, pause=10.0, requests=FIRST),)), story)
    assert msgspec.json.decode(body)["new"] is True
    assert took == pytest.approx(10.0 * ceil(len(body) / 100), abs=0.1)


async def test_a_huge_body_is_as_large_as_it_says(calling: Callable[..., Any]) -> None:
    """The body is padded to its size and is still JSON."""
    async with calling(Scenario(faults=(HugeBody(size=1_000_000, requests=FIRST),))) as caller:
        answer = await caller.upsert(email="ada@example.com")
    assert (len(answer.body), answer.json["new"]) == (1_000_000, True)


@pytest.mark.parametrize(("moment", "written"), [("before", 0), ("after", 1)])
def test_a_hang_never_answers(moment: Any, written: int) -> None:
    """No answer comes, with or without the write; others are served meanwhile, and the sandbox still ends."""

    async def story(sandbox: Sandbox) -> None:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(upsert(sandbox, "ada@example.com"), timeout=86_400.0)
        assert len(sandbox.contacts()) == written
        assert (await upsert(sandbox, "grace@example.com")).startswith(b"HTTP/1.1 200")
        assert [entry.status for entry in sandbox.ledger] == [None, 200]

    run(Scenario(faults=(Hang(moment=moment, requests=FIRST),)), story)


async def test_a_refused_request_meets_no_fault(calling: Callable[..., Any]) -> None:
    """What the edge turns away counts as an arrival but is not spoilt as well."""
    async with calling(Scenario(faults=(Status(requests=(1, 3)),))) as caller:
        refused = await caller.request("GET", "/contacts/x", without=("User-Agent",))
        answers = [await caller.upsert(email="ada@example.com") for _ in range(2)]
    assert (refused.status, [answer.status for answer in answers]) == (403, [200, 503])
    assert caller.sandbox.state()["faults"] == {"status": 1}
