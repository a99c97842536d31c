"""The numbers of a run, counted as its outcomes settle."""

from __future__ import annotations

from collections import defaultdict

from .outcome import ErrorReason, Outcome, Status, Summary

_CREATED, _UPDATED = Status.CREATED, Status.UPDATED


class Tally:
    """Count outcomes as they settle."""

    def __init__(self) -> None:
        self.read = 0
        self._created = 0
        self._updated = 0
        self._error = 0
        self._requests = 0
        self._inferred = 0
        self._dropped = 0
        self._fields: defaultdict[str, int] = defaultdict(int)
        self._reasons: defaultdict[ErrorReason, int] = defaultdict(int)

    def add(self, outcome: Outcome) -> None:
        """Count one settled record."""
        status = outcome.status
        if status is _CREATED:
            self._created += 1
        elif status is _UPDATED:
            self._updated += 1
        else:
            self._error += 1
        self._requests += outcome.attempts
        self._inferred += outcome.inferred
        if outcome.dropped:
            self._dropped += 1
            for drop in outcome.dropped:
                self._fields[drop.field] += 1
        if outcome.error is not None:
            self._reasons[outcome.error.reason] += 1

    def summary(self) -> Summary:
        """Freeze the numbers as they stand."""
        return Summary(
            read=self.read,
            created=self._created,
            updated=self._updated,
            error=self._error,
            requests=self._requests,
            inferred=self._inferred,
            dropped=self._dropped,
            dropped_by_field=dict(self._fields),
            errors_by_reason=dict(self._reasons),
        )
