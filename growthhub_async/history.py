"""What was done about one call, written down attempt by attempt; the clocks are passed in, and nothing is decided here.

One entry is open at any time: that of the attempt which is being made, or waited for. What ends a wait ends its entry.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from .outcome import Attempt
from .transport import Failure, Reply

MAX_VALUE = 1_000
"""Characters of a header's value that are kept."""
_SECRET = "set-cookie"

Redact = Callable[[str], str]
"""Takes out of a text what must not be shown."""


class History:
    """The entries of one call; times are the loop's, in seconds, unless they are said to be in Unix time."""

    __slots__ = ("_answer", "_asked", "_began", "_entries", "_granted", "_has_turn", "_left", "_left_unix", "_over")

    def __init__(self, began: float) -> None:
        self._entries: list[Attempt] = []
        self._began = began
        self._has_turn: float | None = None
        self._open()

    def _open(self) -> None:
        self._asked: float | None = None
        self._granted: float | None = None
        self._left: float | None = None
        self._left_unix: float | None = None
        self._over: float | None = None
        self._answer: Reply | Failure | None = None

    def has_turn(self, now: float) -> None:
        """Note that the call waits for no other."""
        self._has_turn = now

    def asks(self, now: float) -> None:
        """Note that it waits for a place in the quota."""
        self._asked = now

    def goes(self, now: float) -> None:
        """Note that it has its place."""
        self._granted = now

    def leaves(self, now: float, unix: float) -> None:
        """Note that its request leaves, and at what Unix time."""
        self._left, self._left_unix = now, unix

    def ends(self, now: float, answer: Reply | Failure) -> None:
        """Note what the attempt brought back."""
        self._over, self._answer = now, answer

    def again(self, why: str, after: float, now: float, redact: Redact) -> None:
        """Close an entry that is followed by another, after so many seconds."""
        decision = f"again in {after:.2f} s: {why}"
        self._entries.append(self._entry(decision, now, redact, again_after=after))
        self._open()

    def settled(self, decision: str, now: float, redact: Redact) -> tuple[Attempt, ...]:
        """Close the last entry, and give all of them."""
        return (*self._entries, self._entry(decision, now, redact))

    def _entry(self, decision: str, now: float, redact: Redact, *, again_after: float | None = None) -> Attempt:
        answer = self._answer
        came = answer.came if isinstance(answer, Failure) else answer
        return Attempt(
            number=len(self._entries) + 1,
            waited_for_turn=0.0 if self._entries else _until(self._has_turn, now) - self._began,
            waited_for_quota=0.0 if self._asked is None else _until(self._granted, now) - self._asked,
            left_at=self._left_unix,
            duration=0.0 if self._left is None else _until(self._over, now) - self._left,
            http_status=None if came is None else came.status,
            headers=None if came is None else _headers(came.headers, redact),
            failure=answer.message if isinstance(answer, Failure) else None,
            decision=decision,
            again_after=again_after,
        )


def _until(moment: float | None, now: float) -> float:
    """Give the end of what may not have ended: then it is now."""
    return now if moment is None else moment


def _headers(given: Mapping[str, str], redact: Redact) -> dict[str, str]:
    """Take the headers of a reply, but for what is a secret."""
    headers: dict[str, str] = {}
    for given_name, value in given.items():
        name = given_name.lower()
        if name == _SECRET:
            continue
        name, text = _clean(name, redact), _clean(value, redact)
        headers[name] = f"{headers[name]}, {text}" if name in headers else text
    return headers


def _clean(text: str, redact: Redact) -> str:
    """Make a text fit to be shown and to be encoded: a header may hold any byte but a line break."""
    shown = redact(text)[:MAX_VALUE]
    return shown if shown.isprintable() else "".join(part if part.isprintable() else "\ufffd" for part in shown)
