"""A failed file read back: what is sent again, and as what, whoever saved it in between."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from growthhub_async.importer import ImportFileError
from growthhub_async.importer.job import Job
from growthhub_async.importer.job.job import Mended
from growthhub_async.importer.results.failed import MOST_TOLD, Again, read_failed, retryable
from growthhub_async.importer.results.files import ResultFiles

from ..reading import unheard
from .jobs import Source, change, created, failed, job_of, stage
from .test_files import _folder

COLUMNS = ["Email", "Phone", "Tag", "Tag", "Notes"]
ROWS = [
    ["a@example.com", "+491511234567", "x", "y", " two\r\nlines"],
    ["b@example", "0049 151", "", "", "Zoë"],
    ["c@example.com", "007", "", "", ""],
    ["d@example.com", "", "", "", ""],
]
Table = list[list[str]]


def _no_word(message: str) -> None:
    raise AssertionError(message)


@pytest.fixture
def job(tmp_path: Path) -> Iterator[Job]:
    """A job whose records at the positions 0 (retryable), 1 and 2 failed, and whose last is created."""
    with job_of(tmp_path / "a.job", Source(COLUMNS, ROWS)) as job:
        job.keep(1, [], [failed(0, retryable=True), failed(1), failed(2), created(3)])
        _write(job)
        yield job


def _write(job: Job) -> None:
    files = ResultFiles(job, unheard)
    files.open()
    files.close()


def _table(job: Job) -> Table:
    content = job.path.with_name("a.failed.csv").read_bytes().decode("utf-8-sig")
    return list(csv.reader(io.StringIO(content, newline="")))


def _save(job: Job, table: Table, *, delimiter: str = ",", encoding: str = "utf-8") -> None:
    """Save the failed file as a spreadsheet does: only what needs quotes has them."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows(table)
    job.path.with_name("a.failed.csv").write_bytes(text.getvalue().encode(encoding))


def _edited(job: Job, change: Callable[[Table], Any], **how: str) -> None:
    table = _table(job)
    change(table)
    _save(job, table, **how)


def _set(row: int, column: str, text: str) -> Callable[[Table], None]:
    def change(table: Table) -> None:
        table[row][table[0].index(column)] = text

    return change


def _read(job: Job, tell: Callable[[str], None] = _no_word) -> list[Again]:
    return list(read_failed(job, job.path.with_name("a.failed.csv"), tell))


def test_of_a_file_that_nobody_changed_what_is_retryable_is_sent_again(job: Job) -> None:
    """As it was: its cells are not read from the file."""
    assert _read(job) == [Again(0, None)]


def test_a_line_that_was_mended_is_sent_again_with_its_cells(job: Job) -> None:
    """Whether or not it was retryable, in the columns of its own file, and what was not changed stays as it was."""
    _edited(job, _set(2, "Email", "b@example.com"))
    assert _read(job) == [Again(0, None), Again(1, ["b@example.com", *ROWS[1][1:]])]


def test_each_of_repeated_columns_keeps_its_place(job: Job) -> None:
    """The second of a name is not the first."""
    _edited(job, lambda table: table[2].__setitem__(3, "new"))
    assert _read(job)[1] == Again(1, ["b@example", "0049 151", "", "new", "Zoë"])


def test_a_line_that_was_taken_out_is_not_sent_again(job: Job) -> None:
    """Who deletes a line has given the record up."""
    _edited(job, lambda table: table.__delitem__(1))
    assert _read(job) == []


def test_without_a_file_all_that_is_retryable_is_sent_again(job: Job) -> None:
    """There is nothing that could have been mended."""
    assert list(read_failed(job, None, _no_word)) == [Again(0, None)]


def test_all_that_is_retryable_is_found_while_it_is_being_changed(tmp_path: Path) -> None:
    """What is yielded may be let wait at once."""
    with job_of(tmp_path / "a.job", Source(["Email"], [["x"]] * 2_500)) as job:
        job.keep(1, [], [failed(position, retryable=position % 2 == 0) for position in range(2_500)])
        assert job.send_again((position, None) for position, _ in retryable(job)) == 1_250
        assert not list(retryable(job))


@pytest.mark.parametrize(
    ("delimiter", "encoding"), [(";", "cp1252"), (";", "utf-8-sig"), ("\t", "utf-16"), (",", "utf-8")]
)
def test_a_file_that_a_spreadsheet_saved_is_read(job: Job, delimiter: str, encoding: str) -> None:
    """With its own delimiter and encoding, and without the quotes that it does not need."""
    _edited(job, _set(2, "Notes", "Zoé"), delimiter=delimiter, encoding=encoding)
    assert _read(job, unheard) == [Again(0, None), Again(1, [*ROWS[1][:4], "Zoé"])]


@pytest.mark.parametrize("text", ["491511234567", "4.91511E+11", "4,9151123E+11", "5E+11"])
def test_a_number_that_a_spreadsheet_has_shortened_is_no_mending(job: Job, text: str) -> None:
    """Excel makes that of a phone by itself, in every line of the file; the job still has all of it."""
    _edited(job, _set(1, "Phone", text))
    assert _read(job) == [Again(0, None)]


@pytest.mark.parametrize("text", ["4.91512E+11", "491511234568", "4.91511E+12", "1E+400"])
def test_another_number_is_a_mending(job: Job, text: str) -> None:
    """Only what is the same number to all digits that are left is the same."""
    _edited(job, _set(1, "Phone", text))
    assert _read(job) == [Again(0, [ROWS[0][0], text, *ROWS[0][2:]])]


def test_a_plus_that_was_put_before_a_number_is_a_mending(job: Job) -> None:
    """No spreadsheet does that by itself, but who mends a phone does."""
    _edited(job, _set(3, "Phone", "+007"))
    assert _read(job)[1] == Again(2, ["c@example.com", "+007", "", "", ""])


def test_blanks_and_newlines_alone_are_no_mending(job: Job) -> None:
    """An import trims cells, so nothing would be sent otherwise."""
    _edited(job, _set(2, "Notes", " Zoë "))
    assert _read(job) == [Again(0, None)]
    _edited(job, _set(1, "Notes", "two\nlines"))
    assert _read(job) == [Again(0, None)]


def test_columns_that_are_gone_or_new_are_told_and_the_others_read(job: Job) -> None:
    """The values of a column that is gone, or that has another name now, stay as they were."""

    def change(table: Table) -> None:
        _set(2, "Notes", "Zoe")(table)
        _set(0, "Phone", "Telefon")(table)
        for row in table:
            del row[0]

    told: list[str] = []
    _edited(job, change)
    assert _read(job, told.append) == [Again(0, None), Again(1, [*ROWS[1][:4], "Zoe"])]
    assert [message.partition("a.failed.csv: ")[2] for message in told] == [
        "the column `Telefon` is new, and is not read",
        "the column `Email` is gone; its values stay as they were",
        "the column `Phone` is gone; its values stay as they were",
    ]


def test_columns_in_another_order_are_read(job: Job) -> None:
    """They are known by their names."""

    def change(table: Table) -> None:
        for row in table:
            row.reverse()

    _edited(job, change)
    assert _read(job)[0] == Again(0, [*ROWS[0][:2], "y", "x", ROWS[0][4]])  # but for two of one name


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "has no number in `growthhub_position`"),
        ("one", "has no number in `growthhub_position`"),
        ("-1", "has no number in `growthhub_position`"),
        ("²", "has no number in `growthhub_position`"),
        ("9" * 30, "has no number in `growthhub_position`"),
        ("99", "of no record"),
        ("3", "no error (it is created)"),
        ("0", "an earlier line is of"),
    ],
)
def test_a_line_whose_position_is_wrong_is_told(job: Job, text: str, words: str) -> None:
    """With the number of the line, and the others are read."""
    told: list[str] = []
    _edited(job, _set(2, "growthhub_position", text))
    assert _read(job, told.append) == [Again(0, None)]
    (message,) = told
    assert "a.failed.csv, line 4: " in message
    assert words in message


def test_a_file_without_positions_is_told(job: Job) -> None:
    """Nothing is sent of which nobody knows what it is."""
    told: list[str] = []
    _edited(job, _set(0, "growthhub_position", "number"))
    assert _read(job, told.append) == []
    assert "no column `growthhub_position`" in told[-1]


def test_a_line_that_is_broken_is_told(job: Job) -> None:
    """What is wrong with it is said as of any file."""
    told: list[str] = []
    path = job.path.with_name("a.failed.csv")
    path.write_bytes(path.read_bytes() + b'"a,b\r\n')
    assert _read(job, told.append) == [Again(0, None)]
    assert "line 6: has a quote that is not closed" in told[0]


def test_of_many_lines_that_cannot_be_used_the_first_are_told(job: Job) -> None:
    """And the others counted."""
    told: list[str] = []
    _edited(job, lambda table: table.extend([["x", *[""] * (len(table[0]) - 1)]] * (MOST_TOLD + 3)))
    _read(job, told.append)
    assert len(told) == MOST_TOLD + 1
    assert told[-1].endswith("3 more lines cannot be used")


def test_a_file_that_is_no_failed_file_is_refused(job: Job, tmp_path: Path) -> None:
    """As a whole: it is missing, or of another format."""
    with pytest.raises(ImportFileError, match="does not exist"):
        list(read_failed(job, tmp_path / "no.csv", unheard))
    (tmp_path / "a.jsonl").write_text('{"a": 1}\n')
    with pytest.raises(ImportFileError, match="is JSON Lines; the failed file is a CSV file"):
        list(read_failed(job, tmp_path / "a.jsonl", unheard))


def _one(path: Path, source: Source, **options: Any) -> Iterator[Job]:
    with job_of(path, source, **options) as job:
        job.keep(1, [], [failed(0, retryable=False)] if not isinstance(source.rows[0], str) else [])
        _write(job)
        yield job


def test_columns_of_a_record_that_could_not_be_read_can_be_filled_in(tmp_path: Path) -> None:
    """Its text stays beside them; without a change in the columns nothing is sent."""
    for job in _one(tmp_path / "a.job", Source(["Email", "Name"], ["broken, line\ufffd, \0"])):
        assert _read(job) == []
        _edited(job, _set(1, "Email", "a@example.com"))
        assert _read(job) == [Again(0, ["a@example.com", ""])]


def test_a_text_that_was_mended_itself_is_told(tmp_path: Path) -> None:
    """It is not parsed again, and whoever has done the work should know."""
    told: list[str] = []
    for job in _one(tmp_path / "a.job", Source(["Email", "Name"], ["broken, line"])):
        _edited(job, _set(1, "growthhub_text", "mended,line"))
        assert _read(job, told.append) == []
    assert "what stands in `growthhub_text` is not read" in told[0]


def test_values_keep_their_types_where_they_were_not_changed(tmp_path: Path) -> None:
    """A list or an object that was changed in its JSON stays one; other changed values are text; an empty one goes."""
    cells = {"email": "a", "dnd": True, "score": 7, "tags": ["x"], "list": [1], "zip": "01", "no": None}
    for job in _one(tmp_path / "a.job", Source(None, [cells])):
        assert _read(job) == []
        _edited(job, _set(1, "dnd", "TRUE"))
        assert _read(job) == []
        for column, text in {"email": "b", "score": "8", "tags": '["x", "y"]', "zip": ""}.items():
            _edited(job, _set(1, column, text))
        values = {"email": "b", "dnd": True, "score": "8", "tags": ["x", "y"], "list": [1], "no": None}
        assert _read(job) == [Again(0, values)]


@pytest.mark.parametrize("text", ["[oops", "1", '"x"', "null", "[" * 100_000])
def test_what_is_no_list_any_more_is_text(tmp_path: Path, text: str) -> None:
    """Whether that will do is for the field to say."""
    for job in _one(tmp_path / "a.job", Source(None, [{"email": "a", "tags": ["x"]}])):
        _edited(job, _set(1, "tags", text))
        assert _read(job) == [Again(0, {"email": "a", "tags": text})]


def test_what_has_no_column_of_its_own_cannot_be_mended_there(tmp_path: Path) -> None:
    """Which is told; the record is what it was."""
    told: list[str] = []
    for job in _one(tmp_path / "a.job", Source(None, [{"email": "a", "x@y.de": 1}])):
        assert _read(job) == []
        _edited(job, _set(1, "growthhub_more", '{"x@y.de":2}'))
        assert _read(job, told.append) == []
    assert "what is new in `growthhub_more` is not read" in told[0]


def test_blanks_of_a_record_with_keys_of_its_own_are_a_mending(tmp_path: Path) -> None:
    """Its values are taken as they are, blanks included."""
    for job in _one(tmp_path / "a.job", Source(None, [{"email": "a "}])):
        _edited(job, _set(1, "email", "a"))
        assert _read(job) == [Again(0, {"email": "a"})]


def test_a_cell_in_a_column_of_another_file(tmp_path: Path) -> None:
    """A record with keys of its own takes it as a new key; one with columns has no place for it, which is told."""
    told: list[str] = []
    sources = Source(["Email"], [["a"]]), Source(None, [{"zip": "b"}])
    with job_of(tmp_path / "a.job", *sources) as job:
        job.keep(1, [], [failed(0, retryable=True), failed(1)])
        _write(job)
        _edited(job, _set(1, "zip", "1"))
        _edited(job, _set(2, "Email", "c"))
        assert _read(job, told.append) == [Again(0, None), Again(1, {"zip": "b", "Email": "c"})]
    assert "line 2: what is new in `zip` is not read" in told[0]


@pytest.mark.parametrize("damage", ["\0", "\ufffd"])
def test_a_record_with_what_reads_as_damage_is_sent_again_as_it_was(tmp_path: Path, damage: str) -> None:
    """Such a line cannot be mended before that is out of it, and then it can."""
    told: list[str] = []
    with job_of(tmp_path / "a.job", Source(None, [{"email": "a", "name": f"x{damage}"}])) as job:
        job.keep(1, [], [failed(0, retryable=True)])
        _write(job)
        assert _read(job) == [Again(0, None)]
        _edited(job, _set(1, "email", "b"))
        assert _read(job, told.append) == []
        assert len(told) == 1
        _edited(job, _set(1, "name", "x"))
        assert _read(job) == [Again(0, {"email": "b", "name": "x"})]


def test_what_was_mended_before_counts_as_it_is_now(job: Job) -> None:
    """After a second failure the same file, still as it was mended, has nothing new in it."""
    _edited(job, _set(2, "Email", "b@example.com"))
    located = b'{"locationId": "ve9EPM428h8vShlRW1KT"}'
    cells = b'["b@example.com","0049 151","","","Zo\xc3\xab"]'
    job.send_again([(1, Mended(cells, located, None))])
    told: list[str] = []
    assert _read(job, told.append) == [Again(0, None)]
    assert "no error (it is waiting)" in told[0]
    job.keep(1, [], [failed(1)])
    assert _read(job) == [Again(0, None)]


@settings(deadline=None, max_examples=60)
@given(
    rows=st.lists(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=6), max_size=3), max_size=5)
    | st.lists(
        st.dictionaries(
            st.text(st.characters(exclude_categories=["Cs"]), max_size=4),
            st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"]), max_size=4),
            max_size=3,
        ),
        max_size=5,
    )
)
def test_no_file_as_it_was_written_is_a_mending(rows: list[Any]) -> None:
    """Whatever the records hold: all that are retryable are sent again, and as they were."""
    columns = ["a", "b", "c"] if rows and isinstance(rows[0], list) else None
    with _folder() as folder, job_of(folder / "a.job", Source(columns, rows)) as job:
        job.keep(1, [], [failed(position, retryable=True) for position in range(len(rows))])
        _write(job)
        assert _read(job) == [Again(position, None) for position in range(len(rows))]


def test_positions_of_a_broken_job_are_told(tmp_path: Path) -> None:
    """What is no record of the job's count is none."""
    stage(tmp_path / "a.job", Source(["Email"], [["a"]]))
    with Job(tmp_path / "a.job") as job:
        job.keep(1, [], [failed(0)])
        _write(job)
    change(tmp_path / "a.job", "UPDATE about SET value = '0' WHERE key = 'read'")
    told: list[str] = []
    with Job(tmp_path / "a.job") as job:
        assert _read(job, told.append) == []
    assert "of no record" in told[0]
