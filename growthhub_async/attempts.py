"""The way of one call: its location's quota, a slot, an attempt, a verdict; and again, until it settles.

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

from .answers import Accepted, Failure, Refused, Reply, Transient, judge, trace_id_of
from .quota import LocationQuota
from .retry import MAX_RETRY_AFTER, Retry, Settle, Standing, decide, give_up, parse_retry_after
from .secret import Secret
from .settings import Settings
from .transport import Request, Transport

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
        "repeatable",
        "request",
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
    ) -> None:
        self.request = request
        self.location_id = location_id
        self.decode = decode
        self.repeatable = repeatable
        self.deadline = deadline
        self.attempts = 0
        self.in_flight = False
        self.maybe_written = False
        self.no_more_attempts = False
        self.http_status: int | None = None
        self.trace_id: str | None = None

    def standing(self, max_attempts: int, now: float) -> Standing:
        """Freeze where the call stands, an attempt in flight counted as one that may have been written."""
        return Standing(
            attempts=self.attempts,
            max_attempts=self.attempts if self.no_more_attempts else max_attempts,
            maybe_written=self.maybe_written or self.in_flight,
            repeatable=self.repeatable,
            time_left=None if self.deadline is None else self.deadline - now,
        )


class Caller:
    """Carry calls through quota, transport and retries, at most `concurrency` of them in flight at once."""

    def __init__(
        self, settings: Settings, transport: Transport, *, chance: Callable[[], float] = random.random
    ) -> None:
        self._settings = settings
        self._transport = transport
        self._chance = chance
        self._token = settings.token.reveal() if isinstance(settings.token, Secret) else ""
        self._quotas: dict[str, LocationQuota] = {}
        self._slots = asyncio.Semaphore(settings.concurrency)

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
            standing = call.standing(self._settings.max_attempts, asyncio.get_running_loop().time())
            return give_up(f"not settled within {self._settings.record_deadline:g} s", standing)

    async def _settle(self, call: Call[T]) -> Accepted[T] | Settle:
        while True:
            answer = await self._attempt(call)
            verdict = judge(answer, call.decode, self._redact)
            if isinstance(answer, Reply):
                call.http_status = answer.status
            if isinstance(verdict, Accepted):
                return verdict
            decision = self._decide(call, verdict, answer)
            if isinstance(decision, Settle):
                return decision
            logger.debug("attempt %d failed (%s); again in %.2f s", call.attempts, verdict.message, decision.after)
            await asyncio.sleep(decision.after)

    async def _attempt(self, call: Call[T]) -> Reply | Failure:
        """Make one attempt when the quota lets it go."""
        quota = self._quota_of(call.location_id)
        await quota.acquire()
        try:
            async with self._slots:
                call.attempts += 1
                call.in_flight = True
                answer = await self._transport.send(call.request, self._settings.attempt_timeout)
                call.in_flight = False  # not in a `finally`: where no answer came, it still is
        finally:
            quota.landed()
        return answer

    def _decide(self, call: Call[T], verdict: Refused | Transient, answer: Reply | Failure) -> Retry | Settle:
        retry_after = None
        if isinstance(answer, Reply):
            call.trace_id = trace_id_of(answer)
            retry_after = parse_retry_after(answer.headers.get("Retry-After"), time.time())
        if isinstance(verdict, Transient):
            call.maybe_written = call.maybe_written or verdict.maybe_written
            if verdict.throttled:
                self._pause(call.location_id, retry_after)
        standing = call.standing(self._settings.max_attempts, asyncio.get_running_loop().time())
        return decide(verdict, standing, retry_after=retry_after, chance=self._chance())

    def _pause(self, location_id: str, retry_after: float | None) -> None:
        """Pause a refused location, for as long as its server asks or until its window has surely passed."""
        seconds = self._settings.interval if retry_after is None else retry_after
        if seconds <= MAX_RETRY_AFTER:  # more than that is not waited for: the record settles
            self._quota_of(location_id).pause(seconds)

    def _redact(self, message: str) -> str:
        """Take the token out of what a server says: one that echoes its request shall not get it into an outcome."""
        return message.replace(self._token, "***") if self._token else message

    def _quota_of(self, location_id: str) -> LocationQuota:
        quota = self._quotas.get(location_id)
        if quota is None:
            quota = LocationQuota(self._settings.requests_per_interval, self._settings.interval)
            self._quotas[location_id] = quota
        return quota
