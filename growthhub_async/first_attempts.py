"""The first attempt of a call, made without a task: most calls need no other, and a task for each is dear.

What a first attempt brings settles its call when the server did what was asked. For everything else, and for a call
that has more to wait for than its place and a reply, a task goes on where this ends (`attempts.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from .answers import SUCCESSES, judge, may_be_at_work
from .auth import Tokens
from .breaker import Breakers
from .call import Call
from .flight import Flight, Flights
from .line import Place
from .quota import Quotas
from .settings import Settings
from .transport import Failure, Reply, Request, Transport
from .verdicts import Accepted, Refused, Transient

T = TypeVar("T")


class FirstAttempts:
    """Carry calls through quota and transport once; whatever happens, `settle` can take a call up afterwards."""

    def __init__(
        self,
        settings: Settings,
        transport: Transport,
        quotas: Quotas,
        tokens: Tokens,
        breakers: Breakers,
        flights: Flights,
    ) -> None:
        self._timeout = settings.attempt_timeout
        self._transport = transport
        self._quotas = quotas
        self._tokens = tokens
        self._breakers = breakers
        self._flights = flights
        self._clock = quotas.clock

    def line_up(self, call: Call[Any], come: Callable[[Any], object], of: Any) -> None:
        """Let a call wait for its first place in the quota without a task; `come(of)` when `begin` is to be tried."""
        location_id = call.location_id
        if call.maybe_written or self._breakers[location_id].why is not None or self._tokens.known(location_id) is None:
            come(of)  # there is more to wait for
            return
        if call.history is not None:
            call.history.has_turn(self._clock.now())
            call.history.asks(self._clock.now())
        quota = self._quotas.of(location_id)
        call.ticket = quota.ticket()
        call.place = Place(call.priority, call.ticket, come, of)
        quota.ask(call.place)

    def step_out(self, call: Call[Any]) -> None:
        """Give up the place that a call waits for, or has been given and did not use."""
        place, call.place = call.place, None
        if place is not None:
            self._quotas.of(call.location_id).leave(place)

    def begin(self, call: Call[T], done: Callable[[Any, Accepted[T] | None], None], of: Any) -> bool:
        """Make the attempt of a call that has its place, unless there is more to wait for; tell whether it is made.

        `done(of, accepted)` is called when it is over: with None when `settle` has to go on.
        """
        place = call.place
        if place is None or place.error is not None or call.deadline is not None or call.before_send is not None:
            return False
        token = self._tokens.known(call.location_id)
        if token is None or self._flights.holds or self._breakers[call.location_id].why is not None:
            return False
        flight = self._flights.make(call, self._quotas.of(call.location_id))
        flight.done = done
        flight.of = of
        request = Request(call.method, call.path, token, call.body)
        try:
            handle = self._transport.start(request, self._timeout, flight.leave, partial(self._answered, flight))
        except Exception:  # a fault of ours: a task that meets it ends the run in order
            return False
        if handle is None:
            return False
        flight.handle = handle
        call.place = None
        call.flight = flight
        call.token = token
        self._flights.take_off(flight)
        if call.history is not None:
            call.history.goes(self._clock.now())
        return True

    def abandon(self, call: Call[Any]) -> Refused | None:
        """Give up an attempt that no task waits for, or what it brought; tells of what refused the record for good.

        Of anything else that it brought is noted whether it may be written.
        """
        flight, call.flight = call.flight, None
        if flight is not None:
            self._transport.abandon(flight.handle)
            self._flights.land(flight, None)
        brought, call.brought = call.brought, None
        if isinstance(brought, Reply | Failure):
            verdict = judge(brought, call.decode, call.redact)
            call.heard(brought, self._clock.now())
            call.maybe_written = call.maybe_written or (isinstance(verdict, Transient) and verdict.maybe_written)
            if isinstance(verdict, Refused) and verdict.of_record:
                return verdict
        return None

    def _answered(self, flight: Flight, answer: Reply | Failure | Exception) -> None:
        """Take what an attempt brought: of one that is accepted the place is another's before its outcome is told."""
        call: Call[Any] = flight.call
        call.flight = None
        call.in_flight = False
        accepted: Accepted[Any] | None = None
        has_landed = False
        call.brought = answer
        try:
            if isinstance(answer, Reply | Failure):
                accepted = self._accept(call, answer)
            if accepted is not None:
                has_landed = True
                self._flights.land(flight, answer)
                call.brought = None
        except Exception as fault:
            call.brought = fault
        if isinstance(call.brought, Exception):  # a fault of ours is raised where the call is settled
            call.maybe_written, accepted = True, None
        flight.done(flight.of, accepted)
        if not has_landed:
            self._flights.land(flight, answer, is_judged=False)

    def _accept(self, call: Call[T], answer: Reply | Failure) -> Accepted[T] | None:
        """Read an answer, if it is that of a server which did what was asked."""
        if isinstance(answer, Failure) or answer.status not in SUCCESSES:
            if not may_be_at_work(answer):
                call.at_work_until = 0.0
            return None
        call.at_work_until = 0.0
        verdict = judge(answer, call.decode, call.redact)
        if not isinstance(verdict, Accepted):
            return None
        call.heard(answer, self._clock.now())
        self._breakers[call.location_id].accepted()
        return verdict
