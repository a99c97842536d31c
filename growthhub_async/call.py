"""One call: what is sent, and how far it has come."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Generic, TypeVar

from .history import History
from .line import Place
from .retry import Standing
from .secret import Secret
from .transport import Failure, Reply

T = TypeVar("T")

AT_WORK = 3.0
"""Seconds from when it left for which a request that was not heard of is held to be worked on: an upsert takes 0.3 to 1
(observed.md, "Limits"). Another one of the same email or phone that came before it is done could make a second contact.
"""


class Call(Generic[T]):
    """One request on its way to being settled, and how far it has come."""

    # What a call that has just been made has not got yet is told once, here: there is one for every record.
    attempts = 0
    excused = 0
    renewals = 0
    at_work_until = 0.0
    first_left: float | None = None
    ticket: int | None = None
    place: Place | None = None
    flight: Any = None  # of an attempt that no task waits for
    brought: Reply | Failure | Exception | None = None
    token: Secret | None = None
    in_flight = False
    maybe_written = False
    no_more_attempts = False
    http_status: int | None = None
    trace_id: str | None = None
    before_send: Callable[[], Awaitable[None]] | None = None
    history: History | None = None

    def __init__(
        self,
        method: str,
        path: str,
        location_id: str,
        decode: Callable[[bytes], T],
        *,
        body: bytes | None = None,
        repeatable: bool,
        exclusive: bool = False,
        may_repeat: Callable[[str], bool] | None = None,
        deadline: float | None = None,
        priority: int = 0,
    ) -> None:
        self.method = method
        self.path = path
        self.location_id = location_id
        self.decode = decode
        self.body = body
        self.repeatable = repeatable
        self.exclusive = exclusive
        self.may_repeat = may_repeat
        self.deadline = deadline
        self.priority = priority

    def unheard(self, ago: float, now: float) -> None:
        """Note that an attempt of an earlier run left so many seconds ago, and was not heard of."""
        ago = max(ago, 0.0)  # by a clock that was set back
        self.maybe_written = True
        self.first_left = now - ago
        self.at_work_until = now + AT_WORK - ago

    def left(self, at: float) -> None:
        """Note that a request leaves: the server may be at work on it from now."""
        self.in_flight = True
        self.at_work_until = at + AT_WORK if self.exclusive else 0.0
        if self.first_left is None:
            self.first_left = at

    def heard(self, answer: Reply | Failure, now: float) -> None:
        """Note of what an attempt brought what is told of the call."""
        if self.history is not None:
            self.history.ends(now, answer)
        came = answer if isinstance(answer, Reply) else answer.came
        if came is not None:
            self.http_status = came.status
            self.trace_id = came.headers.get("cf-ray")

    def redact(self, text: str) -> str:
        """Take the token that was sent out of a text."""
        return text if self.token is None else self.token.redact(text)

    def standing(self, max_attempts: int, now: float, *, closed: bool) -> Standing:
        """Freeze where the call stands, an attempt in flight counted as one that may have been written.

        What the quota refused, or a token that had to be renewed, is no attempt: it is not the record's fault.
        """
        return Standing(
            attempts=self.attempts - self.excused,
            max_attempts=max_attempts,
            stopping=self.no_more_attempts or closed,
            maybe_written=self.maybe_written or self.in_flight,
            repeatable=self.repeatable,
            time_left=None if self.deadline is None else self.deadline - now,
        )
