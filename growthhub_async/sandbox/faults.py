"""Faults as data: what goes wrong, and for which requests.

Every fault says when it is served (`Fault`). Those that put another answer in the place of the right one, or none at
all, also say whether the contact has been written by then (`Instead`): an error is no proof that nothing was written
(observed.md, "Errors"). The others spoil the right answer on its way, after the write.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from growthhub_async.sandbox.latency import Probability, Seconds

Count = Annotated[int, Meta(ge=1)]
StatusCode = Annotated[int, Meta(ge=200, le=599)]
Moment = Literal["before", "after"]


class Fault(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind"):
    """Say which requests a fault is served to.

    Of the requests it is limited to by `path` (`*` stands for anything), `method` and `location_id`, a fault is served
    to those whose number, counted from 1, is in `requests`, to each `every`th, and to each with `probability`.
    Without a limit the number is that of the request's arrival; with `per_location` each location has its own count.
    At least one of the three has to be given.
    """

    probability: Probability = 0.0
    requests: tuple[Count, ...] = ()
    every: Count | None = None
    per_location: bool = False
    path: str = "*"
    method: str | None = None
    location_id: str | None = None

    def __post_init__(self) -> None:
        if not (self.probability or self.requests or self.every):
            raise ValueError("the fault is never served; give it a probability, requests or every")


class Instead(Fault, frozen=True):
    """A fault that takes the place of the answer, `before` or `after` the write."""

    moment: Moment = "before"


class Status(Instead, frozen=True, tag="status"):
    """Any status, with a body of any shape the API was seen with; `message` replaces the words.

    body: `json` is `{statusCode, message, error}`, `envelope` is `{error: {code, message}}`, `oauth` is
        `{error, error_description}`; `html` is a page, `text` a line of text, `empty` nothing.
    """

    status: StatusCode = 503
    body: Literal["json", "envelope", "oauth", "html", "text", "empty"] = "json"
    message: str | None = None
    headers: dict[str, str] = {}


class HtmlPage(Instead, frozen=True, tag="html_page"):
    """Cloudflare's page: 1010 (status 403, the User-Agent is refused) or 520 to 524 (the origin is in trouble)."""

    code: Literal[1010, 520, 521, 522, 523, 524] = 520


class CommandTimedOut(Instead, frozen=True, tag="command_timed_out"):
    """401 `Command timed out`: a transient fault labelled as a matter of the token."""


class SearchFailed(Instead, frozen=True, tag="search_failed"):
    """400 `Error occurred while searching for contact`: a transient fault under a permanent code."""


class Redirect(Instead, frozen=True, tag="redirect"):
    """A redirection to another address; by default to an unused port of this machine."""

    status: Literal[301, 302, 303, 307, 308] = 307
    target: str = "http://127.0.0.1:9/"


class Disconnect(Instead, frozen=True, tag="disconnect"):
    """The connection is dropped without an answer."""


class Hang(Instead, frozen=True, tag="hang"):
    """No answer ever comes; the connection stays open until the sandbox ends."""


class TruncatedBody(Fault, frozen=True, tag="truncated_body"):
    """The connection ends after `share` of the announced body."""

    share: Probability = 0.5


class MalformedJson(Fault, frozen=True, tag="malformed_json"):
    """A complete response whose body is not JSON: its second half is missing."""


class WrongContentType(Fault, frozen=True, tag="wrong_content_type"):
    """The right body under another content type."""

    content_type: str = "text/html"


class SlowDrip(Fault, frozen=True, tag="slow_drip"):
    """The body comes in pieces of `piece` bytes, `pause` seconds apart."""

    piece: Count = 16
    pause: Seconds = 1.0


class HugeBody(Fault, frozen=True, tag="huge_body"):
    """The body is padded with white space to `size` bytes; it stays valid JSON."""

    size: Count = 64 * 1024 * 1024


AnyFault = (
    Status
    | HtmlPage
    | CommandTimedOut
    | SearchFailed
    | Redirect
    | Disconnect
    | Hang
    | TruncatedBody
    | MalformedJson
    | WrongContentType
    | SlowDrip
    | HugeBody
)


def kind_of(fault: Fault) -> str:
    """Return the name the fault has in a scenario file."""
    return str(fault.__struct_config__.tag)
