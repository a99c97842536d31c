"""Outcomes as NDJSON, one line each, written as they arrive; without the contact that came back, which is personal.

What the server did not take is in it all the same, for that is what somebody has to mend: the file is its owner's.
"""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from ..importer import Settled
from ..outcome import Outcome, OutcomeError, Problem
from .guard import UsageError
from .screen import plain

STDOUT = "-"
_STDOUT_DESCRIPTOR = 1

_encode = msgspec.json.Encoder().encode


class OutcomesFile:
    """A file that only its owner may read, or the standard output for `-`.

    The first failure to write is kept in `failure`; nothing is written after it.
    """

    def __init__(self, path: str) -> None:
        self.failure: OSError | None = None
        self._descriptor = _STDOUT_DESCRIPTOR if path == STDOUT else _open(path)
        self._may_block = not stat.S_ISREG(os.fstat(self._descriptor).st_mode)

    async def write(self, outcome: Outcome) -> bool:
        """Write one outcome, and tell whether it was written; a pipe whose reader is slow does not stop the loop."""
        if self.failure is not None:
            return False
        line = _line(outcome, outcome.ref, _error_of(outcome.error))
        try:
            if self._may_block:
                await asyncio.to_thread(self._write, line)
            else:
                self._write(line)
        except OSError as error:
            self.failure = error
        return self.failure is None

    def write_settled(self, settled: Settled) -> bool:
        """Write an outcome that was kept before, while no loop runs, and tell whether it was written."""
        error = None
        if settled.reason is not None:
            error = _error(settled.reason, settled.message or "", settled.retryable, settled.problems)
        if self.failure is None:
            try:
                self._write(_line(settled, settled.line, error))
            except OSError as failure:
                self.failure = failure
        return self.failure is None

    def close(self) -> None:
        """Close the file; the standard output stays open."""
        if self._descriptor != _STDOUT_DESCRIPTOR:
            os.close(self._descriptor)

    def _write(self, line: bytes) -> None:
        while line:
            line = line[os.write(self._descriptor, line) :]


def _line(outcome: Outcome | Settled, line: object, error: dict[str, Any] | None) -> bytes:
    """Put an outcome in the form in which it is written; `line` is where the record begins in its file."""
    data = {
        "position": outcome.position,
        "line": line,
        "status": outcome.status,
        "location_id": outcome.location_id,
        "contact_id": outcome.contact_id,
        "attempts": outcome.attempts,
        "http_status": outcome.http_status,
        "trace_id": outcome.trace_id,
        "inferred": outcome.inferred,
        "dropped": [{"field": drop.field, "sent": drop.sent, "kept": drop.kept} for drop in outcome.dropped],
        "duration": round(outcome.duration, 6),
        "error": error,
    }
    return _encode(data) + b"\n"


def _error_of(error: OutcomeError | None) -> dict[str, Any] | None:
    return None if error is None else _error(error.reason, error.message, error.retryable, error.problems)


def _error(reason: str, message: str, retryable: bool, problems: Sequence[Problem]) -> dict[str, Any]:
    return {
        "reason": reason,
        "message": plain(message),
        "retryable": retryable,
        "problems": [{"field": problem.field, "message": problem.message} for problem in problems],
    }


def _open(path: str) -> int:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0), 0o600)
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            Path(path).chmod(0o600)  # one that was there before may have been open to others
    except OSError as error:
        raise UsageError(f"--outcomes {path}: cannot be written: {error.strerror}; name another file") from None
    return descriptor
