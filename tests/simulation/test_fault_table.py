"""Every fault there is, against every kind of record: what becomes of it, as a table to be read beside observed.md.

The whole client speaks to the whole sandbox, over aiohttp on both sides, on a virtual clock. Each cell of the table is
an end and the number of requests it took, `n` where there were more of them than attempts; `+` marks an error that is
retryable. A `safe` record can be sent twice without harm: it has an email. An `unsafe` one cannot: it has
`createNewIfDuplicateAllowed`, or neither email nor phone. Each fault is met once, and then always.

A fault that takes the place of the answer is met before the write and after it, with the same end: the client cannot
tell. What is in the sandbox then is told by a rule: an accepted record is there once; one that ended as an error is
there if its fault let it be written.
"""

from __future__ import annotations

import asyncio
import math
from functools import partial
from typing import Any, NamedTuple, get_args

import pytest

from growthhub_async import Contact, Outcome, Status, TokenRefusedError
from growthhub_async.sandbox import (
    CommandTimedOut,
    Disconnect,
    Hang,
    HtmlPage,
    HugeBody,
    Limits,
    Location,
    MalformedJson,
    Redirect,
    Sandbox,
    Scenario,
    SearchFailed,
    SlowDrip,
    TruncatedBody,
    WrongContentType,
)
from growthhub_async.sandbox import Status as Answers
from growthhub_async.sandbox.faults import AnyFault, Instead
from tests import virtual
from tests.memory_network import Carrier, ConnectionTrouble, MemoryNetwork, Network, RequestTrouble

MAX_ATTEMPTS = 3
SETTINGS: dict[str, Any] = {"max_attempts": MAX_ATTEMPTS, "attempt_timeout": 10.0, "record_deadline": 200.0}


class End(NamedTuple):
    """How a record ends that meets a fault once or always."""

    safe_once: str
    safe_always: str
    unsafe_once: str
    unsafe_always: str


#                   safe, once     safe, always    unsafe, once   unsafe, always
HARMLESS = End("accepted 1", "accepted 1", "accepted 1", "accepted 1")
UNWRITTEN = End("accepted 2", "exhausted+ 3", "accepted 2", "exhausted+ 3")
THROTTLED = End("accepted 2", "exhausted+ n", "accepted 2", "exhausted+ n")
UNKNOWN = End("accepted 2", "in_doubt+ 3", "in_doubt 1", "in_doubt 1")
REJECTED = End("rejected 1", "rejected 1", "rejected 1", "rejected 1")
BLOCKED = End("rejected+ 1", "rejected+ 1", "rejected+ 1", "rejected+ 1")
UNAUTHORIZED = End("unauthorized+ 1", "unauthorized+ 1", "unauthorized+ 1", "unauthorized+ 1")


def answers(status: int, message: str | None = None, body: str = "json", **headers: str) -> partial[Answers]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return partial(Answers, status=status, body=body, message=message, headers=named)  # type: ignore[arg-type]


TABLE: list[tuple[partial[Any], End]] = [
    # observed.md, "Errors": the shapes of a refusal. A 500 can be the caller's fault, and what it wrote is not known.
    (answers(500), UNKNOWN),
    (answers(500, body="envelope"), UNKNOWN),
    (answers(500, body="oauth"), UNKNOWN),
    (answers(500, body="html"), UNKNOWN),
    (answers(500, body="text"), UNKNOWN),
    (answers(500, body="empty"), UNKNOWN),
    (answers(503, "no healthy upstream", "text"), UNKNOWN),
    (answers(503, "upstream connect error or disconnect/reset before headers", "text"), UNKNOWN),
    # 502, 503, 504 and Cloudflare's 520 to 524 happen.
    (answers(502, body="html"), UNKNOWN),
    (answers(503), UNKNOWN),
    (answers(504, body="empty"), UNKNOWN),
    (partial(HtmlPage, code=520), UNKNOWN),
    (partial(HtmlPage, code=521), UNKNOWN),
    (partial(HtmlPage, code=522), UNKNOWN),
    (partial(HtmlPage, code=523), UNKNOWN),
    (partial(HtmlPage, code=524), UNKNOWN),
    (answers(503, Retry_After="2"), UNKNOWN),
    (answers(408), UNKNOWN),
    # 401 is many things.
    (answers(401, "version header was not found."), UNAUTHORIZED),
    (answers(401, "Invalid JWT"), UNAUTHORIZED),
    (answers(401, "Invalid Private Integration token"), UNAUTHORIZED),
    (answers(401, "Invalid token: access token is invalid"), UNAUTHORIZED),
    (answers(401, "The token is not authorized for this scope."), UNAUTHORIZED),
    (answers(401, "Token's user type mismatch!"), UNAUTHORIZED),
    (answers(401, "This location is not accessible from this token!"), UNAUTHORIZED),
    (answers(401, "it has expired", "oauth"), UNAUTHORIZED),
    (answers(401, "it has expired", "envelope"), UNAUTHORIZED),
    (partial(CommandTimedOut), UNKNOWN),
    (answers(401, "Command timed out"), UNKNOWN),
    (answers(401, body="html"), UNKNOWN),
    (answers(401, body="empty"), UNKNOWN),
    # 403: of the location, or of the edge.
    (answers(403, "The token does not have access to this location."), UNAUTHORIZED),
    (answers(403, "Forbidden resource"), UNAUTHORIZED),
    (partial(HtmlPage, code=1010), BLOCKED),
    (answers(403, "Just a moment...", "html"), UNKNOWN),
    (answers(403, body="empty"), UNKNOWN),
    # 422 and 400, and the one 400 that is none.
    (answers(422, "property foo should not exist"), REJECTED),
    (answers(422, "Contacts without email, phone, firstName and lastName are not allowed."), REJECTED),
    (answers(422, body="empty"), REJECTED),
    (answers(400, "Contact not found for id:x"), REJECTED),
    (answers(400, "This location does not allow duplicated contacts."), REJECTED),
    (answers(400, body="html"), REJECTED),
    (answers(404), REJECTED),
    (answers(413, body="html"), REJECTED),
    (partial(SearchFailed), UNKNOWN),
    (answers(400, "Error occurred while searching for contact"), UNKNOWN),
    # Answers that are none: a 303 says that the request was carried out.
    (answers(202), UNKNOWN),
    (answers(204, body="empty"), UNKNOWN),
    (answers(206), UNKNOWN),
    (answers(200), UNKNOWN),
    (answers(200, body="html"), UNKNOWN),
    (answers(200, body="empty"), UNKNOWN),
    (answers(302, body="empty"), UNKNOWN),
    (answers(304, body="empty"), UNKNOWN),
    (partial(Redirect, status=301), BLOCKED),
    (partial(Redirect, status=302), BLOCKED),
    (partial(Redirect, status=303), UNKNOWN),
    (partial(Redirect, status=307), BLOCKED),
    (partial(Redirect, status=308), BLOCKED),
    # No answer, or one that is spoilt on its way.
    (partial(Disconnect), UNKNOWN),
    (partial(Hang), UNKNOWN),
    (partial(TruncatedBody, share=0.0), UNKNOWN),
    (partial(TruncatedBody, share=0.9), UNKNOWN),
    (partial(MalformedJson), UNKNOWN),
    (partial(SlowDrip, piece=16, pause=1.0), UNKNOWN),
    (partial(SlowDrip, piece=200, pause=1.0), HARMLESS),
    (partial(HugeBody, size=5_000_000), UNKNOWN),
    (partial(HugeBody, size=50_000), HARMLESS),
    (partial(WrongContentType), HARMLESS),
]

# observed.md, "Limits": body of a 429, and whether `Retry-After` comes, nobody has shown. It wrote nothing.
QUOTA: list[tuple[partial[Any], End]] = [
    (answers(429), THROTTLED),
    (answers(429, body="html"), THROTTLED),
    (answers(429, body="empty"), THROTTLED),
    (answers(429, Retry_After="3"), THROTTLED),
    (answers(429, X_RateLimit_Daily_Remaining="0", x_ratelimit_daily_reset="20000"), THROTTLED),
]

NETWORK: list[tuple[ConnectionTrouble | RequestTrouble, End]] = [
    (ConnectionTrouble.NAMELESS, UNWRITTEN),
    (ConnectionTrouble.REFUSED, UNWRITTEN),
    (ConnectionTrouble.UNTRUSTED, UNWRITTEN),
    (ConnectionTrouble.UNANSWERED, UNWRITTEN),
    (ConnectionTrouble.BROKEN, UNWRITTEN),
    (RequestTrouble.RESET, UNKNOWN),
    (RequestTrouble.CUT, UNKNOWN),
    (RequestTrouble.LOST, UNKNOWN),
    (RequestTrouble.LATE, UNKNOWN),
    (RequestTrouble.REPLY_RESET, UNKNOWN),
    (RequestTrouble.REPLY_LOST, UNKNOWN),
    (RequestTrouble.REPLY_CUT, UNKNOWN),
    (RequestTrouble.REPLY_GARBLED, UNKNOWN),
    (RequestTrouble.CLOSED_AFTER, HARMLESS),
    (RequestTrouble.REPLY_TWICE, HARMLESS),
    (RequestTrouble.REPLY_CHUNKED, HARMLESS),
    (RequestTrouble.REPLY_PARTED, HARMLESS),
]
NEVER_ARRIVE = {*ConnectionTrouble, RequestTrouble.RESET, RequestTrouble.CUT, RequestTrouble.LOST}
MAY_ARRIVE = {RequestTrouble.LATE, RequestTrouble.REPLY_RESET}
"""One when all is over, the other when nobody is there any more to be answered."""

SAFE = Contact(email="ada@example.com", first_name="Ada")
UNSAFE = Contact(email="ada@example.com", first_name="Ada", create_new_if_duplicate_allowed=True)
NO_KEY = Contact(first_name="Ada")
RECORDS = {"safe": SAFE, "unsafe": UNSAFE, "no key": NO_KEY}


class Happened(NamedTuple):
    """How a record ended, and how many contacts the sandbox then had."""

    outcome: Outcome
    stored: int

    @property
    def end(self) -> str:
        error = self.outcome.error
        return "accepted" if error is None else f"{error.reason}{'+' if error.retryable else ''}"


class Troubled(Network):
    """A network in which one thing goes wrong, the first `times` it can."""

    def __init__(self, trouble: ConnectionTrouble | RequestTrouble | None, times: float) -> None:
        self.trouble = trouble
        self.times = times

    def delay(self) -> float:
        return 0.01

    def connection_trouble(self) -> ConnectionTrouble | None:
        return self.trouble if isinstance(self.trouble, ConnectionTrouble) and self._goes_wrong() else None

    def request_trouble(self) -> RequestTrouble | None:
        return self.trouble if isinstance(self.trouble, RequestTrouble) and self._goes_wrong() else None

    def _goes_wrong(self) -> bool:
        self.times -= 1
        return self.times >= 0


def happens(
    record: Contact,
    fault: AnyFault | None = None,
    trouble: ConnectionTrouble | RequestTrouble | None = None,
    times: float = 1,
    *,
    carrier: Carrier,
) -> Happened:
    """Send one record that meets a fault of the server's, or trouble with its connections the first `times`."""
    limits = Limits(requests_per_interval=1_000)
    locations = (Location(allow_duplicates=True, limits=limits),)
    scenario = Scenario(locations=locations, faults=() if fault is None else (fault,))

    async def main() -> Happened:
        async with (
            Sandbox(scenario, clock=asyncio.get_running_loop().time) as sandbox,
            MemoryNetwork(Troubled(trouble, times)) as network,
            network.client(sandbox, carrier, **SETTINGS) as client,
            client.upsert_many([record]) as stream,
        ):
            outcomes: list[Outcome] = []
            try:
                async for outcome in stream:
                    outcomes.append(outcome)
            except TokenRefusedError:
                pass  # the run ends for it, when every record has been told of
            stored = len(sandbox.contacts())
        [outcome] = outcomes
        return Happened(outcome, stored)

    return virtual.run(main)


def _named(value: object) -> str | None:
    if isinstance(value, partial):
        return f"{value.func.__name__} {' '.join(str(given) for given in value.keywords.values() if given)}"
    return value if isinstance(value, str) else ""


def _told(happened: Happened, expected: str) -> str:
    """Write what happened as the table does: `n` is more requests than there are attempts."""
    attempts = happened.outcome.attempts
    return f"{happened.end} {'n' if expected.endswith(' n') and attempts > MAX_ATTEMPTS else attempts}"


def _cells(end: End) -> list[tuple[str, str, bool]]:
    """List the records with how each is expected to end, and whether its fault is met always."""
    return [
        ("safe", end.safe_once, False),
        ("safe", end.safe_always, True),
        *((record, end.unsafe_once, False) for record in ("unsafe", "no key")),
        *((record, end.unsafe_always, True) for record in ("unsafe", "no key")),
    ]


def _check_message(happened: Happened, status: int | None) -> None:
    """Require of an error that it says what came, and nothing of the contact."""
    error = happened.outcome.error
    if error is not None:
        assert "ada" not in error.message.lower()
        assert status is None or str(status) in error.message


@pytest.mark.parametrize(("fault", "end"), TABLE, ids=_named)
def test_every_fault_of_the_server_has_its_end(fault: partial[Any], end: End, carrier: Carrier) -> None:
    """Each row of the table holds for every kind of record, once and always, before the write and after it."""
    moments = ("before", "after") if issubclass(fault.func, Instead) else (None,)  # type: ignore[arg-type]
    for moment in moments:
        given = {} if moment is None else {"moment": moment}
        written = moment != "before"
        for record, expected, always in _cells(end):
            served = {"every": 1} if always else {"requests": (1,)}
            happened = happens(RECORDS[record], fault(**given, **served), carrier=carrier)
            cell = (moment, record, "always" if always else "once")
            assert (*cell, _told(happened, expected)) == (*cell, expected), happened.outcome.error
            assert (*cell, happened.stored) == (*cell, int(written or happened.end == "accepted"))
            _check_message(happened, fault.keywords.get("status"))


@pytest.mark.parametrize(("fault", "end"), QUOTA, ids=_named)
def test_every_429_has_its_end(fault: partial[Any], end: End, carrier: Carrier) -> None:
    """It is waited out whatever the record, for nothing was written; where that takes too long, it is exhausted."""
    for record, expected, always in _cells(end):
        happened = happens(RECORDS[record], fault(**({"every": 1} if always else {"requests": (1,)})), carrier=carrier)
        assert (record, _told(happened, expected)) == (record, expected), happened.outcome.error
        assert happened.stored == int(happened.end == "accepted")


@pytest.mark.parametrize(("trouble", "end"), NETWORK, ids=_named)
def test_every_trouble_of_the_network_has_its_end(
    trouble: ConnectionTrouble | RequestTrouble, end: End, carrier: Carrier
) -> None:
    """What surely ended before the request left is repeated for every record, and what did not for a safe one."""
    for record, expected, always in _cells(end):
        happened = happens(RECORDS[record], trouble=trouble, times=math.inf if always else 1, carrier=carrier)
        assert (record, always, _told(happened, expected)) == (record, always, expected), happened.outcome.error
        if trouble not in MAY_ARRIVE:
            assert happened.stored == int(trouble not in NEVER_ARRIVE or happened.end == "accepted")
        _check_message(happened, None)


def test_the_table_has_every_kind_of_fault() -> None:
    """A kind that the sandbox learns, and every trouble of the network, needs a row."""
    assert {fault.func for fault, _ in TABLE} == set(get_args(AnyFault))
    assert [trouble for trouble, _ in NETWORK] == [*ConnectionTrouble, *RequestTrouble]


@pytest.mark.parametrize("record", RECORDS)
def test_a_day_that_is_spent_writes_nothing(record: str, carrier: Carrier) -> None:
    """The second record of a day of one request is cancelled where a spent day stops the run, whatever it is."""
    limits = Limits(requests_per_day=1)

    async def main() -> tuple[list[str], int]:
        async with (
            Sandbox(Scenario(locations=(Location(limits=limits),)), clock=asyncio.get_running_loop().time) as sandbox,
            MemoryNetwork(lambda: 0.01) as network,
            network.client(sandbox, carrier, on_daily_quota="stop", concurrency=1) as client,
            client.upsert_many([Contact(email="first@example.com"), RECORDS[record]]) as stream,
        ):
            outcomes = sorted([outcome async for outcome in stream], key=lambda outcome: outcome.position)
            assert all(outcome.error is None or outcome.error.retryable for outcome in outcomes)
            told = [str(outcome.error.reason if outcome.error else outcome.status) for outcome in outcomes]
            return told, len(sandbox.contacts())

    assert virtual.run(main) == ([Status.CREATED, "cancelled"], 1)
