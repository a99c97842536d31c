"""A plan: everything that a simulated run is made from, as data that one seed gives."""

from __future__ import annotations

from random import Random
from typing import Any, Literal

import msgspec

from growthhub_async.sandbox import (
    Behaviour,
    CommandTimedOut,
    Disconnect,
    Hang,
    HtmlPage,
    HugeBody,
    Limits,
    Location,
    Lognormal,
    MalformedJson,
    Redirect,
    SearchFailed,
    SlowDrip,
    Status,
    Token,
    TruncatedBody,
    Uniform,
    WrongContentType,
)
from growthhub_async.sandbox.faults import AnyFault
from tests.memory_network import CARRIERS, Carrier, ConnectionTrouble, RequestTrouble

MAX_REPLY_SIZE = 64 * 1024
LONGEST_ANSWER = 100.0
"""Seconds that the server of any plan takes for one request at most, all ways included."""
ELSEWHERE = "elsewhere"
"""A location that no token opens."""

Mood = Literal["calm", "server", "network", "quota", "storm"]
Fate = Literal["bad email", "wrong type", "maker's problem", "two locations", "nothing in it"]
Ending = Literal["whole", "left early", "drain", "stop", "cancel", "exception", "cancelled", "cancelled at a step"]
EARLY: tuple[Ending, ...] = ("left early", "drain", "stop", "cancel", "exception", "cancelled", "cancelled at a step")


class PlannedRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One record; its number is its `ref`, and what the server keeps as its `source`. `fate` is what is wrong in it.

    unheard: the seconds that an attempt of an earlier run, which was not heard of, left before it is handed in.
    """

    number: int
    location_id: str
    email: str | None = None
    phone: str | None = None
    first_name: str | None = None
    forced: bool = False
    fate: Fate | None = None
    unheard: float | None = None

    @property
    def safe(self) -> bool:
        """Whether sending it twice does what sending it once does."""
        return bool(self.email or self.phone) and not self.forced


class PlannedStream(msgspec.Struct, frozen=True, kw_only=True):
    """One stream: how it is read, how its outcomes are taken, and how it ends, by a count or after some seconds.

    raises_after: the records after which its source raises.
    gives_one_more: whether its source, when it is slow, gives one more record in spite of being stopped.
    """

    records: tuple[PlannedRecord, ...]
    source: Literal["iterable", "async", "mapping", "async mapping"]
    starts_at: float
    source_paces: tuple[float, ...]
    paces: tuple[float, ...]
    raises_after: int | None
    gives_one_more: bool
    ending: Ending
    after_outcomes: int
    after: float | None


class PlannedUpsert(msgspec.Struct, frozen=True, kw_only=True):
    """One call of `client.upsert`, and the seconds after which it is cancelled, if it is."""

    record: PlannedRecord
    at: float
    priority: int
    cancel_after: float | None


class Jump(msgspec.Struct, frozen=True):
    """A step of a clock at a time of the loop."""

    at: float
    seconds: float


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """One run of the whole client against the whole sandbox."""

    seed: int
    mood: Mood
    carrier: Carrier
    locations: tuple[Location, ...]
    latency: Uniform | Lognormal
    faults: tuple[AnyFault, ...]
    way: tuple[float, float]
    connection_troubles: dict[ConnectionTrouble, float]
    request_troubles: dict[RequestTrouble, float]
    settings: dict[str, Any]
    streams: tuple[PlannedStream, ...]
    upserts: tuple[PlannedUpsert, ...]
    client_jumps: tuple[Jump, ...]
    server_jumps: tuple[Jump, ...]
    server_skew: float
    closes_at: float | None
    step: int

    def location(self, location_id: str) -> Location | None:
        """Give a location by its id."""
        return next((location for location in self.locations if location.id == location_id), None)

    def records(self) -> dict[int, PlannedRecord]:
        """Give all records by their numbers."""
        streamed = [record for stream in self.streams for record in stream.records]
        return {record.number: record for record in (*streamed, *(upsert.record for upsert in self.upserts))}


def make_plan(seed: int) -> Plan:
    """Draw a plan from a seed."""
    return _Planner(seed).plan()


class _Planner:
    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._chance = Random(f"plan/{seed}")
        self._number = 0

    def plan(self) -> Plan:
        moods: tuple[Mood, ...] = ("calm", "server", "network", "quota", "storm")
        mood = self._chance.choices(moods, (24, 24, 20, 18, 14))[0]
        locations = self._locations(mood)
        people = _People(self._chance, locations, Random(f"unheard/{self._seed}"))
        calm = mood == "calm"
        streams = tuple(self._stream(people, locations) for _ in range(self._weighted({1: 6, 2: 3, 3: 1})))
        upserts = tuple(self._upsert(people) for _ in range(self._weighted({0: 4, 3: 4, 8: 2})))
        return Plan(
            seed=self._seed,
            mood=mood,
            carrier=Random(f"carrier/{self._seed}").choice(CARRIERS),
            locations=locations,
            latency=self._latency(calm=calm),
            faults=self._faults(mood),
            way=(0.02, 0.12) if calm else self._chance.choice([(0.02, 0.12), (0.0, 0.3), (0.01, 2.0)]),
            connection_troubles=self._troubles(mood, list(ConnectionTrouble)),
            request_troubles=self._troubles(mood, list(RequestTrouble)),
            settings=self._settings(mood, locations),
            streams=streams,
            upserts=upserts,
            client_jumps=self._jumps(-1e6, 1e6),
            server_jumps=self._jumps(0.0, 100_000.0),
            server_skew=self._chance.choice([0.0, 0.0, -300.0, 7_200.0]),
            closes_at=self._chance.uniform(0.0, 12.0) if self._chance.random() < 0.08 else None,
            step=self._chance.randint(1, self._chance.choice([60, 400, 1_500])),
        )

    def _weighted(self, weights: dict[Any, int]) -> Any:
        return self._chance.choices(list(weights), list(weights.values()))[0]

    # -- the server

    def _locations(self, mood: Mood) -> tuple[Location, ...]:
        number = self._weighted({1: 4, 2: 4, 3: 2})
        return tuple(self._location(index, mood) for index in range(1, number + 1))

    def _location(self, index: int, mood: Mood) -> Location:
        chance = self._chance
        revoked = chance.random() < 0.04
        token = Token(value=f"pit-secret-{self._seed}-{index}", state="revoked" if revoked else "active")
        return Location(
            id=f"location{index}",
            country=chance.choice(["US", "GB"]),
            tokens=(token,),
            match=self._weighted({"email_then_phone": 5, "phone_then_email": 2, "email": 1, "phone": 1}),
            allow_duplicates=chance.random() < 0.4,
            limits=self._limits(mood),
            behaviour=Behaviour(
                write_delay=chance.choice([0.0, 0.0, 0.3, 1.5]),
                second_field=self._weighted({"dropped": 4, "refused": 1}),
                foreign_location=chance.choice([401, 403]),
            ),
        )

    def _limits(self, mood: Mood) -> Limits:
        chance = self._chance
        window = chance.choice(["fixed", "sliding", "token_bucket"])
        small_day = chance.random() < (0.3 if mood == "quota" else 0.08)
        day = chance.choice([3, 8, 15, 28]) if small_day else 200_000
        if mood not in ("quota", "storm"):
            return Limits(window=window, requests_per_interval=chance.choice([4, 8, 25, 30, 100]), requests_per_day=day)
        limit = chance.choice([3, 5, 10, 25])
        rate_headers = chance.random() < 0.75
        retry_after = chance.choice(["none", "seconds", "date"])
        silent = not rate_headers and retry_after == "none"  # a day is then asked for again and again
        return Limits(
            window=window,
            requests_per_interval=limit,
            requests_per_day=200_000 if silent else day,
            count_refused=chance.random() < 0.3,
            retry_after=retry_after,
            refusal=chance.choice(["json", "html", "empty"]),
            others_per_interval=chance.choice([0, 0, limit // 2]),
            rate_headers=rate_headers,
            day_reset_header=chance.random() < 0.75,
        )

    def _latency(self, *, calm: bool) -> Uniform | Lognormal:
        if calm:
            return Uniform(low=0.1, high=0.9)
        tail = self._chance.choice([0.0, 0.0, 0.1])
        if self._chance.random() < 0.5:
            return Uniform(low=0.0, high=self._chance.choice([0.5, 2.0]), tail_probability=tail)
        return Lognormal(median=0.4, sigma=0.6, tail_probability=tail)

    def _faults(self, mood: Mood) -> tuple[AnyFault, ...]:
        if mood not in ("server", "storm") and not (mood == "quota" and self._chance.random() < 0.3):
            return ()
        return tuple(self._fault() for _ in range(self._chance.randint(2, 7)))

    def _fault(self) -> AnyFault:
        """Draw one kind of trouble of the server.

        What is refused by rule is refused before the write: the client takes the server at its word there, as the API
        means it (the two reports of the contrary in observed.md are of replies that a client cannot tell from others).
        """
        chance = self._chance
        often = chance.choice([0.03, 0.1, 0.1, 0.3])
        moment = chance.choice(["before", "after"])
        wait = chance.choice(["0", "3", "3", "45", "700", "soon"])
        refusal = chance.choice([400, 403, 404, 413, 422])
        kinds: list[AnyFault] = [
            Status(probability=often, moment=moment, status=chance.choice([500, 502, 503, 504, 408])),
            Status(probability=often, moment=moment, status=503, body="text", headers={"Retry-After": wait}),
            Status(probability=often, moment=moment, status=500, body="empty"),
            Status(probability=often, moment=moment, status=chance.choice([200, 201, 202, 204]), body="empty"),
            Status(probability=often, moment=moment, status=200, body=chance.choice(["json", "html", "envelope"])),
            Status(probability=often, status=429, body="text", headers={"Retry-After": wait}),
            Status(probability=often / 2, status=429),
            Status(probability=often / 2, status=refusal, body=chance.choice(["json", "envelope", "oauth", "html"])),
            HtmlPage(probability=often, moment=moment, code=chance.choice([520, 521, 522, 523, 524])),
            HtmlPage(probability=often / 2, code=1010),
            CommandTimedOut(probability=often, moment=moment),
            SearchFailed(probability=often, moment=moment),
            Redirect(probability=often / 2),
            Disconnect(probability=often, moment=moment),
            Hang(probability=often, moment=moment),
            TruncatedBody(probability=often, share=chance.choice([0.0, 0.5, 0.9])),
            MalformedJson(probability=often),
            WrongContentType(probability=often),
            SlowDrip(probability=often, piece=100, pause=chance.choice([0.1, 2.0])),
            HugeBody(probability=often, size=MAX_REPLY_SIZE + 1_000),
        ]
        return chance.choice(kinds)

    # -- the network

    def _troubles(self, mood: Mood, kinds: list[Any]) -> dict[Any, float]:
        if mood not in ("network", "storm"):
            return {}
        some = self._chance.sample(kinds, self._chance.randint(1, min(8, len(kinds))))
        return {kind: self._chance.choice([0.02, 0.05, 0.15]) for kind in some}

    def _jumps(self, least: float, most: float) -> tuple[Jump, ...]:
        if self._chance.random() < 0.7:
            return ()
        return tuple(Jump(self._chance.uniform(0.0, 30.0), self._chance.uniform(least, most)) for _ in range(2))

    # -- the client

    def _settings(self, mood: Mood, locations: tuple[Location, ...]) -> dict[str, Any]:
        chance = self._chance
        least = min(location.limits.requests_per_interval for location in locations)
        careless = mood in ("quota", "storm") and chance.random() < 0.6
        calm = mood == "calm"
        return {
            "concurrency": chance.choice([1, 2, 4, 10, 128]),
            "look_ahead": chance.choice([None, None, 1, 3, 12]),
            "max_attempts": 5 if calm else chance.choice([1, 2, 3, 5, 8]),
            "attempt_timeout": 30.0 if calm else chance.choice([30.0, 30.0, 5.0, 1.0, 0.4]),
            "record_deadline": None if chance.random() < 0.75 else chance.choice([1.5, 8.0, 60.0]),
            "requests_per_interval": 100 if careless or least >= 25 else least,
            "reserve": chance.choice([0.0, 0.0, 0.0, 0.3]),
            "on_daily_quota": chance.choice(["wait", "stop"]),
            "max_reply_size": MAX_REPLY_SIZE,
            "strict": Random(f"strict/{self._seed}").random() < 0.2,
            "keep_history": Random(f"history/{self._seed}").random() < 0.5,
        }

    def _stream(self, people: _People, locations: tuple[Location, ...]) -> PlannedStream:
        chance = self._chance
        number = self._weighted({0: 1, 4: 5, 12: 8, 30: 6, 80: 3})
        records = tuple(self._record(people) for _ in range(chance.randint((number + 1) // 2, number)))
        ending: Ending = chance.choice(EARLY) if chance.random() < 0.5 else "whole"
        timed = ending in ("drain", "stop", "cancel", "cancelled") and chance.random() < 0.6
        return PlannedStream(
            records=records,
            source=chance.choice(["iterable", "async", "mapping", "async mapping"]),
            starts_at=chance.choice([0.0, 0.0, 1.0]),
            source_paces=self._paces(),
            paces=self._paces(),
            raises_after=chance.randint(0, len(records)) if chance.random() < 0.12 else None,
            gives_one_more=chance.random() < 0.3,
            ending=ending,
            after_outcomes=chance.randint(0, max(len(records) - 1, 0)),
            after=chance.uniform(0.0, chance.choice([1.0, 4.0, 30.0])) if timed else None,
        )

    def _upsert(self, people: _People) -> PlannedUpsert:
        chance = self._chance
        return PlannedUpsert(
            record=self._record(people),
            at=chance.uniform(0.0, 6.0),
            priority=chance.choice([0, 1, 10, -1]),
            cancel_after=chance.uniform(0.0, 3.0) if chance.random() < 0.25 else None,
        )

    def _paces(self) -> tuple[float, ...]:
        kinds = ((0.0,), (0.0,), (0.0,), (0.01,), (0.0, 0.0, 1.0), (0.4, 0.1), (3.0, 0.0, 0.0, 20.0))
        return self._chance.choice(kinds)

    def _record(self, people: _People) -> PlannedRecord:
        self._number += 1
        return people.record(self._number)


class _People:
    """Those whom records are about: few, so that many records are about the same."""

    def __init__(self, chance: Random, locations: tuple[Location, ...], earlier: Random) -> None:
        self._chance = chance
        self._earlier = earlier
        self._unheard = earlier.choice([0.0, 0.0, 0.3])
        self._locations = locations
        self._many = chance.choice([2, 5, 15, 50])
        self._forced = chance.choice([0.0, 0.1, 0.5])
        self._astray = chance.choice([0.0] * 7 + [0.1])

    def record(self, number: int) -> PlannedRecord:
        """Draw one record."""
        chance = self._chance
        location = chance.choice(self._locations)
        kind = chance.choices(["email", "phone", "both", "name"], [5, 3, 4, 1])[0]
        who, other = chance.randrange(self._many), chance.randrange(self._many)
        email = self._email(who) if kind in ("email", "both") else None
        phone_of = who if chance.random() < 0.8 else other
        phone = self._phone(phone_of, location) if kind in ("phone", "both") else None
        return PlannedRecord(
            number=number,
            location_id=ELSEWHERE if chance.random() < self._astray else location.id,
            email=email,
            phone=phone,
            first_name="Ada" if kind == "name" or chance.random() < 0.3 else None,
            forced=chance.random() < self._forced,
            fate=chance.choice(_FATES) if chance.random() < 0.05 else None,
            unheard=self._earlier.choice([-5.0, 0.0, 1.5, 9_000.0]) if self._earlier.random() < self._unheard else None,
        )

    def _email(self, who: int) -> str:
        spellings = (f"person{who}@example.com", f"Person{who}@Example.com", f" PERSON{who}@example.com ")
        return self._chance.choice(spellings)

    def _phone(self, who: int, location: Location) -> str:
        digits = f"{who:02}"
        if location.country == "US":
            spellings = (f"+120555501{digits}", f"(205) 555-01{digits}", f"205.555.01{digits}", f"00120555501{digits}")
        else:
            spellings = (f"+44207946{digits}99", f"020 7946 {digits}99", f"0044 20 7946{digits}99")
        return self._chance.choice(spellings)


_FATES: tuple[Fate, ...] = ("bad email", "wrong type", "maker's problem", "two locations", "nothing in it")
