"""URLs of databases, and what of them may be shown."""

from __future__ import annotations

import re

_URL = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+._-]*)://(?P<rest>.*)", re.DOTALL)
_END_OF_USER = re.compile(r"[:/?#;]")
_END_OF_PLACE = re.compile(r"[?#;]")


def is_url(path: str) -> bool:
    """Tell whether a path is a URL: of a database, since files have paths."""
    return _URL.fullmatch(path) is not None


def without_secrets(url: str) -> str:
    """Leave out the password, and the parameters among which there may be another.

    Whatever stands before the last `@` may be a password that was not quoted, but for the name of the user.
    """
    parts = _URL.fullmatch(url)
    assert parts is not None
    credentials, at, place = parts["rest"].rpartition("@")
    user = _END_OF_USER.split(credentials)[0]
    return f"{parts['scheme']}://{user}{at}{_END_OF_PLACE.split(place)[0]}"
