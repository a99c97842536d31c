"""Whatever a file holds, it is read or refused, with its name and its lines."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from growthhub_async.importer import ImportFileError
from growthhub_async.importer.rows import Row

from .samples import rows_of, samples

_MAGIC = [
    b"PAR1", b"ARROW1\0\0", b"\xff\xff\xff\xff", b"PK\x03\x04", b"\x1f\x8b\x08\0", b"\x28\xb5\x2f\xfd",
    b"[{", b'{"contacts":[{', b'{"a":', b"Name,Email\n", b"\xff\xfe", b"\xef\xbb\xbf", b"\xd0\xcf\x11\xe0", b"%PDF-",
]  # fmt: skip
_PIECES = st.binary(max_size=8) | st.sampled_from([b"\n", b'"', b"{", b"}", b"[", b"]", b",", b"\0", b"\xff"])
_CHANGES = st.lists(st.tuples(st.sampled_from(["flip", "cut", "insert", "end"]), st.floats(0, 1), _PIECES), max_size=4)


def _changed(content: bytes, changes: list[tuple[str, float, bytes]]) -> bytes:
    for kind, where, piece in changes:
        at = int(where * len(content))
        match kind:
            case "flip":
                content = content[:at] + piece + content[at + len(piece) :]
            case "cut":
                content = content[:at] + content[at + 1 + len(piece) :]
            case "insert":
                content = content[:at] + piece + content[at:]
            case "end":
                content = content[:at]
    return content


def _read_or_refused(content: bytes, name: str) -> None:
    """Read a file, and check what is always so."""
    with tempfile.TemporaryDirectory() as folder:
        refusal, rows = "", list[Row]()
        try:
            rows = rows_of(Path(folder), content, name)
        except ImportFileError as error:
            refusal = str(error)
        assert not refusal or f"{folder}/{name}" in refusal
        assert refusal.isprintable()
    lines = [row.line for row in rows]
    assert lines == sorted(lines)
    assert all(line >= 1 for line in lines)
    assert all(row.problem is None or re.match(r"[a-z]", row.problem) for row in rows)
    assert msgspec.json.decode(msgspec.json.encode([row.cells for row in rows])) == [row.cells for row in rows]


@settings(deadline=None)  # the first of a format imports its reader
@given(st.sampled_from(_MAGIC), st.binary(max_size=200), st.sampled_from(sorted(samples())))
def test_arbitrary_bytes_are_read_or_refused(magic: bytes, content: bytes, name: str) -> None:
    """Whatever they begin with, and whatever the file is called."""
    _read_or_refused(magic + content, name)


@pytest.mark.parametrize("name", sorted(samples()))
@settings(deadline=None)
@given(changes=_CHANGES)
def test_a_damaged_file_is_read_or_refused(name: str, changes: list[tuple[str, float, bytes]]) -> None:
    """Bytes that are changed, missing or too many never make anything but rows, or one error that names the file."""
    _read_or_refused(_changed(samples()[name], changes), name)
