"""The way of one call: its location's token and quota, an attempt, a verdict; and again, until it settles.

An attempt's time starts when its request is sent, not while it waits for quota. A token that died is renewed, once for
all, and the call goes again; a location whose token is refused for good is sent nothing more (`breaker.py`). Nothing
here swallows a cancellation; a call that is cancelled knows how far it had come.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from collections.abc import Awaitable, Callable, Coroutine
from typing import TypeVar

import msgspec

from .answers import judge, may_be_at_work, trace_id_of
from .auth import Tokens
from .breaker import Breaker, Breakers
from .call import Call
from .errors import ClientClosedError
from .first_attempts import FirstAttempts
from .flight import Flight, Flights, retry_after_of
from .grant import GrantRefusedError, TokenUnavailableError
from .outcome import ErrorReason
from .quota import LocationQuota, Quotas, QuotaSpentError
from .retry import Retry, Settle, Standing, decide, give_up, refusal, unsafe
from .secret import Secret
from .server_clock import ServerClock
from .settings import Settings
from .transport import Failure, Reply, Request, Transport
from .verdicts import Accepted, Refused, Transient, Verdict

T = TypeVar("T")

MAX_RENEWALS = 3
"""Tokens that one call may see refused and renewed: more are no expiry, but a source of wrong ones."""

UNHEARD = "an attempt of an earlier run was not heard of"

logger = logging.getLogger("growthhub_async")


class LocationRefusedError(Exception):
    """Nothing more is sent for the location: its token is refused again and again."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(refused.message)
        self.refused = refused


class Caller:
    """Carry calls through quota, transport and retries."""

    def __init__(
        self,
        settings: Settings,
        transport: Transport,
        quotas: Quotas,
        tokens: Tokens,
        *,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._settings = settings
        self._transport = transport
        self._quotas = quotas
        self._tokens = tokens
        self._chance = chance
        self._breakers = Breakers()
        self._clock = quotas.clock
        self.server_clock = ServerClock()
        self._flights = Flights(self._clock, self.server_clock)
        self.first = FirstAttempts(settings, transport, quotas, tokens, self._breakers, self._flights)
        transport.on_connect = lambda seconds: quotas.jitter.connected(seconds, self._clock.now())

    async def close(self, patience: float) -> None:
        """Make no further attempt, and wait so many seconds at most for those that are in flight."""
        self._flights.close()
        await self._tokens.close()
        if patience:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(patience):
                    await self._flights.all_landed()

    def settle(self, call: Call[T], turn: Awaitable[None] | None = None) -> Coroutine[None, None, Accepted[T] | Settle]:
        """Make attempts until the call is accepted, refused or given up; wait for its `turn` first, if it has one."""
        if call.deadline is None and turn is None:
            return self._settle(call)
        return self._settle_in_time(call, turn)

    async def _settle_in_time(self, call: Call[T], turn: Awaitable[None] | None) -> Accepted[T] | Settle:
        bound = asyncio.timeout_at(call.deadline)
        try:
            async with bound:
                if turn is not None:
                    await turn
                return await self._settle(call)
        except TimeoutError:
            if not bound.expired():
                raise
            return self.too_late(call)

    def too_late(self, call: Call[T]) -> Settle:
        """Settle a call whose deadline has come."""
        return give_up(f"not settled within {self._settings.record_deadline:g} s", self._standing(call))

    def refused(self, call: Call[T], refused: Refused) -> Settle:
        """Settle a call whose record was refused."""
        return refusal(refused, self._standing(call))

    def why_refused(self, location_id: str) -> str | None:
        """Tell why nothing is sent for a location whose token is refused again and again, if that is so."""
        return self._breakers[location_id].why

    async def _settle(self, call: Call[T]) -> Accepted[T] | Settle:
        if isinstance(call.brought, Exception):
            raise call.brought
        if call.maybe_written and (settled := await self._take_up(call)):
            return settled
        if call.history is not None and call.place is None and call.brought is None:
            call.history.has_turn(self._clock.now())
        quota = self._quotas.of(call.location_id)
        breaker = self._breakers[call.location_id]
        while True:
            answer, call.brought = call.brought, None
            flight: Flight | None = None
            if answer is None:
                if (settled := self._not_to_be_made(call, breaker)) is not None:
                    return settled
                try:
                    flight, answer = await self._attempt(call, quota)
                except (QuotaSpentError, LocationRefusedError, ClientClosedError) as ended:
                    return self._ended(call, ended)
            assert not isinstance(answer, Exception)
            verdict = self._judge(call, answer, flight)
            if isinstance(verdict, Accepted):
                return verdict
            came = answer if isinstance(answer, Reply) else answer.came
            if isinstance(verdict, Refused) and not verdict.of_record:
                verdict = await self._refused(call, verdict, breaker, quota)
            decision = self._decide(call, verdict, came)
            if isinstance(decision, Settle):
                return decision
            after = max(decision.after, call.at_work_until - self._clock.now())
            if call.history is not None:
                call.history.again(verdict.message, after, self._clock.now(), call.redact)
            logger.debug("attempt %d: %s; again in %.2f s", call.attempts, _class_of(answer), after)
            await asyncio.sleep(after)

    async def _take_up(self, call: Call[T]) -> Settle | None:
        """Wait until the server cannot be at work on an attempt of an earlier run, if the call may be sent after it."""
        if call.may_repeat is not None:
            call.repeatable = call.may_repeat(UNHEARD)
        if not call.repeatable:
            return unsafe(UNHEARD, self._standing(call))
        await asyncio.sleep(call.at_work_until - self._clock.now())
        return None

    def _not_to_be_made(self, call: Call[T], breaker: Breaker) -> Settle | None:
        """Tell how a call settles of which no further attempt is to be made, if so."""
        if call.deadline is None and breaker.why is None:
            return None
        now = self._clock.now()
        if call.deadline is not None and call.deadline <= now:
            self.first.step_out(call)
            return self.too_late(call)
        if refused := breaker.stands(now):
            self.first.step_out(call)
            return self._unsent(call, refused)
        return None

    def _ended(self, call: Call[T], ended: Exception) -> Settle:
        """Settle a call that was let have no attempt; raises `ended` when the client was closed before its first."""
        if isinstance(ended, QuotaSpentError):
            return give_up(str(ended), self._standing(call), ended.reason)
        if isinstance(ended, LocationRefusedError):
            return self._unsent(call, ended.refused)
        if not call.maybe_written:
            raise ended
        return give_up(str(ended), self._standing(call))

    def _judge(self, call: Call[T], answer: Reply | Failure, flight: Flight | None) -> Verdict[T]:
        """Say what an answer means, and end its flight: whoever goes next knows what it brought."""
        verdict: Verdict[T] | None = None
        try:
            verdict = judge(answer, call.decode, call.redact)
            call.heard(answer, self._clock.now())
            if isinstance(verdict, Accepted):
                self._breakers[call.location_id].accepted()
        finally:
            if flight is not None:
                self._flights.land(flight, answer, is_judged=isinstance(verdict, Accepted))
        return verdict

    async def _attempt(self, call: Call[T], quota: LocationQuota) -> tuple[Flight | None, Reply | Failure]:
        """Make one attempt when the quota lets it go; whoever comes again keeps his turn."""
        try:
            token = self._take_place(call, quota) or await self._go(call, quota)
        except GrantRefusedError as lost:
            raise LocationRefusedError(self._lost(lost, self._breakers[call.location_id], quota)) from None
        except TokenUnavailableError as unavailable:
            call.attempts += 1
            return None, Failure(str(unavailable), sent=False)
        if call.history is not None:
            call.history.goes(self._clock.now())
        if call.before_send is not None:
            await self._tell_before_send(call, quota)
        call.token = token
        flight = self._flights.make(call, quota)
        self._flights.take_off(flight)
        try:
            request = Request(call.method, call.path, token, call.body)
            answer = await self._transport.send(request, self._settings.attempt_timeout, flight.leave)
        except BaseException:
            self._flights.land(flight, None, is_judged=False)
            raise
        call.in_flight = False  # where no answer came, it still is
        if not may_be_at_work(answer):
            call.at_work_until = 0.0
        return flight, answer

    def _take_place(self, call: Call[T], quota: LocationQuota) -> Secret | None:
        """Take the place that was lined up for, and give the token to go with; None when there is more to wait for."""
        place, call.place = call.place, None
        if place is None:
            return None
        if place.error is not None:
            raise place.error
        token = self._tokens.known(call.location_id)
        if token is None:
            quota.give_back()
        return token

    async def _go(self, call: Call[T], quota: LocationQuota) -> Secret:
        """Wait for a place in the quota, and return the token to go with: by then it may have been renewed."""
        if call.history is not None:
            call.history.asks(self._clock.now())
        if call.ticket is None:
            call.ticket = quota.ticket()
        while True:
            if self._tokens.known(call.location_id) is None:
                await self._tokens.of(call.location_id)
            await quota.acquire(call.priority, call.ticket)
            token = self._tokens.known(call.location_id)
            if token is not None:
                return token
            quota.give_back()

    async def _tell_before_send(self, call: Call[T], quota: LocationQuota) -> None:
        """Let it be known, once, that the call is about to be sent; unless that is known, its place is another's."""
        assert call.before_send is not None
        try:
            await call.before_send()
        except BaseException:
            quota.give_back()
            raise
        call.before_send = None

    def _decide(self, call: Call[T], verdict: Refused | Transient, came: Reply | None) -> Retry | Settle:
        retry_after = None
        if came is not None:
            call.trace_id = trace_id_of(came, call.redact)
            retry_after = retry_after_of(came)
        if isinstance(verdict, Transient):
            call.maybe_written = call.maybe_written or verdict.maybe_written
            call.excused += verdict.excused
            if verdict.maybe_written and call.may_repeat is not None:
                call.repeatable = call.may_repeat(verdict.message)
        if not call.maybe_written:
            call.first_left = None
        return decide(verdict, self._standing(call), retry_after=retry_after, chance=self._chance())

    async def _refused(
        self, call: Call[T], refused: Refused, breaker: Breaker, quota: LocationQuota
    ) -> Refused | Transient:
        """Renew a token that the server takes no more, so that the call goes again; else count the refusal."""
        assert call.token is not None
        if refused.of == "token" and call.renewals < MAX_RENEWALS:
            try:
                renewed = await self._tokens.renewed(call.location_id, call.token)
            except GrantRefusedError as lost:
                return self._lost(lost, breaker, quota)
            except TokenUnavailableError as unavailable:
                return Transient(f"{refused.message}; {unavailable}", maybe_written=False)
            if renewed:
                call.renewals += 1
                return Transient(refused.message, maybe_written=False, excused=True)
        if breaker.refused(refused, self._clock.now()):
            self._send_away(refused, quota)
        return refused

    def _lost(self, lost: GrantRefusedError, breaker: Breaker, quota: LocationQuota) -> Refused:
        """Send nothing more for a location that there will be no token of until a person acts."""
        refused = Refused(ErrorReason.UNAUTHORIZED, str(lost), of="grant")
        breaker.lost(refused, self._clock.now())
        self._send_away(refused, quota)
        return refused

    def _send_away(self, refused: Refused, quota: LocationQuota) -> None:
        """Tell those who wait in line that nothing more is sent."""
        quota.send_away(LocationRefusedError(refused))

    def _unsent(self, call: Call[T], refused: Refused) -> Settle:
        unsent = msgspec.structs.replace(refused, message=f"{refused.message}; no more is sent for this location")
        return refusal(unsent, self._standing(call))

    def _standing(self, call: Call[T]) -> Standing:
        return call.standing(self._settings.max_attempts, self._clock.now(), closed=self._flights.are_closed)


def _class_of(answer: Reply | Failure) -> str:
    """Say in words of our own how an attempt ended: the server's may be about a contact, and are not logged."""
    return f"status {answer.status}" if isinstance(answer, Reply) else answer.message
