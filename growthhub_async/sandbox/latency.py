"""How long the sandbox takes to answer: distributions as data, in seconds."""

from random import Random
from typing import Annotated

from msgspec import Meta, Struct

Seconds = Annotated[float, Meta(ge=0)]
Probability = Annotated[float, Meta(ge=0, le=1)]


class Delay(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind"):
    """A distribution of delays, with a tail: with `tail_probability` a delay is `tail_seconds` instead."""

    tail_probability: Probability = 0.0
    tail_seconds: Seconds = 12.0


class Fixed(Delay, frozen=True, tag="fixed"):
    """The same delay every time; none by default."""

    seconds: Seconds = 0.0


class Uniform(Delay, frozen=True, tag="uniform"):
    """Any delay between two bounds, all equally likely."""

    low: Seconds = 0.3
    high: Seconds = 1.0

    def __post_init__(self) -> None:
        if self.low > self.high:
            raise ValueError(f"low {self.low} is above high {self.high}; exchange them")


class Lognormal(Delay, frozen=True, tag="lognormal"):
    """The shape real services have: half of the delays below `median`, spread by `sigma`, none negative."""

    median: Annotated[float, Meta(gt=0)] = 0.5
    sigma: Annotated[float, Meta(ge=0)] = 0.4


Latency = Fixed | Uniform | Lognormal


def sample(latency: Latency, randomness: Random) -> float:
    """Draw one delay in seconds."""
    if latency.tail_probability and randomness.random() < latency.tail_probability:
        return latency.tail_seconds
    match latency:
        case Fixed():
            return latency.seconds
        case Uniform():
            return randomness.uniform(latency.low, latency.high)
        case Lognormal():
            return latency.median * randomness.lognormvariate(0.0, latency.sigma)
