"""What happened in a run, by name: so that it can be counted what many runs together have met."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

from growthhub_async import ErrorReason
from growthhub_async.sandbox.faults import AnyFault
from growthhub_async.transport import Reply
from tests.memory_network import CARRIERS, ConnectionTrouble, RequestTrouble
from tests.simulation.case import Case, surely_unwritten, wait_asked
from tests.simulation.plan import EARLY, ELSEWHERE
from tests.simulation.run import Run, StreamRun

FAULTS = tuple(str(fault.__struct_config__.tag) for fault in get_args(AnyFault))

EVERYTHING = (
    *(f"fault {fault}" for fault in FAULTS),
    *(f"network {trouble}" for trouble in (*ConnectionTrouble, *RequestTrouble)),
    *(f"told {reason}" for reason in ErrorReason),
    *(f"ended by {ending}" for ending in EARLY),
    *(f"ended by {ending} in flight" for ending in EARLY if ending != "drain"),
    *(f"429, and {wait}" for wait in ("no word of a wait", "seconds to wait", "a date to wait for", "a bad word")),
    *(f"{window} filled" for window in ("fixed", "sliding", "token_bucket")),
    "others on the quota",
    "no rate headers",
    "503 with a wait",
    "day waited for",
    "day spent and stopped",
    *(f"carried by the {carrier} transport" for carrier in CARRIERS),
    "several locations",
    "several streams",
    "a mapping",
    "a slow source",
    "a source raised",
    "a slow consumer",
    "an upsert beside a stream of its email",
    "an upsert of high priority waited",
    "an upsert cancelled in flight",
    "an upsert cancelled that waited",
    "the client closed in flight",
    "created, and the reply lost",
    "created, and told so",
    "updated, and told so",
    "unsafe, and unknown",
    "unsafe, and sent again",
    "safe, unknown, and sent again",
    "a double was asked for",
    "two records of one new email at a time",
    "written after it was given up",
    "given up at its deadline",
    "an attempt took too long",
    "a token revoked",
    "a location no token opens",
    "the client's clock jumped",
    "the server's clock jumped",
    "unheard, and sent",
    "unheard, and never sent",
)
"""All that many runs together have to meet."""


def met(run: Run) -> set[str]:
    """Name what a run has met."""
    case = Case(run)
    return {*_of_server(case), *_of_streams(case), *_of_upserts(case), *_of_records(case), *_of_plan(case)}


def _of_server(case: Case) -> Iterator[str]:
    run = case.run
    yield from (f"fault {entry.fault}" for entry in run.ledger if entry.fault)
    yield from (f"network {trouble}" for trouble in run.troubles)
    for attempt in run.attempts:
        if not isinstance(attempt.answer, Reply):
            continue
        asked = attempt.answer.headers.get("retry-after")
        if attempt.answer.status == 503 and asked:
            yield "503 with a wait"
        if attempt.answer.status == 429:
            word = "a date to wait for" if wait_asked(attempt) is not None else "a bad word"
            yield f"429, and {'no word of a wait' if not asked else 'seconds to wait' if asked.isdigit() else word}"
    if run.ended_at > 80_000:
        yield "day waited for"
    for location in case.plan.locations:
        arrivals = [entry for entry in run.ledger if entry.location_id == location.id]
        if len(arrivals) > location.limits.requests_per_interval:
            yield f"{location.limits.window} filled"
        if arrivals and location.limits.others_per_interval:
            yield "others on the quota"
        if arrivals and not location.limits.rate_headers:
            yield "no rate headers"
        if arrivals and location.tokens[0].state != "active":
            yield "a token revoked"
        if len(arrivals) >= location.limits.requests_per_day and case.plan.settings["on_daily_quota"] == "stop":
            yield "day spent and stopped"


def _of_streams(case: Case) -> Iterator[str]:
    for stream in case.run.streams:
        if _was_ended(stream):
            yield f"ended by {stream.plan.ending}"
            if stream.in_flight_at_end and not stream.drained:  # it is the client that was closed then
                yield f"ended by {stream.plan.ending} in flight"
        if stream.source_raised:
            yield "a source raised"
        if stream.read and "mapping" in stream.plan.source:
            yield "a mapping"
        if len(stream.read) > 1 and "async" in stream.plan.source and any(stream.plan.source_paces):
            yield "a slow source"
        if len(stream.outcomes) > 2 and any(stream.plan.paces):
            yield "a slow consumer"
        if stream.in_flight_at_end and case.run.closed_at is not None:
            yield "the client closed in flight"


def _was_ended(stream: StreamRun) -> bool:
    return stream.drained or (stream.ended_at is not None and stream.plan.ending not in ("whole", "drain"))


def _of_upserts(case: Case) -> Iterator[str]:
    streamed = {key for stream in case.run.streams for number in stream.read for key in case.keys[number]}
    for upsert in case.run.upserts:
        number = upsert.plan.record.number
        attempts = case.attempts[number]
        if attempts and streamed.intersection(case.keys[number]):
            yield "an upsert beside a stream of its email"
        if attempts and upsert.plan.priority > 0 and attempts[0].started > upsert.plan.at + 0.1:
            yield "an upsert of high priority waited"
        if upsert.raised is not None and upsert.plan.cancel_after is not None:
            in_flight = bool(attempts) and attempts[-1].answer is None
            yield f"an upsert cancelled {'in flight' if in_flight else 'that waited'}"


def _of_records(case: Case) -> Iterator[str]:
    for number, outcome in case.outcomes.items():
        record, attempts, writes = case.records[number], case.attempts[number], case.writes[number]
        unknown = [attempt for attempt in attempts if not surely_unwritten(attempt)]
        created = any(write.created for write in writes)
        if outcome.error is None:
            yield f"{outcome.status}, and told so"
            if created and len(unknown) > 1:
                yield "created, and the reply lost"
        else:
            yield f"told {outcome.error.reason}"
            if "deadline" in outcome.error.message or "not settled within" in outcome.error.message:
                yield "given up at its deadline"
        if not record.safe and unknown and outcome.error is not None:
            yield "unsafe, and unknown"
        if record.unheard is not None and record.fate is None:
            yield f"unheard, and {'sent' if attempts else 'never sent'}"
        if not record.safe and len(attempts) > 1:
            yield "unsafe, and sent again"
        if record.safe and unknown[:-1]:
            yield "safe, unknown, and sent again"
        for attempt in attempts:
            if attempt.left and attempt.ended and attempt.ended - attempt.left > case.plan.settings["attempt_timeout"]:
                yield "an attempt took too long"
    for write in case.run.writes:
        record = case.records[case.run.attempts[write.attempt].record]
        if record.forced and write.created and write.taken:
            yield "a double was asked for"
        if case.is_late(write):
            yield "written after it was given up"
    yield from _of_races(case)


def _of_races(case: Case) -> Iterator[str]:
    """Find records that would have raced: the next of a new email was handed over before the first was written."""
    for sharing in case.by_key():
        location = case.plan.location(case.records[sharing[0]].location_id)
        sent = [number for number in sharing if case.attempts[number]]
        if location is None or not location.behaviour.write_delay or len(sent) < 2:
            continue
        first, second = case.attempts[sent[0]][-1], case.attempts[sent[1]][0]
        if any(write.created for write in case.writes[sent[0]]) and second.started - (first.ended or 0.0) < 0.1:
            yield "two records of one new email at a time"


def _of_plan(case: Case) -> Iterator[str]:
    run = case.run
    if run.attempts:
        yield f"carried by the {case.plan.carrier} transport"
    if len({attempt.location_id for attempt in run.attempts} - {ELSEWHERE}) > 1:
        yield "several locations"
    if sum(bool(stream.read) for stream in run.streams) > 1:
        yield "several streams"
    if any(attempt.location_id == ELSEWHERE for attempt in run.attempts):
        yield "a location no token opens"
    if any(jump.at < run.ended_at for jump in case.plan.client_jumps):
        yield "the client's clock jumped"
    if any(jump.at < run.ended_at for jump in case.plan.server_jumps):
        yield "the server's clock jumped"
