"""How long the rest of a run takes under its quota, and a word when it does not fit into the day."""

from __future__ import annotations

from typing import NamedTuple

from ..client import GrowthHubClient
from ..estimate import Estimate
from ..outcome import Summary
from .reading import Reading
from .recorder import records_in_file
from .screen import Screen

_ENOUGH_RECORDS = 200
"""Records by which the size of the others is judged; a thread reads that many ahead, however slow the quota is."""
_SURE = 0.75
"""The share of a guessed number that is surely there: a file of a million numbered people begins with short lines, and
no day is said to be too short that may be long enough."""
_DIGITS = 2
"""Digits of a guessed number that are told."""


class _Rest(NamedTuple):
    location_id: str
    requests: int


class Outlook:
    """Estimate what is still to be sent of a file whose records go to one location; of others nothing is known."""

    def __init__(self, client: GrowthHubClient, reading: Reading, screen: Screen) -> None:
        self._client = client
        self._reading = reading
        self._screen = screen
        self._told = False

    def seconds_left(self, summary: Summary) -> float | None:
        """Tell how long the rest takes at least; None when that cannot be known, or not yet."""
        rest = self._rest(summary)
        return None if rest is None else self._estimate(rest, rest.requests).seconds

    def tell(self, summary: Summary) -> None:
        """Say once, as soon as it is known, that the rest does not fit into the day."""
        rest = None if self._told else self._rest(summary)
        if rest is None or self._estimate(rest, self._surely(rest.requests)).fits:
            return
        self._told = True
        if self._reading.ended:
            self._screen.say(str(self._estimate(rest, rest.requests)))
        else:
            self._screen.say(f"about {self._estimate(rest, _rounded(rest.requests))}")

    def _rest(self, summary: Summary) -> _Rest | None:
        standings = self._client.statistics()
        known = self._reading.ended or self._reading.records >= _ENOUGH_RECORDS
        total = records_in_file(self._reading.records, self._reading.share, summary) if known else None
        if total is None or not self._reading.one_location or len(standings) != 1:
            return None
        ((location_id, standing),) = standings.items()
        # What has been let go is left out: the day counts it already.
        return _Rest(location_id, max(0, round(total) - summary.read) + standing.waiting)

    def _estimate(self, rest: _Rest, requests: int) -> Estimate:
        return self._client.estimate(requests, location_id=rest.location_id)

    def _surely(self, requests: int) -> int:
        return requests if self._reading.ended else int(requests * _SURE)


def _rounded(number: int) -> int:
    return round(number, _DIGITS - len(str(number)))
