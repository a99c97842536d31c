"""A reply that is read at a glance is read as aiohttp's own parser reads it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from growthhub_async import plain_reply
from growthhub_async.connector_aiohttp import Protocol
from growthhub_async.plain_reply import MOST, PART, read_plain
from growthhub_async.transport import Reply
from growthhub_async.wire_aiohttp import set_parser
from tests.heads import latin, printable, replies, usual

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


def with_header(line: bytes) -> bytes:
    """Make a plain reply with one header more."""
    return OK.replace(b"\r\n\r\n", b"\r\n%b\r\n\r\n" % line)


Told = tuple[int, list[tuple[str, str]], bytes]


@pytest.fixture(scope="module")
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    yield loop
    loop.close()


class Far(asyncio.Transport):
    """A connection that is never closed but by the parser."""

    def is_closing(self) -> bool:
        return False

    def close(self) -> None:
        """It is looked at no more."""


class Parsed:
    """What the parser makes of bytes: as many replies as are whole, and whether it would use the connection again."""

    def __init__(self, loop: asyncio.AbstractEventLoop, *pieces: bytes) -> None:
        protocol = Protocol(loop)
        protocol.connection_made(Far())
        set_parser(protocol)
        for piece in pieces:
            protocol.data_received(piece)
        self.error = protocol.exception()
        self.replies: list[Told] = []
        self.begun = len(protocol._buffer)
        while protocol._buffer and protocol._buffer[0][0][1].is_eof():
            (message, payload), _ = protocol._buffer.popleft()
            if payload.exception() is not None:
                self.error = payload.exception()
            else:
                self.replies.append(told(Reply(message.code, message.headers, payload.read_nowait(-1))))
        self.would_close = protocol.should_close


def told(reply: Reply) -> Told:
    """Take a reply apart, to be compared: the parser spells some names in its own way, and may leave space behind."""
    return reply.status, [(name.lower(), value.strip(" \t")) for name, value in reply.headers.items()], reply.body


@settings(deadline=None, max_examples=400)
@given(replies(), st.binary(min_size=1, max_size=8))
@example(OK, b"x")
def test_a_plain_reply_is_what_the_parser_reads(loop: Any, data: bytes, more: bytes) -> None:
    """Status, headers and body are its own, it would keep the connection; and with more bytes, none is plain."""
    reply = read_plain(data)
    if isinstance(reply, Reply):
        parsed = Parsed(loop, data)
        assert parsed.error is None
        assert parsed.replies == [told(reply)]
        assert not parsed.would_close
        assert read_plain(data + more) is None


@settings(deadline=None, max_examples=400)
@given(replies(), st.integers(0), st.binary(max_size=8))
def test_a_part_is_a_part_whatever_comes(loop: Any, data: bytes, at: int, filler: bytes) -> None:
    """The parser waits for more of it, too, and any bytes in the number that is missing make a plain reply of it."""
    part = data[: at % (len(data) + 1)]
    if read_plain(part) is not PART:
        return
    waiting = Parsed(loop, part)
    assert (waiting.error, waiting.begun, waiting.replies) == (None, 1, [])
    missing = 1
    while read_plain(part + (filler + b"\r\n" * missing)[:missing]) is PART:
        missing += 1
    rest = (filler + b"\r\n" * missing)[:missing]
    reply = read_plain(part + rest)
    assert isinstance(reply, Reply)
    assert Parsed(loop, part, rest).replies == Parsed(loop, part + rest).replies == [told(reply)]


@settings(deadline=None)
@given(replies(oddly=0))
def test_what_servers_write_is_plain(data: bytes) -> None:
    """An HTTP/1.1 reply with one length, in order to the letter, is read without a parser."""
    bodiless = data[9:12] in (b"204", b"304")
    names = [line.partition(b":")[0].lower() for line in data.partition(b"\r\n\r\n")[0].split(b"\r\n")]
    assert isinstance(read_plain(data), Reply) is (not bodiless and len(set(names)) == len(names))


PLAIN = [
    OK,
    OK.replace(b"\r\n\r\n", b"\r\nConnection: keep-alive\r\n\r\n"),
    OK.replace(b"Content-Length: 2", b"CONTENT-LENGTH:  00002 "),
    OK.replace(b"200 OK", b"599 "),
    b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n",
]
NOT_PLAIN = {
    "nothing": b"",
    "half a head": OK[:20],
    "no reason, and no space": OK.replace(b"200 OK", b"200"),
    "HTTP/1.0": OK.replace(b"/1.1", b"/1.0"),
    "informational": OK.replace(b"200 OK", b"100 Continue"),
    "no body by its status": OK.replace(b"200 OK", b"204 No Content"),
    "not modified": OK.replace(b"200 OK", b"304 Not Modified"),
    "no length": OK.replace(b"Content-Length: 2\r\n", b"X: y\r\n"),
    "no header": b"HTTP/1.1 200 OK\r\n\r\n",
    "two lengths": OK.replace(b"\r\n\r\n", b"\r\ncontent-length: 2\r\n\r\n"),
    "a tab after the length": OK.replace(b": 2", b": 2\t"),
    "a sign": OK.replace(b": 2", b": +2"),
    "a hexadecimal length": OK.replace(b": 2", b": 0x2"),
    "a list of lengths": OK.replace(b": 2", b": 2, 2"),
    "a length too long to be read": OK.replace(b": 2", b": 0000002"),
    "chunked": OK.replace(b"\r\n\r\n", b"\r\nTransfer-Encoding: chunked\r\n\r\n"),
    "compressed": OK.replace(b"\r\n\r\n", b"\r\nContent-Encoding: gzip\r\n\r\n"),
    "closing": OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"),
    "two words on the connection": OK.replace(b"\r\n\r\n", b"\r\nConnection: keep-alive\r\nconnection: close\r\n\r\n"),
    "upgrading": OK.replace(b"\r\n\r\n", b"\r\nUpgrade: x\r\n\r\n"),
    "closing, as it is told to a proxy": OK.replace(b"\r\n\r\n", b"\r\nProxy-Connection: close\r\n\r\n"),
    "a header twice": OK.replace(b"\r\n\r\n", b"\r\nX: a\r\nx: b\r\n\r\n"),
    "folded": OK.replace(b"\r\n\r\n", b"\r\nX: a\r\n b\r\n\r\n"),
    "lines that end otherwise": OK.replace(b"\r\n", b"\n"),
    "a NUL": OK.replace(b"\r\n\r\n", b"\r\nX: \0\r\n\r\n"),
    "not ASCII": OK.replace(b"\r\n\r\n", b"\r\nX: \xff\r\n\r\n"),
    "a name with a space": OK.replace(b"\r\n\r\n", b"\r\nX : y\r\n\r\n"),
    "surplus": OK + b"{",
    "too many headers": OK.replace(b"\r\n\r\n", b"\r\n" + b"X: y\r\n" * 200 + b"\r\n"),
    "a long header": OK.replace(b"\r\n\r\n", b"\r\nX: " + b"y" * 9_000 + b"\r\n\r\n"),
}


@pytest.mark.parametrize("data", PLAIN)
def test_these_are_plain(data: bytes) -> None:
    """Most replies of most servers."""
    assert isinstance(read_plain(data), Reply)


@pytest.mark.parametrize("data", NOT_PLAIN.values(), ids=NOT_PLAIN)
def test_these_are_left_to_the_parser(data: bytes) -> None:
    """Whatever could be read in more than one way, or not at all."""
    assert read_plain(data) is None


def test_a_long_body_is_left_to_the_parser() -> None:
    """It comes in many pieces, and more than is allowed is not waited for."""
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n"
    assert read_plain(head % MOST) is PART
    assert read_plain(head % (MOST + 1)) is None
    assert read_plain(head % 11, most=10) is None


def test_lines_that_were_read_are_bounded_and_read_the_same_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is remembered is given up when it is too much, and long lines are not remembered."""
    monkeypatch.setattr(plain_reply, "REMEMBERED", 8)
    monkeypatch.setattr(plain_reply, "_headers", plain_reply._Headers())  # other tests have filled it
    for number in range(100):
        line = b"X: %d\r\nY: %s" % (number % 11, b"y" * (number % 3 * 200))
        reply = read_plain(OK.replace(b"\r\n\r\n", b"\r\n" + line + b"\r\n\r\n"))
        assert isinstance(reply, Reply)
        assert reply.headers == {"content-length": "2", "x": str(number % 11), "y": "y" * (number % 3 * 200)}
        assert len(plain_reply._headers) <= 8
        assert not [known for known in plain_reply._headers if len(known) > plain_reply.LONGEST]


@st.composite
def heads_alike(draw: st.DrawFn) -> list[bytes]:
    """Draw replies that have one shape for the most part: what differs are values, and now and then more."""
    lines = draw(st.lists(usual, max_size=4, unique_by=lambda line: line.partition(":")[0].lower()))
    lines.insert(draw(st.integers(0, len(lines))), "Content-Length: 2")
    drawn = []
    for _ in range(draw(st.integers(2, 6))):
        for at in draw(st.sets(st.integers(0, len(lines) - 1), max_size=2)):
            name = lines[at].partition(":")[0]
            value = draw(
                st.one_of(printable, latin, st.sampled_from(["2", "3", "02", "keep-alive", "close", "x\r", ""]))
            )
            lines[at] = draw(st.sampled_from([f"{name}: {value}", f"{name}: {value}", f"{name}:{value}", value]))
        status = draw(st.sampled_from(["200 OK", "200 OK", "200 ok", "201 Created"]))
        drawn.append("\r\n".join([f"HTTP/1.1 {status}", *lines, "", "{}"]).encode("latin-1"))
    return drawn


@settings(deadline=None, max_examples=400)
@given(heads_alike())
@example([OK.replace(b": 2", b": %b" % value) for value in (b"2", b"3", b"+2", b"0_2", b"0000002", b"2, 2", b"2")])
@example([with_header(b"X: %b" % value) for value in (b"1", b"2", b"3\r", b"4\n", b"\x7f", b"\xb2", b" 5 ", b"")])
@example([with_header(b"Connection: %b" % value) for value in (b"keep-alive", b"Keep-Alive", b"close", b"KEEP-alive")])
def test_what_was_read_before_changes_nothing(data: list[bytes]) -> None:
    """A head whose shape is known is read as one that is the first of all."""
    alone = []
    for one in data:
        plain_reply._shapes.clear()
        alone.append(read_plain(one))
    plain_reply._shapes.clear()
    assert [read_plain(one) for one in data] == alone


def test_values_that_vary_are_read_by_the_shape_of_the_head(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once a server's heads are known, none of them is read line by line."""
    data = [with_header(b"X: %d\r\nServer: y" % number) for number in range(9)]
    for one in data[:2]:
        read_plain(one)
    monkeypatch.setattr(plain_reply, "_read_lines", None)
    replies = [read_plain(one) for one in data]
    assert [isinstance(one, Reply) and one.headers["x"] for one in replies] == [str(number) for number in range(9)]


def test_names_are_in_lower_case() -> None:
    """They are looked up so, however a server writes them."""
    reply = read_plain(OK.replace(b"\r\n\r\n", b"\r\nreTRY-after: 7\r\n\r\n"))
    assert isinstance(reply, Reply)
    assert reply.headers["retry-after"] == "7"
