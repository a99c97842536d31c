"""The page on which a person lets an app into a location, or into the whole agency (observed.md, "Auth").

    GET  /oauth/chooselocation?response_type=code&client_id&redirect_uri&scope&state     shows the page
    POST the same, with what was chosen                                                  goes on to redirect_uri

What cannot be right is told on a page: whoever sends somebody here with another's `redirect_uri` learns nothing there.
"""

from collections.abc import Mapping
from html import escape
from typing import NamedTuple
from urllib.parse import urlencode, urlsplit

from growthhub_async.sandbox.oauth import OAuth

PATH = "/oauth/chooselocation"

_AGENCY = "agency"
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_ASKED = ("response_type", "client_id", "redirect_uri", "scope", "state")


class Shown(NamedTuple):
    """What the browser gets: a page, or the address to go on to."""

    status: int
    page: str = ""
    location: str = ""


def show(oauth: OAuth, query: Mapping[str, str]) -> Shown:
    """Show who asks for what, and let a person choose and allow or deny it."""
    if problem := _problem(oauth, query):
        return Shown(400, _page("This cannot be authorized", f"<p>{escape(problem)}</p>"))
    scopes = "".join(f"<li>{escape(scope)}</li>" for scope in query.get("scope", "").split())
    choices = "".join(
        _choice(location.id, location.name, location.id, checked=number == 0)
        for number, location in enumerate(oauth.locations.values())
    )
    hidden = "".join(f'<input type="hidden" name="{name}" value="{escape(query.get(name, ""))}">' for name in _ASKED)
    form = (
        f"<p>The app <b>{escape(oauth.app.client_id)}</b> asks to be let in, to do this:</p><ul>{scopes}</ul>"
        f'<form method="post" action="{PATH}">{hidden}<fieldset><legend>into</legend>{choices}'
        f"{_choice(_AGENCY, 'the agency, with all its locations', oauth.app.company_id)}</fieldset>"
        '<button id="allow" name="answer" value="allow">Allow</button> '
        '<button id="deny" name="answer" value="deny">Deny</button></form>'
    )
    return Shown(200, _page("Let an app in?", form))


def answer(oauth: OAuth, form: Mapping[str, str]) -> Shown:
    """Go back to the app with a code, or with the word that access was denied."""
    chosen = form.get("location", "")
    if problem := _problem(oauth, form):
        return Shown(400, _page("This cannot be authorized", f"<p>{escape(problem)}</p>"))
    redirect_uri = form["redirect_uri"]
    if form.get("answer") != "allow":
        brought = {"error": "access_denied"}
    elif chosen == _AGENCY or chosen in oauth.locations:
        brought = {"code": oauth.authorize(None if chosen == _AGENCY else chosen, redirect_uri)}
    else:
        return Shown(400, _page("This cannot be authorized", "<p>Choose a location, or the agency.</p>"))
    if form.get("state"):
        brought["state"] = form["state"]
    between = "&" if urlsplit(redirect_uri).query else "?"
    return Shown(302, location=f"{redirect_uri}{between}{urlencode(brought)}")


def _problem(oauth: OAuth, asked: Mapping[str, str]) -> str | None:
    """Say what is wrong with what an app asks, and what would be right."""
    if asked.get("client_id") != oauth.app.client_id:
        return f"client_id is unknown; the app of this sandbox is {oauth.app.client_id}"
    if asked.get("response_type") != "code":
        return "response_type must be code"
    redirect_uri, known = asked.get("redirect_uri", ""), oauth.app.redirect_uris
    if known and redirect_uri not in known:
        return f"redirect_uri is not one of the app's: {', '.join(known)}"
    if not known and not _is_here(redirect_uri):
        return "redirect_uri must be an address on this machine, such as http://localhost:8914/callback"
    return None


def _is_here(uri: str) -> bool:
    try:
        parts = urlsplit(uri)
        return parts.scheme == "http" and parts.hostname in _LOOPBACK and uri.isprintable() and " " not in uri
    except ValueError:
        return False


def _choice(value: str, name: str, about: str, *, checked: bool = False) -> str:
    mark = " checked" if checked else ""
    return (
        f'<label><input type="radio" name="location" value="{escape(value)}"{mark}> {escape(name)}'
        f" <small>{escape(about)}</small></label><br>"
    )


def _page(title: str, body: str) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>"
        f"<body><main><small>a local GrowthHub</small><h1>{escape(title)}</h1>{body}</main></body></html>"
    )


_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;margin:0;background:#f4f5f7;color:#1c2430}"
    "main{max-width:34rem;margin:3rem auto;padding:1.5rem 2rem;background:#fff;border:1px solid #d9dde3;"
    "border-radius:8px}h1{margin:.2rem 0 1rem;font-size:1.4rem}fieldset{border:1px solid #d9dde3;border-radius:6px;"
    "margin:1rem 0}small{color:#5a6472}button{font:inherit;padding:.4rem 1.4rem;border-radius:6px;border:1px solid"
    " #5a6472;background:#fff;cursor:pointer}#allow{background:#14532d;border-color:#14532d;color:#fff}"
)
