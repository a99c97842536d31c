"""The records of a job that wait to be sent, read from it a few at a time, each location's for itself."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Collection, Sequence
from typing import NamedTuple

import msgspec

from ...contact import Contact
from ...outcome import Record
from ..job import Waiting
from .keeper import Keeper

_AT_ONCE = 256
"""Records that are read of a job together."""

_contact_of = msgspec.json.Decoder(Contact).decode


class Limit:
    """How many more records may be sent; None for all there are."""

    def __init__(self, records: int | None) -> None:
        self._left = records

    def take(self) -> bool:
        """Take one, if there is one left."""
        if self._left is None:
            return True
        self._left -= 1
        return self._left >= 0


class Taken(NamedTuple):
    """A record that is being sent."""

    location_id: str
    waiting: Waiting


class Feed(AsyncIterator[Record]):
    """The waiting records of one location, the unheard ones first; each is a `Record` whose `ref` is its position.

    Each that is handed out is put into `taken`; with `only`, those at other positions are left out. None is handed out
    before `begins_at`, by the loop's clock: the server may be at work on what an earlier run has sent, also for records
    that have settled, and who must wait for it nobody knows.
    """

    def __init__(
        self,
        keeper: Keeper,
        location_id: str,
        unheard: Sequence[Waiting],
        begins_at: float,
        limit: Limit,
        taken: dict[int, Taken],
        only: Collection[int] | None,
    ) -> None:
        self._keeper = keeper
        self._location_id = location_id
        self._next = deque(unheard)
        self._begins_at = begins_at
        self._limit = limit
        self._taken = taken
        self._only = only
        self._after = -1
        self._ended = False

    async def __anext__(self) -> Record:
        if (early := self._begins_at - asyncio.get_running_loop().time()) > 0:
            await asyncio.sleep(early)
        while not self._next and not self._ended:
            await self._read_on()
        if not self._next or not self._limit.take():
            raise StopAsyncIteration
        waiting = self._next.popleft()
        self._taken[waiting.position] = Taken(self._location_id, waiting)
        return Record(
            contact=_contact_of(waiting.contact),
            ref=waiting.position,
            location_id=self._location_id,
            unheard_since=waiting.left_at,
        )

    async def _read_on(self) -> None:
        location_id, after = self._location_id, self._after
        found = await self._keeper.ask(lambda job: job.waiting(location_id, after, _AT_ONCE))
        self._ended = len(found) < _AT_ONCE
        if found:
            self._after = found[-1].position
            self._next.extend(one for one in found if self._only is None or one.position in self._only)
