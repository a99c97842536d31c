"""Bytes become numbered lines, whatever ends them and however they are encoded."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from growthhub_async.importer.errors import ImportFileError
from growthhub_async.importer.formats.encoding import EncodedText
from growthhub_async.importer.formats.lines import MAX_LINE, Line, Lines, blocks

from ..reading import peak_memory, unheard


def _lines(content: bytes, encoding: str | None = None, told: list[str] | None = None, chunk: int = 7) -> list[Line]:
    chunks = (content[start : start + chunk] for start in range(0, len(content), chunk))
    lines = Lines(EncodedText(chunks, encoding), ([] if told is None else told).append)
    return [
        Line(number, text, run.problem) for run in lines.runs() for number, text in enumerate(run.texts, run.number)
    ]


def _texts(content: bytes, encoding: str | None = None) -> list[str]:
    lines = _lines(content, encoding)
    assert [line.problem for line in lines] == [None] * len(lines)
    return [line.text for line in lines]


def _cut(chunks: Iterable[bytes], limit: int) -> list[bytes]:
    return [line[: limit + 1] for block in blocks(chunks, limit) for line in block.splitlines(keepends=True)]


@given(st.binary() | st.text("ab\r\n").map(str.encode), st.lists(st.integers(1, 50)))
def test_lines_are_the_same_however_the_stream_is_cut_into_chunks(content: bytes, sizes: list[int]) -> None:
    """Lines end at \\n, \\r\\n and \\r, and none is lost where a chunk ends."""
    chunks, start = [], 0
    for size in [*sizes, len(content)]:
        chunks.append(content[start : start + size])
        start += size
    chunks.append(content[start:])
    assert _cut(chunks, 1_000) == content.splitlines(keepends=True)


@given(st.lists(st.integers(0, 40)), st.sampled_from([b"\n", b"\r\n", b"\r"]), st.integers(1, 9))
def test_a_line_that_is_too_long_is_cut_and_stays_one_line(lengths: list[int], end: bytes, chunk: int) -> None:
    """Only the beginning of a long line is kept; those around it are whole."""
    whole = [b"x" * length + end for length in lengths]
    content = b"".join(whole)
    chunks = [content[start : start + chunk] for start in range(0, len(content), chunk)]
    assert _cut(chunks, 10) == [line[:11] for line in whole]


def test_a_line_without_end_takes_little_memory() -> None:
    """What is beyond the limit is not kept until a line end comes."""
    chunks = (b"x" * 10_000 for _ in range(1_000))
    assert peak_memory(lambda: list(blocks(chunks, 1_000))) < 100_000


@given(
    st.lists(st.text(st.characters(exclude_characters="\0\r\n", exclude_categories=["Cs"]), max_size=9), max_size=9),
    st.sampled_from(["utf-8", "cp1252"]),
)
def test_lines_in_a_run_are_decoded_as_they_were_alone(texts: list[str], encoding: str) -> None:
    """Whether many lines come at once or each in a chunk of its own, they are the same, and so is what is told."""
    content = b"".join(text.encode(encoding, errors="replace") + b"\n" for text in texts)
    told_once, told_each = list[str](), list[str]()
    assert _lines(content, told=told_once, chunk=1_000) == _lines(content, told=told_each, chunk=1)
    assert told_once == told_each


def test_a_line_that_is_too_long_is_a_problem() -> None:
    """What was cut says so, and how long a line may be."""
    first, second = _lines(b"x" * (MAX_LINE + 100) + b"\nshort\n", chunk=65_536)
    assert "longer than" in (first.problem or "")
    assert second == Line(2, "short\n", None)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_byte_order_mark_decides(encoding: str) -> None:
    """The mark says how the file is encoded, and is no part of the first line."""
    assert _texts("Prénom\nZoë\n".encode(encoding)) == ["Prénom\n", "Zoë\n"]


def test_utf_16_of_the_other_byte_order_is_read_too() -> None:
    """Big-endian UTF-16 is recognised by its mark."""
    assert _texts(b"\xfe\xff" + "Zoë\n".encode("utf-16-be")) == ["Zoë\n"]


@given(st.text(st.characters(exclude_characters="\0\r\n\ufeff\ufffd", exclude_categories=["Cs"])))
def test_utf_8_needs_no_mark(text: str) -> None:
    """Whatever is valid UTF-8 is read as that, unless another encoding is named."""
    assert "".join(_texts(text.encode())) == text


def test_without_a_mark_windows_is_guessed_and_told() -> None:
    """The first line that is not plain ASCII decides; a guess is said aloud, with the line it was made at."""
    told: list[str] = []
    lines = _lines("Name\nJürgen\nZoë\n".encode("cp1252"), told=told)
    assert [line.text for line in lines] == ["Name\n", "Jürgen\n", "Zoë\n"]
    assert len(told) == 1
    assert told[0].startswith("line 2 is not UTF-8: the file is read as Windows-1252")


def test_a_line_that_contradicts_the_guess_is_a_problem() -> None:
    """Neither a UTF-8 line after a Windows one nor the other way round is let through."""
    windows_first = _lines("Jürgen\n".encode("cp1252") + "Zoë\n".encode())
    assert [bool(line.problem) for line in windows_first] == [False, True]
    utf8_first = _lines("Zoë\n".encode() + "Jürgen\n".encode("cp1252"))
    assert [bool(line.problem) for line in utf8_first] == [False, True]


def test_bytes_that_are_neither_are_a_problem_and_decide_nothing() -> None:
    """0x81 is no character of Windows-1252, so such a line says nothing about the file."""
    assert [bool(line.problem) for line in _lines(b"\x81\n" + "Zoë\n".encode())] == [True, False]


def test_an_encoding_that_is_named_is_obeyed() -> None:
    """`--encoding` overrides every guess, and what it cannot decode is a problem of the line."""
    assert _texts("Łukasz\n".encode("iso-8859-2"), "iso-8859-2") == ["Łukasz\n"]
    assert [bool(line.problem) for line in _lines(b"ok\n\xff\n", "utf-8")] == [False, True]
    assert [bool(line.problem) for line in _lines(b"ok\n\x81\n", "cp1252")] == [False, True]


@pytest.mark.parametrize("encoding", ["utf-9", "base64", "rot13", "a\0b"])
def test_an_encoding_that_does_not_exist_is_refused(encoding: str) -> None:
    """A codec that is no encoding of text is refused like one that is not known."""
    with pytest.raises(ImportFileError, match="--encoding"):
        _lines(b"", encoding)


def test_a_nul_character_is_a_problem_of_its_line() -> None:
    """What has NULs is no text, or text of another encoding."""
    assert [bool(line.problem) for line in _lines(b"a\0b\nc\n")] == [True, False]


def test_the_share_is_that_of_the_lines_among_the_bytes_received() -> None:
    """It follows the lines, not the chunks, so that an estimate of what is left is good for small files too."""
    lines = Lines(EncodedText([b"1234\n", b"6789\n1234\n6789\n"], None), unheard)
    assert lines.share_up_to(0) == 0.0
    assert sum(len(run.texts) for run in lines.runs()) == 4
    assert [lines.share_up_to(number) for number in range(1, 5)] == [0.25, 0.5, 0.75, 1.0]
