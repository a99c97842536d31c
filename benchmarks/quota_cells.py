"""What is measured, as data: the cells, the ideal of each, and the bars."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from types import MappingProxyType
from typing import Literal

import msgspec

from benchmarks.network import Delays
from growthhub_async import Contact, Record, Settings
from growthhub_async.sandbox.limits import Limits

Window = Literal["fixed", "sliding", "token_bucket"]
WINDOWS: tuple[Window, ...] = ("fixed", "sliding", "token_bucket")

TAME = Delays(one_way=(0.02, 0.12), processing=(0.2, 1.4))
WILD = Delays(one_way=(0.02, 1.0), processing=(0.2, 1.4))

LARGE = 1_000
"""Contacts of one location from which on the rate has a bar: with fewer, a run is latency more than quota."""
BIG = 200_000
"""Contacts of the cells that are run with this library alone."""


class Bars(msgspec.Struct, frozen=True, kw_only=True):
    """What this library has to reach: refusals as a share of its requests, its share of the ideal, virtual seconds."""

    refusals: float = 0.0
    share: float | None = None
    seconds: float | None = None


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """One question: so many contacts of so many locations, in this order, over this network.

    sizes: the contacts of each location.
    in_blocks: a location's contacts come one after another; else all are interleaved at random.
    by_location: this library is given the contacts of each location by themselves; a pool knows no such thing.
    concurrency: that of the client, and the tasks of a pool.
    others: the requests per second that another program makes of the first location.
    """

    name: str
    sizes: tuple[int, ...]
    bars: Bars
    delays: Delays = TAME
    limits: Limits = Limits()
    windows: tuple[Window, ...] = WINDOWS
    in_blocks: bool = False
    by_location: bool = False
    concurrency: int = Settings().concurrency
    others: float = 0.0

    @property
    def contacts(self) -> int:
        """All contacts of all locations."""
        return sum(self.sizes)

    def share(self, seconds: float, asked_by_others: int) -> float:
        """Compute the share of the ideal that a run of so many seconds has reached.

        Alone, the ideal is the sliding rule's: of the largest location the first requests leave at once, as many as the
        limit; as many again an interval later, and so on; and the last takes one mean latency. Beside another program,
        it is the rate of the quota less the rate at which the other asks for it, whether it was granted or not.
        """
        limit, interval = self.limits.requests_per_interval, self.limits.interval
        if self.others:
            return max(self.sizes) / (limit / interval * (seconds - self.delays.latency) - asked_by_others)
        full_intervals = (max(self.sizes) - 1) // limit
        return (full_intervals * interval + self.delays.latency) / seconds

    def records(self, seed: int) -> Iterator[Record]:
        """Make the records, all of different people."""
        locations = [location for location, size in enumerate(self.sizes) for _ in range(size)]
        if not self.in_blocks:
            Random(f"{seed}/order").shuffle(locations)
        for number, location in enumerate(locations):
            yield Record(contact=Contact(email=f"ada{number}@example.com"), location_id=location_name(location))


def location_name(number: int) -> str:
    """Name the location of that number, from 0."""
    return f"location{number}"


CONCURRENCIES = MappingProxyType({1: Settings().concurrency, 50: 5_000, 200: 20_000})
"""Requests in flight for so many locations: the default for one, else a burst of each."""


def all_cells() -> tuple[Cell, ...]:
    """Make every cell of the virtual clock, the smallest first."""
    grid = [_grid_cell(contacts, locations) for contacts in (100, 1_000, 5_000) for locations in CONCURRENCIES]
    big = [_grid_cell(BIG, locations) for locations in CONCURRENCIES]
    return (*grid, *_unequal_cells(), *_wild_cells(), *_shared_cells(), *big)


def real_time_cell() -> Cell:
    """Make the cell that is run twice: on the virtual clock, and in real time over real sockets."""
    return Cell(
        name="real-time",
        sizes=(60,),
        bars=Bars(),
        delays=Delays(one_way=(0.0, 0.0), processing=(0.02, 0.14)),
        limits=Limits(requests_per_interval=20, interval=1.0),
        windows=("sliding",),
    )


def _grid_cell(contacts: int, locations: int) -> Cell:
    each, left = divmod(contacts, locations)
    sizes = tuple(each + (number < left) for number in range(locations))
    bars = Bars(share=0.97 if max(sizes) >= LARGE else None, seconds=3.0 if contacts == 100 else None)
    # A client that no sliding window refuses is refused by no other: one of the largest in every mode is enough.
    windows: tuple[Window, ...] = ("sliding",) if contacts == BIG and locations > 1 else WINDOWS
    return Cell(
        name=f"{contacts}x{locations}",
        sizes=sizes,
        bars=bars,
        windows=windows,
        concurrency=CONCURRENCIES[locations],
    )


def _unequal_cells() -> Iterator[Cell]:
    """Sizes that fall as 1/n: of 50 locations the largest has a fifth of all contacts, of 200 the smallest has 5.

    Given location after location in one, what is read ahead has to hold them all; read by location, it has not.
    """
    sizes = {locations: tuple(1_000 // rank for rank in range(1, locations + 1)) for locations in (50, 200)}
    for name, locations, in_blocks, by_location in (
        ("unequal-shuffled", 50, False, False),
        ("unequal-blocks", 50, True, False),
        ("unequal-mapping", 50, True, True),
        ("unequal-200-shuffled", 200, False, False),
        ("unequal-200-mapping", 200, True, True),
    ):
        yield Cell(
            name=name,
            sizes=sizes[locations],
            bars=Bars(share=0.97),
            in_blocks=in_blocks,
            by_location=by_location,
            concurrency=CONCURRENCIES[locations],
        )


def _wild_cells() -> Iterator[Cell]:
    for contacts in (1_000, 5_000):
        yield Cell(name=f"wild-{contacts}", sizes=(contacts,), bars=Bars(refusals=0.005, share=0.90), delays=WILD)


def _shared_cells() -> Iterator[Cell]:
    limits = Limits()
    rate = 0.3 * limits.requests_per_interval / limits.interval
    for contacts in (1_000, 5_000):
        bars = Bars(refusals=0.005, share=0.95)
        yield Cell(name=f"second-program-{contacts}", sizes=(contacts,), bars=bars, others=rate)
