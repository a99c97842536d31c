from random import Random
from statistics import median

import msgspec
import pytest

from growthhub_async.sandbox import Fixed, Lognormal, Uniform
from growthhub_async.sandbox.latency import Latency, sample


def draw(latency: Latency, seed: int = 1, number: int = 4000) -> list[float]:
    randomness = Random(seed)
    return [sample(latency, randomness) for _ in range(number)]


def test_a_fixed_delay_is_the_same_every_time() -> None:
    """A fixed delay never varies, and is nothing unless given."""
    assert set(draw(Fixed(seconds=0.25))) == {0.25}
    assert set(draw(Fixed())) == {0.0}


def test_uniform_delays_fill_their_bounds() -> None:
    """Uniform delays lie within their bounds and reach near both."""
    delays = draw(Uniform(low=0.3, high=1.0))
    assert 0.3 <= min(delays) < 0.31
    assert 0.99 < max(delays) <= 1.0


def test_lognormal_delays_have_the_given_median_and_spread() -> None:
    """Half of the delays are below the median; sigma 0.5 puts about 16 in 100 above median times e to the 0.5."""
    delays = draw(Lognormal(median=0.5, sigma=0.5))
    assert median(delays) == pytest.approx(0.5, rel=0.05)
    assert sum(delay > 0.5 * 1.6487 for delay in delays) / len(delays) == pytest.approx(0.16, abs=0.03)


def test_the_tail_replaces_the_given_share_of_delays() -> None:
    """With the tail's probability a delay is the tail's."""
    delays = draw(Fixed(seconds=0.1, tail_probability=0.25, tail_seconds=12.0))
    assert set(delays) == {0.1, 12.0}
    assert delays.count(12.0) / len(delays) == pytest.approx(0.25, abs=0.03)


def test_the_same_seed_gives_the_same_delays() -> None:
    """Delays are drawn from the randomness that is passed in and from nothing else."""
    assert draw(Lognormal(), seed=7) == draw(Lognormal(), seed=7) != draw(Lognormal(), seed=8)


def test_bounds_the_wrong_way_round_are_an_error() -> None:
    """A uniform delay whose low is above its high is refused with the remedy."""
    with pytest.raises(msgspec.ValidationError, match=r"low 2\.0 is above high 1\.0; exchange them"):
        msgspec.convert({"kind": "uniform", "low": 2.0, "high": 1.0}, Latency)
