"""What the decisions about a quota go by: what a reply says, what was counted when its request left, what is new."""

from __future__ import annotations

from typing import NamedTuple

import msgspec


class RateHeaders(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """The burst and the day as the server counted them; None for what it did not say. Times are in seconds."""

    limit: int | None = None
    remaining: int | None = None
    interval: float | None = None
    daily_limit: int | None = None
    daily_remaining: int | None = None
    daily_reset: float | None = None


SILENT = RateHeaders()


class Bounds(NamedTuple):
    """The least and the most that a server counts when a request arrives, that one included."""

    least: float
    most: float


class Departure(msgspec.Struct, frozen=True, gc=False):
    """One request that has left.

    at: when; number: the how manieth of its location; held: how many had left within an interval by then, itself
    included; and the bounds of what the server counts when it arrives, for each kind of window that serves nobody else.
    """

    at: float
    number: int
    held: int
    sliding_least: float
    sliding_most: float
    fixed_least: float
    fixed_most: float
    bucket_least: float
    bucket_most: float

    @property
    def sliding(self) -> Bounds:
        """What a sliding window counts."""
        return Bounds(self.sliding_least, self.sliding_most)

    @property
    def fixed(self) -> Bounds:
        """What a fixed window counts."""
        return Bounds(self.fixed_least, self.fixed_most)

    @property
    def bucket(self) -> Bounds:
        """What a bucket counts."""
        return Bounds(self.bucket_least, self.bucket_most)


class News(msgspec.Struct, frozen=True, gc=False):
    """What the newest reply says: when its request left, its number, the server's count, and others' part of it.

    In that part all is counted against us that left within an interval; it is below 0 where the server counts less.
    """

    at: float
    number: int
    counted: int
    theirs: int
