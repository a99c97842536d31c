"""What a file is, told from its first bytes; what cannot be imported is refused with a word on what to do."""

from __future__ import annotations

import re
from enum import Enum, auto

from ..errors import ImportFileError


class Kind(Enum):
    """How a file has to be read."""

    TEXT = auto()
    PARQUET = auto()
    ARROW_FILE = auto()
    ARROW_STREAM = auto()
    WORKBOOK = auto()


_KINDS = (
    (b"PAR1", Kind.PARQUET),
    (b"PARE", Kind.PARQUET),
    (b"ARROW1", Kind.ARROW_FILE),
    (b"\xff\xff\xff\xff", Kind.ARROW_STREAM),
    (b"PK\x03\x04", Kind.WORKBOOK),
)
_AS_WORKBOOK = "open it there and save it as .xlsx or `CSV UTF-8`"
_REFUSED = (
    (b"\xd0\xcf\x11\xe0", f"is of an old Office, or has a password; {_AS_WORKBOOK}, without password"),
    (b"%PDF-", "is a PDF, which has no columns; export the contacts from where they came as CSV"),
    (b"{\\rtf", "is a text document; save its table as CSV"),
    (b"SQLite format 3\0", "is an SQLite database; name it as sqlite:///PATH, with a --query"),
    (b"FEA1", "is Feather of version 1; write it anew, in version 2"),
    (b"BZh", "is compressed with bzip2; unpack it first, with `bunzip2`"),
    (b"\xfd7zXZ\0", "is compressed with xz; unpack it first, with `unxz`"),
    (b"7z\xbc\xaf\x27\x1c", "is an archive; unpack it first"),
    (b"Rar!", "is an archive; unpack it first"),
    (b"PK\x05\x06", "is an empty archive"),
    (b"Obj\x01", "is Avro; write it as Parquet or JSON Lines"),
    (b"ORC", "is ORC; write it as Parquet or JSON Lines"),
    (b"\x89PNG", "is a picture"),
    (b"\xff\xd8\xff", "is a picture"),
)
_OPEN_DOCUMENT = re.compile(rb"PK\x03\x04.{26}mimetypeapplication/vnd\.oasis\.opendocument\.", re.DOTALL)
_CONTROL = re.compile(rb"[\0-\x08\x0e-\x1a\x1c-\x1f]")
_MARKED = (b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff")


def kind_of(name: str, head: bytes, *, encoded: bool) -> Kind:
    """Tell what a file is; raises ImportFileError for what is not to be imported.

    `encoded` when the encoding of its text is known, so that bytes which are no characters say nothing.
    """
    for magic, reason in _REFUSED:
        if head.startswith(magic):
            raise ImportFileError(f"{name} {reason}")
    if _OPEN_DOCUMENT.match(head):
        raise ImportFileError(f"{name} is of LibreOffice; {_AS_WORKBOOK}")
    kind = next((kind for magic, kind in _KINDS if head.startswith(magic)), Kind.TEXT)
    encoded = encoded or head.startswith(_MARKED)
    if kind is Kind.TEXT and not encoded and len(_CONTROL.findall(head)) > len(head) / 10:
        raise ImportFileError(f"{name} is no text; is it the right file? If it is UTF-16, say --encoding utf-16-le")
    return kind
