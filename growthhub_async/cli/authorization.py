"""How a person lets the app in: the address of the page, and what the browser brings back.

(observed.md, "Auth".) The code that comes back is good for one exchange, and is shown to nobody. It is believed only
with the `state` that was sent: else somebody else's code could be slipped in.
"""

from __future__ import annotations

import hmac
import queue
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple
from urllib.parse import parse_qs, urlencode, urlsplit

from ..secret import Secret
from ..settings import LIVE_BASE_URL
from .guard import UsageError

REDIRECT_URI = "http://localhost:8914/callback"
"""Where the browser is sent back to by default; the app's settings in GrowthHub have to name it."""
SCOPES = ("contacts.write", "contacts.readonly", "locations/customFields.readonly")
AGENCY_SCOPES = (*SCOPES, "oauth.write")
"""With the last of these an agency asks for the tokens of its locations."""

_LIVE_PAGE = "https://marketplace.gohighlevel.com/oauth/chooselocation"
_LOOPBACK = ("localhost", "127.0.0.1")
_LOOK_AGAIN = 0.2
"""Seconds after which it is looked whether somebody has pressed Ctrl-C."""


class StrayAnswerError(UsageError):
    """An answer to another request, or somebody's who makes one up."""


class Authorization:
    """One request to be let in."""

    def __init__(self, base_url: str, client_id: str, redirect_uri: str, scopes: tuple[str, ...]) -> None:
        self.redirect_uri = redirect_uri
        self._state = Secret(secrets.token_urlsafe(24))
        page = _LIVE_PAGE if base_url == LIVE_BASE_URL else f"{base_url}/oauth/chooselocation"
        asked = {
            "response_type": "code",
            "redirect_uri": redirect_uri,
            "client_id": client_id,
            "scope": " ".join(scopes),
            "state": self._state.reveal(),
        }
        self.url = f"{page}?{urlencode(asked)}"

    def code_in(self, address: str) -> Secret:
        """Take the code out of an address that the browser came back to; raises UsageError when there is none."""
        brought = {name: values[0] for name, values in parse_qs(urlsplit(address.strip()).query).items()}
        if not hmac.compare_digest(brought.get("state", "").encode(), self._state.reveal().encode()):
            raise StrayAnswerError("that is not the answer to this request; use the address that was shown just now")
        if "error" in brought:
            denied = brought["error"] == "access_denied"
            raise UsageError("access was denied on the page" if denied else "the page sent an error back; try again")
        if not brought.get("code"):
            raise UsageError("there is no code in the address; paste the whole address that the browser came back to")
        return Secret(brought["code"])


class _Answer(NamedTuple):
    """What the browser brought: a code, or why there is none."""

    code: Secret | None
    why_not: str = ""


@contextmanager
def listening(authorization: Authorization) -> Iterator[queue.Queue[_Answer]]:
    """Listen for the browser on this machine during the block; raises UsageError when that cannot be done."""
    parts = urlsplit(authorization.redirect_uri)
    if parts.scheme != "http" or parts.hostname not in _LOOPBACK or parts.port is None:
        raise UsageError(
            f"--redirect-uri {authorization.redirect_uri}: nobody can listen there; use --no-browser, or an address"
            f" such as {REDIRECT_URI} that the app's settings name"
        )
    answers: queue.Queue[_Answer] = queue.Queue()
    try:
        server = ThreadingHTTPServer(("127.0.0.1", parts.port), _handler(authorization, parts.path or "/", answers))
    except OSError as error:
        raise UsageError(
            f"--redirect-uri {authorization.redirect_uri}: {error.strerror}; end what listens there, or name another"
            " address that the app's settings have"
        ) from None
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield answers
    finally:
        server.shutdown()
        server.server_close()


def heard(answers: queue.Queue[_Answer], patience: float) -> Secret:
    """Wait for the browser to bring the code; raises UsageError when it brings another answer, or none in time."""
    until = time.monotonic() + patience
    while time.monotonic() < until:
        try:
            answer = answers.get(timeout=_LOOK_AGAIN)
        except queue.Empty:
            continue
        if answer.code is None:
            raise UsageError(answer.why_not)
        return answer.code
    raise UsageError(f"nobody has answered on the page within {patience:g} s; log in again")


def _handler(authorization: Authorization, path: str, answers: queue.Queue[_Answer]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = 10.0

        def do_GET(self) -> None:
            if urlsplit(self.path).path != path:
                self._show(404, "There is nothing here.")
                return
            try:
                answer = _Answer(authorization.code_in(self.path))
            except StrayAnswerError as stray:
                self._show(400, str(stray))
                return
            except UsageError as error:
                answer = _Answer(None, str(error))
            self._show(200, answer.why_not or "GrowthHub has let the app in. The command line goes on by itself.")
            answers.put(answer)

        def _show(self, status: int, text: str) -> None:
            page = f"<!doctype html><meta charset=utf-8><title>growthhub</title><p id=told>{escape(text)}".encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(page)))
            self.send_header("Referrer-Policy", "no-referrer")
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, *_: object) -> None:
            """Write nothing: the address has the code in it."""

    return Handler
