"""What identifies the content of a source, so that one that has changed is noticed."""

from __future__ import annotations

from datetime import datetime

import msgspec

from .raw_file import RawFile, open_raw
from .urls import is_url, without_secrets

_BLOCK = 1 << 20
_UNITS = ("bytes", "kB", "MB", "GB", "TB")
_QUERY = 60


class Fingerprint(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The size in bytes, the time of the last change and the hash of a file; or the URL and the query of a database.

    The URL has no password. What a database holds is not looked at.
    """

    size: int | None = None
    mtime_ns: int | None = None
    sha256: str | None = None
    url: str | None = None
    query: str | None = None

    def same_as(self, earlier: Fingerprint) -> bool:
        """Tell whether the content is what it was; a file may have another time, or come another way."""
        return self._content == earlier._content

    def describe(self) -> str:
        """Say in words which source it is: `1.2 MB of 2026-11-25 14:03`, in local time."""
        if self.url is not None:
            query = " ".join((self.query or "").split())
            return f"{self.url}, {query[:_QUERY]}{'...' if len(query) > _QUERY else ''}"
        size = _size_in_words(self.size or 0)
        if self.mtime_ns is None:
            return size
        return f"{size} of {datetime.fromtimestamp(self.mtime_ns // 10**9):%Y-%m-%d %H:%M}"

    @property
    def _content(self) -> tuple[object, ...]:
        return self.size, self.sha256, self.url, self.query


def fingerprint(path: str, *, query: str | None = None, earlier: Fingerprint | None = None) -> Fingerprint:
    """Take the fingerprint of a file or of a query to a database.

    The whole file is read, in blocks of 1 MiB, unless it has the size and the time of an `earlier` one, whose hash is
    then believed. Raises ImportFileError when the file cannot be read. The standard input would be used up by it.
    """
    if is_url(path):
        return fingerprint_of_query(path, query)
    with open_raw(path) as raw:
        if earlier is not None and raw.on_disk and (raw.size, raw.mtime_ns) == (earlier.size, earlier.mtime_ns):
            return earlier
        return fingerprint_of(raw)


def fingerprint_of(raw: RawFile) -> Fingerprint:
    """Take the fingerprint of an open file, reading what has not been read of it yet."""
    while raw.chunk(_BLOCK):
        pass
    return Fingerprint(size=raw.bytes_read, mtime_ns=raw.mtime_ns, sha256=raw.sha256())


def fingerprint_of_query(url: str, query: str | None) -> Fingerprint:
    """Take the fingerprint of a query to a database, whatever it would give."""
    return Fingerprint(url=without_secrets(url), query=query)


def _size_in_words(size: float) -> str:
    unit = 0
    while size >= 1_000 and unit < len(_UNITS) - 1:
        size, unit = size / 1_000, unit + 1
    return f"{size:.1f} {_UNITS[unit]}" if unit else f"{size:.0f} bytes"
