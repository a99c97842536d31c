"""What is kept about a record with `keep_history`: each attempt and wait, what came of it, what was decided then."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any
from unittest import mock

import msgspec
import pytest
from multidict import CIMultiDict

from growthhub_async import Attempt, Contact, GrowthHubClient, Outcome, Record
from growthhub_async.transport import Failure, Reply
from tests.network import Attempt as Seen
from tests.network import FakeNetwork, created, on, reply, upserted

NOON = 1_764_072_000.0
"""Unix time when a run begins."""
ADA = Contact(email="ada@example.com")
BOB = Contact(email="bob@example.com")
LOST = Failure("the connection broke", sent=True)
UNSENT = Failure("could not connect", sent=False)
BUSY = reply(503, {"message": "Busy"}, Date="today", Set_Cookie="secret", Server="cloudflare", Via="a proxy")

TAKEN = reply(200, {"new": True, "contact": {"id": "x"}})


class Network(FakeNetwork):
    """Answer with each in turn, and then with a success; what is not sent never leaves."""

    def __init__(self, *answers: Reply | Failure, **network: Any) -> None:
        super().__init__(self._answer, **network)
        self.answers = list(answers)

    async def send(self, request: Any, timeout: float, on_sent: Callable[[], None]) -> Reply | Failure:
        if self.answers and self.answers[0] == UNSENT:
            await asyncio.sleep(0.1)
            return self.answers.pop(0)  # type: ignore[return-value]
        return await super().send(request, timeout, on_sent)

    def _answer(self, attempt: Seen) -> Reply | Failure:
        return self.answers.pop(0) if self.answers else created(attempt)


def wall_clock() -> float:
    return NOON + asyncio.get_running_loop().time()


def run(network: FakeNetwork, use: Callable[[GrowthHubClient], Awaitable[Any]], **settings: Any) -> Any:
    with mock.patch("time.time", wall_clock):
        return on(network, use, **{"keep_history": True} | settings)


def stream(network: FakeNetwork, *records: Contact | Record, **settings: Any) -> list[tuple[Attempt, ...]]:
    """Stream the records, and give their histories."""

    async def use(client: GrowthHubClient) -> list[Outcome]:
        async with client.upsert_many(records) as outcomes:
            return sorted([outcome async for outcome in outcomes], key=lambda outcome: outcome.position)

    return [outcome.history for outcome in run(network, use, **settings)]


def decisions(history: Iterable[Attempt]) -> list[str]:
    return [attempt.decision for attempt in history]


def about(seconds: float) -> Any:
    return pytest.approx(seconds, abs=0.01)


def test_nothing_is_kept_unless_it_is_asked_for() -> None:
    """A run of a million has better things to hold."""
    assert stream(Network(BUSY), ADA, keep_history=False) == [()]


def test_a_success_is_one_attempt() -> None:
    """When it left, how long it took, what the server decided."""
    [[attempt]] = stream(Network(delays=[0.25]), ADA)
    assert attempt == Attempt(
        number=1, left_at=NOON, duration=about(0.5), http_status=200, headers={}, decision="created"
    )


def test_a_single_upsert_has_a_history_too() -> None:
    """It takes the same way."""
    outcome = run(FakeNetwork(lambda attempt: upserted(attempt, new=False)), lambda client: client.upsert(ADA))
    assert decisions(outcome.history) == ["updated"]


def test_what_was_not_taken_is_the_decision_when_it_is_an_error() -> None:
    """An outcome's error is how its last attempt was decided; the server has accepted it all the same."""
    taken = reply(200, {"new": True, "contact": {"id": "x"}}, Server="cloudflare")
    [[attempt]] = stream(Network(taken), Contact(email="ada@example.com", city="London"), strict=True)
    assert attempt.decision == "drift: written, but the server did not take: email, city"
    assert attempt.headers == {"server": "cloudflare"}


def test_a_record_that_is_wrong_has_none() -> None:
    """Nothing was done about it."""
    assert stream(Network(), Contact(email="nobody")) == [()]


def test_each_attempt_tells_what_came_of_it() -> None:
    """A reply with its headers, a failure with its words, what never left; and when the next is made."""
    network = Network(BUSY, LOST, UNSENT)
    [[busy, lost, unsent, last]] = stream(network, ADA)
    assert (busy.http_status, lost.http_status, unsent.http_status, last.http_status) == (503, None, None, 200)
    assert (busy.failure, lost.failure, unsent.failure, last.failure) == (None, LOST.message, UNSENT.message, None)
    assert busy.headers == {"date": "today", "server": "cloudflare", "via": "a proxy"}
    assert (lost.headers, unsent.headers) == (None, None)
    assert (unsent.left_at, unsent.duration) == (None, 0.0)
    assert [attempt.number for attempt in (busy, lost, unsent, last)] == [1, 2, 3, 4]
    assert busy.decision == f"again in {busy.again_after:.2f} s: 503 Busy"
    assert unsent.decision == f"again in {unsent.again_after:.2f} s: could not connect"
    assert (last.decision, last.again_after) == ("created", None)


def test_an_attempt_is_made_when_the_one_before_says_so() -> None:
    """What is told is what the server saw: when each left, for how long it was away, and how long until the next."""
    network = Network(BUSY, LOST, BUSY)
    [history] = stream(network, ADA)
    for told, seen, following in zip(history, network.attempts, [*network.attempts[1:], None], strict=True):
        assert told.left_at == about(NOON + seen.left)
        assert seen.replied is not None
        assert told.duration == about(seen.replied - seen.left)
        if following is not None:
            assert told.again_after == about(following.left - seen.replied)


def test_the_wait_for_the_quota_is_told() -> None:
    """Of the window, of a pause that a 429 asks for; the wait before an attempt is none of it."""
    throttled = reply(429, {"message": "Too many requests"}, Retry_After="30")
    [[first], [second]] = stream(Network(), ADA, BOB, requests_per_interval=1, interval=20.0)
    assert (first.waited_for_quota, second.waited_for_quota) == (0.0, pytest.approx(20.0, abs=1.0))
    [[refused, again]] = stream(Network(throttled), ADA)
    assert (refused.decision, refused.again_after) == ("again in 0.00 s: 429 Too many requests", 0.0)
    assert again.waited_for_quota == pytest.approx(30.0, abs=1.0)
    [[_, later]] = stream(Network(BUSY), ADA)
    assert later.waited_for_quota == about(0.0)


def test_the_wait_for_a_token_is_told() -> None:
    """As a part of that; a token source that fails is an attempt that never left."""
    asked = 0

    async def token_of(_: str, __: str | None) -> str:
        nonlocal asked
        asked += 1
        await asyncio.sleep(5.0)
        if asked == 1:
            raise OSError
        return "pit-secret"

    [[failed, last]] = stream(Network(), ADA, token=token_of)
    assert (failed.left_at, failed.waited_for_quota, last.waited_for_quota) == (None, about(5.0), about(5.0))
    assert failed.failure == "the token source failed (OSError)"


def test_the_renewal_of_a_token_is_no_part_of_the_attempt() -> None:
    """It ended with the 401; what is waited for then is told as neither."""

    async def token_of(_: str, refused: str | None) -> str:
        await asyncio.sleep(5.0 if refused else 0.0)
        return "pit-new" if refused else "pit-old"

    [[refused, last]] = stream(Network(reply(401, {"message": "Invalid JWT"})), ADA, token=token_of)
    assert (refused.duration, refused.decision) == (about(0.2), "again in 0.00 s: 401 Invalid JWT")
    assert (last.left_at, last.waited_for_quota) == (about(NOON + 5.2), about(0.0))


def test_the_wait_for_earlier_records_of_the_same_email_is_told_once() -> None:
    """With the first attempt; it is no wait for the quota."""
    [[first], [behind, again], [other]] = stream(Network(TAKEN, TAKEN, BUSY, delays=[2.0]), ADA, ADA, BOB)
    assert (first.waited_for_turn, other.waited_for_turn, again.waited_for_turn) == (0.0, 0.0, 0.0)
    assert (behind.waited_for_turn, behind.waited_for_quota) == (about(4.0), about(0.0))


def test_the_wait_for_an_attempt_of_an_earlier_run_is_told_as_one_of_these() -> None:
    """It is behind one of its own email, too."""
    [[attempt]] = stream(Network(), Record(contact=ADA, unheard_since=NOON - 1.0))
    assert (attempt.waited_for_turn, attempt.waited_for_quota) == (about(2.0), 0.0)
    [[attempt]] = stream(Network(), Record(contact=Contact(first_name="Ada"), unheard_since=NOON - 1.0))
    assert (attempt.number, attempt.left_at, attempt.waited_for_turn) == (1, None, 0.0)
    assert attempt.decision.startswith("in_doubt: an attempt of an earlier run was not heard of")


def test_a_wait_that_comes_to_no_attempt_is_the_last_entry() -> None:
    """For its turn, for the quota, for another attempt: until the deadline, here."""
    [[_], turn] = stream(Network(delays=[20.0]), ADA, ADA, record_deadline=8.0)
    [_, quota] = stream(Network(), ADA, BOB, requests_per_interval=1, interval=60.0, record_deadline=8.0)
    for history, for_turn, for_quota in ((turn, 8.0, 0.0), (quota, 0.0, 8.0)):
        assert history == (
            Attempt(
                number=1,
                waited_for_turn=about(for_turn),
                waited_for_quota=about(for_quota),
                decision="exhausted: not settled within 8 s",
            ),
        )
    [[lost, waiting]] = stream(Network(LOST), ADA, record_deadline=1.5)
    assert (lost.left_at, lost.again_after) == (NOON, about(2.8))
    assert waiting == Attempt(number=2, decision="in_doubt: not settled within 1.5 s")


def test_a_day_that_is_spent_is_the_last_entry() -> None:
    """Nothing was waited for, and why is told."""
    [_, [attempt]] = stream(Network(), ADA, BOB, requests_per_day=1, on_daily_quota="stop")
    assert (attempt.number, attempt.left_at) == (1, None)
    assert attempt.decision.startswith("cancelled: the day's quota of the location is spent")


def test_a_location_that_is_refused_is_the_last_entry() -> None:
    """What is not sent any more says why."""
    refused = reply(401, {"message": "Invalid JWT"})

    async def use(client: GrowthHubClient) -> list[Outcome]:
        outcomes = []
        async with client.upsert_many([Contact(email=f"u{number}@example.com") for number in range(4)]) as stream:
            while len(outcomes) < 4:
                outcomes.append(await anext(stream))
        return outcomes

    outcomes = run(Network(*[refused] * 4), use, concurrency=1, look_ahead=4)
    assert [decisions(outcome.history) for outcome in outcomes[:3]] == [["unauthorized: 401 Invalid JWT"]] * 3
    [attempt] = outcomes[3].history
    assert (attempt.left_at, attempt.decision) == (None, "unauthorized: 401 Invalid JWT; not sent")


@pytest.mark.parametrize(
    ("end", "words", "replied"), [("stop", "created", True), ("cancel", "in_doubt: the run ended", False)]
)
def test_an_attempt_that_is_cut_short_is_told(end: str, words: str, replied: bool) -> None:
    """Stopped, what is in flight ends; cancelled, it left and no reply came. What waited never left."""

    async def use(client: GrowthHubClient) -> list[Outcome]:
        async with client.upsert_many([ADA, ADA]) as stream:
            await asyncio.sleep(1.0)
            getattr(stream, end)()
            return sorted([outcome async for outcome in stream], key=lambda outcome: outcome.position)

    [in_flight], [waiting] = (outcome.history for outcome in run(Network(delays=[5.0]), use))
    assert (in_flight.left_at, in_flight.duration) == (NOON, about(10.0 if replied else 1.0))
    assert (in_flight.headers is not None, in_flight.decision.startswith(words)) == (replied, True)
    assert (waiting.left_at, waiting.waited_for_turn) == (None, about(1.0))
    assert waiting.decision == "cancelled: the run ended before this record was settled"


def test_every_header_is_kept_but_for_cookies() -> None:
    """Of a success as of an error; a cookie is a secret."""
    kept = {
        "Server": "cloudflare",
        "Date": "today",
        "CF-RAY": "ray",
        "Content-Type": "application/json",
        "Retry-After": "1",
        "X-RateLimit-Max": "100",
        "X-RateLimit-Anything": "1",
    }
    body = {"new": True, "contact": {"id": "x"}}
    [[attempt]] = stream(Network(reply(200, body, **kept, Set_Cookie="secret")), ADA)
    assert attempt.headers == {name.lower(): value for name, value in kept.items()}
    refused = reply(422, {"message": "no"}, **kept, Set_Cookie="secret")
    [[attempt]] = stream(Network(refused), ADA)
    assert attempt.headers == {name.lower(): value for name, value in kept.items()}
    assert attempt.decision == "rejected: 422 no"


def test_a_reply_that_did_not_come_whole_is_told_with_its_failure() -> None:
    """Its status and its headers are there as far as they came."""
    broken = Failure("the connection or the reply broke", sent=True, came=Reply(502, {"Via": "a proxy"}, b"<htm"))
    [[attempt, _]] = stream(Network(broken), ADA)
    assert (attempt.http_status, attempt.headers) == (502, {"via": "a proxy"})
    assert attempt.failure == "the connection or the reply broke"


def test_no_token_is_kept() -> None:
    """Neither in a value nor in a name, nor in the words of a failure or a decision."""
    long = "x" * 988 + "pit-secret"
    echo = {"Authorization": f"Bearer {long}", "X-PIT-SECRET": "1", "X-RateLimit-Pit-Secret": "PIT%2Dsecret"}
    failure = Failure("it broke", sent=True, came=Reply(502, echo, b"pit-secret"))
    success = reply(200, {"new": True, "contact": {"id": "x"}}, **echo)
    [history] = stream(Network(reply(503, {"message": "pit-secret"}, **echo), failure, success), ADA)
    assert [len(attempt.headers or {}) for attempt in history] == [3, 3, 3]
    told = repr([msgspec.structs.asdict(attempt) for attempt in history]).lower()
    assert "***" in told
    assert "pit-" not in told
    assert "pit%2d" not in told


def test_whatever_a_header_holds_can_be_written_down() -> None:
    """Bytes that are no text, steering characters, a value of any length, a name that comes twice."""
    headers = CIMultiDict([("X-Odd", "caf\udce9\x1b[2J"), ("Via", "one"), ("via", "two"), ("X-Long", "x" * 8_000)])
    [[attempt, _]] = stream(Network(Reply(503, headers, b"")), ADA)
    assert attempt.headers is not None
    assert attempt.headers["x-odd"] == "caf\ufffd\ufffd[2J"
    assert attempt.headers["via"] == "one, two"
    assert len(attempt.headers["x-long"]) == 1_000
    assert msgspec.json.decode(msgspec.json.encode(attempt), type=Attempt) == attempt


def test_an_attempt_shows_nothing_of_what_the_server_said() -> None:
    """Its words may quote the contact; they are in the fields, and in no repr."""
    [[attempt]] = stream(Network(reply(422, {"message": "ada@example.com is taken"}, X_Why="ada@example.com")), ADA)
    assert repr(attempt) == f"Attempt(number=1, left_at={NOON}, http_status=422)"
