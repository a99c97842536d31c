"""A connection of the lean transport, fed by hand: however a reply is cut into pieces, it is the same reply."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from growthhub_async import Settings
from growthhub_async.plain_reply import read_plain
from growthhub_async.secret import Secret
from growthhub_async.transport import Failure, Reply, Request
from growthhub_async.transport_lean import LeanTransport
from growthhub_async.wire_aiohttp import Wire
from tests import virtual
from tests.heads import replies
from tests.test_plain_reply import OK, Told, told

TIMEOUT = 5.0
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"


class Far(asyncio.Transport):
    """The other end, which hears of what is written."""

    def __init__(self, wire: Wire) -> None:
        super().__init__()
        self.written = b""
        self._wire = wire
        self._closing = False
        wire.connection_made(self)

    def write(self, data: Any) -> None:
        self.written += data

    def is_closing(self) -> bool:
        return self._closing

    def close(self) -> None:
        if not self._closing:
            self._closing = True
            asyncio.get_running_loop().call_soon(self._wire.connection_lost, None)

    def abort(self) -> None:
        self.close()


class Connected:
    """The transport with one connection that is fed by hand."""

    request = Request("POST", "/contacts/upsert", Secret("pit-secret"), b"{}")

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.lean = LeanTransport(settings)

    async def __aenter__(self) -> Connected:
        await self.lean.open()
        self.add_wire()
        return self

    def add_wire(self) -> None:
        """Make a connection, and keep it; it is the one that is fed then."""
        self.wire = Wire(asyncio.get_running_loop(), self._settings.max_reply_size)
        self.wire.connection = self.far = Far(self.wire)  # type: ignore[assignment]
        self.lean._wires[self.wire] = None
        self.lean._keep(self.wire)

    async def __aexit__(self, *_: object) -> None:
        await self.lean.close()

    async def answer_to(self, *pieces: bytes, close: bool = False) -> Reply | Failure:
        """Make an attempt whose reply comes in pieces, each with a step of the loop of its own or two."""
        attempt = asyncio.create_task(self.lean.send(self.request, TIMEOUT, lambda: None))
        for _ in range(2):  # it is written together with others
            await asyncio.sleep(0)
        for piece in pieces:
            self.wire.data_received(piece)
            await asyncio.sleep(0)
        if close:
            self.wire.connection_lost(None)
        return await attempt


def pieces_of(data: bytes, cuts: list[int]) -> list[bytes]:
    """Cut bytes into pieces, none of which is empty."""
    ends = [*sorted({cut % len(data) for cut in cuts} - {0}), len(data)]
    return [data[start:end] for start, end in zip([0, *ends], ends, strict=False)]


def answer(data: bytes, cuts: list[int], *, close: bool = False) -> tuple[Told | Failure, bool]:
    """Give the answer that bytes make, and whether the connection is used again."""

    async def main() -> tuple[Told | Failure, bool]:
        async with Connected(Settings(base_url="http://127.0.0.1", token="pit-secret")) as transport:
            answered = await transport.answer_to(*pieces_of(data, cuts), close=close)
            return told(answered) if isinstance(answered, Reply) else answered, transport.lean._idle_wire() is not None

    return virtual.run(main)


many_cuts = st.lists(st.integers(1), max_size=6)


@settings(deadline=None, max_examples=200)
@given(replies(), many_cuts, st.booleans())
def test_a_reply_is_the_same_in_any_pieces(data: bytes, cuts: list[int], close: bool) -> None:
    """What is a reply in one piece is it in many, and after these the connection is used again only if after the one.

    What is surplus in one piece may spoil the reply; in a piece of its own it comes too late for that, and spoils the
    connection. A line break the parser overlooks, but not in a piece of its own.
    """
    whole, reused = answer(data, [], close=close)
    cut, reused_after_cut = answer(data, cuts, close=close)
    if isinstance(whole, Failure):
        assert isinstance(cut, Failure) or not reused_after_cut
    else:
        assert cut == whole
        assert reused or not reused_after_cut


@settings(deadline=None, max_examples=100)
@given(replies(oddly=0), st.just([]) | many_cuts, st.integers(1, 60))
@example(OK, [], 1)
def test_a_part_of_a_reply_is_none(data: bytes, cuts: list[int], missing: int) -> None:
    """A reply that says its length and is cut short is a failure, of which is kept what came, however it came."""
    plain = read_plain(data)
    if not isinstance(plain, Reply) or missing >= len(data):
        return
    part = data[:-missing]
    failed, reused = answer(part, cuts, close=True)
    assert isinstance(failed, Failure)
    assert (failed.sent, reused) == (True, False)
    if b"\r\n\r\n" in part:
        assert failed.came is not None
        assert (failed.came.status, failed.came.body) == (plain.status, part.partition(b"\r\n\r\n")[2])


@pytest.mark.parametrize("cuts", [[], [20, 40]])
@pytest.mark.parametrize("data", [OK[:-1], CHUNKED[:-8]], ids=["plain", "chunked"])
def test_a_part_of_a_reply_that_stalls_is_kept(data: bytes, cuts: list[int]) -> None:
    """When its time is over, what came is read by the parser, and told of."""
    failed, reused = answer(data, cuts)
    assert isinstance(failed, Failure)
    assert (failed.message, failed.sent) == (f"no whole reply within {TIMEOUT:g} s", True)
    assert failed.came is not None
    assert (failed.came.status, failed.came.body) == (200, b"{")
    assert not reused
