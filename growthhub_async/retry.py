"""Whether an attempt is made again, and when: pure, with the clock and the chance passed in.

After attempt n a retry waits a random time between 0 and min(30 s, 0.5 s * 2 ** (n - 1)): exponential backoff with full
jitter, so that many workers which failed together do not come back together. A server that says how long to wait is
believed: `Retry-After` is waited for in full, with a little jitter on top. A 429 is no attempt, and is not waited for
here: it says nothing of the record, and the location's quota holds back everybody (`quota.py`).
"""

from __future__ import annotations

import msgspec

from .outcome import ErrorReason
from .server_clock import unix_time
from .verdicts import Refused, Transient

BACKOFF_BASE = 0.5
BACKOFF_CAP = 30.0
MAX_RETRY_AFTER = 600.0
"""Seconds. A server that asks for more is not waited for: the record settles, and says so; but a 429 is waited for as
`on_daily_quota` says."""
RETRY_AFTER_JITTER = 0.5
FOREVER = 1e9
"""Seconds: what a server asks beyond that is no other number."""


class Retry(msgspec.Struct, frozen=True):
    """Make another attempt after so many seconds."""

    after: float


class Settle(msgspec.Struct, frozen=True):
    """Make no further attempt: this is why."""

    reason: ErrorReason
    message: str
    retryable: bool
    refused: Refused | None = None


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """Where a call stands after an attempt: what a decision about the next one needs to know.

    `maybe_written` covers every attempt so far; `repeatable` when repeating a write that did happen does no harm;
    `stopping` when the run makes no further attempts; `time_left` is in seconds until the call's deadline, if any.
    """

    attempts: int
    max_attempts: int
    maybe_written: bool
    repeatable: bool
    stopping: bool = False
    time_left: float | None = None


def decide(
    failed: Refused | Transient, standing: Standing, *, retry_after: float | None, chance: float
) -> Retry | Settle:
    """Decide what follows a failed attempt.

    `retry_after` is what the server asks for in seconds, `chance` a random number from 0 to 1.
    """
    if isinstance(failed, Refused):
        return refusal(failed, standing)
    if standing.maybe_written and not standing.repeatable:
        return unsafe(failed.message, standing)
    if standing.stopping:
        return give_up(f"{failed.message}; the run ended before another attempt", standing)
    if failed.excused:
        return Retry(0.0)  # the location's quota knows when, and holds all others too
    if standing.attempts >= standing.max_attempts:
        return give_up(f"{failed.message} (after {_attempts(standing.attempts)})", standing)
    if retry_after is not None and retry_after > MAX_RETRY_AFTER:
        return give_up(f"{failed.message}; the server asks to wait {retry_after:,.0f} s", standing)
    after = backoff(standing.attempts, chance) if retry_after is None else retry_after + chance * RETRY_AFTER_JITTER
    if standing.time_left is not None and after >= standing.time_left:
        return give_up(f"{failed.message} (no time left before the record's deadline)", standing)
    return Retry(after)


def unsafe(message: str, standing: Standing) -> Settle:
    """Settle a call that may have been written, and is not to be sent again."""
    return give_up(f"{message}; sending it again could create a second contact", standing)


def give_up(message: str, standing: Standing, spent: ErrorReason = ErrorReason.EXHAUSTED) -> Settle:
    """Settle a call that is not attempted again: in doubt as soon as any attempt may have been written, else `spent`,
    or cancelled when the run is ending.
    """
    unwritten = ErrorReason.CANCELLED if standing.stopping else spent
    reason = ErrorReason.IN_DOUBT if standing.maybe_written else unwritten
    return Settle(reason, message, retryable=standing.repeatable or not standing.maybe_written)


def refusal(refused: Refused, standing: Standing) -> Settle:
    """Settle a call that was refused; an earlier attempt whose fate is unknown leaves it in doubt all the same."""
    if standing.maybe_written:
        message = f"{refused.message}; an earlier attempt may have been written"
        retryable = standing.repeatable and not refused.of_record
        return Settle(ErrorReason.IN_DOUBT, message, retryable=retryable, refused=refused)
    return Settle(refused.reason, refused.message, retryable=not refused.of_record, refused=refused)


def backoff(attempt: int, chance: float) -> float:
    """Compute the seconds to wait after the 1-based `attempt`; `chance` is a random number from 0 to 1."""
    return chance * min(BACKOFF_CAP, BACKOFF_BASE * 2.0 ** min(attempt - 1, 60))


def parse_retry_after(value: str | None, date: str | None, now: float) -> float | None:
    """Read a `Retry-After` of seconds or of a date as seconds to wait; None for what is neither.

    `date` is the reply's own `Date`, by which the server's clock is read; without one it is `now`, in Unix time.
    """
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.replace(".", "", 1).isdigit():
        return min(float(text), FOREVER)
    until = unix_time(text)
    if until is None:
        return None
    said_at = unix_time(date)
    return max(0.0, until - (now if said_at is None else said_at))


def _attempts(number: int) -> str:
    return "1 attempt" if number == 1 else f"{number} attempts"
