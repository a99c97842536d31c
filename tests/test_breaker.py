"""When a location is sent nothing more."""

from __future__ import annotations

from growthhub_async import ErrorReason
from growthhub_async.breaker import ASK_AGAIN, REFUSALS, Breaker
from growthhub_async.verdicts import Refused

REFUSED = Refused(ErrorReason.UNAUTHORIZED, "401 Invalid JWT", of="token")


def tripped(now: float = 0.0) -> Breaker:
    breaker = Breaker()
    for _ in range(REFUSALS):
        breaker.refused(REFUSED, now)
    return breaker


def test_it_takes_some_refusals_in_a_row() -> None:
    """The last of them is told, and from then on nothing is to be sent; an accepted one begins the count anew."""
    breaker = Breaker()
    told = [breaker.refused(REFUSED, 0.0) for _ in range(REFUSALS - 1)]
    breaker.accepted()
    told += [breaker.refused(REFUSED, 0.0) for _ in range(REFUSALS - 1)]
    assert (not any(told), breaker.stands(0.0), breaker.why) == (True, None, None)
    assert breaker.refused(REFUSED, 0.0)
    assert (breaker.stands(0.0), breaker.why) == (REFUSED, "401 Invalid JWT")


def test_one_is_let_through_in_a_while() -> None:
    """Whoever asks first after that time may send, and no other until as much time has passed again."""
    breaker = tripped()
    assert breaker.stands(ASK_AGAIN - 0.1) is REFUSED
    assert [breaker.stands(ASK_AGAIN) for _ in range(3)] == [None, REFUSED, REFUSED]
    assert [breaker.stands(2 * ASK_AGAIN) for _ in range(2)] == [None, REFUSED]


def test_one_that_is_accepted_lets_all_through() -> None:
    """A person has mended it."""
    breaker = tripped()
    breaker.accepted()
    assert (breaker.stands(1.0), breaker.why) == (None, None)


def test_a_token_that_is_lost_needs_no_second_refusal() -> None:
    """Nothing can be sent without one; after a while it is asked again."""
    breaker = Breaker()
    breaker.lost(REFUSED, 0.0)
    assert breaker.stands(1.0) is REFUSED
    assert breaker.stands(ASK_AGAIN) is None
