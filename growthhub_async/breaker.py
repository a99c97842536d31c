"""When a location's requests are not sent any more, because its token is refused again and again; pure.

Many records are in flight when a token dies, and a server may say once that a token is wrong which is not. So it takes
some refusals in a row; from then on one request in a while asks whether a person has mended it.
"""

from __future__ import annotations

from .verdicts import Refused

REFUSALS = 3
"""Refusals in a row, none accepted between them, after which no more is sent."""
ASK_AGAIN = 30.0
"""Seconds after which one request is let through, to see whether all is well again."""


class Breaker:
    """Stand between a location's records and a server that refuses its token; the clock is passed in, in seconds."""

    def __init__(self) -> None:
        self._refusals = 0
        self._refused: Refused | None = None
        self._ask_at = 0.0

    @property
    def why(self) -> str | None:
        """Why nothing is sent but a request in a while, if so."""
        return None if self._refused is None else self._refused.message

    def stands(self, now: float) -> Refused | None:
        """Tell why nothing is to be sent now, if so; whoever is let through when it is time to ask is the only one."""
        if self._refused is None or now < self._ask_at:
            return self._refused
        self._ask_at = now + ASK_AGAIN
        return None

    def refused(self, refused: Refused, now: float) -> bool:
        """Count a refusal, and tell whether nothing is to be sent from now on."""
        self._refusals += 1
        if self._refusals < REFUSALS:
            return False
        self.lost(refused, now)
        return True

    def lost(self, refused: Refused, now: float) -> None:
        """Send nothing from now on: there is no token to send it with."""
        self._refused = refused
        self._ask_at = now + ASK_AGAIN

    def accepted(self) -> None:
        """Note that the token is taken."""
        self._refusals = 0
        self._refused = None


class Breakers(dict[str, Breaker]):
    """The breakers of all locations, each made when it is first asked for."""

    def __missing__(self, location_id: str) -> Breaker:
        breaker = self[location_id] = Breaker()
        return breaker
