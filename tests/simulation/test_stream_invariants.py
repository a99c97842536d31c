"""The five invariants of a stream (`bulk.py`), for any input, any answers, any pace and any way it can end."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter, deque
from collections.abc import AsyncIterator, Iterator
from unittest import mock

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from growthhub_async import Contact, ErrorReason, Outcome, Record, Status, UpsertStream, bulk
from growthhub_async.transport import Failure, Reply
from tests import virtual
from tests.network import Attempt, FakeNetwork, client_on, created, reply, upserted

EMAILS = [f"user{number}@example.com" for number in range(4)]
PHONES = ["+1 205 555 0100", "(205) 555-0100", "+12055550101", "205.555.0102"]

contacts = st.one_of(
    st.builds(Contact, email=st.sampled_from(EMAILS)),
    st.builds(Contact, phone=st.sampled_from(PHONES)),
    st.builds(Contact, email=st.sampled_from(EMAILS), phone=st.sampled_from(PHONES)),
    st.builds(Contact, first_name=st.just("Ada")),
    st.just(Contact(email="no address")),
    st.just(Contact(email=EMAILS[0], create_new_if_duplicate_allowed=True)),
)
items = st.one_of(contacts, st.builds(Record, contact=contacts, location_id=st.sampled_from(["loc1", "loc2"])))

ANSWERS = {
    "created": created,
    "updated": lambda attempt: upserted(attempt, new=False),
    "422": lambda _: reply(422, {"statusCode": 422, "message": ["email must be an email"]}),
    "429": lambda _: reply(429, {"message": "too many"}, retry_after="3"),
    "502": lambda _: reply(502, b"<html>bad gateway</html>"),
    "401": lambda _: reply(401, {"message": "Command timed out"}),
    "garbage": lambda _: reply(200, b'{"new": "maybe"}'),
    "lost": lambda _: Failure("the connection broke", sent=True),
    "unsent": lambda _: Failure("could not connect", sent=False),
}

ENDS = ("source ends", "source raises", "leave early", "exception in the block", "cancelled", "drain", "cancel()")


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """One run: what is read, what is answered, how fast, and how it ends."""

    items: list[Contact | Record]
    answers: list[str]
    delays: list[float]
    ways: list[float]
    paces: list[float]
    source_paces: list[float]
    concurrency: int
    requests_per_interval: int
    is_async: bool
    end: str
    end_after: int
    end_at: float


durations = st.lists(st.sampled_from([0.0, 0.01, 0.3, 1.0, 7.0, 40.0]), min_size=1, max_size=5)
plans = st.builds(
    Plan,
    items=st.lists(items, max_size=25),
    answers=st.lists(st.sampled_from(sorted(ANSWERS)), min_size=1, max_size=8),
    delays=durations,
    ways=st.lists(st.sampled_from([0.0, 0.02, 0.1, 0.24]), min_size=1, max_size=5),
    paces=durations,
    source_paces=durations,
    concurrency=st.integers(1, 5),
    requests_per_interval=st.integers(1, 6),
    is_async=st.booleans(),
    end=st.sampled_from(ENDS),
    end_after=st.integers(0, 12),
    end_at=st.floats(0, 60),
)


class SourceBrokeError(Exception):
    """What a source may raise."""


class Run:
    """Carry out a plan, and keep what can be seen of it from outside."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        answers = itertools.cycle(plan.answers)
        self.network = FakeNetwork(lambda attempt: self.answer(next(answers), attempt), plan.delays, plan.ways)
        self.read = 0
        self.handed_on = 0
        self.most_held = 0
        self.outcomes: list[Outcome] = []
        self.summary = None
        self.raised: BaseException | None = None

    @staticmethod
    def answer(name: str, attempt: Attempt) -> Reply | Failure:
        return ANSWERS[name](attempt)

    def numbered(self) -> Iterator[Contact | Record]:
        """Give the items, each numbered so that it is known again on the wire."""
        for number, item in enumerate(self.plan.items):
            if self.plan.end == "source raises" and number == self.plan.end_after:
                raise SourceBrokeError
            self.read += 1
            self.most_held = max(self.most_held, self.read - self.handed_on)
            record = item if isinstance(item, Record) else Record(contact=item)
            contact = msgspec.structs.replace(record.contact, source=str(number))
            yield msgspec.structs.replace(record, contact=contact, ref=number)

    async def numbered_async(self) -> AsyncIterator[Contact | Record]:
        """Give the same, at the source's own pace."""
        paces = itertools.cycle(self.plan.source_paces)
        for item in self.numbered():
            yield item
            await asyncio.sleep(next(paces))

    async def carry_out(self) -> None:
        plan = self.plan
        client = client_on(
            self.network, concurrency=plan.concurrency, requests_per_interval=plan.requests_per_interval, max_attempts=3
        )
        async with client:
            stream = client.upsert_many(self.numbered_async() if plan.is_async else self.numbered())
            consumer = asyncio.create_task(self.consume(stream))
            if plan.end == "cancelled":
                asyncio.get_running_loop().call_later(plan.end_at, consumer.cancel)
            try:
                await consumer
            except (SourceBrokeError, ZeroDivisionError, asyncio.CancelledError) as error:
                self.raised = error
            assert asyncio.all_tasks() == {asyncio.current_task()}
            await self.collect(stream)
            self.summary = stream.summary

    async def consume(self, stream: UpsertStream) -> None:
        paces = itertools.cycle(self.plan.paces)
        async with stream:
            if self.plan.end_after == 0 and self.plan.end == "leave early":
                return
            async for outcome in stream:
                self.keep(outcome)
                if len(self.outcomes) == self.plan.end_after:
                    if self.plan.end == "leave early":
                        return
                    if self.plan.end == "exception in the block":
                        raise ZeroDivisionError
                    if self.plan.end == "drain":
                        stream.drain()
                    if self.plan.end == "cancel()":
                        stream.cancel()
                await asyncio.sleep(next(paces))

    async def collect(self, stream: UpsertStream) -> None:
        """Take what the stream still holds once its block has been left."""
        try:
            async for outcome in stream:
                self.keep(outcome)
        except SourceBrokeError as error:
            self.raised = error

    def keep(self, outcome: Outcome) -> None:
        self.handed_on += 1
        self.outcomes.append(outcome)


def carry_out(plan: Plan) -> Run:
    run = Run(plan)
    virtual.run(run.carry_out)
    return run


@settings(max_examples=300, deadline=None)
@given(plans)
def test_every_record_read_yields_exactly_one_outcome(plan: Plan) -> None:
    """Whatever fails and however the run ends, the positions read are told, once each, and the sum fits."""
    run = carry_out(plan)
    assert sorted(outcome.position for outcome in run.outcomes) == list(range(run.read))
    assert sorted(outcome.ref for outcome in run.outcomes) == list(range(run.read))
    summary = run.summary
    assert summary is not None
    assert summary.read == run.read == summary.created + summary.updated + summary.error
    assert summary.requests == len(run.network.attempts)
    assert Counter(summary.errors_by_reason) == Counter(o.error.reason for o in run.outcomes if o.error)


@settings(max_examples=200, deadline=None)
@given(plans)
def test_a_stream_ends_as_its_end_asks(plan: Plan) -> None:
    """All is read unless the run was ended early, and what the source raises is raised after its outcomes."""
    run = carry_out(plan)
    if plan.end == "source ends":
        assert run.read == len(plan.items)
        assert run.raised is None
        assert all(o.error is None or o.error.reason != ErrorReason.CANCELLED for o in run.outcomes)
    if plan.end == "source raises" and plan.end_after < len(plan.items):
        assert isinstance(run.raised, SourceBrokeError)
        assert all(o.error is None or o.error.reason != ErrorReason.CANCELLED for o in run.outcomes)
    if plan.end == "drain":
        assert all(o.error is None or o.error.reason != ErrorReason.CANCELLED for o in run.outcomes)


@settings(max_examples=200, deadline=None)
@given(plans)
def test_no_more_is_in_flight_or_held_than_the_bounds_allow(plan: Plan) -> None:
    """At most `concurrency` requests are in flight, and at most twice as many records are read and not handed on, but
    for so many that had to wait for an earlier one.
    """
    with mock.patch.object(bulk, "MOST_IN_LINE", 3):
        run = carry_out(plan)
    assert run.network.most_in_flight <= plan.concurrency
    assert run.most_held <= 2 * plan.concurrency + 3


@settings(max_examples=200, deadline=None)
@given(plans)
def test_no_window_of_the_server_is_overrun(plan: Plan) -> None:
    """In no 10 s of a location, as the server sees arrivals, are there more requests than its quota, as long as the
    ways there differ by no more than the margin.
    """
    run = carry_out(plan)
    for location_id in ("loc1", "loc2"):
        window: deque[float] = deque()
        arrivals = sorted(
            a.arrived for a in run.network.attempts if a.contact["locationId"] == location_id and a.arrived is not None
        )
        for arrived in arrivals:
            while window and window[0] <= arrived - 10:
                window.popleft()
            window.append(arrived)
            assert len(window) <= plan.requests_per_interval


@settings(max_examples=300, deadline=None)
@given(plans)
def test_records_of_one_identity_go_one_at_a_time_in_input_order(plan: Plan) -> None:
    """Records of a location that share an email or a phone never overlap on the wire, and arrive as they were read."""
    run = carry_out(plan)
    for earlier, later in itertools.combinations(run.network.attempts, 2):
        if _is_same_person(earlier.contact, later.contact):
            assert int(earlier.contact["source"]) <= int(later.contact["source"])
            assert earlier.replied is not None
            assert earlier.replied <= later.left


@settings(max_examples=300, deadline=None)
@given(plans)
def test_an_outcome_says_what_the_server_saw(plan: Plan) -> None:
    """Created and updated were answered so; cancelled and exhausted were surely not written; in doubt may be."""
    run = carry_out(plan)
    attempts: dict[int, list[Attempt]] = {}
    for attempt in run.network.attempts:
        attempts.setdefault(int(attempt.contact["source"]), []).append(attempt)
    for outcome in run.outcomes:
        made = attempts.get(outcome.position, [])
        assert outcome.attempts == len(made)
        if outcome.status is Status.ERROR:
            assert outcome.error is not None
            assert outcome.contact_id is None
        else:
            assert outcome.http_status == 200
            assert made
        maybe_written = any(attempt.maybe_written for attempt in made)
        if outcome.error is None:
            continue
        if outcome.error.reason is ErrorReason.INVALID:
            assert not made
        if outcome.error.reason in (ErrorReason.CANCELLED, ErrorReason.EXHAUSTED):
            assert not maybe_written
        if outcome.error.reason is ErrorReason.IN_DOUBT:
            assert maybe_written


def test_a_fault_of_the_library_ends_the_run_in_order() -> None:
    """A transport that raises loses no record: some are in doubt, the rest is cancelled, and the fault is raised."""

    def broken(_: Attempt) -> Reply:
        raise RuntimeError("a bug")

    async def main() -> tuple[list[Outcome], RuntimeError | None, int]:
        outcomes: list[Outcome] = []
        records = (Contact(email=f"user{number}@example.com") for number in range(9))
        fault = None
        async with (
            client_on(FakeNetwork(broken), concurrency=2) as client,
            client.upsert_many(records) as stream,
        ):
            try:
                async for outcome in stream:
                    outcomes.append(outcome)
            except RuntimeError as error:
                fault = error
        return outcomes, fault, stream.summary.read

    outcomes, fault, read = virtual.run(main)
    assert str(fault) == "a bug"
    assert sorted(outcome.position for outcome in outcomes) == list(range(read))
    reasons = {outcome.error.reason for outcome in outcomes if outcome.error}
    assert reasons == {ErrorReason.IN_DOUBT, ErrorReason.CANCELLED}


def _is_same_person(one: dict[str, str], other: dict[str, str]) -> bool:
    if one["locationId"] != other["locationId"]:
        return False
    email = one.get("email")
    phone = _digits(one.get("phone"))
    return bool((email and email == other.get("email")) or (phone and phone == _digits(other.get("phone"))))


def _digits(phone: str | None) -> str:
    return "".join(filter(str.isdigit, phone or ""))[-10:]
