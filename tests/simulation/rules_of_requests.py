"""The rules of what is sent: again or not, one at a time, within the quota; and of what is left behind.

Each function says one rule, and yields a line for each time it was broken.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from growthhub_async import (
    Settings,
)
from tests.simulation.case import (
    ASK_AGAIN,
    LONGEST_PAUSE,
    MOMENT,
    REFUSALS,
    TRIAL_LIMIT,
    Case,
    end_of,
    is_refused_by_rule,
    status_of,
    surely_unwritten,
    wait_asked,
)
from tests.simulation.plan import ELSEWHERE, PlannedRecord
from tests.simulation.world import MOST_IN_LINE

# -- sending again


def a_refused_location_is_left_alone(case: Case) -> Iterator[str]:
    for location in case.plan.locations:
        there = [attempt for attempt in case.run.attempts if attempt.location_id == location.id]
        refused = sorted(
            end_of(attempt) for attempt in there if status_of(attempt) in (401, 403) and is_refused_by_rule(attempt)
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
            if record.unheard is not None and attempts:
                yield f"record {number} was sent again after an attempt of an earlier run"
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
            if following.started < end_of(attempt) - MOMENT:
                yield f"record {number} was sent twice at once"
            asked = wait_asked(attempt)
            asked = asked if asked and asked <= LONGEST_PAUSE and status_of(attempt) != 429 else 0.0
            if following.started < end_of(attempt) + asked - MOMENT:
                yield f"record {number} was sent again before the {asked:g} s the server asked for"
        counted = sum(status_of(attempt) != 429 for attempt in attempts)
        if counted > case.plan.settings["max_attempts"]:
            yield f"record {number} was sent {counted} times"


def nothing_is_sent_after_the_end(case: Case) -> Iterator[str]:
    for stream in case.run.streams:
        if stream.ended_at is None:
            continue
        for attempt in (attempt for number in stream.read for attempt in case.attempts[number]):
            if attempt.started > stream.ended_at + MOMENT:
                yield f"attempt {attempt.number} began at {attempt.started}, the run ended at {stream.ended_at}"
            if stream.at_once and end_of(attempt) > stream.ended_at + MOMENT and case.run.closed_at is None:
                yield f"attempt {attempt.number} went on to {attempt.ended}, cancelled at {stream.ended_at}"


def what_is_sent_was_marked(case: Case) -> Iterator[str]:
    """Of a stream: once, right before the first request, and nothing else is marked."""
    for stream in case.run.streams:
        sent = {
            number: case.attempts[number][0].started
            for number in stream.read
            if case.attempts[number] and case.records[number].unheard is None
        }
        if sorted(number for number, _ in stream.marks) != sorted(sent):
            yield f"marked {stream.marks}, sent {sent}"
        for number, marked_at in stream.marks:
            if abs(sent.get(number, marked_at) - marked_at) > MOMENT:
                yield f"record {number} was marked at {marked_at}, and sent at {sent[number]}"


# -- identity


def one_at_a_time_and_in_order(case: Case) -> Iterator[str]:
    for sharing in case.by_key():
        ended, by = -1.0, -1
        for number in sharing:
            attempts = case.attempts[number]
            if attempts and attempts[0].started < ended - MOMENT:
                yield f"record {number} was sent at {attempts[0].started}, record {by} before it ended at {ended}"
            if attempts and end_of(attempts[-1]) > ended:
                ended, by = end_of(attempts[-1]), number


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
        if status_of(refused) != 429 or not asked or asked > LONGEST_PAUSE:
            continue
        begins, ends = end_of(refused) + MOMENT, end_of(refused) + asked - MOMENT
        for attempt in case.run.attempts:
            if attempt.location_id == refused.location_id and begins < attempt.started < ends:
                yield f"attempt {attempt.number} at {attempt.started}, while {refused.number} asked to wait to {ends}"


def bounds_are_kept(case: Case) -> Iterator[str]:
    settings = Settings(token="none", **case.plan.settings)
    moments = [(attempt.started, 1) for attempt in case.run.attempts]
    moments += [(end_of(attempt) - MOMENT, -1) for attempt in case.run.attempts]
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
        if attempt.left is not None and end_of(attempt) - attempt.left > settings.attempt_timeout + MOMENT:
            yield f"attempt {attempt.number} took {end_of(attempt) - attempt.left} s"
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
