"""What one attempt brought back, and what it means: accepted, refused by rule, or transient.

Every rule here comes from observed.md, "Errors". The question that matters most is asked first: can the server have
written the contact? Where nobody can know, the answer is that it may have.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Generic, TypeVar

import msgspec

from .outcome import ErrorReason
from .reply import Refusal
from .transport import Failure, Reply

T = TypeVar("T")

THROTTLED = 429
"""The status by which the quota refuses (observed.md, "Limits")."""
MAX_MESSAGE = 300
"""Characters of a server's message that are kept."""


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
_BLOCKED_AGENT = b"error code: 1010"

Redact = Callable[[str], str]
"""Takes out of a text what must not be shown."""

_UNREADABLE = (msgspec.DecodeError, ValueError, RecursionError)
"""What reading a body may raise: it is no JSON, not of the type that is expected, or nested without end."""


def judge(answer: Reply | Failure, decode: Callable[[bytes], T], redact: Redact) -> Verdict[T]:
    """Say what an attempt's answer means.

    `decode` reads the body of a success, and raises msgspec.DecodeError or ValueError when it is not what the contract
    says.
    """
    if isinstance(answer, Failure):
        return Transient(answer.message, maybe_written=answer.sent)
    if answer.status in (200, 201):
        return _judge_success(answer, decode)
    text = redact(_text_of(answer.body))
    message = f"{answer.status} {_short(text) or 'with no message'}"
    if answer.status >= 500 or answer.status < 300 or answer.status == 408:
        return Transient(message, maybe_written=True)
    if answer.status == THROTTLED:
        return Transient(message, maybe_written=False, throttled=True)
    match answer.status:
        case 401:
            return _judge_401(text, message)
        case 403:
            return _judge_403(answer.body, message)
        case 400 if _TRANSIENT_400 in text.lower():
            return Transient(message, maybe_written=True)
        case status if status < 400:
            hint = "the server redirects, and a token is not sent after a redirect; is base_url right?"
            return Refused(ErrorReason.REJECTED, f"{hint} {message}")
        case _:
            return Refused(ErrorReason.REJECTED, message)


def _judge_success(reply: Reply, decode: Callable[[bytes], T]) -> Verdict[T]:
    try:
        return Accepted(decode(reply.body))
    except _UNREADABLE:  # the text of these may quote the body
        return Transient(f"{reply.status} with a body that is not what the contract says", maybe_written=True)


def _judge_401(text: str, message: str) -> Refused | Transient:
    if _TRANSIENT_401 in text.lower():
        return Transient(message, maybe_written=True)
    return Refused(ErrorReason.UNAUTHORIZED, message, token=_LOCATION_REFUSED not in text.lower())


def _judge_403(body: bytes, message: str) -> Refused:
    if _BLOCKED_AGENT in body:
        return Refused(ErrorReason.REJECTED, "403 the server's edge refuses this client (error code: 1010)")
    return Refused(ErrorReason.UNAUTHORIZED, message)


_decode_refusal = msgspec.json.Decoder(Refusal).decode


def trace_id_of(reply: Reply, redact: Redact) -> str | None:
    """Find what support would ask for: the reply's `traceId`, else Cloudflare's ray."""
    try:
        trace_id = _decode_refusal(reply.body).trace_id
    except _UNREADABLE:
        trace_id = None
    if not isinstance(trace_id, str) or not trace_id:
        trace_id = reply.headers.get("cf-ray")
    return clean_trace_id(trace_id, redact)


def clean_trace_id(trace_id: str | None, redact: Redact) -> str | None:
    """Make a trace id fit to be shown."""
    return _short(redact(trace_id)) or None if trace_id else None


def _text_of(body: bytes) -> str:
    """Find what a reply that is no success says, in whatever shape it says it."""
    return _message_of_json(body) or _first_text(body)


def _message_of_json(body: bytes) -> str:
    try:
        refusal = _decode_refusal(body)
    except _UNREADABLE:
        return ""
    envelope = refusal.error.get("message") if isinstance(refusal.error, dict) else None
    for found in (refusal.message, refusal.error_description, envelope, refusal.error):
        if isinstance(found, list):
            return "; ".join(str(part) for part in found)
        if isinstance(found, str) and found:
            return found
    return ""


_TAGS = re.compile(r"<(script|style)\b.*?(</\1\s*>|$)|<[^>]*>", re.IGNORECASE | re.DOTALL)


def _first_text(body: bytes) -> str:
    return _TAGS.sub(" ", body[:4_096].decode("utf-8", "replace"))


def _short(text: str) -> str:
    """Keep the words of the beginning, at most 300 characters, and drop what could steer a terminal."""
    if len(text) <= MAX_MESSAGE and text.isprintable() and " " not in text:
        return text  # a trace id, as a rule: every success has one
    words = "".join(character if character.isprintable() else " " for character in text[: 4 * MAX_MESSAGE]).split()
    line = " ".join(words)
    return line if len(line) <= MAX_MESSAGE else f"{line[: MAX_MESSAGE - 1]}…"
