"""Which connection a request goes over, and what is written there, over both transports."""

from __future__ import annotations

import asyncio
import gc
import select
import socket
import threading
import warnings
from functools import partial
from typing import Any

import msgspec
import pytest
import trustme

from growthhub_async import ConfigurationError, Settings
from growthhub_async.connector_aiohttp import Connector
from growthhub_async.secret import Secret
from growthhub_async.transport import Failure, Reply, Request, Transport
from growthhub_async.transport_aiohttp import AiohttpTransport
from growthhub_async.transport_lean import LeanTransport
from tests.integration.attempting import OK, REQUEST, make, serving
from tests.integration.raw_server import Behave, hang, http, raw_server, says

pytestmark = pytest.mark.anyio

PLAIN = http("200 OK", OK)
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nd\r\n" + OK + b"\r\n0\r\n\r\n"
INFORMED = b"HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n" + PLAIN


async def attempts(transport: Transport, *requests: Request) -> list[Reply | Failure]:
    """Make one attempt after the other."""
    return [await transport.send(request, 10.0, lambda: None) for request in requests]


def connections(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Note the protocols of the connections that are made from now on."""
    made: list[Any] = []
    create = Connector._create_connection

    async def note(*arguments: Any) -> Any:
        made.append(await create(*arguments))
        return made[-1]

    monkeypatch.setattr(Connector, "_create_connection", note)
    return made


def in_turn(*replies: tuple[bytes, ...]) -> Behave:
    """Answer each request of all connections with the next reply, in pieces that arrive by themselves."""
    left = iter(replies)

    async def behave(_: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for piece in next(left):
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.01)

    return behave


async def test_one_connection_carries_replies_of_every_shape() -> None:
    """However each reply is framed and cut, the next request goes over the same connection."""
    head, _, body = PLAIN.partition(b"\r\n\r\n")
    shapes = [(CHUNKED,), (PLAIN,), (CHUNKED[:70], CHUNKED[70:]), (INFORMED,), (head + b"\r\n\r\n", body), (CHUNKED,)]
    shapes += [(PLAIN[:9], PLAIN[9:]), (b"HTTP/1.1 204 No Content\r\n\r\n",), (PLAIN,)]
    async with raw_server(in_turn(*shapes)) as server:
        transport = make(server.base_url)
        await transport.open()
        answers = await attempts(transport, *[REQUEST] * len(shapes))
        await transport.close()
    assert [answer.body if isinstance(answer, Reply) else answer for answer in answers] == [OK] * 7 + [b"", OK]
    assert server.connections == 1


@pytest.mark.parametrize(
    "reply", [http("200 OK", OK, "Connection: close"), PLAIN.replace(b"HTTP/1.1", b"HTTP/1.0")], ids=["close", "1.0"]
)
async def test_a_connection_that_the_server_means_to_close_is_not_used_again(reply: bytes) -> None:
    """The server says so with its reply, and may close it whenever it likes."""
    async with raw_server(says(reply)) as server:
        transport = make(server.base_url)
        await transport.open()
        answers = await attempts(transport, REQUEST, REQUEST)
        await transport.close()
    assert all(isinstance(answer, Reply) for answer in answers)
    assert server.connections == 2


async def test_connections_that_the_server_has_closed_are_replaced_without_a_word() -> None:
    """Three that lie idle are closed: the next request leaves once, over a new one."""
    writers: list[asyncio.StreamWriter] = []
    came = asyncio.Event()

    async def behave(_: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        if len(writers) >= 3:
            came.set()
        await came.wait()
        writer.write(PLAIN)

    async with raw_server(behave) as server:
        transport = make(server.base_url)
        await transport.open()
        await asyncio.gather(*(transport.send(REQUEST, 10.0, lambda: None) for _ in range(3)))
        for writer in writers:
            writer.close()
            await writer.wait_closed()
        await asyncio.sleep(0.02)
        left: list[str] = []
        answer = await transport.send(REQUEST, 10.0, lambda: left.append("left"))
        await transport.close()
    assert isinstance(answer, Reply)
    assert (len(left), len(server.requests), server.connections) == (1, 4, 4)


@pytest.mark.parametrize("way", ["send", "start"])
async def test_a_connection_whose_end_is_not_read_yet_is_replaced_without_a_word(
    way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server closes it while the loop does something else: the next request leaves once, over a new one."""
    made = connections(monkeypatch)

    def serve(listening: socket.socket) -> None:
        for _ in range(2):
            with listening.accept()[0] as accepted:
                while not accepted.recv(65_536).endswith(b"}"):
                    """A request may come in pieces."""
                accepted.sendall(PLAIN)

    left: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve, args=(listening,), daemon=True)
        thread.start()
        transport = make(f"http://127.0.0.1:{listening.getsockname()[1]}")
        await transport.open()
        first = await transport.send(REQUEST, 10.0, lambda: None)
        assert made[0].transport is not None
        assert select.select([made[0].transport.get_extra_info("socket").fileno()], [], [], 5.0)[0]
        second = asyncio.get_running_loop().create_future()
        note_left = partial(left.append, "left")
        if way == "send" or transport.start(REQUEST, 10.0, note_left, second.set_result) is None:
            second.set_result(await transport.send(REQUEST, 10.0, note_left))
        answers = [first, await second]
        await transport.close()
        thread.join(5.0)
    assert [isinstance(answer, Reply) for answer in answers] == [True, True], answers
    assert (len(left), len(made)) == (1, 2)


async def test_tickets_of_a_tls_session_are_nothing_to_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server sends them after the handshake, and they may have come before the first request leaves."""
    context = serving(trustme.CA(), monkeypatch)

    def serve(listening: socket.socket) -> None:
        with listening.accept()[0] as plain, context.wrap_socket(plain, server_side=True) as first:
            for _ in range(2):
                while not first.recv(65_536).endswith(b"}"):
                    """A request may come in pieces."""
                first.sendall(PLAIN)

    made = connections(monkeypatch)

    def wait_for_tickets(_: float) -> None:
        assert made[0].transport is not None
        # uvloop may have read them
        select.select([made[0].transport.get_extra_info("socket").fileno()], [], [], 0.2)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve, args=(listening,), daemon=True)
        thread.start()
        transport = make(f"https://127.0.0.1:{listening.getsockname()[1]}")
        await transport.open()
        transport.on_connect = wait_for_tickets
        answers = await attempts(transport, REQUEST, REQUEST)
        await transport.close()
        thread.join(5.0)
    assert [isinstance(answer, Reply) for answer in answers] == [True, True], answers
    assert len(made) == 1


REQUESTS = [
    REQUEST,
    Request("GET", "/contacts/abc", Secret("pit-secret")),
    Request("DELETE", "/contacts/abc", Secret("pit-secret")),
    Request("POST", "/contacts/abc/tags", Secret("pit-secret"), b""),
    Request("GET", "/locations/abc/customFields?model=contact", Secret("pit secret"), None),
]


@pytest.mark.parametrize("path", ["", "/", "/api/v2", "/a%2Fb/"])
async def test_both_transports_write_the_same_request(path: str) -> None:
    """Method, path, headers and body are one and the same."""
    async with raw_server(says(PLAIN)) as server:
        for transport_class in (AiohttpTransport, LeanTransport):
            settings = Settings(token="pit-secret", base_url=server.base_url + path).resolved({})
            transport = transport_class(settings)
            await transport.open()
            await attempts(transport, *REQUESTS)
            await transport.close()
    written = [_apart(request) for request in server.requests]
    assert written[: len(REQUESTS)] == written[len(REQUESTS) :]
    lengths = [headers.get(b"content-length") for _, headers, _ in written[: len(REQUESTS)]]
    assert lengths == [b"13", None, b"0", b"0", None]


def _apart(request: bytes) -> tuple[bytes, dict[bytes, bytes], bytes]:
    head, _, body = request.partition(b"\r\n\r\n")
    first, *lines = head.split(b"\r\n")
    headers = dict(line.split(b": ", 1) for line in lines)
    assert len(headers) == len(lines)
    return first, {name.lower(): value for name, value in headers.items()}, body


async def test_an_ipv6_address_is_a_host() -> None:
    """It is written in brackets, with its port."""
    heads: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(PLAIN)
        await writer.drain()
        writer.close()

    try:
        server = await asyncio.start_server(serve, "::1", 0)
    except OSError:
        pytest.skip("there is no IPv6 here")
    async with server:
        port = server.sockets[0].getsockname()[1]
        transport = make(f"http://[::1]:{port}")
        await transport.open()
        [answer] = await attempts(transport, REQUEST)
        await transport.close()
    assert isinstance(answer, Reply)
    assert f"\r\nHost: [::1]:{port}\r\n".encode() in heads[0]


@pytest.mark.parametrize("bad", ["a\r\nX: y", "a\nb", "a\rb", "a\0b", "pit-secret\r\n\r\nGET /stolen"])
async def test_no_request_is_written_that_would_be_two(bad: str) -> None:
    """A token or a path that would end its line is refused before a byte is written, and not quoted."""
    for request in (
        msgspec.structs.replace(REQUEST, token=Secret(bad)),
        msgspec.structs.replace(REQUEST, path=f"/contacts/{bad}"),
    ):
        async with raw_server(says(PLAIN)) as server:
            transport = make(server.base_url)
            await transport.open()
            with pytest.raises(ValueError, match=r".") as refused:
                await transport.send(request, 10.0, lambda: None)
            await transport.close()
        assert not server.requests
        assert "secret" not in str(refused.value)
        assert bad not in str(refused.value)


@pytest.mark.parametrize("bad", ["http://127.0.0.1/a\r\nX: y", "http://127.0.0.1\n", "2023\r\nX: y", "a\0b"])
def test_no_setting_is_taken_that_would_end_a_line(bad: str) -> None:
    """The server's address and the version are checked when a client is made."""
    for setting in ("base_url", "api_version", "location_id"):
        with pytest.raises(ConfigurationError, match=setting):
            Settings(token="pit-secret", **{setting: bad})


async def test_an_attempt_that_is_cancelled_takes_its_connection_along() -> None:
    """The server hears of it at once, and nothing is left: its reply could be taken for another's."""
    heard, closed = asyncio.Event(), asyncio.Event()

    async def behave(request: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.set()
        await hang(request, reader, writer)
        closed.set()

    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always", ResourceWarning)
        async with raw_server(behave) as server:
            transport = make(server.base_url)
            await transport.open()
            attempt = asyncio.create_task(transport.send(REQUEST, 10.0, lambda: None))
            await heard.wait()
            attempt.cancel()
            with pytest.raises(asyncio.CancelledError):
                await attempt
            await asyncio.wait_for(closed.wait(), 5.0)
            await transport.close()
            del attempt
            gc.collect()
    assert not [one for one in warned if "nclosed conn" in str(one.message)]
