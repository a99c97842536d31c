"""Every setting: its name, default and bounds, once.

The same names are the keywords of `GrowthHubClient` and the long flags of the command line.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal, Protocol, TypeGuard
from urllib.parse import urlsplit

import msgspec

from .errors import ConfigurationError
from .grant import AccessToken
from .proxies import NAMED, is_proxy, proxy_of
from .secret import Secret
from .token_store import TokenStore

LIVE_BASE_URL = "https://services.leadconnectorhq.com"
API_VERSION = "2023-02-21"
MAX_SECONDS = 10_000_000
LEAST_AHEAD = 32
"""Records that a stream holds of each of many sources: enough to keep a location's quota full at 3 s a request."""
MANY_AHEAD = 16_384
"""Records that a stream holds of so many sources that they are more than so."""

_API_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_PRINTABLE = re.compile(r"[\x21-\x7e]+")
_STORE = ("load", "save", "delete", "lock")
_LOOPBACK = re.compile(r"localhost|127(\.\d{1,3}){3}|::1")


class TokenSource(Protocol):
    """Gives the token of a location, as `await source(location_id, refused)`.

    `refused` is None at first, and later the token that the server takes no more: then another is to be given, or the
    same one again when there is no other. An `AccessToken` says when it ends, and the next one is asked for ahead of
    that, with None. What it raises is held to pass, and counts as an attempt that was not sent. It may take
    `attempt_timeout` seconds.
    """

    async def __call__(self, location_id: str, refused: str | None, /) -> str | AccessToken:
        """Give the token."""


class RepeatPolicy(Protocol):
    """Decides whether a record is sent again after an attempt that may have been written, as `policy(contact, why)`.

    `contact` is the `Contact` as it was sent, `why` what became of the attempt. True and False decide; None leaves it
    to the rule: yes with an email or a phone to be matched by, unless `create_new_if_duplicate_allowed` is set.
    """

    def __call__(self, contact: Any, why: str, /) -> bool | None:
        """Decide."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What a client is made with; raises ConfigurationError that names every setting that is wrong.

    token                   a Private Integration Token or an access token, or a `TokenSource`; else GROWTHHUB_TOKEN
    client_id               an app's, by which tokens are got with OAuth; with `client_secret` and `token_store`
    client_secret           the app's secret
    token_store             where the tokens of the app's connections are kept: `FileTokenStore(path)`, or your own
    location_id             the location of records that name none; else the environment's GROWTHHUB_LOCATION_ID
    base_url                the server; else the environment's GROWTHHUB_BASE_URL, else the live API
    api_version             the `Version` header
    concurrency             requests in flight at once, 1 to 100,000
    look_ahead              records a stream holds at once; None for twice `concurrency`, or 32 of each of many sources
    max_attempts            attempts a record may cost, 1 to 100; those that the quota refuses are not counted
    attempt_timeout         seconds one request may take from when it is sent, and as many to make its connection
    record_deadline         seconds a record may take in all, its waits included; None for no bound
    requests_per_interval   requests a location allows in an interval; what it tells itself may be less
    interval                seconds in which so many are allowed
    requests_per_day        requests a location allows in a day
    reserve                 share of both quotas that is left to other programs, 0 to below 1
    on_daily_quota          when a day is spent or a pause over ten minutes: "wait", or "stop" and cancel the rest
    send_empty              send empty strings; by default they are left out, for nobody knows what they do to a contact
    strict                  make an error of what was written but not as sent, instead of `Outcome.dropped` alone
    may_repeat              asked whether a record may be sent again after an attempt that may have been written
    keep_history            keep in `Outcome.history` what was done about a record
    close_timeout           seconds that a client which is closed waits for what is in flight
    max_reply_size          bytes; a longer reply is refused
    proxy                   a proxy, as `http://user:password@host:3128`; else HTTPS_PROXY, unless NO_PROXY exempts it
    """

    token: str | Secret | TokenSource | None = None
    client_id: str | None = None
    client_secret: str | Secret | None = None
    token_store: TokenStore | None = None
    location_id: str | None = None
    base_url: str | None = None
    api_version: str = API_VERSION
    concurrency: int = 128
    look_ahead: int | None = None
    max_attempts: int = 5
    attempt_timeout: float = 30.0
    record_deadline: float | None = None
    requests_per_interval: int = 100
    interval: float = 10.0
    requests_per_day: int = 200_000
    reserve: float = 0.0
    on_daily_quota: Literal["wait", "stop"] = "wait"
    send_empty: bool = False
    strict: bool = False
    may_repeat: RepeatPolicy | None = None
    keep_history: bool = False
    close_timeout: float = 5.0
    max_reply_size: int = 4 * 1024 * 1024
    proxy: str | Secret | None = None

    def __repr__(self) -> str:
        return f"Settings(base_url={self.base_url!r}, location_id={self.location_id!r}, token=***)"

    def __rich_repr__(self) -> list[tuple[str, object]]:
        return [("base_url", self.base_url), ("location_id", self.location_id), ("token", "***")]

    def __post_init__(self) -> None:
        if problems := list(self._problems()):
            raise ConfigurationError("; ".join(problems))
        for name in ("token", "client_secret", "proxy"):
            if isinstance(value := getattr(self, name), str):
                msgspec.structs.force_setattr(self, name, Secret(value))

    def _problems(self) -> Iterator[str]:
        yield from _token_problems(self.token)
        yield from _app_problems(self)
        if self.location_id is not None and not is_id(self.location_id):
            yield "location_id: must be letters and digits, as in the address of the location's dashboard"
        yield from _url_problems(self.base_url)
        if not isinstance(self.api_version, str) or not _PRINTABLE.fullmatch(self.api_version):
            yield f"api_version: must be printable ASCII without spaces, such as {API_VERSION}"
        yield from _whole_problems("concurrency", self.concurrency, 1, 100_000)
        if self.look_ahead is not None:
            yield from _whole_problems("look_ahead", self.look_ahead, 1, 10_000_000)
        yield from _whole_problems("max_attempts", self.max_attempts, 1, 100)
        yield from _whole_problems("requests_per_interval", self.requests_per_interval, 1, 1_000_000)
        yield from _whole_problems("requests_per_day", self.requests_per_day, 1, 1_000_000_000)
        if not _is_number(self.reserve) or not 0 <= self.reserve < 1:
            yield f"reserve: must be a share from 0 to below 1, such as 0.2, not {self.reserve!r}"
        if self.on_daily_quota not in ("wait", "stop"):
            yield f"on_daily_quota: must be wait or stop, not {self.on_daily_quota!r}"
        yield from _whole_problems("max_reply_size", self.max_reply_size, 1_024, 1 << 30)
        yield from _seconds_problems("attempt_timeout", self.attempt_timeout)
        yield from _seconds_problems("interval", self.interval)
        if self.record_deadline is not None:
            yield from _seconds_problems("record_deadline", self.record_deadline)
        if not _is_number(self.close_timeout) or not 0 <= self.close_timeout < MAX_SECONDS:
            yield f"close_timeout: must be seconds from 0 to below {MAX_SECONDS:,}, not {self.close_timeout!r}"
        if self.may_repeat is not None and not callable(self.may_repeat):
            yield "may_repeat: must be a function of a contact and a text that gives True, False or None"
        yield from _flag_problems("send_empty", self.send_empty)
        yield from _flag_problems("strict", self.strict)
        yield from _flag_problems("keep_history", self.keep_history)
        if self.proxy is not None and not is_proxy(_revealed(self.proxy)):
            yield f"proxy: {NAMED}"

    def records_ahead(self, sources: int = 1) -> int:
        """Tell how many records a stream holds at once of each of its sources: read, and not yet handed on."""
        if self.look_ahead is not None:
            return max(self.look_ahead // max(sources, 1), 1)
        all_ahead = 2 * self.concurrency
        of_each = min(all_ahead, LEAST_AHEAD, max(MANY_AHEAD // max(sources, 1), 1))
        return max(all_ahead // max(sources, 1), of_each)

    @property
    def token_source(self) -> Secret | TokenSource:
        """The token, or what gives it; raises ConfigurationError when there is neither."""
        if self.token is None or isinstance(self.token, str):
            raise ConfigurationError("token: none given; pass token=... or set GROWTHHUB_TOKEN")
        return self.token

    @property
    def app(self) -> tuple[str, Secret] | None:
        """The id and the secret of the app that tokens are got by, if they are."""
        if self.client_id is None or not isinstance(self.client_secret, Secret):
            return None
        return self.client_id, self.client_secret

    @property
    def has_one_token(self) -> bool:
        """Whether a person has to act when every location refuses its token: there is no function that may do so."""
        return isinstance(self.token, Secret) or self.app is not None

    def resolved(self, environ: Mapping[str, str] = os.environ) -> Settings:
        """Fill what was not given from the environment; raises ConfigurationError for what is wrong in it, or no token.

        Nothing is on the way to plain `http://` on this machine: a proxy that was given is left out.
        """
        base_url = self.base_url or environ.get("GROWTHHUB_BASE_URL") or LIVE_BASE_URL
        token = self.token or environ.get("GROWTHHUB_TOKEN", "").strip() or None
        filled = msgspec.structs.replace(
            self,
            token=None if self.app else token,
            location_id=self.location_id or environ.get("GROWTHHUB_LOCATION_ID") or None,
            base_url=base_url.rstrip("/"),
        )
        filled = msgspec.structs.replace(filled, proxy=_proxy_between(filled, environ))
        if filled.app is None:
            _ = filled.token_source  # without one nothing can be done
        return filled


def is_id(value: object) -> bool:
    """Tell whether a value has the shape of the API's ids: safe in a path and in a header."""
    return isinstance(value, str) and _API_ID.fullmatch(value) is not None


def is_token(value: object) -> bool:
    """Tell whether a value has the shape of a token: safe in a header."""
    return isinstance(value, str) and _PRINTABLE.fullmatch(value) is not None


def reserved(share: float, limit: int) -> int:
    """Count the requests of a limit that a reserve keeps; a part of one is one, but for what floats are off by."""
    return math.ceil(share * limit - 1e-9 * limit)


def _revealed(value: object) -> object:
    return value.reveal() if isinstance(value, Secret) else value


def _proxy_between(settings: Settings, environ: Mapping[str, str]) -> str | Secret | None:
    """Find the proxy on the way to the server, which settings name or the environment does."""
    base_url = settings.base_url or ""
    if is_at_hand(base_url):
        return None
    if settings.proxy is not None:
        return settings.proxy
    named = proxy_of(base_url, environ)
    if named is not None and not is_proxy(named):
        raise ConfigurationError(f"HTTPS_PROXY: {NAMED}; or exempt the server with NO_PROXY")
    return named


def is_at_hand(url: str) -> bool:
    """Tell whether a URL is plain `http://` to this machine."""
    parts = urlsplit(url)
    return parts.scheme == "http" and _LOOPBACK.fullmatch(parts.hostname or "") is not None


def _token_problems(token: object) -> Iterator[str]:
    value = _revealed(token)
    if value is not None and not callable(value) and not is_token(value):
        yield "token: must be printable ASCII without spaces or line breaks; is it whole, and without `Bearer`?"


def _app_problems(settings: Settings) -> Iterator[str]:
    """Look at what OAuth takes: all of it or nothing, and no token besides."""
    client_id, client_secret, store = settings.client_id, settings.client_secret, settings.token_store
    if client_id is None and client_secret is None and store is None:
        return
    given = {"client_id": client_id, "client_secret": client_secret, "token_store": store}
    if missing := [name for name, value in given.items() if value is None]:
        [first, *_] = (name for name in given if name not in missing)
        yield f"{first}: OAuth takes {' and '.join(missing)}, too"
    if client_id is not None and (not isinstance(client_id, str) or not _PRINTABLE.fullmatch(client_id)):
        yield "client_id: must be printable ASCII without spaces, as the app's page shows it"
    if client_secret is not None and not is_token(_revealed(client_secret)):
        yield "client_secret: must be printable ASCII without spaces, as the app's page showed it"
    if store is not None and not all(callable(getattr(store, name, None)) for name in _STORE):
        yield f"token_store: must have the methods {', '.join(_STORE)}, as FileTokenStore has"
    if settings.token is not None:
        yield "token: with client_id tokens are got by OAuth; give one or the other"


def _url_problems(url: object) -> Iterator[str]:
    if url is None:
        return
    if not isinstance(url, str) or not _PRINTABLE.fullmatch(url):
        yield f"base_url: must be a URL such as {LIVE_BASE_URL}"
        return
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        yield f"base_url: must be a URL such as {LIVE_BASE_URL}"
        return
    if parts.scheme not in ("http", "https") or not host:
        yield f"base_url: must begin with https:// and name a host, such as {LIVE_BASE_URL}"
    elif "?" in url or "#" in url or parts.username is not None:
        yield "base_url: must have no user, query or fragment"
    elif parts.scheme == "http" and not _LOOPBACK.fullmatch(host):
        yield "base_url: plain http:// would show the token to the network; use https://"


def _whole_problems(name: str, value: object, least: int, most: int) -> Iterator[str]:
    if type(value) is not int or not least <= value <= most:
        yield f"{name}: must be a whole number from {least:,} to {most:,}, not {value!r}"


def _seconds_problems(name: str, value: object) -> Iterator[str]:
    if not _is_number(value) or not 0 < value < MAX_SECONDS:
        yield f"{name}: must be a number of seconds above 0 and below {MAX_SECONDS:,}, not {value!r}"


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _flag_problems(name: str, value: object) -> Iterator[str]:
    if not isinstance(value, bool):
        yield f"{name}: must be True or False, not {value!r}"
