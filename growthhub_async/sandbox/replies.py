"""What the sandbox answers: a reply as a value, the API's error bodies, and Cloudflare's pages."""

from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, Literal

import msgspec

Effect = Literal["created", "updated"]

JSON = "application/json; charset=utf-8"
HTML = "text/html; charset=UTF-8"
TEXT = "text/plain"

_NO_HEADERS: Mapping[str, str] = MappingProxyType({})
_ENCODER = msgspec.json.Encoder()
_EDGE_TROUBLES = MappingProxyType(
    {
        520: "Web server is returning an unknown error",
        521: "Web server is down",
        522: "Connection timed out",
        523: "Origin is unreachable",
        524: "A timeout occurred",
    }
)


class Reply(msgspec.Struct, frozen=True):
    """A response before it is sent, and what the request did to which contact."""

    status: int
    body: bytes = b""
    content_type: str = JSON
    headers: Mapping[str, str] = _NO_HEADERS
    effect: Effect | None = None
    contact_id: str | None = None


class Refusal(Exception):
    """The API's no: a status, the `message` (a list from the validator, else a string) and any further members."""

    def __init__(self, status: int, message: str | list[str], **members: Any) -> None:
        super().__init__(status, message)
        self.status = status
        self.message = message
        self.members = members


def json_reply(
    status: int, content: dict[str, Any], *, effect: Effect | None = None, contact_id: str | None = None
) -> Reply:
    """Return a reply with a JSON body."""
    return Reply(status, _ENCODER.encode(content), effect=effect, contact_id=contact_id)


def error_reply(refusal: Refusal, trace_id: str) -> Reply:
    """Return a refusal in the API's shape; a 400 has no `error`, every other status names itself."""
    content: dict[str, Any] = {"statusCode": refusal.status, "message": refusal.message}
    if refusal.status != HTTPStatus.BAD_REQUEST:
        content["error"] = reason(refusal.status)
    return json_reply(refusal.status, content | refusal.members | {"traceId": trace_id})


def reason(status: int) -> str:
    """Return the words for a status, Cloudflare's own ones included."""
    # Python 3.13 renamed this one; the API's words are the old ones.
    if status == HTTPStatus.UNPROCESSABLE_ENTITY:
        return "Unprocessable Entity"
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return _EDGE_TROUBLES.get(status, "Error")


def html_page(status: int, words: str) -> Reply:
    """Return an edge's page that shows a few words."""
    page = (
        '<!DOCTYPE html>\n<html lang="en-US">\n<head><title>{words}</title></head>\n'
        "<body><h1>{words}</h1><p>Cloudflare Ray ID: 0000000000000000</p></body>\n</html>\n"
    )
    return Reply(status, page.format(words=words).encode(), HTML)


def cloudflare_page(code: int) -> Reply:
    """Return the page for 1010 (a 403: the User-Agent is refused) or for 520 to 524."""
    if code == 1010:
        return html_page(403, "error code: 1010")
    return html_page(code, f"{code}: {_EDGE_TROUBLES[code]}")
