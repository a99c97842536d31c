"""Where records come from."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from growthhub_async import ConfigurationError
from growthhub_async.sources import READ_AHEAD, ThreadSource, open_source

pytestmark = pytest.mark.anyio


async def _numbers(count: int) -> AsyncIterator[int]:
    for number in range(count):
        yield number


@pytest.mark.parametrize("in_thread", [False, True])
@pytest.mark.parametrize("count", [0, 1, 5 * READ_AHEAD])
async def test_an_iterable_is_read_to_its_end_in_order(count: int, in_thread: bool) -> None:
    """On the loop or in a thread, every item comes once and in order."""
    assert [item async for item in open_source(range(count), in_thread=in_thread)] == list(range(count))


async def test_an_async_iterable_is_read_as_it_is() -> None:
    """An async generator needs no thread."""
    assert [item async for item in open_source(_numbers(5), in_thread=False)] == list(range(5))


@pytest.mark.parametrize("in_thread", [False, True])
async def test_what_the_source_raises_comes_after_what_it_gave(in_thread: bool) -> None:
    """The items before an exception are not lost by it."""

    def broken() -> Iterator[int]:
        yield 1
        yield 2
        raise OSError("the disk")

    source = open_source(broken(), in_thread=in_thread)
    assert [await anext(source), await anext(source)] == [1, 2]
    with pytest.raises(OSError, match="the disk"):
        await anext(source)


async def test_a_thread_reads_no_further_ahead_than_its_bound() -> None:
    """A source without an end is read as it is asked for."""
    read = 0

    def endless() -> Iterator[int]:
        nonlocal read
        while True:
            read += 1
            yield read

    source = ThreadSource(endless())
    for number in range(1, 1000):
        assert await anext(source) == number
        assert read <= number + READ_AHEAD + 1
    left = source.stop()
    assert left == list(range(1000, 1000 + len(left)))


async def test_a_thread_begins_with_the_first_item_that_is_asked_for() -> None:
    """A source that is never read is never touched."""
    read: list[int] = []

    def watched() -> Iterator[int]:
        for number in range(3):
            read.append(number)
            yield number

    source = ThreadSource(watched())
    await asyncio.sleep(0)
    assert not source._reader.is_alive()
    assert not read
    assert [item async for item in source] == [0, 1, 2]


async def test_an_iterable_that_blocks_does_not_stall_the_loop() -> None:
    """While the thread waits in the source, the loop runs on; each item is there as soon as it comes."""
    gate = threading.Event()

    def blocking() -> Iterator[int]:
        yield 1
        assert gate.wait(30)
        yield 2

    source = open_source(blocking(), in_thread=True)
    assert await anext(source) == 1
    waiting = asyncio.ensure_future(anext(source))
    for _ in range(100):
        await asyncio.sleep(0)
    assert not waiting.done()
    gate.set()
    assert await waiting == 2


@pytest.mark.parametrize("source", [None, 5, "contacts.csv", b"", {}, object()])
async def test_what_is_no_iterable_of_records_is_refused(source: Any) -> None:
    """A path, a dict or nothing at all is a mistake that is told at once."""
    with pytest.raises(ConfigurationError, match="must be an iterable of Contact or Record"):
        open_source(source, in_thread=False)


async def test_an_async_iterable_is_not_read_in_a_thread() -> None:
    """The loop reads it; asking for a thread is a mistake that is told at once."""
    with pytest.raises(ConfigurationError, match="read_in_thread"):
        open_source(_numbers(1), in_thread=True)
