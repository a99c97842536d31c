"""What a report shows: numbers, and places to look at; no contact data."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from ..job import Counts


class Place(NamedTuple):
    """Where a record is: the number of its file, its name, and the line it begins at."""

    file: str
    line: int


class Totals(msgspec.Struct, frozen=True, kw_only=True):
    """The numbers of all runs together; of a run that was ended by force the tag requests and 429s are not known.

    counts        where the records are
    requests      all that left: the attempts of every record, and the tag requests
    tag_requests  those that added tags to a contact that was written
    retries       attempts of a record after its first
    throttled     429s
    inferred      records whose status is not the server's word
    drifted       records that the server did not take whole
    retryable     errors that may pass when they are sent again as they are
    seconds       the runs' wall time, the pauses between them left out
    allowed       requests that the quotas allow in that time
    """

    counts: Counts
    requests: int
    tag_requests: int
    retries: int
    throttled: int
    inferred: int
    drifted: int
    retryable: int
    seconds: float
    allowed: float


class RunFigures(msgspec.Struct, frozen=True, kw_only=True):
    """One run; times are unix times and seconds.

    `ended` is None for one that runs, or that was ended by force: then `until` is its last outcome. `pause` is the time
    between the run before and this one, None for the first. `requests` are those of `Totals`. `locations` are those it
    sent to, `quota` what all of them allow, in requests a second, and `per_day` in a day.
    """

    run: int
    since: float
    until: float
    ended: str | None
    pause: float | None
    settled: int
    requests: int
    tag_requests: int
    throttled: int
    locations: int
    quota: float
    per_day: int
    interval: float

    @property
    def seconds(self) -> float:
        """Its wall time."""
        return self.until - self.since

    @property
    def allowed(self) -> float:
        """How many requests its quotas allow in its wall time."""
        days_begun = self.seconds // 86_400 + 1
        return min(self.quota * max(self.seconds, self.interval), self.per_day * days_begun)


class Bucket(msgspec.Struct, frozen=True, kw_only=True):
    """What a span of time saw, by when the records settled: requests, each in one of three, and the quota.

    written   the first attempts of records that were created or updated
    failed    the first attempts of records that became errors
    again     all later attempts of either
    quota     requests that the locations of the run allow in so long a time
    """

    since: float
    written: int
    failed: int
    again: int
    quota: float

    @property
    def requests(self) -> int:
        """All of them."""
        return self.written + self.failed + self.again


class Throughput(msgspec.Struct, frozen=True, kw_only=True):
    """Requests over time: buckets of `seconds` each, in stretches without a long pause in them.

    Tag requests are not among them: the job does not tell when they left.
    """

    seconds: int
    stretches: list[list[Bucket]]

    @property
    def buckets(self) -> list[Bucket]:
        """Those of all stretches."""
        return [bucket for stretch in self.stretches for bucket in stretch]

    def pauses(self) -> list[float]:
        """Seconds between the stretches."""
        ends = [stretch[-1].since + self.seconds for stretch in self.stretches]
        return [after[0].since - end for end, after in zip(ends, self.stretches[1:], strict=False)]


class LatencyBin(NamedTuple):
    """Attempts that took from `low` to below `high` seconds."""

    low: float
    high: float
    attempts: int


class Latency(msgspec.Struct, frozen=True, kw_only=True):
    """How long the last attempt of each record took, in seconds to three digits; percentiles occurred."""

    attempts: int
    p50: float
    p90: float
    p99: float
    most: float
    bins: list[LatencyBin]


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """One message: how many records have it, and where some of them are."""

    text: str
    records: int
    examples: list[Place]


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """One reason of errors; `others` are the records whose messages are not listed."""

    reason: str
    records: int
    retryable: int
    messages: list[Message]
    others: int


class Drift(msgspec.Struct, frozen=True, kw_only=True):
    """Fields that the server did not take, with how many records; `other_fields` are not listed."""

    fields: list[tuple[str, int]]
    other_fields: int


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """The records of one file or one location, by where they are."""

    name: str | None
    read: int
    created: int
    updated: int
    error: int
    duplicate: int
    unsent: int
    requests: int = 0
    throttled: int = 0


class Shares(msgspec.Struct, frozen=True, kw_only=True):
    """The largest files or locations, and what all others have together, if there are any."""

    listed: list[Share]
    others: int = 0
    rest: Share | None = None


class Duplicates(msgspec.Struct, frozen=True, kw_only=True):
    """Records that others stand for, how many those are, and examples: a duplicate, and who stands for it."""

    records: int
    standing: int
    examples: list[tuple[Place, Place]]


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """All that a report shows of a job; `attempts` are pairs of a number of attempts and of outcomes that took it."""

    job: str
    created_at: float | None
    totals: Totals
    runs: list[RunFigures]
    throughput: Throughput | None
    latency: Latency | None
    attempts: list[tuple[int, int]]
    reasons: list[Reason]
    drift: Drift
    files: Shares
    locations: Shares
    duplicates: Duplicates
