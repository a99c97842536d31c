"""The summary of a run: the accounts of its job, what it did itself, what failed, and what to do next."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from growthhub_async import ErrorReason
from growthhub_async.cli.import_run import ImportRun
from growthhub_async.cli.report import failed, print_report, tell_broken
from growthhub_async.cli.screen import Screen
from growthhub_async.importer import Counts, Failure, JobSummary, MaxErrors
from growthhub_async.importer.results.summary import FileSummary
from growthhub_async.outcome import Summary

JOB = Path("my jobs/contacts.job")
FILE = FileSummary(name="contacts.csv", format="CSV", read=0)
COUNTS = Counts(read=0, created=0, updated=0, error=0, duplicate=0, unsent=0)
NOTHING: dict[str, Any] = {
    "job": str(JOB),
    **dict.fromkeys(Counts.__struct_fields__, 0),
    "complete": True,
    "errors_by_reason": {},
    "retryable": 0,
    "inferred": 0,
    "dropped": 0,
    "dropped_by_field": {},
    "requests": 0,
    "tag_requests": 0,
    "locations": {"loc1": COUNTS},
    "files": [FILE],
    "runs": [],
    "results": {kind: f"contacts.{kind}.csv" for kind in ("created", "updated", "failed", "dropped", "duplicates")},
    "accounting": True,
    "imbalances": [],
}
RUN = ImportRun(
    summary=Summary(),
    counts=COUNTS,
    settled=0,
    seconds=0.0,
    tags_replaced=0,
    limited=False,
    too_many=None,
    unsent={},
    stopped_by=None,
    fault=None,
)


def _summary(**values: Any) -> JobSummary:
    return JobSummary(**{**NOTHING, **values})


def _printed(
    capsys: pytest.CaptureFixture[str], summary: JobSummary, run: ImportRun = RUN, failures: list[Failure] | None = None
) -> list[str]:
    """Return what is printed below the table."""
    print_report(Screen(), JOB, summary, failures or [], run)
    return capsys.readouterr().err.splitlines()[4:]


def test_the_accounts_of_the_job_are_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    """Under its name; nothing is said of what did not happen."""
    summary = _summary(read=12_345, created=10_000, updated=2_000, error=300, duplicate=40, unsent=5)
    print_report(Screen(), JOB, summary, [], RUN)
    lines = capsys.readouterr().err.splitlines()
    assert lines[:4] == [
        "",
        "my jobs/contacts.job",
        "  read  created  updated  error  duplicate  unsent",
        "12,345   10,000    2,000    300         40       5",
    ]
    assert _printed(capsys, _summary()) == []


def test_what_the_run_did_itself_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """What it sent, in what time and how fast; of a moment no rate is told."""
    run = RUN._replace(summary=Summary(requests=2_100), settled=2_000, seconds=200.0)
    assert _printed(capsys, _summary(), run) == ["this run sent 2,100 requests in 3:20, 10 records a second"]
    run = RUN._replace(summary=Summary(requests=1), settled=1, seconds=0.4)
    assert _printed(capsys, _summary(), run) == ["this run sent 1 request in 0:00"]


def test_what_waits_is_told_with_how_to_go_on(capsys: pytest.CaptureFixture[str]) -> None:
    """In a command that can be pasted; and how far those are that were begun."""
    go_on = "wait to be sent; run the same again, or `growthhub resume 'my jobs/contacts.job'`, to go on"
    assert _printed(capsys, _summary(unsent=2_000)) == [f"2,000 records {go_on}"]
    assert _printed(capsys, _summary(unsent=1))[0].startswith("1 record waits to be sent; ")
    assert _printed(capsys, _summary(unsent=9, tagging=2, unheard=3)) == [
        f"9 records {go_on}",
        "  of 2 of them the contact is written, and only its tags are still to be added",
        "  of 3 of them a request has left that was not heard of; they are sent first",
    ]


def test_it_is_told_why_a_run_ended_early(capsys: pytest.CaptureFixture[str]) -> None:
    """The words for a location are the library's; of several it is said which."""
    one = RUN._replace(unsent={"loc1": "the day's quota is spent"})
    assert _printed(capsys, _summary(), one) == ["the day's quota is spent"]
    two = {"loc1": COUNTS, "loc2": COUNTS}
    assert _printed(capsys, _summary(locations=two), one) == ["location loc1: the day's quota is spent"]
    unlocated = {"": COUNTS, "loc1": COUNTS}
    assert _printed(capsys, _summary(locations=unlocated), one) == ["the day's quota is spent"]
    many = RUN._replace(unsent={f"loc{number}": "no" for number in range(7)})
    assert _printed(capsys, _summary(locations=two), many)[-1] == "and so for 2 more locations"
    bound = RUN._replace(too_many=MaxErrors.parse("5%"))
    assert _printed(capsys, _summary(), bound) == ["it was stopped by --max-errors: more than 5% were errors"]


def test_a_fault_is_told_elsewhere(capsys: pytest.CaptureFixture[str]) -> None:
    """Once is enough."""
    run = RUN._replace(unsent={"loc1": "401 Invalid JWT; not sent"}, fault=RuntimeError())
    assert _printed(capsys, _summary(), run) == []


def test_tags_that_are_gone_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    """With what would have kept them."""
    ends = "there before have been replaced; --tags add would have kept them"
    assert _printed(capsys, _summary(), RUN._replace(tags_replaced=1)) == [f"the tags of 1 contact that was {ends}"]
    assert _printed(capsys, _summary(), RUN._replace(tags_replaced=2_000)) == [
        f"the tags of 2,000 contacts that were {ends}"
    ]


@pytest.mark.parametrize(
    ("counts", "files"),
    [
        ({"created": 1}, "contacts.created.csv"),
        ({"created": 1, "updated": 1}, "contacts.created.csv and contacts.updated.csv"),
        (
            {"error": 1, "dropped": 1, "duplicate": 1},
            "contacts.failed.csv, contacts.dropped.csv and contacts.duplicates.csv",
        ),
    ],
)
def test_it_is_told_where_the_results_are(
    capsys: pytest.CaptureFixture[str], counts: dict[str, int], files: str
) -> None:
    """Those that have something in them."""
    told = _printed(capsys, _summary(**counts))[0]
    assert told == f"each record, with its contact's id or what was wrong, is in {files}"


def test_what_the_server_did_not_take_is_told_by_field(capsys: pytest.CaptureFixture[str]) -> None:
    """The most frequent five."""
    one = _summary(dropped=1, dropped_by_field={"gender": 1}, results={})
    assert _printed(capsys, one) == ["1 record was written, but not all of it taken by the server: gender 1"]
    fields = {name: number for number, name in enumerate("abcdefg", start=1)}
    many = _summary(dropped=1_000, dropped_by_field=fields, results={})
    assert _printed(capsys, many) == [
        "1,000 records were written, but not all of it taken by the server: g 7, f 6, e 5, d 4, c 3 and 2 other fields"
    ]


def _failed(summary: JobSummary, *failures: Failure) -> list[str]:
    return list(failed(summary, list(failures), JOB))


def test_each_kind_of_failure_has_its_examples_and_its_remedy() -> None:
    """The most frequent kind first; what the server said is cut where it is long."""
    summary = _summary(read=2_000, error=8, errors_by_reason={"invalid": 3, "rejected": 5})
    told = _failed(
        summary,
        Failure("invalid", "email: is not an email address", 2, "contacts.csv", 1_003),
        Failure("invalid", "line: has 4 cells, the header 2", 1, "contacts.csv", 4),
        Failure("rejected", f"422 {'x' * 500}", 1, "contacts.csv", 9),
    )
    assert told == [
        "8 of 2,000 records were not accepted:",
        "  rejected 5: refused by the server as they are; mend them in my jobs/contacts.failed.csv, then"
        " `growthhub retry 'my jobs/contacts.job'`",
        f"    line 9: 422 {'x' * 396}...",
        "    and 4 more for other causes",
        "  invalid 3: never sent; mend them in my jobs/contacts.failed.csv, then"
        " `growthhub retry 'my jobs/contacts.job'`",
        "    line 1,003: email: is not an email address (and 1 more)",
        "    line 4: has 4 cells, the header 2",
    ]


def test_of_several_files_it_is_told_which() -> None:
    """A line is one of a file."""
    summary = _summary(read=1, error=1, errors_by_reason={"invalid": 1}, files=[FILE, FILE])
    told = _failed(summary, Failure("invalid", "is wrong", 1, "b.csv", 3))
    assert told[0] == "1 of 1 record was not accepted:"
    assert told[-1] == "    b.csv, line 3: is wrong"


@pytest.mark.parametrize("reason", set(ErrorReason) - {ErrorReason.CANCELLED, ErrorReason.UNAUTHORIZED})
def test_every_reason_that_is_one_for_good_has_a_remedy(reason: ErrorReason) -> None:
    """The others wait for another run."""
    told = _failed(_summary(read=1, error=1, errors_by_reason={str(reason): 1}))
    assert told[1].startswith(f"  {reason} 1: ")
    assert "{" not in told[1]


def test_where_nothing_failed_nothing_is_said() -> None:
    """Not even that."""
    assert _failed(_summary(read=5, created=5)) == []


def test_accounts_that_are_broken_are_told_record_by_record(capsys: pytest.CaptureFixture[str]) -> None:
    """Those that are in order are not."""
    assert not tell_broken(Screen(), _summary())
    broken = msgspec.structs.replace(_summary(), accounting=False, imbalances=["position 2: the record is missing"])
    assert tell_broken(Screen(), broken)
    assert capsys.readouterr().err.splitlines() == [
        "the accounts of this job are broken; please report it:",
        "  position 2: the record is missing",
    ]
