"""The way of one call: its location's quota, an attempt, a verdict; and again, until it settles.

An attempt's time starts when its request is sent, not while it waits for quota. Nothing here swallows a cancellation; a
call that is cancelled knows how far it had come.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from .answers import THROTTLED, Accepted, Refused, Transient, judge, trace_id_of
from .quota import LocationQuota, Quotas, QuotaSpentError
from .rate_headers import SILENT, read_rate_headers
from .retry import Retry, Settle, Standing, decide, give_up, parse_retry_after
from .server_models import Departure
from .settings import Settings
from .transport import Failure, Reply, Request, Transport

T = TypeVar("T")

logger = logging.getLogger("growthhub_async")


class Call(Generic[T]):
    """One request on its way to being settled, and how far it has come."""

    __slots__ = (
        "attempts",
        "deadline",
        "decode",
        "http_status",
        "in_flight",
        "location_id",
        "maybe_written",
        "no_more_attempts",
        "priority",
        "repeatable",
        "request",
        "throttled",
        "ticket",
        "trace_id",
    )

    def __init__(
        self,
        request: Request,
        location_id: str,
        decode: Callable[[bytes], T],
        *,
        repeatable: bool,
        deadline: float | None = None,
        priority: int = 0,
    ) -> None:
        self.request = request
        self.location_id = location_id
        self.decode = decode
        self.repeatable = repeatable
        self.deadline = deadline
        self.priority = priority
        self.attempts = 0
        self.throttled = 0
        self.ticket: int | None = None
        self.in_flight = False
        self.maybe_written = False
        self.no_more_attempts = False
        self.http_status: int | None = None
        self.trace_id: str | None = None

    def standing(self, max_attempts: int, now: float) -> Standing:
        """Freeze where the call stands, an attempt in flight counted as one that may have been written.

        What the quota refused is no attempt: it is not the record's fault.
        """
        return Standing(
            attempts=self.attempts - self.throttled,
            max_attempts=max_attempts,
            stopping=self.no_more_attempts,
            maybe_written=self.maybe_written or self.in_flight,
            repeatable=self.repeatable,
            time_left=None if self.deadline is None else self.deadline - now,
        )


class Caller:
    """Carry calls through quota, transport and retries."""

    def __init__(
        self, settings: Settings, transport: Transport, quotas: Quotas, *, chance: Callable[[], float] = random.random
    ) -> None:
        self._settings = settings
        self._transport = transport
        self._quotas = quotas
        self._chance = chance
        self.redact = settings.redactor()
        transport.on_connect = lambda seconds: quotas.jitter.connected(seconds, _now())

    async def settle(self, call: Call[T], turn: Awaitable[None] | None = None) -> Accepted[T] | Settle:
        """Make attempts until the call is accepted, refused or given up; wait for its `turn` first, if it has one."""
        bound = asyncio.timeout_at(call.deadline)
        try:
            async with bound:
                if turn is not None:
                    await turn
                return await self._settle(call)
        except TimeoutError:
            if not bound.expired():
                raise
            return self._too_late(call)

    async def _settle(self, call: Call[T]) -> Accepted[T] | Settle:
        quota = self._quotas.of(call.location_id)
        while True:
            if call.deadline is not None and call.deadline <= _now():
                return self._too_late(call)
            try:
                answer = await self._attempt(call, quota)
            except QuotaSpentError as spent:
                return give_up(str(spent), self._standing(call), spent.reason)
            verdict = judge(answer, call.decode, self.redact)
            if isinstance(answer, Reply):
                call.http_status = answer.status
            if isinstance(verdict, Accepted):
                return verdict
            decision = self._decide(call, verdict, answer)
            if isinstance(decision, Settle):
                return decision
            logger.debug("attempt %d: %s; again in %.2f s", call.attempts, _class_of(answer), decision.after)
            await asyncio.sleep(decision.after)

    async def _attempt(self, call: Call[T], quota: LocationQuota) -> Reply | Failure:
        """Make one attempt when the quota lets it go; whoever comes again keeps his turn."""
        if call.ticket is None:
            call.ticket = quota.ticket()
        await quota.acquire(call.priority, call.ticket)
        departure: Departure | None = None

        def leave() -> None:
            nonlocal departure
            if departure is None:  # a transport that sends twice is wrong, and makes one wrong count of it
                call.in_flight = True
                departure = quota.left()

        answer: Reply | Failure | None = None
        try:
            call.attempts += 1
            answer = await self._transport.send(call.request, self._settings.attempt_timeout, leave)
            call.in_flight = False  # not in a `finally`: where no answer came, it still is
        finally:
            if departure is None:
                quota.give_back()
            elif isinstance(answer, Reply):
                self._learn(quota, departure, answer)
            else:
                quota.returned(departure, None)
        return answer

    def _learn(self, quota: LocationQuota, departure: Departure, reply: Reply) -> None:
        headers = read_rate_headers(reply.headers)
        if headers == SILENT and reply.status >= 500:
            quota.returned(departure, None)  # from a server on the way: it says nothing of the quota
            return
        throttled = reply.status == THROTTLED
        retry_after = _retry_after(reply) if throttled else None
        quota.returned(departure, headers, throttled=throttled, retry_after=retry_after)

    def _decide(self, call: Call[T], verdict: Refused | Transient, answer: Reply | Failure) -> Retry | Settle:
        retry_after = None
        if isinstance(answer, Reply):
            call.trace_id = trace_id_of(answer, self.redact)
            retry_after = _retry_after(answer)
        if isinstance(verdict, Transient):
            call.maybe_written = call.maybe_written or verdict.maybe_written
            call.throttled += verdict.throttled
        return decide(verdict, self._standing(call), retry_after=retry_after, chance=self._chance())

    def _standing(self, call: Call[T]) -> Standing:
        return call.standing(self._settings.max_attempts, _now())

    def _too_late(self, call: Call[T]) -> Settle:
        return give_up(f"not settled within {self._settings.record_deadline:g} s", self._standing(call))


def _retry_after(reply: Reply) -> float | None:
    return parse_retry_after(reply.headers.get("Retry-After"), reply.headers.get("Date"), time.time())


def _class_of(answer: Reply | Failure) -> str:
    """Say in words of our own how an attempt ended: the server's may be about a contact, and are not logged."""
    return f"status {answer.status}" if isinstance(answer, Reply) else answer.message


def _now() -> float:
    return asyncio.get_running_loop().time()
