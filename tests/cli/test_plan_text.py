"""What people are told before anything is sent."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from growthhub_async.cli.plan_text import found, going_on, planned, sent_again
from growthhub_async.estimate import Estimate, estimate
from growthhub_async.importer import Counts, Findings, ImportOptions, SentAgain
from growthhub_async.importer.staging.findings import Place
from growthhub_async.outcome import Problem


def _found(findings: Findings, *, several_files: bool = False, **options: object) -> list[str]:
    return list(found(findings, ImportOptions(**options), several_files=several_files))  # type: ignore[arg-type]


def _estimate(_: str, requests: int) -> Estimate:
    return estimate(requests, per_interval=100, interval=10.0, per_day=1_000, left_today=1_000)


def test_records_that_are_all_valid_are_one_line() -> None:
    """One is one."""
    assert _found(Findings(read=1)) == ["1 record read, a valid one"]
    assert _found(Findings(read=2_000)) == ["2,000 records read, all of them valid"]
    assert _found(Findings()) == ["0 records read"]


def test_what_is_invalid_is_told_by_its_problem() -> None:
    """The most frequent first, with the line of the first, and of several files its name."""
    findings = Findings(read=100)
    for line in (3, 4):
        findings.add_invalid([Problem("email", "is wrong")], Place("a.csv", line))
    findings.add_invalid([Problem("line", "has 4 cells, the header 2")], Place("b.csv", 1_000))
    assert _found(findings) == [
        "100 records read, 3 of them invalid:",
        "  line 3: email: is wrong (and 1 more)",
        "  line 1,000: has 4 cells, the header 2",
    ]
    assert _found(findings, several_files=True)[1] == "  a.csv, line 3: email: is wrong (and 1 more)"


def test_of_many_problems_ten_are_told() -> None:
    """And how many others there are."""
    findings = Findings(read=100)
    for line in range(12):
        findings.add_invalid([Problem("email", f"is wrong in way {line}")], Place("a.csv", line))
    lines = _found(findings)
    assert len(lines) == 12
    assert lines[-1] == "  and 2 other problems"


@pytest.mark.parametrize(
    ("policy", "told", "example"),
    [
        ("merge", "with an earlier one, and are merged into it (--duplicates):", "  line 4 into line 2"),
        ("first", "with an earlier one, and are not sent (--duplicates):", "  line 4, in favour of line 2"),
        ("last", "with a later one, and are not sent (--duplicates):", "  line 4, in favour of line 2"),
    ],
)
def test_duplicates_are_told_by_what_becomes_of_them(policy: str, told: str, example: str) -> None:
    """Three examples are enough."""
    pairs = [(Place("a.csv", 4 + number), Place("a.csv", 2)) for number in range(5)]
    lines = _found(Findings(read=9, duplicates=1_005, first_duplicates=pairs), duplicates=policy)
    assert lines[1:] == [
        f"1,005 records share their email or phone {told}",
        example,
        example.replace("4", "5"),
        example.replace("4", "6"),
        "  and 1,002 more",
    ]


def test_one_duplicate_is_one() -> None:
    """Of several files it is said which."""
    one = Findings(read=9, duplicates=1, first_duplicates=[(Place("b.csv", 4), Place("a.csv", 2))])
    assert _found(one, several_files=True)[1:] == [
        "1 record shares its email or phone with an earlier one, and is merged into it (--duplicates):",
        "  b.csv, line 4 into a.csv, line 2",
    ]


def test_tags_that_would_replace_others_are_warned_of() -> None:
    """Those that are added replace nothing."""
    warning = "2 records have tags, which replace all tags of a contact that is there already (--tags add keeps those)"
    assert _found(Findings(read=2, with_tags=2))[1:] == [warning]
    assert _found(Findings(read=2, with_tags=2), tags="add")[1:] == []


def test_what_is_sent_is_told_with_the_time_it_takes() -> None:
    """If that is worth a word."""
    assert list(planned({"loc1": 1}, {}, _estimate)) == ["to be sent: 1 request"]
    assert list(planned({"loc1": 1_000}, {}, _estimate)) == [
        "to be sent: 1,000 requests; under the quota that takes 1:30 at least"
    ]


def test_what_does_not_fit_into_a_day_is_told_with_the_days() -> None:
    """The time is exact, for the quota is."""
    assert list(planned({"loc1": 1_001}, {}, _estimate)) == [
        "to be sent: 1,001 requests; 1,000 fit into today's quota, the others into that of another day; that takes"
        " 1 day, 0:00:00 at least"
    ]
    assert list(planned({"loc1": 3_500}, {}, _estimate)) == [
        "to be sent: 3,500 requests; 1,000 fit into today's quota, the others into those of 3 more days; that takes"
        " 3 days, 0:00:40 at least"
    ]


def test_a_day_that_is_spent_has_room_for_none() -> None:
    """The first of them go tomorrow."""

    def spent(_: str, requests: int) -> Estimate:
        return estimate(requests, per_interval=100, interval=10.0, per_day=1_000, left_today=0, day_ends_in=3_600.0)

    (told,) = planned({"loc1": 10}, {}, spent)
    assert told == (
        "to be sent: 10 requests; none fit into today's quota, all into that of another day; that takes"
        " 1:00:00 at least"
    )


def test_requests_for_tags_are_counted() -> None:
    """They take of the same quota."""
    assert list(planned({"loc1": 600}, {"loc1": 400}, _estimate)) == [
        "to be sent: 1,000 requests (400 of them to add tags); under the quota that takes 1:30 at least"
    ]
    assert list(planned({}, {"loc1": 2}, _estimate)) == ["to be sent: 2 requests (2 of them to add tags)"]


def test_of_several_locations_the_slowest_are_told() -> None:
    """The longest of them is that of all: they go side by side."""
    requests = {f"loc{number}": 100 * number for number in range(1, 8)} | {"loc9": 0}
    assert list(planned(requests, {}, _estimate)) == [
        "to be sent: 2,800 requests in 7 locations; under the quota that takes 1:00 at least",
        "  loc7: 700 requests, 1:00 at least",
        "  loc6: 600 requests, 0:50 at least",
        "  loc5: 500 requests, 0:40 at least",
        "  loc4: 400 requests, 0:30 at least",
        "  loc3: 300 requests, 0:20 at least",
        "  and 2 locations with less",
    ]


@pytest.mark.parametrize("requests", [{}, {"loc1": 0}, Counter()])
def test_when_there_is_nothing_to_send_that_is_told(requests: dict[str, int]) -> None:
    """No location is worth a line."""
    assert list(planned(requests, {}, _estimate)) == ["nothing is to be sent"]


def test_a_job_that_is_there_is_told_with_how_far_it_is() -> None:
    """Whether anything is left of it or not."""
    counts = Counts(read=3_000, created=600, updated=40, error=5, duplicate=5, unsent=2_350)
    assert going_on(Path("a.job"), counts) == (
        "a.job is there already, 650 of 3,000 records done: going on (--fresh starts over)"
    )
    done = Counts(read=1, created=1, updated=0, error=0, duplicate=0, unsent=0)
    assert going_on(Path("a.job"), done) == "a.job is there already, and all of it is done (--fresh starts over)"


def test_what_is_sent_again_is_told() -> None:
    """And what was mended and is still wrong, of which ten are enough."""
    assert list(sent_again(SentAgain())) == [
        "nothing is to be sent again: no record was mended, and none failed in a way that may pass"
    ]
    some = SentAgain(unchanged=1_000, mended=2, still_wrong=[f"a.csv, line {line}: email: is" for line in range(12)])
    told = list(sent_again(some))
    assert told[0] == "again: 2 that were mended, 1,000 that failed in a way that may pass"
    assert told[1] == "  still wrong: a.csv, line 0: email: is"
    assert (len(told), told[-1]) == (12, "  and 2 more that are still wrong")
