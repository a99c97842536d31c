"""The columns of the files: those of the input as they were, then ours."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest

from growthhub_async import Dropped
from growthhub_async.importer import open_contacts
from growthhub_async.importer.job import Job
from growthhub_async.importer.results.files import ResultFiles
from growthhub_async.importer.results.layout import MOST_KEYS, layout_of

from ..reading import unheard
from .jobs import Source, created, failed, files_beside, job_of, updated


def _tables(job: Job) -> dict[str, list[dict[str, str]]]:
    """Write the files of a job, and return their rows by column; of a repeated column the last."""
    files = ResultFiles(job, unheard)
    files.open()
    files.close()
    texts = {
        kind: io.StringIO(content.decode("utf-8-sig"), newline="") for kind, content in files_beside(job.path).items()
    }
    return {kind: list(csv.DictReader(text)) for kind, text in texts.items()}


def _columns(path: Path, *sources: Source, **options: Any) -> list[str]:
    with job_of(path, *sources, **options) as job:
        return layout_of(job).inputs


def test_columns_of_several_files_are_united_in_their_order(tmp_path: Path) -> None:
    """A name that a file repeats stays repeated, and files share their columns by name and turn."""
    sources = Source(["Email", "Tag", "Tag"], []), Source(["Tag", "Name"], []), Source(["Tag", "Tag", "Tag"], [])
    assert _columns(tmp_path / "a.job", *sources) == ["Email", "Tag", "Tag", "Name", "Tag"]


def test_cells_stay_under_their_columns_whatever_file_they_are_of(tmp_path: Path) -> None:
    """Also those of a short row, and of a record with keys of its own."""
    sources = (
        Source(["Email", "Tag", "Tag"], [["a", "b", "c"], ["d"]]),
        Source(["Name", "Tag"], [["e", "f"]]),
        Source(None, [{"Tag": "g", "Zip": 7}]),
    )
    with job_of(tmp_path / "a.job", *sources) as job:
        layout = layout_of(job)
        assert layout.inputs == ["Email", "Tag", "Tag", "Name", "Zip"]
        rows = [layout.input_row(source.file, source.cells) for source in job.sources(range(4))]
    assert rows == [
        ["a", "b", "c", "", ""],
        ["d", "", "", "", ""],
        ["", "f", "", "e", ""],
        ["", "g", "", "", "7"],
    ]


def test_keys_that_cannot_name_a_column_share_one(tmp_path: Path) -> None:
    """Our own reader would trim them, or take a header with them for a contact; nothing of them is lost."""
    rows = [{"Email": "x", "a@b.de": 1, "+49 151": 2, " blank": 3, "": 4, "x" * 101: 5, "Name": "y"}]
    with job_of(tmp_path / "a.job", Source(None, rows)) as job:
        layout = layout_of(job)
        assert layout.inputs == ["Email", "Name", "growthhub_more"]
        (source,) = job.sources([0])
        more = '{"a@b.de":1,"+49 151":2," blank":3,"":4,"' + "x" * 101 + '":5}'
        assert layout.input_row(source.file, source.cells) == ["x", "y", more]


def test_keys_without_end_make_columns_up_to_a_bound(tmp_path: Path) -> None:
    """Files that are wider than any spreadsheet are no help; what is over is in one column."""
    rows = [{f"k{number}": number} for number in range(MOST_KEYS + 5)]
    with job_of(
        tmp_path / "a.job", Source(None, rows[:1500]), Source(None, rows[1000:]), Source(None, rows[:1])
    ) as job:
        layout = layout_of(job)
        assert len(layout.inputs) == MOST_KEYS + 1
        over, shared = job.sources([len(rows) + 499, len(rows) + 500])
        assert layout.input_row(shared.file, shared.cells)[0] == "0"
        assert layout.input_row(over.file, over.cells)[-1] == f'{{"k{MOST_KEYS + 4}":{MOST_KEYS + 4}}}'


def test_a_column_named_like_one_of_ours_is_not_repeated(tmp_path: Path) -> None:
    """A failed file that was mended and imported as a file of its own does not grow by a reason every time."""
    columns = ["Email", "growthhub_reason", "growthhub_position", "Name"]
    with job_of(tmp_path / "a.job", Source(columns, [["a", "old", "77", "b"]])) as job:
        job.keep(1, [], [failed(0)])
        layout = layout_of(job)
        assert layout.inputs == ["Email", "Name"]
        (row,) = _tables(job)["failed"]
    assert (row["Email"], row["Name"], row["growthhub_reason"], row["growthhub_position"]) == (
        "a",
        "b",
        "rejected",
        "0",
    )


@pytest.mark.parametrize(
    ("columns", "cells"),
    [(["Email", "growthhub_text"], ["", "the text"]), (None, {"Email": "", "growthhub_text": "the text"})],
)
def test_a_text_that_could_not_be_read_goes_on_to_the_next_failed_file(
    tmp_path: Path, columns: list[str] | None, cells: Any
) -> None:
    """It is the only thing that is known of a record that nobody has mended yet."""
    with job_of(tmp_path / "a.job", Source(columns, [cells])) as job:
        job.keep(1, [], [failed(0)])
        (row,) = _tables(job)["failed"]
    assert row["growthhub_text"] == "the text"


def test_a_record_that_could_not_be_read_has_its_text(tmp_path: Path) -> None:
    """Under the columns there is nothing: nobody knows what belongs where."""
    with job_of(tmp_path / "a.job", Source(["Email"], ['=a, "b\ufffd'])) as job:
        (row,) = _tables(job)["failed"]
    assert (row["Email"], row["growthhub_text"]) == ("", "'=a, \"b?")
    assert row["growthhub_message"] == "line: is broken"


def test_what_is_told_of_an_outcome_is_in_its_file(tmp_path: Path) -> None:
    """Each outcome is in the one file of its status, with our columns after those of the input."""
    with job_of(tmp_path / "a.job", Source(["Email"], [["a"], ["b"], ["c"]])) as job:
        job.keep(1, [], [created(0), updated(1, inferred=True), failed(2, message="+no", retryable=True)])
        tables = _tables(job)
    assert tables["created"] == [
        {
            "Email": "a",
            "growthhub_contact_id": "c0",
            "growthhub_position": "0",
            "growthhub_line": "2",
            "growthhub_inferred": "false",
        }
    ]
    assert tables["updated"][0]["growthhub_inferred"] == "true"
    assert tables["failed"] == [
        {
            "Email": "c",
            "growthhub_reason": "rejected",
            "growthhub_message": "'+no",
            "growthhub_retryable": "true",
            "growthhub_attempts": "1",
            "growthhub_http_status": "400",
            "growthhub_trace_id": "t-1",
            "growthhub_contact_id": "",
            "growthhub_position": "2",
            "growthhub_file": "contacts.csv",
            "growthhub_line": "4",
            "growthhub_text": "",
        }
    ]


def test_file_and_location_are_told_where_there_are_several(tmp_path: Path) -> None:
    """Where there is one, everybody knows it."""
    sources = Source(["Email"], [["a"]], "a.csv"), Source(["Email"], [["b"]], "=b.csv")
    with job_of(tmp_path / "a.job", *sources, locations=["L1", "L2"]) as job:
        job.keep(1, [], [created(0), created(1)])
        rows = _tables(job)["created"]
    assert [row["growthhub_location_id"] for row in rows] == ["L1", "L2"]
    assert [row["growthhub_file"] for row in rows] == ["a.csv", "'=b.csv"]


def test_a_location_to_which_nothing_is_sent_does_not_count(tmp_path: Path) -> None:
    """Else a column would come and go with what becomes of a record."""
    with job_of(tmp_path / "a.job", Source(["Email"], [["a"], "broken"]), locations=["L1", "L2"]) as job:
        job.keep(1, [], [created(0)])
        (row,) = _tables(job)["created"]
    assert "growthhub_location_id" not in row


def test_every_field_that_was_dropped_has_a_line(tmp_path: Path) -> None:
    """With what was sent, and what the server has instead, which cannot be a formula either."""
    drops = (Dropped(field="phone", sent="0151", kept="=1+1"), Dropped(field="tags", sent=["a"], kept=None))
    with job_of(tmp_path / "a.job", Source(["Email"], [["a"]])) as job:
        job.keep(1, [], [updated(0, dropped=drops)])
        tables = _tables(job)
    assert len(tables["updated"]) == 1
    assert [
        [row["Email"], row["growthhub_field"], row["growthhub_sent"], row["growthhub_kept"]]
        for row in tables["dropped"]
    ] == [["a", "phone", "0151", "'=1+1"], ["a", "tags", '["a"]', ""]]


def test_a_duplicate_is_in_a_file_with_the_record_that_stands_for_it(tmp_path: Path) -> None:
    """So nobody's data vanishes without a word."""
    sources = Source(["Email"], [["a"]], "a.csv"), Source(["Email"], [["b"]], "b.csv")
    with job_of(tmp_path / "a.job", *sources, emails=["x@example.com", "x@example.com"]) as job:
        (row,) = _tables(job)["duplicates"]
    assert row["Email"] == "b"
    assert (row["growthhub_duplicate_of_line"], row["growthhub_duplicate_of_file"]) == ("2", "a.csv")
    assert (row["growthhub_position"], row["growthhub_file"], row["growthhub_line"]) == ("1", "b.csv", "2")


def test_a_failed_file_can_be_imported_as_it_is(tmp_path: Path) -> None:
    """Its own columns mean the same as before, and ours mean nothing."""
    columns = ["E-Mail", "First Name", "Tags"]
    with job_of(tmp_path / "a.job", Source(columns, [["a@example.com", " Zoë", "x,y"]])) as job:
        job.keep(1, [], [failed(0, message="=1")])
        _tables(job)
    with open_contacts(str(tmp_path / "a.failed.csv"), tell=unheard) as contacts:
        assert [column.name for column in contacts.columns if column.field] == columns
        (record,) = contacts
    assert (record.contact.email, record.contact.first_name) == ("a@example.com", "Zoë")
    assert (record.contact.tags, record.problems) == (["x", "y"], ())
