"""Judge a run: what was told of each record against what was sent, what was answered and what the server wrote.

Pure, and with rules of its own: what a reply says is read here once more, from observed.md, and not asked of the
client. Each function says one rule, and yields a line for each time it was broken.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from itertools import pairwise

import msgspec

from growthhub_async import (
    ClientClosedError,
    ErrorReason,
    Outcome,
    OutcomeError,
    Settings,
    Status,
    TokenRefusedError,
)
from growthhub_async.sandbox.phones import to_e164
from growthhub_async.sandbox.store import email_key, phone_key
from growthhub_async.transport import Reply
from tests.simulation.plan import ELSEWHERE, Plan, PlannedRecord
from tests.simulation.world import MOST_IN_LINE, Attempt, BlockBrokeError, Run, SourceBrokeError, Write

MOMENT = 1e-3
"""Seconds by which two times may differ that are meant to be one: timers are late, a task runs a step later."""
LONGEST_PAUSE = 600.0
"""Seconds: a server that asks for more is not waited for by the record, and by the location only as settings say."""
LONGEST_WAIT = 86_400.0
"""Seconds: for as long everybody waits for a location that refuses everything."""
TRIAL_LIMIT = 25
"""Requests that a client may send before it knows what a location allows (observed.md, "Limits")."""
REFUSALS = 3
"""Refusals of the token, the location or the client in a row after which no more need be sent."""
ASK_AGAIN = 30.0
"""Seconds after which one request may ask whether a person has mended that."""
AT_WORK = 3.0
"""Seconds from when it left for which a client has to expect that a request which it heard nothing of is worked on."""
_UNWRITTEN = (
    ErrorReason.INVALID,
    ErrorReason.REJECTED,
    ErrorReason.UNAUTHORIZED,
    ErrorReason.EXHAUSTED,
    ErrorReason.CANCELLED,
)


def judge(run: Run) -> list[str]:
    """List all that is wrong with a run; nothing, as it should be."""
    if run.hung:
        return [f"the run did not end: {run.hung}"]
    case = Case(run)
    return [f"{rule.__name__}: {broken}" for rule in RULES for broken in rule(case)]


class Case:
    """A run, sorted by what it is asked for."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.plan = run.plan
        self.records = run.plan.records()
        self.place = {number: place for place, number in enumerate(run.order)}
        self.attempts: dict[int, list[Attempt]] = defaultdict(list)
        for attempt in run.attempts:
            self.attempts[attempt.record].append(attempt)
        self.writes: dict[int, list[Write]] = defaultdict(list)
        for write in run.writes:
            self.writes[run.attempts[write.attempt].record].append(write)
        self.stream_of = {number: stream for stream in run.streams for number in stream.read}
        self.outcomes: dict[int, Outcome] = {}
        for outcome in (outcome for stream in run.streams for outcome in stream.outcomes):
            self.outcomes[_number(outcome)] = outcome
        for upsert in run.upserts:
            if upsert.outcome is not None:
                self.outcomes[upsert.plan.record.number] = upsert.outcome
        self.keys = {number: keys_of(record, run.plan) for number, record in self.records.items()}

    def errors(self) -> Iterator[tuple[int, OutcomeError]]:
        """Give the records that are errors."""
        for number, outcome in self.outcomes.items():
            if outcome.error is not None:
                yield number, outcome.error

    def by_key(self) -> Iterator[list[int]]:
        """Give the records that share an email or phone, in the order they were handed to the client."""
        sharing: dict[str, list[int]] = defaultdict(list)
        for number in self.run.order:
            for key in self.keys[number]:
                sharing[key].append(number)
        yield from sharing.values()

    def is_late(self, write: Write) -> bool:
        """Tell whether the client had given the attempt up when the server wrote, and could not have waited for it."""
        attempt = self.run.attempts[write.attempt]
        assert attempt.left is not None
        return write.at > max(_ended(attempt), attempt.left + AT_WORK) + MOMENT


def keys_of(record: PlannedRecord, plan: Plan) -> tuple[str, ...]:
    """Name what the server may match a record by."""
    location = plan.location(record.location_id)
    keys = []
    if record.email:
        keys.append(email_key(record.email.strip()))
    if record.phone and location:
        keys.append(phone_key(str(to_e164(record.phone, location.country))))
    return tuple(f"{record.location_id} {key}" for key in keys)


def surely_unwritten(attempt: Attempt) -> bool:
    """Tell whether a client may know of an attempt that nothing was written (observed.md, "Errors")."""
    if attempt.left is None:
        return True
    if not isinstance(attempt.answer, Reply):
        return False
    status, body = attempt.answer.status, attempt.answer.body
    if status in (401, 403) and not _is_json(body):
        return b"error code: 1010" in body  # the API says why; an edge's page says nothing of what was done before it
    if status == 401:
        return b"Command timed out" not in body
    if status == 400:
        return b"Error occurred while searching for contact" not in body
    return 300 <= status < 500 and status != 408


def _is_json(body: bytes) -> bool:
    try:
        msgspec.json.decode(body)
    except msgspec.DecodeError:
        return False
    return True


def is_refused_by_rule(attempt: Attempt) -> bool:
    """Tell whether the server said no, and will again."""
    status = _status(attempt)
    return status is not None and 300 <= status < 500 and status != 429 and surely_unwritten(attempt)


def wait_asked(attempt: Attempt) -> float | None:
    """Tell for how many seconds a reply asks to wait."""
    if not isinstance(attempt.answer, Reply):
        return None
    headers = attempt.answer.headers
    asked = headers.get("Retry-After", "")
    if asked.isdigit():
        return float(asked)
    try:
        until, said = parsedate_to_datetime(asked), parsedate_to_datetime(headers["Date"])
    except (ValueError, KeyError):
        return None
    return (until - said).total_seconds()


# -- exactly one outcome


def every_record_has_one_outcome(case: Case) -> Iterator[str]:
    for stream in case.run.streams:
        if sorted(map(_number, stream.outcomes)) != sorted(stream.read):
            yield f"read {sorted(stream.read)}, told {sorted(map(_number, stream.outcomes))}"
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
        if outcome.status is Status.CREATED and not created:
            yield f"record {number} is created, and only updated a contact"
        if outcome.status is Status.UPDATED and created and _is_told_to_be_new(case.attempts[number]):
            yield f"record {number} is updated, and the reply said that it was new"
        if outcome.status is Status.UPDATED and created and not _may_take_it_for_anothers(case, number):
            yield f"record {number} is updated, and it was its own first attempt that had created the contact"


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


def who_is_in_doubt_may_have_been_written(case: Case) -> Iterator[str]:
    for number, error in case.errors():
        if error.reason is ErrorReason.IN_DOUBT and all(map(surely_unwritten, case.attempts[number])):
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
                unauthorized = last is not None and _status(last) in (401, 403)
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
            case _:
                right = True
        if not right:
            yield f"record {number} is {error.reason} ({error.message}) without a cause"


def _is_given_up(case: Case, number: int) -> bool:
    """Tell whether a record may have run out of attempts or time, or out of what it may wait for."""
    attempts = case.attempts[number]
    spent = sum(_status(attempt) != 429 for attempt in attempts) >= case.plan.settings["max_attempts"]
    asked = any((wait_asked(attempt) or 0.0) > LONGEST_PAUSE for attempt in attempts)
    return spent or asked or case.plan.settings["record_deadline"] is not None or _may_stop(case, number)


def _is_ended(case: Case, number: int, *, by_refusal: bool = True) -> bool:
    """Tell whether the run of a record was ended before it."""
    stream = case.stream_of.get(number)
    if case.run.closed_at is not None or stream is None or stream.ended_at is not None:
        return True
    return by_refusal and any(_is_refused_a_location(case, other) and case.attempts[other] for other in stream.read)


def _may_stop(case: Case, number: int) -> bool:
    """Tell whether a record's location may have been found to be closed for long."""
    location_id = case.records[number].location_id
    there = [attempt for attempt in case.run.attempts if attempt.location_id == location_id]
    asked = any((wait_asked(attempt) or 0.0) > LONGEST_PAUSE for attempt in there)
    location = case.plan.location(location_id) or case.plan.locations[0]  # whose token is sent elsewhere, too
    small = location.limits.requests_per_day < 1_000
    throttled = any(_status(attempt) == 429 for attempt in there)
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
        if is_refused_by_rule(attempt) and _status(attempt) in (401, 403, 301, 302, 307, 308)
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


# -- sending again


def a_refused_location_is_left_alone(case: Case) -> Iterator[str]:
    for location in case.plan.locations:
        there = [attempt for attempt in case.run.attempts if attempt.location_id == location.id]
        refused = sorted(
            _ended(attempt) for attempt in there if _status(attempt) in (401, 403) and is_refused_by_rule(attempt)
        )
        if location.tokens[0].state == "active" or len(refused) < REFUSALS:
            continue
        known_at = refused[REFUSALS - 1]
        after = sum(attempt.started > known_at + MOMENT for attempt in there)
        if after > (case.run.ended_at - known_at) / ASK_AGAIN:
            yield f"{after} requests in {location.id}, which was known to be refused at {known_at}"


def unsafe_records_are_written_once(case: Case) -> Iterator[str]:
    for number, record in case.records.items():
        attempts = case.attempts[number]
        if not record.safe:
            if len(case.writes[number]) > 1:
                yield f"record {number} was written {len(case.writes[number])} times"
            if unknown := [attempt.number for attempt in attempts[:-1] if not surely_unwritten(attempt)]:
                yield f"record {number} was sent again after attempts {unknown}, which may have been written"
            continue
        created = [write for write in case.writes[number] if write.created and not case.is_late(write)]
        if _is_matched(case, record) and len(created) > 1:
            yield f"record {number} created contacts again"


def _is_matched(case: Case, record: PlannedRecord) -> bool:
    """Tell whether the location looks for what the record has: which it does, no client knows."""
    location = case.plan.location(record.location_id)
    return location is not None and any(getattr(record, field) for field in location.match_order())


def no_attempt_follows_the_last_word(case: Case) -> Iterator[str]:
    for number, attempts in case.attempts.items():
        for attempt, following in pairwise(attempts):
            if is_refused_by_rule(attempt):
                yield f"record {number} was sent again after a refusal"
            if following.started < _ended(attempt) - MOMENT:
                yield f"record {number} was sent twice at once"
            asked = wait_asked(attempt)
            asked = asked if asked and asked <= LONGEST_PAUSE and _status(attempt) != 429 else 0.0
            if following.started < _ended(attempt) + asked - MOMENT:
                yield f"record {number} was sent again before the {asked:g} s the server asked for"
        counted = sum(_status(attempt) != 429 for attempt in attempts)
        if counted > case.plan.settings["max_attempts"]:
            yield f"record {number} was sent {counted} times"


def nothing_is_sent_after_the_end(case: Case) -> Iterator[str]:
    for stream in case.run.streams:
        if stream.ended_at is None:
            continue
        for attempt in (attempt for number in stream.read for attempt in case.attempts[number]):
            if attempt.started > stream.ended_at + MOMENT:
                yield f"attempt {attempt.number} began at {attempt.started}, the run ended at {stream.ended_at}"
            if stream.at_once and _ended(attempt) > stream.ended_at + MOMENT and case.run.closed_at is None:
                yield f"attempt {attempt.number} went on to {attempt.ended}, cancelled at {stream.ended_at}"


# -- identity


def one_at_a_time_and_in_order(case: Case) -> Iterator[str]:
    for sharing in case.by_key():
        ended, by = -1.0, -1
        for number in sharing:
            attempts = case.attempts[number]
            if attempts and attempts[0].started < ended - MOMENT:
                yield f"record {number} was sent at {attempts[0].started}, record {by} before it ended at {ended}"
            if attempts and _ended(attempts[-1]) > ended:
                ended, by = _ended(attempts[-1]), number


def no_doubles_are_made(case: Case) -> Iterator[str]:
    excused: set[str] = set()  # keys of which there is a double already, or of which a write came late
    for write in case.run.writes:
        attempt = case.run.attempts[write.attempt]
        record = case.records[attempt.record]
        location = case.plan.location(record.location_id)
        assert location is not None
        matched = [key for key in write.taken if key.partition(":")[0] in location.match_order()]
        asked_for = record.forced and location.allow_duplicates
        late = case.is_late(write)
        for key in matched:
            if asked_for or late:
                excused.add(f"{location.id} {key}")
            elif f"{location.id} {key}" not in excused:
                yield f"record {record.number} made a double of {key}"
        if late:
            excused.update(case.keys[record.number])


def the_last_record_wins(case: Case) -> Iterator[str]:
    final = {contact["id"]: contact for contacts in case.run.contacts.values() for contact in contacts}
    late = {write.contact_id for write in case.run.writes if case.is_late(write)}
    for sharing in case.by_key():
        told = [number for number in sharing if number in case.outcomes and case.outcomes[number].error is None]
        for number in told:
            contact = final[str(case.outcomes[number].contact_id)]
            winner = int(contact["source"][1:])
            if winner in sharing and case.place[winner] < case.place[number] and contact["id"] not in late:
                yield f"record {winner} won over record {number}, which came after it"


# -- the quota


def no_window_is_overrun(case: Case) -> Iterator[str]:
    for location in case.plan.locations:
        if _is_tidy(case, location.id):
            refused = sum(entry.refused for entry in case.run.ledger if entry.location_id == location.id)
            if refused:
                yield f"{refused} requests of {location.id} were refused"


def _is_tidy(case: Case, location_id: str) -> bool:
    """Tell whether the client can know all of a location's quota, and is alone on it, in an even network."""
    plan = case.plan
    location = plan.location(location_id)
    assert location is not None
    limits = location.limits
    known = plan.settings["requests_per_interval"] <= limits.requests_per_interval or (
        limits.rate_headers and limits.requests_per_interval >= TRIAL_LIMIT
    )
    known = known and limits.requests_per_day > min(plan.settings["requests_per_interval"], TRIAL_LIMIT)
    even = plan.mood == "calm" and not any(attempt.location_id == ELSEWHERE for attempt in case.run.attempts)
    return known and even and not limits.others_per_interval


def a_pause_is_kept(case: Case) -> Iterator[str]:
    """The wait that a 429 asks for holds all of its location's."""
    for refused in case.run.attempts:
        asked = wait_asked(refused)
        if _status(refused) != 429 or not asked or asked > LONGEST_PAUSE:
            continue
        begins, ends = _ended(refused) + MOMENT, _ended(refused) + asked - MOMENT
        for attempt in case.run.attempts:
            if attempt.location_id == refused.location_id and begins < attempt.started < ends:
                yield f"attempt {attempt.number} at {attempt.started}, while {refused.number} asked to wait to {ends}"


def bounds_are_kept(case: Case) -> Iterator[str]:
    settings = Settings(token="none", **case.plan.settings)
    moments = [(attempt.started, 1) for attempt in case.run.attempts]
    moments += [(_ended(attempt) - MOMENT, -1) for attempt in case.run.attempts]
    in_flight = 0
    for _, change in sorted(moments):
        in_flight += change
        if in_flight > settings.concurrency:
            yield f"more than {settings.concurrency} in flight"
            break
    for stream in case.run.streams:
        sources = len({r.location_id for r in stream.plan.records}) if "mapping" in stream.plan.source else 1
        if stream.most_held > settings.records_ahead(sources) * sources + MOST_IN_LINE:
            yield f"{stream.most_held} records held of {sources} sources"
    for attempt in case.run.attempts:
        if attempt.left is not None and _ended(attempt) - attempt.left > settings.attempt_timeout + MOMENT:
            yield f"attempt {attempt.number} took {_ended(attempt) - attempt.left} s"
    if settings.record_deadline is not None:
        for number, outcome in case.outcomes.items():
            if outcome.duration > settings.record_deadline + MOMENT:
                yield f"record {number} took {outcome.duration} s"


# -- what is left, and what is told


def nothing_is_left_behind(case: Case) -> Iterator[str]:
    yield from case.run.left_behind
    yield from case.run.complaints


_PERSONAL = re.compile(r"person\d+@|\+?1?20555501\d\d|\+?447?946\d{4}|7946\d\d99", re.IGNORECASE)


def nothing_private_is_told(case: Case) -> Iterator[str]:
    told = "\n".join(case.run.told)
    if "pit-secret" in told:
        yield "a token was told"
    if found := _PERSONAL.search(told):
        yield f"told of {found[0]}"
    for line in case.run.told:
        if line.startswith(("asyncio: Task", "asyncio: Future", "aiohttp.server: Error", "aiohttp.server: Unhandled")):
            yield line


RULES = (
    every_record_has_one_outcome,
    the_summary_adds_up,
    attempts_are_counted,
    what_is_answered_has_arrived,
    what_is_raised_has_a_cause,
    success_was_written,
    an_error_that_says_so_wrote_nothing,
    who_is_in_doubt_may_have_been_written,
    a_record_is_invalid_when_it_is,
    an_error_has_its_reason,
    a_whole_run_reads_everything,
    a_refused_location_is_left_alone,
    unsafe_records_are_written_once,
    no_attempt_follows_the_last_word,
    nothing_is_sent_after_the_end,
    one_at_a_time_and_in_order,
    no_doubles_are_made,
    the_last_record_wins,
    no_window_is_overrun,
    a_pause_is_kept,
    bounds_are_kept,
    nothing_is_left_behind,
    nothing_private_is_told,
)


def _number(outcome: Outcome) -> int:
    assert isinstance(outcome.ref, int)
    return outcome.ref


def _ended(attempt: Attempt) -> float:
    assert attempt.ended is not None
    return attempt.ended


def _status(attempt: Attempt) -> int | None:
    return attempt.answer.status if isinstance(attempt.answer, Reply) else None


def _is_told_to_be_new(attempts: list[Attempt]) -> bool:
    return bool(attempts) and isinstance(attempts[-1].answer, Reply) and b'"new":true' in attempts[-1].answer.body
