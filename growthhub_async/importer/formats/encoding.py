"""Bytes in some encoding to bytes of UTF-8, as far as the encoding is known beforehand: by name or by its mark."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator
from itertools import chain

from ..errors import ImportFileError

_BYTE_ORDER_MARKS = (  # UTF-32 first: its little-endian mark begins like that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_MARK = 4
"""Bytes by which every mark can be told."""


class EncodedText:
    """Chunks of bytes that are UTF-8 where `encoding` is known, and as they came where it is None.

    It is the one that is given, else what a byte order mark says. The mark is taken off, and what cannot be decoded is
    replaced by U+FFFD.
    """

    def __init__(self, chunks: Iterable[bytes], encoding: str | None) -> None:
        self.encoding = _canonical(encoding) if encoding else None
        head, rest = beginning(iter(chunks), _MARK)
        self.encoding = self.encoding or _marked(head)
        whole = chain([head], rest)
        self._chunks: Iterator[bytes] = whole if self.encoding in (None, "utf-8") else _transcoded(whole, self.encoding)

        head, rest = beginning(self._chunks, len(codecs.BOM_UTF8))
        self._chunks = chain([head.removeprefix(codecs.BOM_UTF8)], rest)

    def head(self, size: int) -> bytes:
        """Return the first bytes, so many or more, or all there are; they are read again with the rest."""
        head, rest = beginning(self._chunks, size)
        self._chunks = chain([head], rest)
        return head

    def __iter__(self) -> Iterator[bytes]:
        return self._chunks


def beginning(chunks: Iterator[bytes], size: int) -> tuple[bytes, Iterator[bytes]]:
    """Read on until there are so many bytes, or no more; return them and what follows."""
    head = b""
    while len(head) < size and (chunk := next(chunks, None)) is not None:
        head += chunk
    return head, chunks


def _marked(head: bytes) -> str | None:
    return next((name for mark, name in _BYTE_ORDER_MARKS if head.startswith(mark)), None)


def _canonical(encoding: str) -> str:
    try:
        "".encode(encoding)  # refuses what is a codec but no encoding of text, such as base64
        name = codecs.lookup(encoding).name
    except (LookupError, ValueError, UnicodeError):
        raise ImportFileError(f"--encoding {encoding} is not known; write utf-8, utf-16, cp1252 or the like") from None
    return "utf-8" if name == "utf-8-sig" else name


def _transcoded(chunks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    for chunk in chunks:
        yield decoder.decode(chunk).encode(errors="replace")
    yield decoder.decode(b"", final=True).encode(errors="replace")
