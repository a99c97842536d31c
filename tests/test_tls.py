"""TLS between a protocol and its socket, with OpenSSL at the other end and no network between."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from growthhub_async.tls import Tls

pytestmark = pytest.mark.anyio
VERSIONS = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]


@cache
def authority() -> trustme.CA:
    return trustme.CA()


def server_context(version: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.maximum_version = version
    authority().issue_cert("api.example.com").configure_cert(context)
    return context


def client_context() -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority().configure_trust(context)
    return context


class Socket:
    """What a loop has of a socket: it notes what is written to it, and closes when the loop next comes round."""

    def __init__(self) -> None:
        self.written = b""
        self.closing = False
        self.paused = False
        self.tls: Any = None

    def write(self, data: bytes) -> None:
        assert not self.closing, "written to after it was closed"
        self.written += data

    def is_closing(self) -> bool:
        return self.closing

    def close(self) -> None:
        if not self.closing:
            self.closing = True
            asyncio.get_running_loop().call_soon(self.tls.connection_lost, None)

    abort = close

    def pause_reading(self) -> None:
        self.paused = True

    def resume_reading(self) -> None:
        self.paused = False

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return {"peername": ("192.0.2.1", 443)}.get(name, default)


class Protocol:
    """What speaks over TLS: it notes what happens to it."""

    def __init__(self) -> None:
        self.transport: Any = None
        self.read: list[bytes] = []
        self.lost: list[BaseException | None] = []
        self.pauses: list[str] = []

    def connection_made(self, transport: Any) -> None:
        assert self.transport is None
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        assert not self.lost
        self.read.append(data)

    def connection_lost(self, error: BaseException | None) -> None:
        self.lost.append(error)

    def pause_writing(self) -> None:
        self.pauses.append("pause")

    def resume_writing(self) -> None:
        self.pauses.append("resume")


class Server:
    """The other end of the socket."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self.came, self.to_go = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.came, self.to_go, server_side=True)

    def shake(self) -> None:
        with contextlib.suppress(ssl.SSLError):
            self.tls.do_handshake()

    def say(self, *texts: bytes) -> bytes:
        for text in texts:
            self.tls.write(text)
        return self.to_go.read()


class Line:
    """A client and a server, and what carries bytes from one to the other when it is told to."""

    def __init__(self, server: ssl.SSLContext, client: ssl.SSLContext, name: str | None = "api.example.com") -> None:
        self.protocol = Protocol()
        self.tls = Tls(asyncio.get_running_loop(), self.protocol, client, name)
        self.socket = Socket()
        self.socket.tls = self.tls
        self.server = Server(server)
        self.tls.connection_made(self.socket)

    def to_server(self) -> None:
        data, self.socket.written = self.socket.written, b""
        self.server.came.write(data)

    def heard(self) -> bytes:
        """Read what the server was sent."""
        self.to_server()
        read = b""
        try:
            while part := self.server.tls.read():
                read += part
        except ssl.SSLWantReadError:
            pass
        return read

    def agree(self) -> None:
        while not self.tls.agreed.done():
            self.to_server()
            self.server.shake()
            self.tls.data_received(self.server.to_go.read())
        self.to_server()
        self.server.shake()


async def agreed(version: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3) -> Line:
    line = Line(server_context(version), client_context())
    line.agree()
    await line.tls.agreed
    return line


def cut(data: bytes, places: list[int]) -> Iterator[bytes]:
    """Cut bytes into pieces, none of them empty."""
    ends = sorted({place % len(data) for place in places} - {0})
    for start, end in zip([0, *ends], [*ends, len(data)], strict=True):
        yield data[start:end]


@given(
    texts=st.lists(st.binary(min_size=1, max_size=40_000), min_size=1, max_size=4),
    places=st.lists(st.integers(min_value=0), max_size=12),
    version=st.sampled_from(VERSIONS),
)
def test_however_it_is_cut_the_same_is_read(texts: list[bytes], places: list[int], version: ssl.TLSVersion) -> None:
    """Records that come in parts, or many at once, are read to the last byte, in order."""

    async def play() -> None:
        line = await agreed(version)
        for piece in cut(line.server.to_go.read() + line.server.say(*texts), places):
            line.tls.data_received(piece)
        assert b"".join(line.protocol.read) == b"".join(texts)

    asyncio.run(play())


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_handshake_may_come_byte_by_byte(version: ssl.TLSVersion) -> None:
    """The protocol is told of its connection when both have agreed, and can write at once."""
    line = Line(server_context(version), client_context())
    while not line.tls.agreed.done():
        line.to_server()
        line.server.shake()
        for byte in line.server.to_go.read():
            assert line.protocol.transport is None
            line.tls.data_received(bytes([byte]))
    line.to_server()
    line.server.shake()
    assert line.protocol.transport is line.tls
    line.tls.write(b"GET / HTTP/1.1\r\n\r\n")
    assert line.heard() == b"GET / HTTP/1.1\r\n\r\n"


async def test_what_comes_with_the_end_of_the_handshake_is_read() -> None:
    """A server may speak first: what it says can come in one piece with its part of the handshake."""
    line = Line(server_context(ssl.TLSVersion.TLSv1_2), client_context())
    line.to_server()
    line.server.shake()
    line.tls.data_received(line.server.to_go.read())
    line.to_server()
    line.server.shake()
    assert not line.tls.agreed.done()
    line.tls.data_received(line.server.say(b"hello"))
    assert line.tls.agreed.done()
    assert line.protocol.read == [b"hello"]


async def test_what_came_together_is_given_on_together() -> None:
    """A reply of many records is read at once, as it would be without TLS."""
    line = await agreed()
    line.tls.data_received(line.server.say(b"HTTP/1.1 ", b"200 OK\r\n", b"\r\n"))
    assert line.protocol.read == [b"HTTP/1.1 200 OK\r\n\r\n"]


async def test_much_is_written_whole() -> None:
    """More than one record holds arrives as it was written."""
    line = await agreed()
    text = bytes(range(256)) * 400
    line.tls.write(text)
    assert line.heard() == text


@pytest.mark.parametrize("name", ["other.example.com", "192.0.2.1"])
async def test_a_certificate_of_another_name_is_refused(name: str) -> None:
    """The handshake ends in an error that says so, the server is told why, and the protocol never had a connection."""
    line = Line(server_context(), client_context(), name)
    line.to_server()
    line.server.shake()
    line.tls.data_received(line.server.to_go.read())
    with pytest.raises(ssl.SSLCertVerificationError):
        await line.tls.agreed
    assert line.protocol.transport is None
    assert not line.protocol.lost
    line.to_server()
    with pytest.raises(ssl.SSLError, match="ALERT"):
        line.server.tls.do_handshake()


async def test_a_server_that_speaks_something_else_is_not_agreed_with() -> None:
    """What is no TLS ends the handshake."""
    line = Line(server_context(), client_context())
    line.tls.data_received(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    with pytest.raises(ssl.SSLError):
        await line.tls.agreed


async def test_a_connection_lost_in_the_handshake_is_told_to_who_waits() -> None:
    """Nobody waits for a handshake that cannot end."""
    line = Line(server_context(), client_context())
    assert not line.tls.eof_received()
    line.tls.connection_lost(None)
    with pytest.raises(ConnectionResetError):
        await line.tls.agreed
    assert not line.protocol.lost


async def test_who_no_longer_waits_is_told_nothing() -> None:
    """A handshake that took too long was given up, and its connection closed."""
    line = Line(server_context(), client_context())
    line.tls.agreed.cancel()
    line.tls.abort()
    await asyncio.sleep(0)
    assert line.tls.agreed.cancelled()


async def test_the_other_side_is_told_of_the_end() -> None:
    """What was written before arrives, and then the server knows that nothing was cut off."""
    line = await agreed()
    line.tls.write(b"last")
    line.tls.close()
    line.tls.close()
    assert line.tls.is_closing()
    line.to_server()
    assert [line.server.tls.read(), line.server.tls.read()] == [b"last", b""]
    await asyncio.sleep(0)
    assert line.protocol.lost == [None]


async def test_nothing_is_said_to_who_is_gone() -> None:
    """A connection that was given up is closed without a word."""
    line = await agreed()
    line.tls.abort()
    line.tls.close()
    await asyncio.sleep(0)
    assert line.protocol.lost == [None]


async def test_the_end_that_the_other_side_tells_of_is_an_end() -> None:
    """What came before it is read, and the protocol hears that the connection is lost, without an error."""
    line = await agreed()
    said = line.server.say(b"last")
    with pytest.raises(ssl.SSLWantReadError):
        line.server.tls.unwrap()
    line.tls.data_received(said + line.server.to_go.read())
    assert line.protocol.read == [b"last"]
    await asyncio.sleep(0)
    assert line.protocol.lost == [None]


async def test_what_was_tampered_with_ends_the_connection() -> None:
    """What was right before it is read, the server is told, and the protocol hears of the error."""
    line = await agreed()
    said = line.server.say(b"right")
    wrong = bytearray(line.server.say(b"wrong"))
    wrong[-1] ^= 1
    line.tls.data_received(said + bytes(wrong))
    assert line.protocol.read == [b"right"]
    assert line.tls.is_closing()
    await asyncio.sleep(0)
    assert [type(error) for error in line.protocol.lost] == [ssl.SSLError]
    line.to_server()
    with pytest.raises(ssl.SSLError, match="ALERT"):
        line.server.tls.read()


async def test_what_the_server_asks_of_tls_itself_is_answered_at_once() -> None:
    """A server that asks for a certificate later is answered, before another request happens to be written."""
    server, client = server_context(), client_context()
    server.load_verify_locations(cadata=authority().cert_pem.bytes().decode())
    server.verify_mode = ssl.CERT_OPTIONAL
    server.post_handshake_auth = client.post_handshake_auth = True
    line = Line(server, client)
    line.agree()
    line.server.tls.verify_client_post_handshake()
    line.tls.data_received(line.server.say(b"hello"))
    assert line.protocol.read == [b"hello"]
    assert line.socket.written


async def test_a_write_that_tls_does_not_take_ends_the_connection() -> None:
    """The protocol hears of it as of any other loss; the writer is not raised an error."""
    line = await agreed()
    line.tls._tls = Failing()  # type: ignore[assignment]
    line.tls.write(b"request")
    assert line.tls.is_closing()
    await asyncio.sleep(0)
    assert [type(error) for error in line.protocol.lost] == [ssl.SSLWantReadError]


class Failing:
    def write(self, data: bytes) -> int:
        raise ssl.SSLWantReadError


async def test_it_is_a_transport_like_any_other() -> None:
    """Reading and writing can be held up, and what is known of the connection can be asked for."""
    line = await agreed()
    line.tls.pause_reading()
    assert line.socket.paused
    line.tls.resume_reading()
    assert not line.socket.paused
    line.tls.pause_writing()
    line.tls.resume_writing()
    assert line.protocol.pauses == ["pause", "resume"]
    assert line.tls.get_extra_info("peername") == ("192.0.2.1", 443)
    assert line.tls.get_extra_info("ssl_object").version() == "TLSv1.3"
    assert isinstance(line.tls.get_extra_info("sslcontext"), ssl.SSLContext)
    assert line.tls.get_extra_info("nothing", "default") == "default"
