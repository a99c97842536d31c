"""Which request meets which fault. Deterministic: the same arrivals and the same seed give the same faults."""

from collections import Counter
from fnmatch import fnmatchcase
from random import Random

from growthhub_async.sandbox.faults import AnyFault


class FaultSchedule:
    """Choose the fault of each request as it arrives; of several that apply, the one listed first."""

    def __init__(self, faults: tuple[AnyFault, ...], seed: int) -> None:
        self._timetables = [_Timetable(fault, Random(f"{seed}/fault/{i}")) for i, fault in enumerate(faults)]

    def choose(self, method: str, path: str, location_id: str | None) -> AnyFault | None:
        """Return the fault a request meets, if any. Call it once for every request."""
        # Each timetable counts every request it applies to, also those another fault gets.
        due = [timetable.fault for timetable in self._timetables if timetable.due(method, path, location_id)]
        return due[0] if due else None


class _Timetable:
    def __init__(self, fault: AnyFault, randomness: Random) -> None:
        self.fault = fault
        self._randomness = randomness
        self._counts: Counter[str | None] = Counter()
        self._requests = frozenset(fault.requests)

    def due(self, method: str, path: str, location_id: str | None) -> bool:
        if not self._concerns(method, path, location_id):
            return False
        group = location_id if self.fault.per_location else None
        self._counts[group] += 1
        number = self._counts[group]
        drawn = self.fault.probability > 0 and self._randomness.random() < self.fault.probability
        return drawn or number in self._requests or (self.fault.every is not None and number % self.fault.every == 0)

    def _concerns(self, method: str, path: str, location_id: str | None) -> bool:
        fault = self.fault
        return (
            (fault.method is None or fault.method == method)
            and (fault.location_id is None or fault.location_id == location_id)
            and (fault.path == "*" or fnmatchcase(path, fault.path))
        )
