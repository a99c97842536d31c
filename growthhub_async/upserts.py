"""One record from contact to outcome: checked, encoded, called, told."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

import msgspec

from .answers import Accepted, clean_trace_id
from .attempts import Call, Caller
from .checks import check, encode
from .contact import Contact
from .identity import IdentityGuard, Turn, identity_keys
from .outcome import ErrorReason, Outcome, OutcomeError, Problem, Record, Ref, Status
from .reply import UpsertReply, read_leniently
from .retry import Settle
from .secret import Secret
from .settings import Settings
from .transport import Request

UPSERT_PATH = "/contacts/upsert"

_decode_reply = msgspec.json.Decoder(UpsertReply).decode


class Upsert(Turn):
    """One record on its way, in line with those that share its email or phone."""

    __slots__ = ("call", "position", "ref", "room", "started_at", "when_come")

    when_come: Callable[[Upsert], None]
    room: asyncio.Semaphore
    """Of a stream's: where it gives its place back when its outcome is handed on."""

    def __init__(
        self, position: int, ref: Ref, keys: tuple[str, ...], call: Call[UpsertReply], started_at: float
    ) -> None:
        super().__init__(keys)
        self.position = position
        self.ref = ref
        self.call = call
        self.started_at = started_at


class Stream(Protocol):
    """A run that the client ends when it is closed."""

    def end(self, fault: Exception) -> None:
        """End the run in order, and raise `fault` after its outcomes."""


class Upserter:
    """Turn records into outcomes; the clock is passed in, in seconds."""

    def __init__(self, settings: Settings, caller: Caller, token: Secret) -> None:
        self._settings = settings
        self._caller = caller
        self._token = token
        self._guard: IdentityGuard[Upsert] = IdentityGuard()
        self.streams: set[Stream] = set()

    def prepare(
        self,
        given: Contact | Record,
        position: int,
        now: float,
        *,
        priority: int = 0,
        location_id: str | None = None,
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
        request = Request("POST", UPSERT_PATH, self._token, body)
        deadline = None if self._settings.record_deadline is None else now + self._settings.record_deadline
        call = Call(
            request,
            location_id,
            decode_upsert,
            repeatable=is_repeatable(contact),
            deadline=deadline,
            priority=priority,
        )
        return Upsert(position, record.ref, identity_keys(contact, location_id), call, now)

    def enter(self, upsert: Upsert, when_come: Callable[[Upsert], None]) -> bool:
        """Line up a record behind those that share its email or phone, in whichever stream they are.

        Tells whether its turn has come at once; otherwise `when_come` is called when it has.
        """
        upsert.when_come = when_come
        return self._guard.enter(upsert)

    def leave(self, upsert: Upsert) -> None:
        """Let those go that waited for this record and no other."""
        for come in self._guard.leave(upsert):
            come.when_come(come)

    def tell(self, upsert: Upsert, settled: Accepted[UpsertReply] | Settle, now: float) -> Outcome:
        """Make the one outcome of a record."""
        call = upsert.call
        outcome = Outcome(
            position=upsert.position,
            ref=upsert.ref,
            location_id=call.location_id,
            status=Status.ERROR,
            attempts=call.attempts,
            http_status=call.http_status,
            trace_id=call.trace_id,
            duration=now - upsert.started_at,
        )
        if isinstance(settled, Settle):
            error = OutcomeError(reason=settled.reason, message=settled.message, retryable=settled.retryable)
            return msgspec.structs.replace(outcome, error=error)
        reply = settled.value
        return msgspec.structs.replace(
            outcome,
            status=Status.CREATED if reply.new else Status.UPDATED,
            contact_id=reply.contact.id,
            contact=reply.contact,
            trace_id=clean_trace_id(reply.trace_id, self._caller.redact),
        )

    async def settle(self, upsert: Upsert, turn: Awaitable[None] | None = None) -> Accepted[UpsertReply] | Settle:
        """Make the attempts that the record needs, once its turn has come."""
        return await self._caller.settle(upsert.call, turn)


def stopped(upsert: Upsert, message: str) -> Settle:
    """Settle a record whose run ended before it: cancelled, or in doubt when an attempt may have been written."""
    call = upsert.call
    maybe_written = call.in_flight or call.maybe_written
    reason = ErrorReason.IN_DOUBT if maybe_written else ErrorReason.CANCELLED
    return Settle(reason, message, retryable=call.repeatable or not maybe_written)


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


def _invalid(ref: Ref, position: int, problems: list[Problem]) -> Outcome:
    error = OutcomeError(
        reason=ErrorReason.INVALID,
        message="; ".join(str(problem) for problem in problems),
        retryable=False,
        problems=tuple(problems),
    )
    return Outcome(position=position, ref=ref, status=Status.ERROR, error=error)
