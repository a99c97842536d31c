"""Where records come from: async iterators over an Iterable, an AsyncIterable, or a thread that reads ahead."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections import deque
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator, Mapping
from typing import Any, Final, Generic, TypeVar, cast

from .errors import ConfigurationError
from .settings import is_id

T = TypeVar("T")

READ_AHEAD = 256
"""Items that a reading thread may be ahead of the loop."""


Source = Iterable[T] | AsyncIterable[T]


def open_sources(source: Source[T] | Mapping[str, Source[T]], *, in_thread: bool) -> dict[str | None, AsyncIterator[T]]:
    """Make async iterators by the location whose they are: None for a source that is not given by location.

    Raises ConfigurationError for what is no source.
    """
    if not isinstance(source, Mapping):
        return {None: open_source(source, in_thread=in_thread)}
    for location_id in source:
        if not is_id(location_id):
            raise ConfigurationError("contacts: a mapping must be of location ids to iterables of Contact or Record")
    return {
        location_id: open_source(one, in_thread=in_thread, name=f"contacts[{location_id!r}]")
        for location_id, one in source.items()
    }


def open_source(source: Source[T], *, in_thread: bool, name: str = "contacts") -> AsyncIterator[T]:
    """Make an async iterator of a source; raises ConfigurationError, by its `name`, for what is none."""
    if isinstance(source, AsyncIterable):
        if in_thread:
            raise ConfigurationError("read_in_thread: an async iterable is read by the loop; leave it out")
        return aiter(source)
    if not hasattr(source, "__iter__") or isinstance(source, str | bytes | Mapping):
        raise ConfigurationError(f"{name}: must be an iterable of Contact or Record, not {type(source).__name__}")
    return ThreadSource(iter(source)) if in_thread else LoopSource(iter(source))


_END: Final[Any] = object()


class LoopSource(AsyncIterator[T], Generic[T]):
    """Read an iterator that does not block, on the loop itself."""

    def __init__(self, iterator: Iterator[T]) -> None:
        self._iterator = iterator

    async def __anext__(self) -> T:
        return self.next()

    def next(self) -> T:
        """Give the next item, or raise StopAsyncIteration: it need not be awaited."""
        item = next(self._iterator, _END)
        if item is _END:
            raise StopAsyncIteration
        return cast(T, item)


class ThreadSource(AsyncIterator[T], Generic[T]):
    """Read an iterator that blocks, in a thread of its own, at most `READ_AHEAD` items ahead.

    The thread begins with the first item that is asked for. The loop is woken once for a batch, not for each item. The
    thread is a daemon: an iterator that blocks for ever (a terminal, a pipe) keeps no program from ending.
    """

    def __init__(self, iterator: Iterator[T]) -> None:
        self._iterator = iterator
        self._items: deque[T] = deque()
        self._room = threading.Semaphore(READ_AHEAD)
        self._loop = asyncio.get_running_loop()
        self._arrived = asyncio.Event()
        self._asleep = False
        self._reader = threading.Thread(target=self._read, name="growthhub-source", daemon=True)
        self._started = False
        self._stopped = False
        self._ended = False
        self._error: BaseException | None = None

    async def __anext__(self) -> T:
        if not self._started:
            self._started = True
            self._reader.start()
        while not self._items:
            if self._ended and not self._items:
                if self._error is not None:
                    raise self._error
                raise StopAsyncIteration
            await self._sleep()
        self._room.release()
        return self._items.popleft()

    def stop(self) -> list[T]:
        """Stop reading, and return what was read ahead and not asked for yet.

        An item that the iterator is giving at that moment is not waited for: it may never come.
        """
        self._stopped = True
        self._room.release()
        left = list(self._items)
        self._items.clear()
        return left

    async def _sleep(self) -> None:
        self._arrived.clear()
        self._asleep = True
        if not self._items and not self._ended:  # looked at again: the thread may have come between
            await self._arrived.wait()
        self._asleep = False

    def _read(self) -> None:
        try:
            while self._room.acquire() and not self._stopped:
                self._items.append(next(self._iterator))
                self._wake()
        except StopIteration:
            pass
        except BaseException as error:  # whatever it is, it is raised where the items are read
            self._error = error
        finally:
            self._ended = True
            self._wake()

    def _wake(self) -> None:
        if self._asleep:
            with contextlib.suppress(RuntimeError):  # the loop has ended, and nobody is waiting
                self._loop.call_soon_threadsafe(self._arrived.set)
