"""A JSON array is read as a stream, one row an element, and a broken element costs itself."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from growthhub_async.importer import ImportFileError
from growthhub_async.importer.formats.json_array import JsonArray
from growthhub_async.importer.formats.json_elements import _SHALLOW, MAX_ELEMENT, _end_of_structure
from growthhub_async.importer.rows import Row

from ..reading import peak_memory
from .samples import rows_of, table_of

TEXTS = st.text(st.characters(exclude_characters="\ufffd", exclude_categories=["Cs"]), max_size=8)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
OBJECTS = st.dictionaries(TEXTS, VALUES, max_size=4)


def _rows(content: bytes, chunk: int = 1 << 16) -> list[Row]:
    chunks = [content[start : start + chunk] for start in range(0, len(content), chunk)]
    return list(JsonArray("the file", chunks, content.index(b"[") + 1, wrapped=False))


def _good(rows: list[Row]) -> list[tuple[int, object]]:
    return [(row.line, row.cells) for row in rows if row.problem is None]


def _broken(rows: list[Row]) -> list[tuple[int, str]]:
    return [(row.line, row.problem) for row in rows if row.problem is not None]


@given(st.lists(OBJECTS, max_size=5), st.sampled_from([None, 0, 2]), st.integers(1, 40))
def test_whatever_a_json_writer_wrote_reads_back_the_same(
    objects: list[dict[str, object]], indent: int | None, chunk: int
) -> None:
    """However it is indented, and wherever the stream is cut into chunks."""
    content = msgspec.json.encode(objects)
    if indent is not None:
        content = msgspec.json.format(content, indent=indent)
    assert [row.cells for row in _rows(content, chunk)] == objects


@given(st.lists(OBJECTS, min_size=1, max_size=5))
def test_a_row_has_the_number_of_the_line_it_begins_at(objects: list[dict[str, object]]) -> None:
    """Lines are counted from 1, those within a row included."""
    pretty = [msgspec.json.format(msgspec.json.encode(each), indent=2) for each in objects]
    starts = itertools.accumulate((each.count(b"\n") + 1 for each in pretty[:-1]), initial=2)
    assert [row.line for row in _rows(b"[\n" + b",\n".join(pretty) + b"\n]\n")] == list(starts)


@given(st.text('{}[]":,\\\n a1', max_size=60).map(str.encode), st.integers(1, 9))
def test_what_is_broken_is_the_same_however_the_stream_is_cut_into_chunks(content: bytes, chunk: int) -> None:
    """Rows, problems and refusals do not hang on how the bytes came."""

    def told(chunk: int) -> list[Row] | str:
        try:
            return _rows(b"[" + content, chunk)
        except ImportFileError as error:
            return str(error)

    assert told(chunk) == told(1_000)


@given(st.text('{}[]":,\\\n a', max_size=40).map(str.encode) | VALUES.map(msgspec.json.encode))
def test_the_fast_way_to_the_end_of_an_element_is_the_slow_one(text: bytes) -> None:
    """What the one knows of elements that are nested little, the other knows of all."""
    fast = _SHALLOW.match(text)
    if fast:
        assert _end_of_structure(text, 0) == fast.end()


@pytest.mark.parametrize(
    ("element", "problem"),
    [
        (b'{"a": 1 2}', "is not JSON"),
        (b"{'a': 1}", "is not JSON"),
        (b'{"a": NaN}', "is not JSON"),
        (b'{"a": 1,}', "is not JSON"),
        (b'{"a": "\xff"}', "cannot be decoded as UTF-8"),
        (b'{"a": "\\ud800"}', "is not JSON"),
        (b'{"a": ' + b"[" * 300 + b"]" * 300 + b"}", "is nested too deeply"),
        (b'{"a": ' + b"[" * 9_000 + b"]" * 9_000 + b"}", "is nested too deeply"),
        (b'["a", {"b": 1}]', "is no JSON object"),
        (b'"a, {"', "is no JSON object"),
        (b"null", "is no JSON object"),
        (b"}", "is not JSON"),
        (b'{"a": "open}', "has a quote that is not closed"),
        (b'{"a": 1', "has a brace or a bracket that is not closed"),
        (b'{"a": [1}', "has a brace or a bracket that is not closed"),
        (b'{"a": "' + b"x" * MAX_ELEMENT + b'"}', "is longer than"),
    ],
)
@pytest.mark.parametrize("indent", [b"", b"  "])
def test_a_broken_element_costs_itself(element: bytes, problem: str, indent: bytes) -> None:
    """With one element a line, those around it are read."""
    lines = [b'{"b": {"c": [{}]}}', element, b'{"d": "}"}', b'{"e": 2}']
    rows = _rows(b"[\n" + b",\n".join(indent + line for line in lines) + b"\n]")
    assert _good(rows) == [(2, {"b": {"c": [{}]}}), (4, {"d": "}"}), (5, {"e": 2})]
    ((line, told),) = _broken(rows)
    assert line == 3
    assert problem in told
    assert (rows[1].text or "").encode(errors="replace")[:6] == element[:6]


@pytest.mark.parametrize("broken", [b'"name": "Ada,', b'"name": {"a": 1,'])
def test_an_element_of_many_lines_is_found_again_by_its_indentation(broken: bytes) -> None:
    """Of what is indented, the next that begins where the broken one did is the next element, and nothing within it."""
    nested = b'"list": [\n      {"x": 1},\n      {"x": 2}\n    ]'
    rows = _rows(b"[\n  {\n    %s\n    %s\n  },\n  {\n    %s\n  }\n]" % (broken, nested, nested))
    assert [line for line, _ in _broken(rows)] == [2]
    assert _good(rows) == [(9, {"list": [{"x": 1}, {"x": 2}]})]


def test_broken_elements_one_after_the_other_are_each_found_again(tmp_path: Path) -> None:
    """Where one begins is known after another was broken too."""
    broken = b'  {\n    "name": "Ada,\n    "list": [\n    {"x": 1}\n    ]\n  },\n'
    rows = rows_of(tmp_path, b"[\n" + broken * 3 + b'  {"a": 1}\n]')
    assert [line for line, _ in _broken(rows)] == [2, 8, 14]
    assert _good(rows) == [(20, {"a": 1})]


_REFUSED = {
    "all on one line": b'[{"a": "x}, {"a": 1}, {"a": 2}]',
    "nothing indented": b'[\n{\n"a": "x\n},\n{\n"a": [\n{\n"b": 1\n},\n{\n}\n]\n}\n]',
    "not the first on its line": b'[\n{"a": 1}, {"b": "x,\n"list": [\n{"c": 1},\n{"c": 2}\n]}\n]',
    "after a name on its line": b'{"contacts": [{"b": "x,\n  "list": [\n {"c": 1},\n {"c": 2}\n]}\n]}',
    "far to the right": b"[\n" + b" " * 90 + b'{"a": "x},\n' + b" " * 90 + b'{"a": 1},\n{"a": 2}]',
}


@pytest.mark.parametrize("content", _REFUSED.values(), ids=_REFUSED)
def test_where_elements_cannot_be_told_apart_the_file_is_refused(tmp_path: Path, content: bytes) -> None:
    """A part of a record is never taken for one, and none is lost in silence."""
    rows = []
    with (
        table_of(tmp_path, content) as table,
        pytest.raises(ImportFileError, match=r"contacts, line [12] has a quote.*write one object a line"),
    ):
        rows.extend(table)
    assert all(row.cells == {"a": 1} for row in rows)


def test_a_brace_that_is_not_closed_is_noticed_at_the_next_element() -> None:
    """However large the file is that follows."""
    rows = _rows(b'[\n{"a": 1,\n' + b'{"b": "0123456789"},\n' * (2 * MAX_ELEMENT // 20) + b"{}]")
    assert len(_good(rows)) == 2 * MAX_ELEMENT // 20 + 1
    assert _broken(rows) == [(2, "has a brace or a bracket that is not closed, or closed by another")]


@pytest.mark.parametrize("filler", [b"x" * 250, b"x\n" * 125])
def test_what_is_looked_for_is_found_where_a_chunk_ends_within_it(filler: bytes) -> None:
    """The next element after a large broken one, or the sign that others were lost."""
    found = b'[\n  {"a": "' + filler + b'\n  {"b": 1}\n]'
    lost = b'[{"a": "' + filler + b'\n}  ,  {"b": 1}, ' + b" " * 250 + b"]"
    for chunk in range(1, 40):
        assert [row.cells for row in _rows(found, chunk)] == [{}, {"b": 1}]
        with pytest.raises(ImportFileError):
            _rows(lost, chunk)


def test_the_last_element_may_be_broken_anyhow() -> None:
    """Nothing is lost with it."""
    rows = _rows(b'[{"a": 1}, {"a": "x}]')
    assert _good(rows) == [(1, {"a": 1})]
    assert [line for line, _ in _broken(rows)] == [1]


@pytest.mark.parametrize(
    ("content", "line"),
    [(b'[\n{"a": 1},\n{"a', 3), (b'[\n{"a": 1},\n', 3), (b'[\n{"a": 1}', 2), (b'[\n{"a": 1},\n{', 3)],
)
def test_an_array_that_is_cut_off_gives_what_it_has_and_one_problem(content: bytes, line: int) -> None:
    """The problem has the line at which it ends."""
    rows = _rows(content)
    assert _good(rows) == [(2, {"a": 1})]
    ((where, problem),) = _broken(rows)
    assert (where, "cut off" in problem) == (line, True)


def test_what_follows_the_array_is_told() -> None:
    """Only one array is read."""
    assert _broken(_rows(b'[{"a": 1}]\n\n[{"a": 2}]')) == [
        (3, "is after the end of the array, and is not read; write one array")
    ]
    assert _broken(_rows(b'[{"a": 1}]\n\n')) == []


def _peak(chunks: Iterable[bytes]) -> int:
    def read_all() -> None:
        for _ in JsonArray("the file", chunks, 1, wrapped=False):
            pass

    return peak_memory(read_all)


@pytest.mark.parametrize("between", [b",", b",\n"])
def test_memory_does_not_grow_with_the_array(between: bytes) -> None:
    """Ten times the elements take no more, on one line or on many."""

    def chunks(elements: int) -> Iterator[bytes]:
        yield b"["
        for _ in range(elements // 100):
            yield (b'{"email": "a@example.com", "tags": ["a", "b"]}' + between) * 100
        yield b"{}]"

    assert _peak(chunks(30_000)) < 2 * _peak(chunks(3_000))


def test_memory_does_not_grow_with_what_is_broken() -> None:
    """Neither an element that is too long is kept as a whole, nor what is skipped after a broken one."""
    long = [b'[\n{"a": "', *[b"x" * 100_000] * 300, b'"},\n{}]']
    skipped = [b'[{"a": "\n', *[b"x" * 100_000] * 300, b"]"]
    assert _peak(long) < 8 * MAX_ELEMENT
    assert _peak(skipped) < 8 * MAX_ELEMENT


@pytest.mark.parametrize(
    "content",
    [
        b'{"contacts": [{"Name": "Ada"}, {"Name": "Zoe"}]}',
        b'{\n  "meta": {"a": "}", "n": [[1], {}]},\n "n": 2,\n "contacts": [\n{"Name": "Ada"},\n{"Name": "Zoe"}]\n}',
        b'{"errors": [], "codes": [1], "contacts": [{"Name": "Ada"}, {"Name": "Zoe"}]}',
        b' {"contacts":[{"Name": "Ada"},{"Name": "Zoe"}],"meta":{"list":[1]}}\n',
    ],
)
def test_an_object_around_an_array_is_looked_through(tmp_path: Path, content: bytes) -> None:
    """Interfaces give their records so."""
    with table_of(tmp_path, content) as table:
        assert table.format == "JSON array"
        assert [row.cells for row in table] == [{"Name": "Ada"}, {"Name": "Zoe"}]
        assert table.share_read == 1.0


def test_a_second_array_is_told_and_not_left_out_in_silence(tmp_path: Path) -> None:
    """Which of them is meant is not guessed."""
    content = b'{"created": [{"Name": "Ada"}],\n"meta": "' + b"x" * 100_000 + b'",\n"updated":\n[ {"Name": "Zoe"}]}'
    assert _broken(rows_of(tmp_path, content)) == [
        (4, "has another array of objects, which is not read; import it by itself")
    ]


@pytest.mark.parametrize(
    "content",
    [
        b'{"Name": "Ada", "notes": [{"text": "x"}]}',
        b'{"Phone": [{"number": 1}]}',
        b'{"notes": [{"text": "x"}]}\n{"Name": "Ada"}\n',
        b'{"notes": []}\n\n{"Name": "Ada"}\n',
    ],
)
def test_a_line_of_json_lines_is_no_object_around_an_array(tmp_path: Path, content: bytes) -> None:
    """What has a field of a contact is one, and so is each of several lines."""
    with table_of(tmp_path, content) as table:
        assert table.format == "JSON Lines"


@pytest.mark.parametrize("content", [b"[]", b"[\n\n]\n", b" [ ] ", b'{"contacts": [], "next": null}'])
def test_an_empty_array_has_no_records(tmp_path: Path, content: bytes) -> None:
    """That is nothing to import, and no error."""
    assert rows_of(tmp_path, content) == []


def test_a_header_in_brackets_is_no_array(tmp_path: Path) -> None:
    """Some databases write names of columns so."""
    assert [row.cells for row in rows_of(tmp_path, b"[Name],[Email]\nAda,a@example.com\n")] == [
        ["Ada", "a@example.com"]
    ]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_an_array_may_have_a_byte_order_mark(tmp_path: Path, encoding: str) -> None:
    """As text of any other form may."""
    assert [row.cells for row in rows_of(tmp_path, '[{"Name":"Zoë"}]'.encode(encoding))] == [{"Name": "Zoë"}]


def test_an_encoding_that_is_named_is_obeyed(tmp_path: Path) -> None:
    """JSON should be UTF-8, and what is not is a problem of its element; other encodings have to be named."""
    content = '[{"Name":"Zoë"}]'.encode("cp1252")
    assert [row.cells for row in rows_of(tmp_path, content, encoding="cp1252")] == [{"Name": "Zoë"}]
    assert "name the --encoding" in (rows_of(tmp_path, content)[0].problem or "")
