"""One record from contact to outcome: checked, encoded, called, told."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final, Protocol

import msgspec

from .answers import clean_trace_id
from .attempts import Caller
from .call import Call
from .checks import check, encode
from .contact import Contact
from .drift import find_drift
from .history import History
from .identity import IdentityGuard, Turn, identity_keys
from .line import Room
from .outcome import Dropped, ErrorReason, Outcome, OutcomeError, Problem, Record, Ref, Status
from .reply import UpsertReply, read_leniently
from .retry import Settle
from .server_clock import ServerClock, unix_time_of_iso
from .settings import RepeatPolicy, Settings
from .verdicts import Accepted

UPSERT_PATH: Final = "/contacts/upsert"
DATE_CUT = 0.001
"""Seconds by which the date of a contact may be before the moment it stands for: it is in milliseconds."""

BeforeSend = Callable[[Ref], Awaitable[None]]
"""Is awaited with a record's `ref` right before its first request leaves."""

_decode_reply: Final = msgspec.json.Decoder(UpsertReply).decode


class Upsert(Turn):
    """One record on its way, in line with those that share its email or phone."""

    __slots__ = ("call", "contact", "position", "ref", "room", "started_at", "timer", "when_come")

    when_come: Callable[[Upsert], None]
    room: Room
    """Of a stream's: where it gives its place back when its outcome is handed on."""
    timer: asyncio.TimerHandle | None
    """Of a stream's: what ends it at its deadline, as long as it waits for its turn."""

    def __init__(
        self,
        position: int,
        ref: Ref,
        contact: Contact,
        keys: tuple[str, ...],
        call: Call[UpsertReply],
        started_at: float,
    ) -> None:
        super().__init__(keys)
        self.position = position
        self.ref = ref
        self.contact = contact
        self.call = call
        self.started_at = started_at
        self.timer = None

    def stop_timer(self) -> None:
        """Note that it does not wait for its turn any more; it must have a timer."""
        assert self.timer is not None
        self.timer.cancel()
        self.timer = None


class Stream(Protocol):
    """A run that the client ends when it is closed."""

    def end(self, fault: Exception) -> None:
        """End the run in order, and raise `fault` after its outcomes."""


class Upserter:
    """Turn records into outcomes; the clock is passed in, in seconds."""

    def __init__(self, settings: Settings, caller: Caller) -> None:
        self._settings = settings
        self._caller = caller
        self._first = caller.first
        self._guard: IdentityGuard[Upsert] = IdentityGuard()
        self._closed = False
        self._held: dict[Upsert, asyncio.TimerHandle] = {}
        self.streams: dict[Stream, None] = {}

    def prepare(
        self,
        given: Contact | Record,
        position: int,
        now: float,
        *,
        priority: int = 0,
        location_id: str | None = None,
        before_send: BeforeSend | None = None,
    ) -> Upsert | Outcome:
        """Check and encode a record; one that is wrong has its outcome at once, and costs no request.

        `location_id` is that of a record that names none, the client's own by default.
        """
        record = given if isinstance(given, Record) else Record(contact=given)
        location_id = location_id or self._settings.location_id
        contact, problems = check(record, location_id, send_empty=self._settings.send_empty)
        if problems:
            return _invalid(record.ref, position, problems)
        body = encode(contact)
        if isinstance(body, Problem):
            return _invalid(record.ref, position, [body])
        location_id = str(contact.location_id)
        deadline = None if self._settings.record_deadline is None else now + self._settings.record_deadline
        keys = identity_keys(contact, location_id)
        call = Call(
            "POST",
            UPSERT_PATH,
            location_id,
            decode_upsert,
            body=body,
            repeatable=is_repeatable(contact),
            exclusive=bool(keys),
            may_repeat=None if self._settings.may_repeat is None else self._policy(self._settings.may_repeat, contact),
            deadline=deadline,
            priority=priority,
        )
        if record.unheard_since is not None:
            call.unheard(time.time() - record.unheard_since, now)
        elif before_send is not None:
            call.before_send = partial(before_send, record.ref)
        if self._settings.keep_history:
            call.history = History(now)
        return Upsert(position, record.ref, contact, keys, call, now)

    def enter(self, upsert: Upsert, when_come: Callable[[Upsert], None]) -> bool:
        """Line up a record behind those that share its email or phone, in whichever stream they are.

        Tells whether its turn has come at once; otherwise `when_come` is called when it has.
        """
        upsert.when_come = when_come
        return self._guard.enter(upsert)

    def leave(self, upsert: Upsert) -> None:
        """Let those go that waited for this record and no other, once the server cannot be at work on it any more."""
        if upsert.call.place is not None:
            self._first.step_out(upsert.call)
        if not upsert.call.at_work_until or self._closed:
            self._let_go(upsert)
        else:
            upsert.when_come = _is_gone  # its turn may come yet
            loop = asyncio.get_running_loop()
            self._held[upsert] = loop.call_at(upsert.call.at_work_until, self._let_go, upsert)

    def close(self, fault: Exception) -> None:
        """End every stream in order, which raises `fault` after its outcomes, and hold up nobody any more."""
        self._closed = True
        for stream in list(self.streams):
            stream.end(fault)
        for upsert, timer in list(self._held.items()):
            timer.cancel()
            self._let_go(upsert)

    def _let_go(self, upsert: Upsert) -> None:
        self._held.pop(upsert, None)
        for come in self._guard.leave(upsert):
            come.when_come(come)

    def tell(self, upsert: Upsert, settled: Accepted[UpsertReply] | Settle, now: float) -> Outcome:
        """Make the one outcome of a record."""
        duration = now - upsert.started_at
        if isinstance(settled, Settle):
            outcome = _unaccepted(upsert, settled, duration)
        else:
            outcome = self._accepted(upsert, settled.value, duration)
        history, redact = upsert.call.history, upsert.call.redact
        if history is None:
            return outcome
        decision = str(outcome.error or outcome.status)
        entries = history.settled(decision, now, redact)
        return msgspec.structs.replace(outcome, history=entries)

    def _accepted(self, upsert: Upsert, reply: UpsertReply, duration: float) -> Outcome:
        call = upsert.call
        if reply.new or not call.maybe_written:
            status, inferred = Status.CREATED if reply.new else Status.UPDATED, False
        else:
            status, inferred = self._infer_status(upsert, reply)
        dropped = find_drift(upsert.contact, reply.contact, new=reply.new)
        if reply.unread:  # what could not be read may be what was sent
            dropped = tuple(drop for drop in dropped if drop.field.partition(".")[0] not in reply.unread)
        error = None
        if dropped and self._settings.strict:
            status, error = Status.ERROR, _drift_error(dropped)
        return Outcome(
            position=upsert.position,
            ref=upsert.ref,
            location_id=call.location_id,
            status=status,
            inferred=inferred,
            contact_id=reply.contact.id,
            contact=reply.contact,
            dropped=dropped,
            attempts=call.attempts,
            http_status=call.http_status,
            trace_id=clean_trace_id(reply.trace_id or call.trace_id, call.redact),
            duration=duration,
            error=error,
        )

    def too_late(self, upsert: Upsert) -> Settle:
        """Settle a record whose deadline has come."""
        return self._caller.too_late(upsert.call)

    def why_refused(self, location_id: str) -> str | None:
        """Tell why nothing is sent for a location whose token is refused again and again, if that is so."""
        return self._caller.why_refused(location_id)

    def _infer_status(self, upsert: Upsert, reply: UpsertReply) -> tuple[Status, bool]:
        """Tell whether a contact that the server calls updated was created by us, and whether that is inferred.

        An attempt before this one may have created it, and its reply been lost: then this one only updated it, and the
        server says so. It was ours when it was added since our first attempt left.
        """
        first_left = upsert.call.first_left
        if first_left is None:
            return Status.UPDATED, False
        ours = was_added_since(first_left, reply.contact.date_added, self._caller.server_clock)
        if ours is None:  # nobody can tell that moment from the one before it, in which another record may have gone
            ours = not upsert.follows
        return (Status.CREATED if ours else Status.UPDATED), True

    def _policy(self, may_repeat: RepeatPolicy, contact: Contact) -> Callable[[str], bool]:
        """Make what decides whether this contact may be sent again after an attempt of unknown fate."""

        def decide(why: str) -> bool:
            decided = may_repeat(contact, why)
            return is_repeatable(contact) if decided is None else bool(decided)

        return decide

    def line_up(self, upsert: Upsert, come: Callable[[Upsert], None]) -> None:
        """Let a record whose turn has come wait for its location's quota; `come` when `settle` is to take it up."""
        self._first.line_up(upsert.call, come, upsert)

    def begin(self, upsert: Upsert, done: Callable[[Upsert, Accepted[UpsertReply] | None], None]) -> bool:
        """Make the first attempt of a record without a task, if it can be; tells whether it is made.

        `done` is called when it is over: with None when `settle` has to go on.
        """
        return self._first.begin(upsert.call, done, upsert)

    def abandon(self, upsert: Upsert) -> Settle | None:
        """Give up the attempt of a record that no task waits for; it is settled when the server has refused it."""
        refused = self._first.abandon(upsert.call)
        return None if refused is None else self._caller.refused(upsert.call, refused)

    def settle(self, upsert: Upsert, turn: Awaitable[None] | None = None) -> Awaitable[Accepted[UpsertReply] | Settle]:
        """Make the attempts that the record needs, once its turn has come."""
        return self._caller.settle(upsert.call, turn)


def stopped(upsert: Upsert, unwritten: ErrorReason, message: str) -> Settle:
    """Settle a record whose run ended before it: `unwritten`, or in doubt when an attempt may have been written."""
    call = upsert.call
    maybe_written = call.in_flight or call.maybe_written
    reason = ErrorReason.IN_DOUBT if maybe_written else unwritten
    return Settle(reason, message, retryable=call.repeatable or not maybe_written)


def _unaccepted(upsert: Upsert, settled: Settle, duration: float) -> Outcome:
    call = upsert.call
    return Outcome(
        position=upsert.position,
        ref=upsert.ref,
        location_id=call.location_id,
        status=Status.ERROR,
        attempts=call.attempts,
        http_status=call.http_status,
        trace_id=call.trace_id,
        duration=duration,
        error=OutcomeError(reason=settled.reason, message=settled.message, retryable=settled.retryable),
    )


def _is_gone(_: Upsert) -> None:
    """Take no turn: the record has its outcome, and only keeps its place from others for a while."""


def is_repeatable(contact: Contact) -> bool:
    """Tell whether sending a contact twice does what sending it once does: it is matched, and not forced to be new."""
    return bool(contact.email or contact.phone) and contact.create_new_if_duplicate_allowed is not True


def decode_upsert(body: bytes) -> UpsertReply:
    """Read the reply of an upsert; raises msgspec.DecodeError or ValueError when it is not what the contract says."""
    try:
        reply = _decode_reply(body)
    except msgspec.ValidationError:
        reply = read_leniently(body)
    if not reply.contact.id:
        raise ValueError("contact.id is empty")
    return reply


def was_added_since(moment: float, date_added: str | None, clock: ServerClock) -> bool | None:
    """Tell whether a contact was added at or after a moment of our clock; None when it is too close to tell.

    Without a date, or a clock to read it by, it was not, as far as anybody knows.
    """
    added = unix_time_of_iso(date_added)
    if added is None or not clock.is_known:
        return False
    before = clock.surely_before(added, moment, cut_by=DATE_CUT)
    return None if before is None else not before


def _drift_error(dropped: tuple[Dropped, ...]) -> OutcomeError:
    fields = ", ".join(drop.field for drop in dropped)
    message = f"written, but the server did not take: {fields}"
    return OutcomeError(reason=ErrorReason.DRIFT, message=message, retryable=False)


def _invalid(ref: Ref, position: int, problems: list[Problem]) -> Outcome:
    error = OutcomeError(
        reason=ErrorReason.INVALID,
        message="; ".join(str(problem) for problem in problems),
        retryable=False,
        problems=tuple(problems),
    )
    return Outcome(position=position, ref=ref, status=Status.ERROR, error=error)
