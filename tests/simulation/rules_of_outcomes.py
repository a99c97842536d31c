"""The rules of what is told: one outcome for each record, and the truth of it.

Each function says one rule, and yields a line for each time it was broken.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator

from growthhub_async import (
    ClientClosedError,
    ErrorReason,
    Status,
    TokenRefusedError,
)
from growthhub_async.transport import Reply
from tests.simulation.case import (
    LONGEST_PAUSE,
    LONGEST_WAIT,
    MOMENT,
    REFUSALS,
    Case,
    end_of,
    is_refused_by_rule,
    number_of,
    status_of,
    surely_unwritten,
    wait_asked,
)
from tests.simulation.run import Attempt, BlockBrokeError, SourceBrokeError

_UNWRITTEN = (
    ErrorReason.INVALID,
    ErrorReason.REJECTED,
    ErrorReason.UNAUTHORIZED,
    ErrorReason.EXHAUSTED,
    ErrorReason.CANCELLED,
)


# -- exactly one outcome


def every_record_has_one_outcome(case: Case) -> Iterator[str]:
    for stream in case.run.streams:
        if sorted(map(number_of, stream.outcomes)) != sorted(stream.read):
            yield f"read {sorted(stream.read)}, told {sorted(map(number_of, stream.outcomes))}"
        if sorted(outcome.position for outcome in stream.outcomes) != list(range(len(stream.read))):
            yield f"positions {sorted(outcome.position for outcome in stream.outcomes)}"
    for upsert in case.run.upserts:
        if (upsert.outcome is None) == (upsert.raised is None):
            yield f"upsert of {upsert.plan.record.number}: {upsert.outcome} and {upsert.raised!r}"


def the_summary_adds_up(case: Case) -> Iterator[str]:
    for stream in case.run.streams:
        summary = stream.summary
        if summary is None:
            if stream.read:
                yield "no summary"
            continue
        statuses = Counter(outcome.status for outcome in stream.outcomes)
        reasons = Counter(outcome.error.reason for outcome in stream.outcomes if outcome.error)
        told = (summary.read, summary.created, summary.updated, summary.error)
        if told != (len(stream.read), statuses[Status.CREATED], statuses[Status.UPDATED], statuses[Status.ERROR]):
            yield f"{summary}, of {len(stream.read)} read and {statuses}"
        if summary.errors_by_reason != reasons:
            yield f"{summary.errors_by_reason}, but {reasons}"
        requests = sum(len(case.attempts[number]) for number in stream.read)
        if summary.requests != requests:
            yield f"{summary.requests} requests told, {requests} made"


def attempts_are_counted(case: Case) -> Iterator[str]:
    for number, outcome in case.outcomes.items():
        attempts = case.attempts[number]
        if outcome.attempts != len(attempts):
            yield f"record {number}: {outcome.attempts} attempts told, {len(attempts)} made"
        statuses = [attempt.http_status for attempt in attempts if attempt.http_status is not None]
        if outcome.http_status != (statuses[-1] if statuses else None):
            yield f"record {number}: status {outcome.http_status} told, {statuses} answered"


def what_is_answered_has_arrived(case: Case) -> Iterator[str]:
    for attempt in case.run.attempts:
        if isinstance(attempt.answer, Reply) and attempt.arrived is None:
            yield f"attempt {attempt.number} was answered and never arrived"
        if attempt.arrived is not None and attempt.left is None:
            yield f"attempt {attempt.number} arrived and never left"
    arrived = sum(attempt.arrived is not None for attempt in case.run.attempts)
    if len(case.run.ledger) != arrived:
        yield f"{len(case.run.ledger)} requests arrived, {arrived} attempts"


def what_is_raised_has_a_cause(case: Case) -> Iterator[str]:
    revoked = any(location.tokens[0].state != "active" for location in case.plan.locations)
    for stream in case.run.streams:
        ending = stream.plan.ending
        allowed = {
            BlockBrokeError: ending == "exception",
            SourceBrokeError: stream.source_raised,
            ClientClosedError: case.run.closed_at is not None,
            TokenRefusedError: revoked,
            asyncio.CancelledError: ending in ("cancelled", "cancelled at a step"),
        }
        for error in stream.raised:
            if not allowed.get(type(error), False):
                yield f"a stream raised {error!r}"
        if stream.source_raised and stream.entered and not set(map(type, stream.raised)) & _FAULTS:
            yield "what the source raised was swallowed"
    for upsert in case.run.upserts:
        allowed = {
            ClientClosedError: case.run.closed_at is not None,
            TokenRefusedError: revoked,
            asyncio.CancelledError: upsert.plan.cancel_after is not None,
        }
        if upsert.raised is not None and not allowed.get(type(upsert.raised), False):
            yield f"an upsert raised {upsert.raised!r}"


_FAULTS: set[type[BaseException]] = {SourceBrokeError, ClientClosedError, TokenRefusedError}


# -- the truth of an outcome


def success_was_written(case: Case) -> Iterator[str]:
    for number, outcome in case.outcomes.items():
        is_drift = outcome.error is not None and outcome.error.reason is ErrorReason.DRIFT
        if is_drift != (bool(outcome.dropped) and bool(case.plan.settings["strict"])):
            yield f"record {number}: {outcome} with {len(outcome.dropped)} fields dropped"
        if outcome.status is Status.ERROR and not is_drift:
            if outcome.contact_id is not None or outcome.error is None:
                yield f"record {number}: {outcome} with contact {outcome.contact_id}"
            continue
        writes = [write for write in case.writes[number] if write.contact_id == outcome.contact_id]
        if not writes:
            yield f"record {number} is {outcome.status}, and never wrote contact {outcome.contact_id}"
        created = any(write.created for write in writes)
        claimed = outcome.inferred and (
            case.records[number].unheard is not None  # by an attempt that is not of this run
            or _is_created_late(case, outcome.contact_id)
        )
        if outcome.status is Status.CREATED and not created and not claimed:
            yield f"record {number} is created, and only updated a contact"
        if outcome.status is Status.UPDATED and created and _is_told_to_be_new(case.attempts[number]):
            yield f"record {number} is updated, and the reply said that it was new"
        if outcome.status is Status.UPDATED and created and not _may_take_it_for_anothers(case, number):
            yield f"record {number} is updated, and it was its own first attempt that had created the contact"


def _is_created_late(case: Case, contact_id: str | None) -> bool:
    """Tell whether a contact was created by an attempt that nobody could expect to be worked on any more."""
    return any(write.created and case.is_late(write) for write in case.run.writes if write.contact_id == contact_id)


def _may_take_it_for_anothers(case: Case, number: int) -> bool:
    """Tell whether a client may hold what a record created for older: by a clock that was set, or beside another.

    A client does not know the location's country: phones that end alike may be one to it.
    """
    mine = _likenesses(case, number)
    alike = (other for other in case.attempts if other != number and _likenesses(case, other) & mine)
    return case.outcomes[number].inferred and (bool(case.plan.server_jumps) or next(alike, None) is not None)


def _likenesses(case: Case, number: int) -> set[str]:
    return {key[-6:] if "phone:" in key else key for key in case.keys[number]}


def an_error_that_says_so_wrote_nothing(case: Case) -> Iterator[str]:
    for number, error in case.errors():
        if error.reason not in _UNWRITTEN:
            continue
        if writes := case.writes[number]:
            yield f"record {number} is {error.reason}, and was written {len(writes)} times"
        if unknown := [attempt.number for attempt in case.attempts[number] if not surely_unwritten(attempt)]:
            yield f"record {number} is {error.reason}, and attempts {unknown} may have been written"
        if case.records[number].unheard is not None and error.reason is not ErrorReason.INVALID:
            yield f"record {number} is {error.reason}, and an attempt of an earlier run may have been written"


def who_is_in_doubt_may_have_been_written(case: Case) -> Iterator[str]:
    for number, error in case.errors():
        unwritten = case.records[number].unheard is None and all(map(surely_unwritten, case.attempts[number]))
        if error.reason is ErrorReason.IN_DOUBT and unwritten:
            yield f"record {number} is in doubt, and was surely not written"


def a_record_is_invalid_when_it_is(case: Case) -> Iterator[str]:
    for number, outcome in case.outcomes.items():
        reason = outcome.error.reason if outcome.error else None
        invalid = case.records[number].fate is not None
        if (reason is ErrorReason.INVALID) != invalid or (invalid and case.attempts[number]):
            yield f"record {number} ({case.records[number].fate}) is {reason} after {outcome.attempts} attempts"


def an_error_has_its_reason(case: Case) -> Iterator[str]:
    for number, error in case.errors():
        last = case.attempts[number][-1] if case.attempts[number] else None
        refused = last is not None and is_refused_by_rule(last)
        match error.reason:
            case ErrorReason.REJECTED:
                right = refused or _is_cut_off(case, number)
            case ErrorReason.UNAUTHORIZED:
                unauthorized = last is not None and status_of(last) in (401, 403)
                right = unauthorized or _is_refused_a_location(case, number) or _is_cut_off(case, number)
            case ErrorReason.EXHAUSTED:
                right = _is_given_up(case, number)
            case ErrorReason.IN_DOUBT:
                unsafe = not case.records[number].safe
                right = unsafe or refused or _is_given_up(case, number) or _is_ended(case, number)
                right = right or _is_cut_off(case, number)
            case ErrorReason.CANCELLED:
                sent = bool(case.attempts[number])  # if not, a token that is refused makes it unauthorized
                right = _is_ended(case, number, by_refusal=sent) or _may_stop(case, number)
                right = right or (not sent and _came_after_the_end(case, number))
            case _:
                right = True
        if not right:
            yield f"record {number} is {error.reason} ({error.message}) without a cause"


def _is_given_up(case: Case, number: int) -> bool:
    """Tell whether a record may have run out of attempts or time, or out of what it may wait for."""
    attempts = case.attempts[number]
    spent = sum(status_of(attempt) != 429 for attempt in attempts) >= case.plan.settings["max_attempts"]
    asked = any((wait_asked(attempt) or 0.0) > LONGEST_PAUSE for attempt in attempts)
    return spent or asked or case.plan.settings["record_deadline"] is not None or _may_stop(case, number)


def _is_ended(case: Case, number: int, *, by_refusal: bool = True) -> bool:
    """Tell whether the run of a record was ended before it."""
    stream = case.stream_of.get(number)
    if case.run.closed_at is not None or stream is None or stream.ended_at is not None:
        return True
    return by_refusal and any(_is_refused_a_location(case, other) and case.attempts[other] for other in stream.read)


def _came_after_the_end(case: Case, number: int) -> bool:
    """Tell whether the source of a stream that was drained gave a record all the same."""
    stream = case.stream_of.get(number)
    return stream is not None and stream.drained and number in stream.read[stream.read_before_drain :]


def _may_stop(case: Case, number: int) -> bool:
    """Tell whether a record's location may have been found to be closed for long."""
    location_id = case.records[number].location_id
    there = [attempt for attempt in case.run.attempts if attempt.location_id == location_id]
    asked = any((wait_asked(attempt) or 0.0) > LONGEST_PAUSE for attempt in there)
    location = case.plan.location(location_id) or case.plan.locations[0]  # whose token is sent elsewhere, too
    small = location.limits.requests_per_day < 1_000
    throttled = any(status_of(attempt) == 429 for attempt in there)
    stops = case.plan.settings["on_daily_quota"] == "stop"
    refused_for_long = throttled and case.run.ended_at > (LONGEST_PAUSE if stops else LONGEST_WAIT)
    return asked or refused_for_long or (small and stops)


def _is_cut_off(case: Case, number: int) -> bool:
    """Tell whether nothing more may have been sent for a record: refusals that others would meet, too, in a row.

    They are of its own location, or of all that its stream had read of.
    """
    refused = Counter(
        attempt.location_id
        for attempt in case.run.attempts
        if is_refused_by_rule(attempt) and status_of(attempt) in (401, 403, 301, 302, 307, 308)
    )
    if refused[case.records[number].location_id] >= REFUSALS:
        return True
    stream = case.stream_of.get(number)
    read = (
        {case.records[other].location_id for other in stream.read if case.records[other].fate is None}
        if stream
        else set()
    )
    return bool(read) and all(refused[location_id] for location_id in read) and max(refused.values()) >= REFUSALS


def _is_refused_a_location(case: Case, number: int) -> bool:
    location = case.plan.location(case.records[number].location_id)
    return location is None or location.tokens[0].state != "active"


def a_whole_run_reads_everything(case: Case) -> Iterator[str]:
    for stream in case.run.streams:
        is_whole = stream.plan.ending in ("whole", "cancelled at a step") and stream.ended_at is None
        if is_whole and not stream.raised and len(stream.read) != len(stream.plan.records):
            yield f"{len(stream.read)} of {len(stream.plan.records)} records read"


def the_history_is_what_was_done(case: Case) -> Iterator[str]:
    for number, outcome in case.outcomes.items():
        attempts, history = case.attempts[number], outcome.history
        if not case.plan.settings["keep_history"] or case.records[number].fate is not None:
            if history:
                yield f"record {number} has a history that nobody asked for"
            continue
        if len(history) - len(attempts) not in (0, 1) or [told.number for told in history] != _numbers(history):
            yield f"record {number}: {len(history)} entries of {len(attempts)} attempts"
        if [told.again_after is None for told in history] != [told is history[-1] for told in history]:
            yield f"record {number}: more, or less, than the last entry is told to be the last"
        if not history[-1].decision.startswith(outcome.error.reason if outcome.error else outcome.status):
            yield f"record {number}: {history[-1].decision} is not how it settled"
        if any(told.left_at is not None for told in history[len(attempts) :]):
            yield f"record {number}: an attempt is told that was not made"
        for told, attempt in zip(history, attempts, strict=False):
            if (told.left_at is None, told.http_status) != (attempt.left is None, attempt.http_status):
                yield f"attempt {attempt.number}: {told}"
            if attempt.left is not None and abs(end_of(attempt) - attempt.left - told.duration) > MOMENT:
                yield f"attempt {attempt.number} took {told.duration} s"


def _numbers(history: tuple[object, ...]) -> list[int]:
    return list(range(1, len(history) + 1))


def _is_told_to_be_new(attempts: list[Attempt]) -> bool:
    return bool(attempts) and isinstance(attempts[-1].answer, Reply) and b'"new":true' in attempts[-1].answer.body
