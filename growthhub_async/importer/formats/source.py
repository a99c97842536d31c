"""The bytes of a file of contacts: a path or the standard input, plain or compressed, read once and in chunks."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path

from ..errors import ImportFileError
from .compression import content_of, is_compressed
from .encoding import beginning
from .fingerprint import Fingerprint, fingerprint_of
from .raw_file import RawFile, open_raw

HEAD = 512
"""Bytes by which a format is told."""


class Source:
    """A file that is being read, and the share of it that has been. Reading raises ImportFileError."""

    def __init__(self, raw: RawFile) -> None:
        self.name = raw.name
        self._raw = raw
        self._compressed = is_compressed(raw)
        self._content = self._whole()

    @property
    def share_read(self) -> float | None:
        """How much of the file's bytes have been read, 0 to 1; None when its size is not known."""
        return min(1.0, self._raw.bytes_read / self._raw.size) if self._raw.size else None

    def head(self) -> bytes:
        """Return the first bytes of the content, decompressed: `HEAD` or more, or all there are."""
        head, rest = beginning(self._content, HEAD)
        self._content = chain([head], rest)
        return head

    def chunks(self) -> Iterator[bytes]:
        """Return the content, decompressed, as it comes."""
        return self._content

    @contextmanager
    def file(self) -> Iterator[Path]:
        """Give the path of a file that has the content, to be read from anywhere: this one, or a temporary copy."""
        if self._raw.path is not None and not self._compressed:
            yield self._raw.path
            return
        with tempfile.NamedTemporaryFile(prefix="growthhub-") as copy:  # only its owner may read it
            for chunk in self._content:
                try:
                    copy.write(chunk)
                    copy.flush()
                except OSError as error:
                    reason = error.strerror or type(error).__name__
                    raise ImportFileError(
                        f"{self.name} cannot be kept in {tempfile.gettempdir()} while it is read: {reason}; name"
                        " another directory with TMPDIR"
                    ) from None
            yield Path(copy.name)

    def fingerprint(self) -> Fingerprint:
        """Identify the file; what has not been read of it is read, and is not handed out any more."""
        return fingerprint_of(self._raw)

    def require_unchanged(self) -> None:
        """Raise ImportFileError when the file has changed since it was opened."""
        self._raw.require_unchanged()

    def _whole(self) -> Iterator[bytes]:
        yield from content_of(self._raw)
        self._raw.require_unchanged()


@contextmanager
def open_source(path: str) -> Iterator[Source]:
    """Open a file, or the standard input for `-`, and close it in the end; raises ImportFileError when that fails."""
    with open_raw(path) as raw:
        yield Source(raw)
