"""No window of a server is overrun by a burst quota that is alone on it, and none is left unused.

The quota is driven by hand: its clock steps as it likes, requests leave late or never, their ways differ by as much as
the margin, and replies come in any order and say what they like. The three servers are the sandbox's, and each of them
has to admit every request that arrives.
"""

from __future__ import annotations

import heapq
import itertools
import math
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from growthhub_async.burst import TRIAL_LIMIT, Burst
from growthhub_async.margin import LEAST, MOST, REMEMBERED, Jitter, Margin
from growthhub_async.quota_facts import Departure
from growthhub_async.rate_headers import read_rate_headers
from growthhub_async.sandbox import Limits
from growthhub_async.sandbox.quota import Quota, rate_headers

WITHIN = 0.99
"""The share of the margin that the ways use: the last hundredth is for what 1e9 s and 0.01 s are when added."""
UNEVEN = 0.5
"""Seconds at most by which connections differ, so that half of it is no more than the margin of an unknown network."""

ODD_NUMBERS = ("", " ", "-1", "0", "1e3", "99.5", "nan", "inf", "٣", "9" * 19, "9" * 400, "100, 100", "0x10", "²")
HONEST = ("all", "nothing", "no limit", "no remaining", "garbled")
LIES = (*HONEST, "a lower limit", "a higher limit", "less remaining", "a longer interval", "a shorter interval")


class Step(NamedTuple):
    """What happens at one moment, in the order of the fields.

    The clock advances by seconds, and by a share of the time until the next may go; `replies` of those that arrived
    come, picked from anywhere; so many that were let go are given back, and so many leave, late by these shares of the
    margin; and as many are let go as may, of those that want to.
    """

    wait: float
    until_free: float
    replies: int
    pick: int
    says: str
    odd: str
    given_back: int
    leave: int
    late: list[float]
    want: int


class Plan(NamedTuple):
    """A server, a quota, a network and the steps; `connects` are what the making of connections costs, in turn."""

    window: str
    limit: int
    server_limit: int
    interval: float
    reserve: float
    start: float
    way: float
    connects: list[float]
    steps: list[Step]

    @property
    def uneven(self) -> float:
        """How much one way may differ from another: half of what connections do, as long as the margin may cost it."""
        spread = max(self.connects) - min(self.connects)
        return WITHIN * min(max(spread / 2, LEAST), MOST * self.interval)

    @property
    def ours(self) -> int:
        """The requests of an interval that are not kept for others."""
        return max(self.server_limit - math.ceil(self.reserve * self.server_limit), 1)


class AskedInFull(Burst):
    """A burst that knows of no spare places."""

    def surely_free(self, now: float) -> bool:
        """Know nothing."""
        return False


class Arrived(NamedTuple):
    """A request that the server has counted, and the headers of its reply, which is on its way."""

    departure: Departure
    headers: Mapping[str, str]


class Play:
    """A burst quota and the server whose it is; every arrival is held against the whole quota and against ours."""

    def __init__(self, plan: Plan, burst: type[Burst] = Burst) -> None:
        limits = Limits(window=plan.window, requests_per_interval=plan.server_limit, interval=plan.interval)
        ours = Limits(window=plan.window, requests_per_interval=plan.ours, interval=plan.interval)
        self.plan = plan
        self.now = plan.start
        self.network = Jitter()
        self.burst = burst(plan.limit, plan.interval, self.network, plan.reserve)
        self.departures: list[float] = []
        self._limits = limits
        self._server = Quota(limits)
        self._ours = Quota(ours)
        self._leaving = 0
        self._on_the_way: list[tuple[float, int, Departure]] = []
        self._arrived: list[Arrived] = []
        self._connects = itertools.cycle(plan.connects)

    @property
    def latency(self) -> float:
        """Seconds at most from when a request leaves to its reply."""
        return self.plan.way + self.plan.uneven + 1e-3  # and what floats lose

    @property
    def period(self) -> float:
        """Seconds after which a place is surely free again, and heard of."""
        return self.plan.interval + min(UNEVEN, MOST * self.plan.interval) + self.latency

    def carry_out(self, step: Step) -> None:
        """Do what a step says."""
        self.advance_to(self.now + step.wait)
        free_at = self.burst.free_at(self.now)
        if free_at is not None:
            self.advance_to(free_at if step.until_free == 1.0 else self.now + step.until_free * (free_at - self.now))
        for _ in range(min(step.replies, len(self._arrived))):
            self._reply(step.pick, step.says, step.odd)
        for _ in range(min(step.given_back, self._leaving)):
            self._leaving -= 1
            self.burst.give_back()
        self.leave(step.leave, step.late)
        self.let_go(step.want)

    def advance_to(self, now: float) -> None:
        """Let the clock run, and everything arrive whose time has come."""
        assert now >= self.now
        self.now = now
        while self._on_the_way and self._on_the_way[0][0] <= now:
            arrived_at, _, departure = heapq.heappop(self._on_the_way)
            decision = self._server.admit(arrived_at)
            assert decision.admitted
            assert self._ours.admit(arrived_at).admitted
            self._arrived.append(Arrived(departure, rate_headers(self._limits, decision)))

    def let_go(self, want: int) -> int:
        """Let go as many as may, and tell how many did."""
        for number in range(want):
            if self.burst.free_at(self.now) != self.now:
                return number
            self.burst.take(self.now)
            self._leaving += 1
        return want

    def leave(self, number: int, late: list[float]) -> None:
        """Let so many leave that were let go, each over a connection of its own."""
        for share in itertools.islice(itertools.cycle(late), min(number, self._leaving)):
            self._leaving -= 1
            self.network.connected(next(self._connects), self.now)
            departure = self.burst.left(self.now)
            arrives_at = self.now + self.plan.way + share * self.plan.uneven
            heapq.heappush(self._on_the_way, (arrives_at, len(self.departures), departure))
            self.departures.append(self.now)

    def leave_until(self, ends_at: float) -> None:
        """Let leave what may until then, and hear every reply when its request arrives."""
        while self.now < ends_at:
            while self._arrived:
                self._reply(0, "all", "")
            self.let_go(1_000)
            self.leave(1_000, [0.0, 1.0])
            self.advance_to(min([ends_at, *self._next_times()]))

    def _next_times(self) -> Iterator[float]:
        free_at = self.burst.free_at(self.now)
        if free_at is not None:
            yield free_at
        yield from (arrives_at for arrives_at, _, _ in self._on_the_way[:1])

    def arrive_all(self) -> None:
        """Let everything leave and arrive."""
        self.leave(self._leaving, [0.0])
        self.advance_to(max([self.now, *(arrives_at for arrives_at, _, _ in self._on_the_way)]))

    def _reply(self, pick: int, says: str, odd: str) -> None:
        departure, headers = self._arrived.pop(pick % len(self._arrived))
        self.burst.heard(read_rate_headers(dict(_said(headers, says, odd))), departure, self.now)
        self.burst.admitted()


def _said(headers: Mapping[str, str], says: str, odd: str) -> Iterator[tuple[str, str]]:
    """Give what arrives of the headers of a reply."""
    changed: dict[str, str | None] = {
        "no limit": {"X-RateLimit-Max": None},
        "no remaining": {"X-RateLimit-Remaining": None},
        "a lower limit": {"X-RateLimit-Max": "3", "X-RateLimit-Remaining": "1"},
        "a higher limit": {"X-RateLimit-Max": "100000"},
        "less remaining": {"X-RateLimit-Remaining": "0"},
        "a longer interval": {"X-RateLimit-Interval-Milliseconds": "100000"},
        "a shorter interval": {"X-RateLimit-Interval-Milliseconds": "1"},
        "garbled": dict.fromkeys(headers, odd),
        "nothing": dict.fromkeys(headers),
    }.get(says, {})
    for name, value in (headers | changed).items():
        if value is not None:
            yield name.lower(), value


waits = st.one_of(
    st.just(0.0), st.just(0.0), st.sampled_from([5e-324, 1e-9, 1e-6, 0.01, 0.25, 1.0, 1e6]), st.floats(0.0, 30.0)
)


def steps(says: tuple[str, ...]) -> st.SearchStrategy[list[Step]]:
    """Make steps whose replies say one of these."""
    step = st.builds(
        Step,
        wait=waits,
        until_free=st.sampled_from([0.0, 0.95, 0.99, 0.999, 1.0]),
        replies=st.integers(0, 30),
        pick=st.integers(0, 1_000),
        says=st.sampled_from(says),
        odd=st.sampled_from(ODD_NUMBERS),
        given_back=st.integers(0, 3),
        leave=st.sampled_from([0, 1, 2, 100, 100, 100]),
        late=st.sampled_from([[0.0], [1.0], [0.0, 1.0]]) | st.lists(st.floats(0.0, 1.0), min_size=1, max_size=4),
        want=st.sampled_from([0, 1, 3, 100, 100, 100]),
    )
    return st.lists(step, min_size=4, max_size=25)


connects = st.floats(0.0, 2.0).flatmap(lambda least: st.lists(st.floats(least, least + UNEVEN), min_size=1, max_size=5))


@st.composite
def plans(draw: st.DrawFn, says: tuple[str, ...] = HONEST, *, trial: bool = False, most: int = 60) -> Plan:
    """Make a plan; that of a `trial` account has settings which allow more than its server does."""
    server_limit = draw(st.integers(TRIAL_LIMIT, 30) if trial else st.integers(1, 5) | st.integers(1, most))
    return Plan(
        window=draw(st.sampled_from(["fixed", "sliding", "token_bucket"])),
        limit=100 if trial else server_limit,
        server_limit=server_limit,
        interval=draw(st.sampled_from([10.0, 0.5, 60.0]) | st.floats(0.5, 60.0)),
        reserve=draw(st.sampled_from([0.0, 0.2, 0.5, 0.99])),
        start=draw(st.sampled_from([0.0, 123.4, 1e9, 1.7e9])),
        way=draw(st.sampled_from([0.0, 0.05, 7.0])),
        connects=draw(connects),
        steps=draw(steps(says)),
    )


def carry_out(plan: Plan, burst: type[Burst] = Burst) -> Play:
    """Carry out a plan until all that was sent has arrived."""
    play = Play(plan, burst)
    for step in plan.steps:
        play.carry_out(step)
    play.arrive_all()
    return play


@settings(max_examples=400, deadline=None)
@given(plans(LIES))
def test_no_window_of_any_server_is_overrun(plan: Plan) -> None:
    """Every arrival is admitted, and what is reserved is left, whatever the clock, the ways and the replies do."""
    carry_out(plan)


@settings(max_examples=200, deadline=None)
@given(plans(("all", "no remaining"), trial=True))
def test_no_window_of_a_trial_account_is_overrun(plan: Plan) -> None:
    """A limit below that of the settings is learnt from the first reply, before it is overrun."""
    carry_out(plan)


@settings(max_examples=400, deadline=None)
@given(plans(LIES, most=120))
def test_who_is_surely_free_would_have_been_let_go_had_all_been_asked(plan: Plan) -> None:
    """With and without what is told for next to nothing, the same requests leave at the same times."""
    assert carry_out(plan).departures == carry_out(plan, AskedInFull).departures


@settings(max_examples=200, deadline=None)
@given(plans(most=TRIAL_LIMIT), st.integers(1, 3))
def test_every_place_is_used_again_as_soon_as_it_is_free(plan: Plan, windows: int) -> None:
    """Whatever was before, one leaves an interval, a margin and a latency after another, if enough want to.

    Of a larger quota a few go ahead, which is specified with the whole client.
    """
    play = carry_out(plan)
    began_at, ends_at = play.now, play.now + windows * play.period
    before = len(play.departures)
    play.leave_until(ends_at)
    used = [-math.inf] * plan.ours + play.departures
    used_again = [*play.departures, *[ends_at] * plan.ours]
    for left, again in list(zip(used, used_again, strict=True))[before:]:
        assert again <= max(left + play.period, began_at + play.latency)


@settings(max_examples=200, deadline=None)
@given(plans(most=TRIAL_LIMIT), st.integers(0, 3))
def test_a_quota_that_was_idle_is_used_at_once(plan: Plan, windows: int) -> None:
    """All that is ours leaves within a latency, and as much again in each interval and margin after that."""
    play = carry_out(plan)
    play.advance_to(play.now + play.period)
    before = len(play.departures)
    play.leave_until(play.now + play.latency + windows * play.period)
    assert len(play.departures) - before >= (windows + 1) * plan.ours


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.floats(0.0, 200.0) | st.just(REMEMBERED), st.floats(0.0, 2.0)), min_size=1, max_size=40))
def test_the_margin_covers_half_of_what_connections_differed_by_of_late(made: list[tuple[float, float]]) -> None:
    """Of all that were made within the time for which they are remembered, none is forgotten."""
    network, now = Jitter(), 0.0
    connects: list[tuple[float, float]] = []
    for waited, seconds in made:
        now += waited
        connects.append((now, seconds))
        network.connected(seconds, now)
        late = [seconds for made_at, seconds in connects if made_at >= now - REMEMBERED]
        assert Margin(network).seconds(now, 1e6) >= max(LEAST, (max(late) - min(late)) / 2)
