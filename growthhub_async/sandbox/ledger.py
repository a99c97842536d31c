"""What the sandbox remembers of every request: numbers and ids, never a token and nothing of a contact."""

from collections import Counter
from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from growthhub_async.sandbox.replies import Effect, Reply


class LedgerEntry(Struct, frozen=True, kw_only=True, gc=False):
    """One request, numbered from 1 in order of arrival; `arrived` is in seconds on the sandbox's clock.

    location_id: the location its token opens; None when the token is unknown.
    status: of the response that was sent; None while there is none, and for good when none was sent.
    fault: the kind of the fault it met.
    effect, contact_id: what it wrote, also when the response says otherwise or never came.
    refused: whether the quota refused it.
    """

    number: int
    arrived: float
    location_id: str | None
    method: str
    path: str
    status: int | None = None
    fault: str | None = None
    effect: Effect | None = None
    contact_id: str | None = None
    refused: bool = False


class WindowCount(Struct, frozen=True):
    """The requests of a location in one interval of the clock; `started` is in seconds."""

    started: float
    requests: int
    refused: int


class Ledger:
    """Keep every request of the sandbox's life in order of arrival."""

    def __init__(self) -> None:
        self._entries: list[LedgerEntry] = []

    def entries(self) -> tuple[LedgerEntry, ...]:
        """Return all entries so far."""
        return tuple(self._entries)

    def open(self, arrived: float, location_id: str | None, method: str, path: str) -> int:
        """Enter a request that arrives, and return its number."""
        number = len(self._entries) + 1
        entry = LedgerEntry(number=number, arrived=arrived, location_id=location_id, method=method, path=path)
        self._entries.append(entry)
        return number

    def wrote(self, number: int, reply: Reply) -> None:
        """Enter what a request did to which contact."""
        self._amend(replace(self._entries[number - 1], effect=reply.effect, contact_id=reply.contact_id))

    def met(self, number: int, fault: str) -> None:
        """Enter the fault a request met."""
        self._amend(replace(self._entries[number - 1], fault=fault))

    def refused(self, number: int) -> None:
        """Enter that the quota refused a request."""
        self._amend(replace(self._entries[number - 1], refused=True))

    def answered(self, number: int, status: int) -> None:
        """Enter the status a request was answered with."""
        self._amend(replace(self._entries[number - 1], status=status))

    def faults(self) -> dict[str, int]:
        """Return how many faults of each kind have been served."""
        return dict(Counter(entry.fault for entry in self._entries if entry.fault))

    def windows(self, location_id: str, interval: float, newest: int) -> list[WindowCount]:
        """Return a location's requests by intervals of the clock, only the `newest` intervals, the oldest first."""
        mine = [entry for entry in self._entries if entry.location_id == location_id]
        requests = _by_interval(mine, interval)
        refused = _by_interval((entry for entry in mine if entry.refused), interval)
        return [WindowCount(i * interval, requests[i], refused[i]) for i in sorted(requests)[-newest:]]

    def _amend(self, entry: LedgerEntry) -> None:
        self._entries[entry.number - 1] = entry


def _by_interval(entries: Iterable[LedgerEntry], interval: float) -> Counter[int]:
    return Counter(int(entry.arrived // interval) for entry in entries)
