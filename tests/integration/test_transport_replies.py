"""What comes back over real sockets: whatever it is, an attempt has an answer, never an exception."""

from __future__ import annotations

import asyncio
import gzip

import pytest

from growthhub_async.connector_aiohttp import KEPT
from growthhub_async.transport import Failure, Reply
from tests.integration.attempting import ELSEWHERE, OK, answer_to, send
from tests.integration.raw_server import Behave, drip, hang, http, inform, raw_server, says

pytestmark = pytest.mark.anyio


async def test_header_names_are_read_in_any_case() -> None:
    """HTTP does not tell their cases apart, and servers spell them as they like."""
    reply = await answer_to(says(http("429 Too Many", b"", "reTRY-after: 7")))
    assert isinstance(reply, Reply)
    assert reply.headers.get("retry-after") == "7"


async def test_a_redirect_is_not_followed() -> None:
    """The token goes to `base_url` alone: the redirect itself is the reply."""
    async with raw_server(says(http("307 Temporary Redirect", b"", ELSEWHERE))) as server:
        reply = await send(server.base_url)
    assert isinstance(reply, Reply)
    assert reply.status == 307
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "encoded",
    [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nd\r\n" + OK + b"\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + OK,
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n" + OK,
        b"HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n" + OK,
        http("200 OK", gzip.compress(OK), "Content-Encoding: gzip"),
        b"HTTP/1.0 200 OK\r\nContent-Length: 13\r\n\r\n" + OK,
    ],
    ids=["chunked", "until it closes", "100 first", "103 first", "gzip", "HTTP/1.0"],
)
async def test_a_reply_is_read_however_it_is_framed(encoded: bytes) -> None:
    """Every framing that HTTP allows brings the same body."""
    reply = await answer_to(says(encoded, close=True))
    assert isinstance(reply, Reply), reply
    assert (reply.status, reply.body) == (200, OK)


@pytest.mark.parametrize(
    "behave",
    [
        says(b"", close=True),
        says(b"HTTP/1.1 200 OK\r\nContent-Le", close=True),
        says(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", close=True),
        says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", close=True),
        says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", close=True),
        says(b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n", close=True),
        says(b"SSH-2.0-OpenSSH_9.2\r\n", close=True),
        says(b"\x00\xff" * 1000, close=True),
        says(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 100_000, close=True),
        says(b"HTTP/1.1 200 OK\r\nX: " + b"y" * 1_000_000 + b"\r\n\r\n", close=True),
        says(http("200 OK", b"not gzip at all", "Content-Encoding: gzip"), close=True),
    ],
    ids=[
        "closed", "cut in the head", "cut in the body", "cut in a chunk", "bad chunk", "negative length", "not HTTP",
        "noise", "endless headers", "huge header", "bad gzip",
    ],
)  # fmt: skip
async def test_a_broken_reply_is_a_failure_after_sending(behave: Behave) -> None:
    """The request had left: nobody knows whether it was carried out."""
    failure = await answer_to(behave)
    assert isinstance(failure, Failure)
    assert failure.sent


@pytest.mark.parametrize("behave", [hang, drip])
async def test_a_reply_that_does_not_end_is_cut_off(behave: Behave) -> None:
    """The bound is on the whole attempt, not on each read."""
    failure = await answer_to(behave, timeout=0.3)
    assert isinstance(failure, Failure)
    assert (failure.message, failure.sent) == ("no whole reply within 0.3 s", True)


@pytest.mark.parametrize(
    "encoded",
    [
        http("200 OK", b"x" * 5_000),
        b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + b"x" * 5_000,
        http("200 OK", gzip.compress(b"x" * 5_000_000), "Content-Encoding: gzip"),
    ],
    ids=["declared", "not declared", "compressed"],
)
async def test_a_reply_over_the_cap_is_refused(encoded: bytes) -> None:
    """No more than `max_reply_size` is taken in, however the reply hides its size."""
    failure = await answer_to(says(encoded, close=True), max_reply_size=2_000 if len(encoded) > 5_000 else 1_000_000)
    assert isinstance(failure, Failure)
    assert "longer than" in failure.message


HEAD = b"HTTP/1.1 502 Bad Gateway\r\ncf-ray: r-1\r\n"


@pytest.mark.parametrize(
    ("encoded", "close", "body"),
    [
        (HEAD + b"Content-Length: 100\r\n\r\nhello", True, b"hello"),
        (HEAD + b"Content-Length: 100\r\n\r\nhello", False, b"hello"),
        (HEAD + b"Content-Length: 100\r\n\r\n", True, b""),
        (HEAD + b"Content-Length: 1000000\r\n\r\n" + b"x" * 1_000_000, False, b""),
        (HEAD + b"\r\n" + b"x" * 1_000_000, True, b"x" * KEPT),
    ],
    ids=["cut", "stalled", "cut in the beginning", "too long", "too long without saying so"],
)
async def test_what_came_of_a_reply_is_kept(encoded: bytes, close: bool, body: bytes) -> None:
    """Status, headers and the first bytes of what is not whole are there to be told of."""
    failure = await answer_to(says(encoded, close=close), timeout=1.0, max_reply_size=100_000)
    assert isinstance(failure, Failure)
    assert failure.came is not None
    assert (failure.came.status, failure.came.headers["cf-ray"], failure.came.body) == (502, "r-1", body)


@pytest.mark.parametrize(
    "garbage", [b"pit-secret ada@example.com\r\n\r\n", b"HTTP/1.1 200 OK\r\nada@example: secret\r\n\r\n"]
)
async def test_what_is_not_http_is_not_quoted(garbage: bytes) -> None:
    """The parser's words are told, and not the bytes that it did not like: they may be anything."""
    failure = await answer_to(says(garbage, close=True))
    assert isinstance(failure, Failure)
    assert failure.message.startswith("the reply is not valid HTTP (")
    assert "ada" not in failure.message
    assert "secret" not in failure.message


@pytest.mark.parametrize(
    ("encoded", "status", "ray", "body"),
    [
        (HEAD + b"Content-Length: 2\r\n\r\n{}surplus", 502, "r-1", b"{}surplus"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\nZZ\r\nhello", 502, "r-1", b"ZZ\r\nhello"),
        (HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab", 502, "r-1", b"ab"),
    ],
)
async def test_what_can_be_read_of_a_reply_that_is_not_valid_is_kept(
    encoded: bytes, status: int, ray: str, body: bytes
) -> None:
    """The parser drops a head together with what it does not like after it; status, ray and body are there to tell."""
    failure = await answer_to(says(encoded, close=True))
    assert isinstance(failure, Failure)
    assert failure.came is not None
    assert (failure.came.status, failure.came.headers["cf-ray"], failure.came.body) == (status, ray, body)


async def test_the_first_bytes_of_what_is_no_http_are_kept() -> None:
    """There is no status, and they are all that can be told."""
    failure = await answer_to(says(b"220 mail.example.com ESMTP\r\n\r\n", close=True))
    assert isinstance(failure, Failure)
    assert (failure.came, failure.began) == (None, b"220 mail.example.com ESMTP\r\n\r\n")


async def test_endless_informational_replies_are_cut_off() -> None:
    """A 1xx is no reply, however many come."""
    assert await answer_to(inform, timeout=0.2) == Failure("no whole reply within 0.2 s", sent=True)


async def test_headers_that_drip_are_cut_off() -> None:
    """A head that does not end is bounded as a body is."""

    async def drips(_: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nX: ")
        while not writer.is_closing() and not reader.at_eof():
            writer.write(b"y")
            await asyncio.sleep(0.01)

    assert await answer_to(drips, timeout=0.2) == Failure("no whole reply within 0.2 s", sent=True)


@pytest.mark.parametrize(
    ("encoded", "status"),
    [
        (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\nnot HTTP", 101),
        (b"HTTP/1.1 204 No Content\r\n\r\n", 204),
        (b"HTTP/1.1 304 Not Modified\r\n\r\n", 304),
        (http("302 Found"), 302),
        (http("206 Partial Content", OK, "Content-Range: bytes 0-12/100"), 206),
    ],
)
async def test_a_status_is_told_as_it_is(encoded: bytes, status: int) -> None:
    """What it means is judged elsewhere."""
    reply = await answer_to(says(encoded))
    assert isinstance(reply, Reply), reply
    assert reply.status == status


@pytest.mark.parametrize(
    "encoded",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 13\r\nContent-Length: 14\r\n\r\n" + OK,
        b"HTTP/1.1 200 OK\r\nContent-Length: 13\r\nTransfer-Encoding: chunked\r\n\r\n" + OK,
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\n" + OK,
        b"HTTP/1.1 1000 Strange\r\nContent-Length: 13\r\n\r\n" + OK,
        b"HTTP/1.1 OK\r\nContent-Length: 13\r\n\r\n" + OK,
        b"HTTP/9.9 200 OK\r\nContent-Length: 13\r\n\r\n" + OK,
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n" + OK,
        b"HTTP/1.1 204 No Content\r\nContent-Length: 13\r\n\r\n" + OK,
        http("200 OK", OK, "Content-Encoding: br"),
    ],
)
async def test_a_reply_that_contradicts_itself_is_a_failure(encoded: bytes) -> None:
    """Two lengths, none that can be, more of a body than there is: nothing of it is believed."""
    failure = await answer_to(says(encoded))
    assert isinstance(failure, Failure)
    assert failure.sent
