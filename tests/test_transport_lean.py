"""What the lean transport does with time and with versions, on a virtual clock."""

from __future__ import annotations

import asyncio
import gc
import logging
from typing import Any

import aiohttp
import pytest

from growthhub_async import Settings, transport_lean, transports
from growthhub_async.transport import Failure, Reply
from growthhub_async.transport_aiohttp import AiohttpTransport
from growthhub_async.transport_lean import KEEP, PROVED, LeanTransport, is_proved
from tests import virtual
from tests.test_plain_reply import OK
from tests.test_wire_aiohttp import CHUNKED, Connected

SETTINGS = Settings(base_url="http://127.0.0.1", token="pit-secret")


class Timers:
    """The timers that a transport has set."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.set: list[float] = []
        self.all = 0
        call_at = virtual.Loop.call_at

        def note(loop: Any, when: float, callback: Any, *args: Any, **options: Any) -> Any:
            self.all += 1
            if isinstance(getattr(callback, "__self__", None), LeanTransport):
                self.set.append(when)
            return call_at(loop, when, callback, *args, **options)

        monkeypatch.setattr(virtual.Loop, "call_at", note)


@pytest.mark.parametrize("reply", [OK, CHUNKED], ids=["plain", "chunked"])
def test_one_timer_serves_all_attempts(reply: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many attempts there are, and whoever reads their replies, a timer is set when the next may be due."""
    timers = Timers(monkeypatch)

    async def main() -> None:
        async with Connected(SETTINGS) as transport:
            for _ in range(500):
                assert isinstance(await transport.answer_to(reply), Reply)

    virtual.run(main)
    assert timers.all == len(timers.set) <= 2


def test_a_connection_that_lies_idle_is_closed() -> None:
    """It is kept for `KEEP` seconds from its last reply, and an attempt in that time keeps it longer."""

    async def main() -> None:
        async with Connected(SETTINGS) as transport:
            await transport.answer_to(OK)
            await asyncio.sleep(KEEP - 0.1)
            assert not transport.far.is_closing()
            await transport.answer_to(OK)
            await asyncio.sleep(KEEP - 0.1)
            assert not transport.far.is_closing()
            await asyncio.sleep(0.2)
            assert transport.far.is_closing()
            assert not transport.lean._wires
            assert not transport.lean._idle

    virtual.run(main)


def test_an_attempt_is_due_by_its_own_time() -> None:
    """One that is sent later and has less time is ended first, whatever the timer was set for."""
    ended: list[tuple[float, float]] = []

    async def attempt(transport: Connected, timeout: float) -> None:
        failure = await transport.lean.send(transport.request, timeout, lambda: None)
        assert failure == Failure(f"no whole reply within {timeout:g} s", sent=True)
        ended.append((timeout, round(asyncio.get_running_loop().time(), 3)))

    async def main() -> None:
        async with Connected(SETTINGS) as transport:
            transport.add_wire()
            transport.add_wire()
            await asyncio.gather(*(attempt(transport, timeout) for timeout in (30.0, 2.0, 20.0)))

    virtual.run(main)
    assert ended == [(2.0, 2.0), (20.0, 20.0), (30.0, 30.0)]


def test_the_installed_aiohttp_is_proved() -> None:
    """Else all these tests would be of what nobody uses."""
    assert is_proved(aiohttp.__version__)


@pytest.mark.parametrize(
    ("version", "proved"),
    [*((f"{series}0", True) for series in PROVED), ("3.10.11", False), ("3.140.0", False), ("4.0.0", False)],
)
def test_a_version_is_proved_by_its_series(version: str, proved: bool) -> None:
    """A patch release changes nothing; a series that nobody has tried may."""
    assert is_proved(version) is proved


def test_with_a_proxy_there_is_the_plain_transport(caplog: pytest.LogCaptureFixture) -> None:
    """And a line in the log says so, which does not tell who may use the proxy."""
    proxied = Settings(token="pit-secret", base_url="https://example.com", proxy="http://ada:pw@example.com:3128")
    with caplog.at_level(logging.INFO, "growthhub_async"):
        assert isinstance(transports.make_transport(proxied), AiohttpTransport)
    assert caplog.messages == ["there is a proxy: requests go through aiohttp's session, and cost more"]


def test_an_aiohttp_that_is_not_proved_gets_the_plain_transport(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """And a line in the log says so, once for each client."""
    assert isinstance(transports.make_transport(SETTINGS), LeanTransport)
    monkeypatch.setattr(transport_lean, "IS_PROVED", False)
    with caplog.at_level(logging.INFO, "growthhub_async"):
        assert isinstance(transports.make_transport(SETTINGS), AiohttpTransport)
    [line] = caplog.messages
    assert f"aiohttp {aiohttp.__version__} is not known to the lean transport" in line


def test_one_that_is_cancelled_before_it_is_written_is_not_sent() -> None:
    """Requests are written a step of the loop later, together: who has given up meanwhile is left out."""
    sent: list[str] = []

    async def main() -> bytes:
        async with Connected(SETTINGS) as transport:
            attempt = asyncio.create_task(transport.lean.send(transport.request, 5.0, lambda: sent.append("sent")))
            await asyncio.sleep(0)
            attempt.cancel()
            await asyncio.wait([attempt])
            assert attempt.cancelled()
            return transport.far.written

    assert virtual.run(main) == b""
    assert not sent


@pytest.mark.parametrize("end", ["handed over", "closed before it is written"])
def test_one_that_is_abandoned_before_its_task_has_begun_leaves_nothing_behind(end: str) -> None:
    """A reply that is not plain is read in a task, and so is an attempt that needs another connection."""
    answers: list[Any] = []

    async def main() -> bool:
        async with Connected(SETTINGS) as transport:
            handle = transport.lean.start(transport.request, 5.0, lambda: None, answers.append)
            assert handle is transport.wire
            if end == "handed over":
                await asyncio.sleep(0)
                transport.wire.data_received(CHUNKED)
            else:
                transport.far.close()
                transport.lean._write()
            assert isinstance(transport.wire.attempt, asyncio.Task)
            transport.lean.abandon(handle)
            await asyncio.sleep(0)
            return transport.far.is_closing()

    assert virtual.run(main)
    gc.collect()  # what was never awaited is told of when it is let go of
    assert not answers


def test_one_whose_time_is_up_before_it_is_written_is_not_sent() -> None:
    """A loop that was held up finds the time over first: nobody would end the wait for a reply any more."""

    async def main() -> None:
        async with Connected(SETTINGS) as transport:
            handle = transport.lean.start(transport.request, 5.0, lambda: None, lambda _: None)
            transport.wire.end(TimeoutError())
            transport.lean._write()
            assert not transport.far.written
            transport.lean.abandon(handle)

    virtual.run(main)


@pytest.mark.parametrize("when", ["idle", "before it is written"])
def test_what_comes_unasked_spoils_a_connection(when: str) -> None:
    """It is the reply to no request: none is written there any more, or the rest of it would be taken for its reply."""

    async def main() -> None:
        async with Connected(SETTINGS) as transport:
            handle = None
            if when != "idle":
                handle = transport.lean.start(transport.request, 5.0, lambda: None, lambda _: None)
            transport.wire.data_received(OK[:20])
            if handle is None:
                assert transport.lean._idle_wire() is None
            else:
                transport.lean._write()
                transport.lean.abandon(handle)
            await asyncio.sleep(0)
            assert transport.far.is_closing()
            assert not transport.far.written

    virtual.run(main)


def test_a_client_that_closes_waits_for_its_connections() -> None:
    """aiohttp's connector is told when one is lost, and that it need not wait for one that is."""

    async def main() -> None:
        async with Connected(SETTINGS) as transport:
            wire = transport.wire
            assert wire.is_connected()
            closed = wire.closed
            assert closed is not None
            wire.close()
            wire.close()
            assert not wire.is_connected()
            assert not closed.done()
            await asyncio.sleep(0)
            assert closed.done()
            transport.add_wire()
            transport.wire.abort()
            await asyncio.sleep(0)
            assert transport.wire.closed is None

    virtual.run(main)
