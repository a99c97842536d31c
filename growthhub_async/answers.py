"""What one attempt brought back, and what it means: accepted, refused by rule, or transient.

Every rule here comes from observed.md, "Errors". The question that matters most is asked first: can the server have
written the contact? Where nobody can know, the answer is that it may have.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

import msgspec

from .outcome import ErrorReason
from .private import Private
from .reply import Refusal

T = TypeVar("T")

MAX_MESSAGE = 300
"""Characters of a server's message that are kept."""


class Reply(Private, frozen=True):
    """A whole HTTP reply; header names are looked up in any case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def _shown(self) -> list[tuple[str, object]]:
        return [("status", self.status)]


class Failure(msgspec.Struct, frozen=True):
    """An attempt that brought no reply; `sent` unless it surely ended before its first byte left."""

    message: str
    sent: bool


class Accepted(msgspec.Struct, Generic[T], frozen=True):
    """The server did what was asked."""

    value: T


class Refused(msgspec.Struct, frozen=True):
    """The server says no by rule, and will again; `token` when it refuses the token itself, whatever is sent."""

    reason: ErrorReason
    message: str
    token: bool = False


class Transient(msgspec.Struct, frozen=True):
    """The attempt failed in a way that may pass; `maybe_written` unless the server surely did nothing."""

    message: str
    maybe_written: bool
    throttled: bool = False


Verdict = Accepted[T] | Refused | Transient

_TRANSIENT_401 = "command timed out"
_TRANSIENT_400 = "error occurred while searching for contact"
_LOCATION_REFUSED = "location is not accessible"
_BLOCKED_AGENT = "error code: 1010"


def judge(answer: Reply | Failure, decode: Callable[[bytes], T], redact: Callable[[str], str]) -> Verdict[T]:
    """Say what an attempt's answer means.

    `decode` reads the body of a success and raises msgspec.DecodeError or ValueError when it is not what the contract
    says; `redact` takes what must not be shown out of a message.
    """
    if isinstance(answer, Failure):
        return Transient(redact(answer.message), maybe_written=answer.sent)
    if answer.status in (200, 201):
        return _judge_success(answer, decode)
    message = redact(message_of(answer))
    refused = _REFUSALS.get(answer.status, _refuse_by_rule)
    if answer.status >= 500 or answer.status < 300:
        return Transient(f"{answer.status} {message}", maybe_written=True)
    return refused(answer.status, message)


def _judge_success(reply: Reply, decode: Callable[[bytes], T]) -> Verdict[T]:
    try:
        return Accepted(decode(reply.body))
    except (msgspec.DecodeError, ValueError):  # the text of these may quote the body
        return Transient(f"{reply.status} with a body that is not what the contract says", maybe_written=True)


def _refuse_by_rule(status: int, message: str) -> Verdict[T]:
    if status < 400:
        message = f"the server redirects, and a token is not sent after a redirect; is base_url right? {message}"
    return Refused(ErrorReason.REJECTED, f"{status} {message}")


def _judge_400(status: int, message: str) -> Verdict[T]:
    if _TRANSIENT_400 in message.lower():
        return Transient(f"{status} {message}", maybe_written=True)
    return _refuse_by_rule(status, message)


def _judge_401(status: int, message: str) -> Verdict[T]:
    if _TRANSIENT_401 in message.lower():
        return Transient(f"{status} {message}", maybe_written=True)
    of_location = _LOCATION_REFUSED in message.lower()
    return Refused(ErrorReason.UNAUTHORIZED, f"{status} {message}", token=not of_location)


def _judge_403(status: int, message: str) -> Verdict[T]:
    if _BLOCKED_AGENT in message.lower():
        return Refused(ErrorReason.REJECTED, f"{status} the server's edge refuses this client (error code: 1010)")
    return Refused(ErrorReason.UNAUTHORIZED, f"{status} {message}")


def _judge_408(status: int, message: str) -> Verdict[T]:
    return Transient(f"{status} {message}", maybe_written=True)


def _judge_429(status: int, message: str) -> Verdict[T]:
    return Transient(f"{status} {message}", maybe_written=False, throttled=True)


_REFUSALS: Mapping[int, Callable[[int, str], Verdict[T]]] = {
    400: _judge_400,
    401: _judge_401,
    403: _judge_403,
    408: _judge_408,
    429: _judge_429,
}

_decode_refusal = msgspec.json.Decoder(Refusal).decode


def message_of(reply: Reply) -> str:
    """Find what a reply that is no success says, in whatever shape it says it; at most 300 printable characters."""
    return _printable(_message_of_json(reply.body) or _first_text(reply.body)) or "with no message"


def trace_id_of(reply: Reply) -> str | None:
    """Find what support would ask for: the reply's `traceId`, else Cloudflare's ray."""
    try:
        trace_id = _decode_refusal(reply.body).trace_id
    except (msgspec.DecodeError, ValueError):
        trace_id = None
    if not isinstance(trace_id, str) or not trace_id:
        trace_id = reply.headers.get("cf-ray")
    return _printable(trace_id) if trace_id else None


def _message_of_json(body: bytes) -> str:
    try:
        refusal = _decode_refusal(body)
    except (msgspec.DecodeError, ValueError):
        return ""
    envelope = refusal.error.get("message") if isinstance(refusal.error, dict) else None
    for found in (refusal.message, refusal.error_description, envelope, refusal.error):
        if isinstance(found, list):
            return "; ".join(str(part) for part in found)
        if isinstance(found, str) and found:
            return found
    return ""


_TAGS = re.compile(r"<(script|style)\b.*?</\1\s*>|<[^>]*>", re.IGNORECASE | re.DOTALL)


def _first_text(body: bytes) -> str:
    return _TAGS.sub(" ", body[:4_096].decode("utf-8", "replace"))


def _printable(text: str) -> str:
    """Keep the words and drop what could steer a terminal."""
    words = "".join(character if character.isprintable() else " " for character in text[: 4 * MAX_MESSAGE]).split()
    line = " ".join(words)
    return line if len(line) <= MAX_MESSAGE else f"{line[: MAX_MESSAGE - 1]}…"
