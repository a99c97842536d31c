"""A burst quota that is asked at given moments, and the requests that go by it."""

from __future__ import annotations

from growthhub_async.burst import Burst
from growthhub_async.margin import ENOUGH, Jitter
from growthhub_async.quota_facts import SILENT, Departure, RateHeaders


def burst_of(limit: int, *, reserve: float = 0.0, network: Jitter | None = None) -> Burst:
    """Make the burst quota of a location, on a network of which nothing is known unless it is given."""
    return Burst(limit, 10.0, network or Jitter(), reserve)


def even_network() -> Jitter:
    """Make a network whose connections all take the same."""
    network = Jitter()
    for _ in range(ENOUGH):
        network.connected(0.1, 0.0)
    return network


def wild_network() -> Jitter:
    """Make a network that is too uneven for counts to tell anything."""
    network = Jitter()
    for seconds in (0.1, 5.0) * ENOUGH:
        network.connected(seconds, 0.0)
    return network


def leave(burst: Burst, now: float) -> Departure:
    """Let one go, and leave at once."""
    burst.take(now)
    return burst.left(now)


def send(
    burst: Burst, number: int, now: float = 0.0, *, answered: bool = True, reply: RateHeaders = SILENT
) -> list[float]:
    """Send so many, each as soon as it may go, and tell when they went; each is answered at once, or none is."""
    times = []
    for _ in range(number):
        free_at = burst.free_at(now)
        assert free_at is not None
        now = max(now, free_at)
        departure = leave(burst, now)
        if answered:
            burst.heard(reply, departure, now)
        times.append(now)
    return times
