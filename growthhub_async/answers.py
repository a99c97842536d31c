"""What one attempt brought back, and what it means: accepted, refused by rule, or transient.

Every rule here comes from observed.md, "Errors". The question that matters most is asked first: can the server have
written the contact? Where nobody can know, the answer is that it may have.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, TypeVar

import msgspec

from .outcome import ErrorReason
from .reply import Refusal
from .transport import Failure, Reply
from .verdicts import Accepted, Refused, Subject, Transient, Verdict

T = TypeVar("T")

SUCCESSES: Final = (200, 201)
"""The statuses of a contact that is kept (contract.md, "Responses")."""
THROTTLED: Final = 429
"""The status by which the quota refuses (observed.md, "Limits")."""
MAX_MESSAGE = 300
"""Characters of a server's message that are kept."""
MAX_BEGINNING = 100
"""Characters of a body that is kept to show what came, where it was expected to be something else."""
MAX_PARTS = 20
"""Parts of a message that is a list which are read."""
READ_OF_BODY = 4_096
"""Bytes of a body that are looked at for something to show."""


_TIMED_OUT = "command timed out"
_MISLABELLED = (_TIMED_OUT, "error occurred while searching for contact")
"""What a 400 or a 401 says that is neither: the server itself failed, and may do better next time."""
_REFUSALS: tuple[tuple[str, Subject], ...] = (
    ("version header", "client"),
    ("not authorized for this scope", "scope"),
    ("user type mismatch", "scope"),
    ("location is not accessible", "location"),
    ("not have access to this location", "location"),
    ("invalid jwt", "token"),
    ("invalid private integration token", "token"),
    ("invalid token", "token"),
)
"""The words by which 401s and 403s are told apart."""
_BLOCKED_AGENT = b"error code: 1010"
_BLOCKED_HINT = (
    "403 the server's edge refuses this client by its User-Agent (error code: 1010); what is sent is our own: look for"
    " a proxy or an egress on the way that changes it, or whose address is refused"
)
_REDIRECTS = (301, 302, 307, 308)
"""Not 303: by its definition the request was carried out, and what came of it is elsewhere (RFC 9110, 15.4.4)."""

Redact = Callable[[str], str]
"""Takes out of a text what must not be shown."""

_UNREADABLE: Final = (msgspec.DecodeError, ValueError, RecursionError)
"""What reading a body may raise: it is no JSON, not of the type that is expected, or nested without end."""


def judge(answer: Reply | Failure, decode: Callable[[bytes], T], redact: Redact) -> Verdict[T]:
    """Say what an attempt's answer means.

    `decode` reads the body of a success, and raises msgspec.DecodeError or ValueError when it is not what the contract
    says.
    """
    if isinstance(answer, Failure):
        return Transient(_told(answer, redact), maybe_written=answer.sent)
    status = answer.status
    if status in SUCCESSES:
        return _judge_success(answer, decode, redact)
    words = _words_of_json(answer.body)
    text = redact(words or _shown(answer.body))
    message = f"{status} {_short(text) or 'with no message'}"
    if status == THROTTLED:
        return Transient(message, maybe_written=False, excused=True)
    if status >= 500 or status < 300 or status == 408:
        return Transient(message, maybe_written=True)
    if status < 400:
        return _judge_redirect(answer, message, redact)
    if status in (400, 401, 403) and any(words in text.lower() for words in _MISLABELLED):
        return Transient(message, maybe_written=True)
    if status == 403 and _BLOCKED_AGENT in answer.body:
        return Refused(ErrorReason.REJECTED, _BLOCKED_HINT, of="client")
    if status in (401, 403):
        return _judge_unauthorized(status, text.lower(), message, by_the_api=bool(words))
    return Refused(ErrorReason.REJECTED, message)


def _told(failure: Failure, redact: Redact) -> str:
    """Say how an attempt failed, and how the reply began if it did."""
    if failure.came is not None:
        return f"{failure.message}; it began: {_beginning(failure.came, redact)}"
    shown = _short(redact(_shown(failure.began)), MAX_BEGINNING)
    return f"{failure.message}; it began: {shown}" if shown else failure.message


def _judge_success(reply: Reply, decode: Callable[[bytes], T], redact: Redact) -> Verdict[T]:
    try:
        return Accepted(decode(reply.body))
    except _UNREADABLE:  # the text of these may quote the body
        message = f"not what the contract says: {_beginning(reply, redact)}"
        return Transient(message, maybe_written=True)


def _judge_redirect(reply: Reply, message: str, redact: Redact) -> Refused | Transient:
    location = _short(redact(reply.headers.get("location", "").partition("?")[0]), MAX_BEGINNING)
    if not location or reply.status not in _REDIRECTS:
        return Transient(f"{message}; that is no answer to an upsert", maybe_written=True)
    hint = f"redirected to {location}, where a token is not taken; is base_url right?"
    return Refused(ErrorReason.REJECTED, f"{message}; {hint}", of="client")


def _judge_unauthorized(status: int, text: str, message: str, *, by_the_api: bool) -> Refused | Transient:
    """Judge a 401 or a 403 by its words.

    The API always says why, in JSON. A page, a line of text or nothing comes from the edge or a proxy before it, which
    says nothing of the token, and may let the next request pass: a challenge, a full origin.
    """
    for words, subject in _REFUSALS:
        if words in text:
            return Refused(ErrorReason.UNAUTHORIZED, message, of=subject)
    if not by_the_api:
        return Transient(f"{message}; not in the API's words: an edge or a proxy before it answers", maybe_written=True)
    return Refused(ErrorReason.UNAUTHORIZED, message, of="token" if status == 401 else None)


_GIVEN_UP = frozenset({408, 502, 504, *range(520, 525)})
"""Statuses by which something on the way gives up on a server that may be at work all the same."""


def may_be_at_work(answer: Reply | Failure) -> bool:
    """Tell whether the server may be working on the request still, for all that is known of its answer."""
    if isinstance(answer, Failure):
        return answer.sent and answer.came is None
    return answer.status in _GIVEN_UP or (answer.status == 401 and _TIMED_OUT in _words_of_json(answer.body).lower())


_decode_refusal = msgspec.json.Decoder(Refusal).decode


def trace_id_of(reply: Reply, redact: Redact) -> str | None:
    """Find what support would ask for: the reply's `traceId`, else Cloudflare's ray."""
    try:
        trace_id = _decode_refusal(reply.body).trace_id
    except _UNREADABLE:
        trace_id = None
    return clean_trace_id(trace_id if isinstance(trace_id, str) else None, redact) or ray_of(reply, redact)


def ray_of(reply: Reply, redact: Redact) -> str | None:
    """Find Cloudflare's ray, which serves where a reply has no `traceId`."""
    return clean_trace_id(reply.headers.get("cf-ray"), redact)


def clean_trace_id(trace_id: str | None, redact: Redact) -> str | None:
    """Make a trace id fit to be shown."""
    return _short(redact(trace_id)) or None if trace_id else None


def _words_of_json(body: bytes) -> str:
    """Find what a refusal says, in whichever member it says it."""
    try:
        refusal = _decode_refusal(body)
    except _UNREADABLE:
        return ""
    envelope = refusal.error.get("message") if isinstance(refusal.error, dict) else None
    for found in (refusal.message, refusal.error_description, envelope, refusal.error):
        if words := _words(found):
            return words
    return ""


def _words(found: object) -> str:
    """Read a message: a string, a list of several, or an object that holds one; what else is there is left out.

    The validator's objects hold the contact too, under other names.
    """
    parts = found[:MAX_PARTS] if isinstance(found, list) else [found]
    inner = [part.get("message") if isinstance(part, dict) else part for part in parts]
    return "; ".join(part for part in inner if isinstance(part, str) and part)


def _beginning(reply: Reply, redact: Redact) -> str:
    """Say what came: the status, the type if it is not JSON's, and how the body begins."""
    content_type = _short(redact(reply.headers.get("content-type", "")), MAX_BEGINNING)
    kind = "" if "json" in content_type.lower() else f" {content_type or 'of no content type'},"
    text = redact(_words_of_json(reply.body) or _shown(reply.body))
    return f"{reply.status}{kind} {_short(text, MAX_BEGINNING) or 'with no body'}"


_TAGS = re.compile(r"<(script|style)\b.*?(</\1\s*>|$)|<[^>]*>", re.IGNORECASE | re.DOTALL)
_LOOKS_LIKE_JSON = re.compile(r"[^\w<]*[{\[]|[^<]*\"\s*:")
_JSON_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*(?:"|\\?$)(\s*:)?|[^\s{}\[\]:,"]+', re.DOTALL)
_KEY = re.compile(r'"[A-Za-z_]\w{0,63}"\s*:')


def _shown(body: bytes) -> str:
    """Make of the beginning of a body what may be shown: the text of a page, the structure of JSON."""
    text = body[:READ_OF_BODY].decode("utf-8", "replace")
    if _LOOKS_LIKE_JSON.match(text):  # it may be a contact's
        return _JSON_TOKEN.sub(_masked, text)
    shown = _TAGS.sub(" ", text)
    if len(body) <= READ_OF_BODY:
        return shown
    whole, *cut = shown.rsplit(maxsplit=1) or [""]
    return f"{whole} …" if cut else "…"  # the last word is left out: half a token is not known as one


def _masked(token: re.Match[str]) -> str:
    """Hide a value, and a name that is none of a field."""
    found = token[0]
    if _KEY.fullmatch(found) or found in ("true", "false", "null"):
        return found
    return "***:" if token[1] else "***"


def _short(text: str, most: int = MAX_MESSAGE) -> str:
    """Keep the words of the beginning, at most `most` characters, and drop what could steer a terminal."""
    if len(text) <= most and text.isprintable() and " " not in text:
        return text  # a trace id, as a rule: every success has one
    words = "".join(character if character.isprintable() else " " for character in text[: 4 * most]).split()
    line = " ".join(words)
    return line if len(line) <= most else f"{line[: most - 1]}…"
