"""The way of a request through the sandbox, without sockets: counted, perhaps refused, delayed, spoilt, answered.

A request is numbered, counted by its location's quota and given its fault the moment it arrives. The edge's refusal
comes first, then the quota's; a refused request meets no delay and no fault, though it counts as an arrival.
"""

import asyncio
from collections.abc import Callable, Mapping
from email.utils import formatdate
from random import Random
from types import MappingProxyType
from typing import Any

import msgspec

from growthhub_async.sandbox.api import Api, Call
from growthhub_async.sandbox.auth import Tokens
from growthhub_async.sandbox.edge import quota_refusal, user_agent_refusal
from growthhub_async.sandbox.faults import AnyFault, Disconnect, Hang, Instead, kind_of
from growthhub_async.sandbox.latency import sample
from growthhub_async.sandbox.ledger import Ledger
from growthhub_async.sandbox.location import Location
from growthhub_async.sandbox.oauth import OAuth
from growthhub_async.sandbox.quota import Quota, rate_headers
from growthhub_async.sandbox.replies import Reply
from growthhub_async.sandbox.scenario import Scenario
from growthhub_async.sandbox.schedule import FaultSchedule
from growthhub_async.sandbox.store import ContactStore
from growthhub_async.sandbox.substitutes import Answering, substitute

_WINDOWS_SHOWN = 60


class Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """What is settled about a request when it arrives.

    headers: those every response to it has, whatever becomes of it.
    refusal: the answer, if it goes no further.
    delay: seconds before it is worked on.
    """

    number: int
    headers: Mapping[str, str] = MappingProxyType({})
    refusal: Reply | None = None
    fault: AnyFault | None = None
    delay: float = 0.0


def _date(now: float) -> dict[str, str]:
    """Return the `Date` of a response: by the sandbox's own clock, as the dates of its contacts are."""
    return {"Date": formatdate(now, usegmt=True)}


class Gateway:
    """Take requests to the API, with the scenario's quotas, latency and faults on the way."""

    def __init__(
        self, scenario: Scenario, store: ContactStore, tokens: Tokens, ledger: Ledger, clock: Callable[[], float]
    ) -> None:
        self._scenario = scenario
        self._store = store
        self._tokens = tokens
        self._ledger = ledger
        self._clock = clock
        self._api = Api(scenario, store, tokens, clock)
        self._api.plant()
        self._schedule = FaultSchedule(scenario.faults, scenario.seed)
        self._delays = Random(f"{scenario.seed}/latency")
        self._quotas = {location.id: Quota(location.limits) for location in scenario.locations}
        # Whoever comes with no token of a location is counted apart, by the first location's limits.
        self._strangers = Quota(scenario.locations[0].limits)
        self._limits = {location.id: location.limits for location in scenario.locations}

    @property
    def oauth(self) -> OAuth | None:
        """What the authorization page asks for its codes, if there is an app."""
        return self._api.oauth

    def arrive(self, method: str, path: str, authorization: str, user_agent: str) -> Arrival:
        """Enter a request into the ledger and settle what can be settled before its body is read."""
        now = self._clock()
        grant = self._tokens.find(authorization)
        # An agency's requests are of no location: they ask for tokens.
        location_id = grant.location_id if grant and grant.user_type == "Location" else None
        number = self._ledger.open(now, location_id, method, path)
        fault = self._schedule.choose(method, path, location_id)
        if self._scenario.refuse_user_agents and (page := user_agent_refusal(user_agent)):
            return Arrival(number=number, headers=_date(now), refusal=page)

        limits = self._limits[location_id] if location_id else self._scenario.locations[0].limits
        decision = (self._quotas[location_id] if location_id else self._strangers).admit(now)
        headers = {**_date(now), **rate_headers(limits, decision)}
        if not decision.admitted:
            self._ledger.refused(number)
            refusal = quota_refusal(limits, decision, now, self._api.trace_id())
            return Arrival(number=number, headers=headers, refusal=refusal)

        if fault:
            self._ledger.met(number, kind_of(fault))
        delay = sample(self._scenario.latency, self._delays)
        return Arrival(number=number, headers=headers, fault=fault, delay=delay)

    async def process(self, arrival: Arrival, call: Call) -> Reply | None:
        """Return the reply to a request; None when its fault is that none is sent."""
        if arrival.refusal:
            return arrival.refusal
        if arrival.delay:
            await asyncio.sleep(arrival.delay)
        fault = arrival.fault
        if isinstance(fault, Instead) and fault.moment == "before":
            return self._instead(fault)
        reply = await self._api.answer(call)
        self._ledger.wrote(arrival.number, reply)
        return self._instead(fault) if isinstance(fault, Instead) else reply

    def state(self) -> dict[str, Any]:
        """Return what the sandbox tells of itself: counts, and neither a token nor anything of a contact."""
        return {
            "locations": [self._location_state(location) for location in self._scenario.locations],
            "requests": len(self._ledger.entries()),
            "faults": self._ledger.faults(),
        }

    def _instead(self, fault: Answering | Disconnect | Hang) -> Reply | None:
        match fault:
            case Disconnect() | Hang():
                return None
            case _:
                return substitute(fault, self._api.trace_id())

    def _location_state(self, location: Location) -> dict[str, Any]:
        windows = self._ledger.windows(location.id, location.limits.interval, _WINDOWS_SHOWN)
        return {
            "id": location.id,
            "name": location.name,
            "contacts": self._store.count(location.id),
            "day_used": self._quotas[location.id].day_used(self._clock()),
            "requests_per_day": location.limits.requests_per_day,
            "windows": [msgspec.structs.asdict(window) for window in windows],
        }
