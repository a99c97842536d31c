"""Requests that go through a proxy: to a server whose TLS it cannot read."""

from __future__ import annotations

import base64

import pytest
import trustme

from growthhub_async import GrowthHubClient, Settings, transports
from growthhub_async.transport import Failure, Reply
from tests.integration.attempting import OK, REQUEST, serving
from tests.integration.connect_proxy import connect_proxy
from tests.integration.raw_server import hang, http, raw_server, says

pytestmark = pytest.mark.anyio

make_transport = transports.make_transport
REFUSED = "the proxy did not connect to the server (status {})"


@pytest.fixture
def transport_class(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever transport a client is made with."""
    monkeypatch.setattr(transports, "make_transport", make_transport)


async def send(base_url: str, proxy: str, timeout: float = 5.0) -> tuple[list[Reply | Failure], int]:
    """Make two attempts through a proxy; give the answers, and how many of them left."""
    left: list[str] = []
    transport = transports.make_transport(Settings(token="pit-secret", base_url=base_url, proxy=proxy))
    await transport.open()
    answers = [await transport.send(REQUEST, timeout, lambda: left.append("left")) for _ in range(2)]
    await transport.close()
    return answers, len(left)


async def test_requests_go_through_a_proxy_that_cannot_read_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is asked once for the server, and what passes is TLS that only the server can read."""
    context = serving(trustme.CA(), monkeypatch)
    async with raw_server(says(http("200 OK", OK)), context) as server, connect_proxy() as proxy:
        answers, left = await send(server.base_url, f"http://ada:hunter%202@{proxy.address}")
    assert [answer.body if isinstance(answer, Reply) else answer for answer in answers] == [OK, OK]
    assert (left, len(server.requests), server.connections) == (2, 2, 1)
    [head] = proxy.heads
    assert head.startswith(f"CONNECT {server.base_url.removeprefix('https://')} HTTP/1.1\r\n".encode())
    assert b"\r\nProxy-Authorization: Basic " + base64.b64encode(b"ada:hunter 2") + b"\r\n" in head
    assert b"secret" not in head + proxy.passed
    assert b"proxy" not in server.requests[0].lower()


async def test_a_server_behind_a_proxy_has_to_prove_its_name() -> None:
    """The proxy may have connected to anybody."""
    other = trustme.CA()
    with pytest.MonkeyPatch.context() as monkeypatch:
        context = serving(other, monkeypatch)
    async with raw_server(says(http("200 OK", OK)), context) as server, connect_proxy() as proxy:
        answers, left = await send(server.base_url, f"http://{proxy.address}")
    assert answers == [Failure("the server's TLS certificate is not valid for its name", sent=False)] * 2
    assert (left, server.requests) == (0, [])


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (http("407 Proxy Authentication Required", b"who are you?"), REFUSED.format(407)),
        (http("403 Forbidden"), REFUSED.format(403)),
        (http("502 Bad Gateway"), REFUSED.format(502)),
        (b"", "could not connect to the server through the proxy (ServerDisconnectedError)"),
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", "could not connect to the server through the proxy (ClientResponseError)"),
    ],
    ids=["407", "403", "502", "nothing", "no HTTP"],
)
async def test_a_proxy_that_does_not_connect_was_sent_nothing(answer: bytes, words: str) -> None:
    """A request does not leave before there is a way to its server."""
    async with connect_proxy(answer) as proxy:
        answers, left = await send("https://127.0.0.1:9", f"http://ada:hunter2@{proxy.address}")
    assert answers == [Failure(words, sent=False)] * 2
    assert left == 0


async def test_a_way_through_a_proxy_has_its_time() -> None:
    """A server behind it that never agrees on TLS was sent nothing when the time is up."""
    async with raw_server(hang) as server, connect_proxy() as proxy:
        answers, left = await send(server.base_url.replace("http:", "https:"), f"http://{proxy.address}", timeout=0.1)
    assert answers == [Failure("no connection within 0.1 s", sent=False)] * 2
    assert left == 0


@pytest.mark.parametrize(
    ("proxy", "words"),
    [
        ("127.0.0.1:9", "could not connect to the proxy (Connect call failed"),
        ("growthhub.invalid:80", "the proxy's name was not found"),
    ],
)
async def test_a_proxy_that_is_not_there_was_sent_nothing(proxy: str, words: str) -> None:
    """It is told from a server that is not there."""
    answers, left = await send("https://127.0.0.1:9", f"http://ada:hunter2@{proxy}")
    for answer in answers:
        assert isinstance(answer, Failure)
        assert (answer.message[: len(words)], answer.sent, left) == (words, False, 0)
        assert "hunter2" not in answer.message


async def test_a_client_finds_the_proxy_of_its_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who has set HTTPS_PROXY need not say so again."""
    context = serving(trustme.CA(), monkeypatch)
    contact = http("200 OK", b'{"contact": {"id": "x"}}')
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    async with raw_server(says(contact), context) as server, connect_proxy() as proxy:
        monkeypatch.setenv("https_proxy", proxy.address)
        async with GrowthHubClient(token="pit-secret", base_url=server.base_url) as client:
            assert (await client.get_contact("x")).id == "x"
    assert len(proxy.heads) == 1
