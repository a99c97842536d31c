import pytest

from growthhub_async.sandbox import Disconnect, Hang, SearchFailed, Status
from growthhub_async.sandbox.faults import AnyFault
from growthhub_async.sandbox.schedule import FaultSchedule


def served(faults: tuple[AnyFault, ...], arrivals: list[tuple[str, str, str | None]], seed: int = 0) -> list[int]:
    """Return the numbers, from 1, of the arrivals that meet a fault."""
    schedule = FaultSchedule(faults, seed)
    return [number for number, arrival in enumerate(arrivals, 1) if schedule.choose(*arrival)]


UPSERT = ("POST", "/contacts/upsert", "one")
OTHER = ("POST", "/contacts/upsert", "two")
TAGS = ("DELETE", "/contacts/abc/tags", "one")


def test_request_numbers_count_arrivals() -> None:
    """A fault for requests 2 and 5 is served to the second and the fifth arrival, whoever they are."""
    assert served((Hang(requests=(2, 5)),), [UPSERT, TAGS, OTHER, TAGS, UPSERT, UPSERT]) == [2, 5]


def test_every_third_is_every_third() -> None:
    """A fault for every third request is served to the third, the sixth and so on."""
    assert served((Hang(every=3),), [UPSERT] * 7) == [3, 6]


def test_per_location_each_location_has_its_own_count() -> None:
    """With `per_location` the first request of each location is its number 1."""
    assert served((Hang(requests=(1,), per_location=True),), [UPSERT, UPSERT, OTHER, OTHER]) == [1, 3]


def test_a_limit_decides_which_requests_are_counted() -> None:
    """A fault limited to a path, a method or a location counts only the requests it concerns."""
    arrivals = [UPSERT, TAGS, OTHER, UPSERT, TAGS]
    assert served((Hang(requests=(2,), path="/contacts/*/tags"),), arrivals) == [5]
    assert served((Hang(requests=(1,), method="DELETE"),), arrivals) == [2]
    assert served((Hang(requests=(1,), location_id="two"),), arrivals) == [3]


def test_a_probability_is_the_share_of_requests() -> None:
    """A fault with probability 0.2 is served to about a fifth of the requests."""
    assert len(served((Hang(probability=0.2),), [UPSERT] * 5000)) / 5000 == pytest.approx(0.2, abs=0.02)


def test_the_same_seed_gives_the_same_faults() -> None:
    """The faults depend on the arrivals and the seed alone."""
    fault = (Hang(probability=0.5),)
    assert served(fault, [UPSERT] * 50, seed=1) == served(fault, [UPSERT] * 50, seed=1)
    assert served(fault, [UPSERT] * 50, seed=1) != served(fault, [UPSERT] * 50, seed=2)


def test_the_first_fault_listed_wins_and_the_others_count_on() -> None:
    """Of two faults due at once the first is served, and the second is due at its next number as if nothing were."""
    schedule = FaultSchedule((Status(requests=(2,)), Disconnect(every=2)), 0)
    kinds = [type(schedule.choose(*UPSERT)) for _ in range(4)]
    assert kinds == [type(None), Status, type(None), Disconnect]


def test_one_fault_does_not_disturb_the_chance_of_another() -> None:
    """A fault's draws are its own: adding a second fault leaves those of the first where they were."""
    first = Hang(probability=0.3)
    both = FaultSchedule((first, SearchFailed(probability=0.9)), 0)
    hangs = [n for n in range(1, 101) if isinstance(both.choose(*UPSERT), Hang)]
    assert hangs == served((first,), [UPSERT] * 100)


def test_a_fault_that_is_never_served_is_an_error() -> None:
    """A fault without probability, requests or every is refused with the remedy."""
    with pytest.raises(ValueError, match="give it a probability, requests or every"):
        Hang()
