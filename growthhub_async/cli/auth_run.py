"""Logging in and out, and what is told of it: a code from the browser, a grant for it, a profile that keeps both."""

from __future__ import annotations

import getpass
import os
import sys
import time
import webbrowser
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import msgspec

from ..client import GrowthHubClient
from ..grant import Connection, UserType, read_grant
from ..oauth import AGENCY
from ..secret import Secret
from ..settings import LIVE_BASE_URL, Settings, is_token
from . import event_loop
from .authorization import AGENCY_SCOPES, SCOPES, Authorization, heard, listening
from .guard import UsageError
from .library_log import log_on
from .profiles import CLIENT_SECRET, TOKEN, Profile, Profiles
from .screen import Screen, plain
from .token_file import read_token

_PATIENCE = 600.0
"""Seconds in which a person has to answer on the page."""


class Login(NamedTuple):
    """What was given to log in with."""

    client_id: str | None
    client_secret_file: Path | None
    base_url: str | None
    location_id: str | None
    redirect_uri: str
    scopes: list[str] | None
    agency: bool
    browser: bool
    keyring: bool


def log_in(name: str, login: Login, screen: Screen) -> int:
    """Let a person authorize the app, and keep what it brings as a profile."""
    profiles = Profiles()
    before = profiles.find(name)
    profile = _profile_of(login, before)
    secret = _client_secret(name, login, profiles, profile, before)
    client = GrowthHubClient(
        client_id=profile.client_id,
        client_secret=secret,
        token_store=profiles.store(name, profile),
        base_url=profile.base_url,
        location_id=profile.location_id,
    )
    profiles.check_keeps(name, profile)  # before anybody is asked to click
    scopes = login.scopes or (AGENCY_SCOPES if login.agency else SCOPES)
    authorization = Authorization(profile.base_url, profile.client_id or "", login.redirect_uri, tuple(scopes))
    code = _code_by_browser(authorization, screen) if login.browser else _code_by_hand(authorization, screen)

    async def connect() -> Connection:
        async with client:
            user_type: UserType = "Company" if login.agency else "Location"
            return await client.connect(code.reveal(), redirect_uri=authorization.redirect_uri, user_type=user_type)

    with log_on(screen):
        connection = event_loop.run(connect())
    if connection.location_id and login.location_id and connection.location_id != login.location_id:
        raise UsageError(
            f"the app was let into location {connection.location_id}, and --location is {login.location_id}; log in"
            " again, and choose that one on the page"
        )
    profiles.keep_secret(name, profile, CLIENT_SECRET, secret.reveal())
    kept = msgspec.structs.replace(profile, location_id=profile.location_id or connection.location_id)
    profiles.replace(name, before, kept)
    screen.say(f"connected to {_whose(connection)}; profile {name} in {_place(profiles, name, profile)}")
    return 0


def log_out(name: str, screen: Screen) -> int:
    """Forget a profile and its tokens."""
    profiles = Profiles()
    profile = _found(profiles, name)
    profiles.remove(name, profile)
    screen.say(f"the profile {name} and its tokens are gone from this machine")
    if profile.client_id is not None:
        screen.say("GrowthHub itself still lets the app in; who wants to end that uninstalls the app there")
    return 0


def set_token(name: str, location_id: str | None, base_url: str | None, screen: Screen, *, keyring: bool) -> int:
    """Keep a token that is read from the standard input as a profile."""
    profiles = Profiles()
    profile = Profile(
        base_url=_base_url(base_url, None),
        location_id=location_id or os.environ.get("GROWTHHUB_LOCATION_ID") or None,
        kept_in="keyring" if keyring else "file",
    )
    Settings(base_url=profile.base_url, location_id=profile.location_id)  # says what is wrong with them
    before = profiles.find(name)
    token = getpass.getpass("token: ", sys.stderr) if sys.stdin.isatty() else sys.stdin.read()
    if not is_token(token.strip()):
        raise UsageError("the standard input has no token: printable ASCII without spaces, and without `Bearer`")
    profiles.keep_secret(name, profile, TOKEN, token.strip())
    profiles.replace(name, before, profile)
    screen.say(f"the token is kept; profile {name} in {_place(profiles, name, profile)}")
    return 0


def tell_status(name: str | None) -> int:
    """Tell on the standard output what profiles there are, or of one of them, and never a token."""
    profiles = Profiles()
    names = [name] if name is not None else profiles.names()
    if os.environ.get("GROWTHHUB_TOKEN", "").strip():
        print("GROWTHHUB_TOKEN is set, and goes before every profile but one that is named with --profile")
    if not names:
        raise UsageError("there is no profile; make one with `growthhub auth login` or `growthhub auth token set`")
    for one in names:
        profile = _found(profiles, one)
        print(one)
        for label, text in (("kept in", _place(profiles, one, profile)), *_about(profiles, one, profile)):
            print(f"  {label:<10} {plain(text)}")
    return 0


def _about(profiles: Profiles, name: str, profile: Profile) -> Iterator[tuple[str, str]]:
    yield "server", profile.base_url
    if profile.client_id is None:
        yield "location", profile.location_id or "none of its own"
        yield "token", "one that was set; it tells neither its scopes nor its end"
        return
    yield "app", profile.client_id
    texts = (profiles.secret(name, profile, of) for of in dict.fromkeys([profile.location_id or AGENCY, AGENCY]))
    grants = [grant for text in texts if text is not None and (grant := read_grant(text)) is not None]
    for grant in grants:
        yield from _about_connection(grant.connection)
    if not grants:
        yield "connected", "not any more; log in again"


def _about_connection(connection: Connection) -> Iterator[tuple[str, str]]:
    yield "connected", _whose(connection)
    yield "user", connection.user_id or "not told"
    yield "scopes", " ".join(connection.scopes) or "not told"
    yield "token", f"{_end(connection.expires_at)}; it is renewed by itself"


def _end(expires_at: float) -> str:
    at = datetime.fromtimestamp(expires_at).astimezone()
    left = expires_at - time.time()
    if left <= 0:
        return f"ended {at:%Y-%m-%d %H:%M %Z}"
    hours, minutes = divmod(int(left // 60), 60)
    return f"ends {at:%Y-%m-%d %H:%M %Z}, in {hours} h {minutes} min"


def _whose(connection: Connection) -> str:
    if connection.user_type == "Company":
        return f"the agency {connection.company_id or ''}".rstrip() + ", and the locations that have the app"
    return f"location {connection.location_id}"


def _place(profiles: Profiles, name: str, profile: Profile) -> str:
    return "the system's keyring" if profile.kept_in == "keyring" else str(profiles.path(name))


def _found(profiles: Profiles, name: str) -> Profile:
    profile = profiles.find(name)
    if profile is None:
        raise UsageError(profiles.missing(name))
    return profile


def _profile_of(login: Login, before: Profile | None) -> Profile:
    """Make the profile that is logged in to: of what was given, of the environment, of what it was before."""
    client_id = login.client_id or os.environ.get("GROWTHHUB_CLIENT_ID") or (before.client_id if before else None)
    if not client_id:
        raise UsageError("there is no app; name the id that GrowthHub gave it with --client-id or GROWTHHUB_CLIENT_ID")
    return Profile(
        base_url=_base_url(login.base_url, before),
        location_id=login.location_id,
        client_id=client_id,
        kept_in="keyring" if login.keyring else "file",
    )


def _base_url(given: str | None, before: Profile | None) -> str:
    found = given or os.environ.get("GROWTHHUB_BASE_URL") or (before.base_url if before else LIVE_BASE_URL)
    return found.rstrip("/")


def _client_secret(name: str, login: Login, profiles: Profiles, profile: Profile, before: Profile | None) -> Secret:
    """Find the app's secret: in a file, the environment, the profile as it was, or by asking for it."""
    if login.client_secret_file is not None:
        return Secret(read_token(login.client_secret_file, "--client-secret-file"))
    if given := os.environ.get("GROWTHHUB_CLIENT_SECRET", "").strip():
        return Secret(given)
    if before is not None and before.client_id == profile.client_id and before.base_url == profile.base_url:
        kept = profiles.secret(name, before, CLIENT_SECRET)
        if kept is not None:
            return Secret(kept)
    if sys.stdin.isatty():
        return Secret(getpass.getpass("the app's client secret: ", sys.stderr).strip())
    raise UsageError("there is no client secret; set GROWTHHUB_CLIENT_SECRET, or name a file with --client-secret-file")


def _code_by_browser(authorization: Authorization, screen: Screen) -> Secret:
    with listening(authorization) as answers:
        screen.say("allow the app in your browser; if none opens, open this address:")
        screen.command(authorization.url)
        webbrowser.open(authorization.url)
        return heard(answers, _PATIENCE)


def _code_by_hand(authorization: Authorization, screen: Screen) -> Secret:
    screen.say("open this address, and allow the app:")
    screen.command(authorization.url)
    screen.say("then paste the address that the browser came to, even if it shows no page, and press Enter:")
    pasted = sys.stdin.readline()
    if not pasted.strip():
        raise UsageError("nothing was pasted; log in again")
    return authorization.code_in(pasted)
