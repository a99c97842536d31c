"""Proxies: how one is named, and which of the environment's is on the way to a server."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

NAMED = "must be a URL such as http://proxy.example.com:3128, with a port and no path"
"""What is told of a name that is none; the name itself may hold a password."""
_PRINTABLE = re.compile(r"[\x21-\x7e]+")


def is_proxy(value: object) -> bool:
    """Tell whether a value names an HTTP proxy: `http://host:port`, with `user:password@` before the host or not."""
    if not isinstance(value, str) or not _PRINTABLE.fullmatch(value):
        return False
    try:
        parts = urlsplit(value)
        named = parts.scheme == "http" and bool(parts.hostname) and parts.port is not None
    except ValueError:
        return False
    return named and parts.path in ("", "/") and "?" not in value and "#" not in value


def proxy_of(base_url: str, environ: Mapping[str, str]) -> str | None:
    """Find the proxy that the environment names for a server: HTTPS_PROXY, unless NO_PROXY exempts it."""
    parts = urlsplit(base_url)
    named = environ.get("https_proxy") or environ.get("HTTPS_PROXY")
    if parts.scheme != "https" or not named:
        return None
    exempt = environ.get("no_proxy") or environ.get("NO_PROXY") or ""
    if any(_covers(name.strip().lower(), parts.hostname or "", parts.port or 443) for name in exempt.split(",")):
        return None
    return named if "://" in named else f"http://{named}"


def _covers(name: str, host: str, port: int) -> bool:
    """Tell whether a name of NO_PROXY stands for a host: its own, that of a domain it is in, or `*` for all."""
    domain = name.removeprefix("*").removeprefix(".").removesuffix(f":{port}").strip("[]")
    return name == "*" or (bool(domain) and (host == domain or host.endswith(f".{domain}")))
