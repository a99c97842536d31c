"""The accounting of a job that is well holds; one that is broken in any way says which record it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from growthhub_async import ErrorReason
from growthhub_async.importer.job import JobView, State
from growthhub_async.importer.results.accounting import MOST, Imbalance, broken

from .jobs import Source, change, created, failed, job_of, stage, updated

A, B = "a@example.com", "b@example.com"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Make a job with records in every state.

    By position: 0 created, 1 updated, 2 an error, 3 a duplicate of 0, 4 waiting, 5 unheard, 6 without its tags.
    """
    path = tmp_path / "a.job"
    emails = [A, B, "c@example.com", A, "e@example.com", "f@example.com", "g@example.com"]
    with job_of(path, Source(["Email"], [[email] for email in emails]), emails=emails) as job:
        half = created(6)._replace(state=State.TAGGING)
        job.keep(1, [(5.0, 5)], [created(0), updated(1), failed(2), half])
    return path


def _broken(path: Path) -> list[str]:
    with JobView(path) as view:
        return [str(imbalance) for imbalance in broken(view)]


def test_a_job_that_is_well_has_no_imbalance(path: Path) -> None:
    """Whatever state its records are in."""
    assert _broken(path) == []


@pytest.mark.parametrize(
    ("statement", "imbalances"),
    [
        ("DELETE FROM records WHERE position = 4", ["position 4: the record is missing"]),
        (
            "DELETE FROM records WHERE position IN (4, 5)",
            ["position 4: the record is missing, and so are those up to position 5"],
        ),
        ("DELETE FROM records WHERE position = 5", ["position 5: the record is missing"]),
        (
            "UPDATE records SET position = 70 WHERE position = 4",
            ["position 4: the record is missing", "position 70: the record is one too many: 7 were read"],
        ),
        (
            "UPDATE about SET value = '6' WHERE key = 'read'",
            ["position 6: the record is one too many: 6 were read"],
        ),
        (
            "UPDATE about SET value = '9' WHERE key = 'read'",
            ["position 7: the record is missing, and so are those up to position 8"],
        ),
        ("DELETE FROM about", ["the job does not tell how many records were read"]),
        (
            "UPDATE records SET file = 5 WHERE position = 4",
            ["a file that is not of the job, line 6 (position 4): is of no file of the job"],
        ),
        (
            "UPDATE records SET state = 9 WHERE position = 4",
            ["contacts.csv, line 6 (position 4): is in no state that there is (9)"],
        ),
        (
            "UPDATE records SET outcome = NULL WHERE position = 0",
            ["contacts.csv, line 2 (position 0): settled as created without an outcome"],
        ),
        (
            "UPDATE records SET outcome = 99 WHERE position = 2",
            ["contacts.csv, line 4 (position 2): settled as error without an outcome"],
        ),
        (
            "UPDATE records SET outcome = (SELECT outcome FROM records WHERE position = 1) WHERE position = 0",
            ["contacts.csv, line 2 (position 0): settled by the outcome of the record at position 1"],
        ),
        (
            "UPDATE records SET state = 3 WHERE position = 1",
            ["contacts.csv, line 3 (position 1): settled as created by an outcome that is updated"],
        ),
        (
            "UPDATE records SET contact = NULL WHERE position IN (0, 4, 5)",
            [
                "contacts.csv, line 6 (position 4): waits to be sent without a contact",
                "contacts.csv, line 7 (position 5): waits to be sent without a contact",
            ],
        ),
        (
            "UPDATE records SET location = NULL WHERE position = 4",
            ["contacts.csv, line 6 (position 4): waits to be sent without a location"],
        ),
        (
            "UPDATE outcomes SET contact_id = NULL WHERE position = 6",
            ["contacts.csv, line 8 (position 6): waits for its tags without a contact that was written"],
        ),
        (
            "UPDATE records SET stands = NULL WHERE position = 3",
            ["contacts.csv, line 5 (position 3): is a duplicate, but the record that stands for it is not there"],
        ),
        (
            "UPDATE records SET stands = 70 WHERE position = 3",
            ["contacts.csv, line 5 (position 3): is a duplicate, but the record that stands for it is not there"],
        ),
        (
            "UPDATE records SET stands = 3 WHERE position = 3",
            [
                "contacts.csv, line 5 (position 3): is a duplicate of one that is a duplicate of it, so that none of"
                " them is sent"
            ],
        ),
        (
            "UPDATE outcomes SET position = 70 WHERE position = 1",
            [
                "contacts.csv, line 3 (position 1): settled by the outcome of the record at position 70",
                "position 70: an outcome is there without its record",
            ],
        ),
    ],
)
def test_a_job_that_is_broken_says_which_record_and_how(path: Path, statement: str, imbalances: list[str]) -> None:
    """Each way of losing, doubling or mistaking a record is found, and nothing else is said."""
    change(path, statement)
    assert _broken(path) == imbalances


def test_a_record_that_was_sent_again_is_well(path: Path) -> None:
    """It still points at the outcome that it had before, and that is no fault."""
    with job_of(path.with_name("b.job"), Source(["Email"], [["x"]])) as job:
        job.keep(1, [], [failed(0, ErrorReason.IN_DOUBT)])
        job.send_again([(0, None)])
        assert broken(job) == []


def test_later_records_may_stand_for_those_that_stood_for_others(tmp_path: Path) -> None:
    """With the policy `last` each is the duplicate of the next, up to the one that is sent."""
    stage(tmp_path / "a.job", Source(["Email"], [[A]] * 4), emails=[A] * 4, duplicates="last")
    assert _broken(tmp_path / "a.job") == []


def test_a_step_back_among_duplicates_that_ends_is_well(tmp_path: Path) -> None:
    """Only a circle is a fault."""
    path = tmp_path / "a.job"
    stage(path, Source(["Email"], [[A]] * 4), emails=[A] * 4, duplicates="last")
    change(path, "UPDATE records SET stands = 0 WHERE position = 1")
    change(path, "UPDATE records SET stands = 3 WHERE position = 0")
    assert _broken(path) == []


def test_a_circle_of_duplicates_is_found(tmp_path: Path) -> None:
    """None of them would ever be sent; each that steps back is named."""
    path = tmp_path / "a.job"
    stage(path, Source(["Email"], [[A]] * 4), emails=[A] * 4, duplicates="last")
    change(path, "UPDATE records SET stands = 0 WHERE position = 2")
    (imbalance,) = _broken(path)
    assert imbalance.startswith("contacts.csv, line 4 (position 2): is a duplicate of one")


def test_of_many_imbalances_the_first_are_named(tmp_path: Path) -> None:
    """And the others counted: a list of a million is of no use."""
    path = tmp_path / "a.job"
    stage(path, Source(["Email"], [["x"]] * (MOST + 5)))
    change(path, "UPDATE records SET contact = NULL")
    with JobView(path) as view:
        found = broken(view)
    assert len(found) == MOST + 1
    assert found[-1] == Imbalance("and 5 more that are broken")
    assert found[0].position == 0


def test_an_empty_job_is_well(tmp_path: Path) -> None:
    """Nothing was read, and nothing is missing."""
    stage(tmp_path / "a.job", Source(["Email"], []))
    assert _broken(tmp_path / "a.job") == []
