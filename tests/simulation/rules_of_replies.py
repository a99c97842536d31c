"""The rule of what comes back: an attempt's answer is what came on its connection, read here once more."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from growthhub_async.transport import Reply
from tests.simulation.case import Case
from tests.simulation.plan import MAX_REPLY_SIZE

_HEAD = re.compile(rb"HTTP/1\.1 (\d{3}) [^\r]*\r\n(.*?\r\n)\r\n", re.DOTALL)
_LENGTH = re.compile(rb"^Content-Length: (\d+)\r$", re.MULTILINE)
_CHUNK = re.compile(rb"([0-9a-f]+)\r\n")
MOST_SHOWN = 400
_NO_BODY = (204, 304)


class Came(NamedTuple):
    """A whole reply."""

    status: int
    body: bytes


def an_answer_is_what_came(case: Case) -> Iterator[str]:
    """A whole reply that came in time is the answer, and there is none without one."""
    for attempt in case.run.attempts:
        came = read(attempt.came)
        if attempt.answer is None:
            continue
        said = Came(attempt.answer.status, attempt.answer.body) if isinstance(attempt.answer, Reply) else None
        if said != came:
            yield f"attempt {attempt.number} ended as {attempt.answer}, and what came was {attempt.came[:MOST_SHOWN]!r}"


def read(data: bytes) -> Came | None:
    """Read the whole reply that bytes begin with; None when there is none, or it is longer than is allowed."""
    head = _HEAD.match(data)
    if head is None:
        return None
    status, rest = int(head[1]), data[head.end() :]
    length = _LENGTH.search(head[2])
    if status in _NO_BODY:
        body: bytes | None = b""
    elif length is not None:
        body = rest[: int(length[1])] if len(rest) >= int(length[1]) else None
    else:
        body = _joined(rest)
    return None if body is None or len(body) > MAX_REPLY_SIZE else Came(status, body)


def _joined(data: bytes) -> bytes | None:
    """Join the chunks of a body; None when the last has not come."""
    body, at = b"", 0
    while size := _CHUNK.match(data, at):
        at = size.end() + int(size[1], 16) + 2
        if at > len(data):
            return None
        if int(size[1], 16) == 0:
            return body
        body += data[size.end() : at - 2]
    return None
