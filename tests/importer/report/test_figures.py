"""A job as numbers: each by an independent count."""

from __future__ import annotations

from pathlib import Path

import pytest

from growthhub_async import ErrorReason, Status
from growthhub_async.importer.errors import JobError
from growthhub_async.importer.job import Job, JobView, State
from growthhub_async.importer.report import Figures, figures_of
from growthhub_async.importer.report.values import Place, RunFigures
from tests.importer.report.making import NOON, Maker, made, plain, quota, ran, settled


def _figures(path: Path) -> Figures:
    with JobView(path) as view:
        return figures_of(view)


def test_nothing_of_nothing(tmp_path: Path) -> None:
    """A job of a file without a record has figures, too."""
    figures = _figures(made(tmp_path / "a.job", lambda job: None))
    assert figures.totals.counts.read == figures.totals.requests == 0
    assert (figures.throughput, figures.latency, figures.attempts, figures.reasons) == (None, None, [], [])
    assert [share.name for share in figures.files.listed] == ["contacts.csv"]
    assert figures.locations.listed == []


def test_totals(tmp_path: Path) -> None:
    """Requests are the attempts of all runs, and those for tags; a retry is an attempt after the first."""
    path = made(tmp_path / "a.job", lambda job: [*(job.valid() for _ in range(6)), job.invalid(), job.duplicate(0)])
    ran(
        path,
        [
            settled(0, attempts=3, inferred=True),
            settled(1, Status.UPDATED, dropped=["phone", "tags"]),
            settled(2, Status.ERROR, attempts=2, retryable=True),
            settled(3, Status.ERROR, attempts=0),
        ],
        tag_requests=5,
        locations={"loc1": quota(throttled=2), "loc2": quota(throttled=1)},
        leaving=[4],
    )
    totals = _figures(path).totals
    assert plain(totals.counts) == {
        "read": 8,
        "created": 1,
        "updated": 1,
        "error": 3,
        "duplicate": 1,
        "unsent": 2,
        "unheard": 1,
        "tagging": 0,
    }
    assert (totals.requests, totals.tag_requests, totals.retries, totals.throttled) == (3 + 1 + 2 + 5, 5, 3, 3)
    assert (totals.inferred, totals.drifted, totals.retryable) == (1, 1, 1)
    assert (totals.seconds, totals.allowed) == (60.0, 2 * 10 * 60)


def test_a_record_whose_tags_were_added_after_it_is_one(tmp_path: Path) -> None:
    """Its outcome is kept twice in one run, with the same numbers: they count once, and the first says what it was."""
    path = made(tmp_path / "a.job", lambda job: [job.valid(tags=["vip"]), job.valid(tags=["vip"])])
    rejected = settled(1, Status.ERROR, at=8.0, attempts=2, message="its tags were not added")
    ran(
        path,
        [
            settled(0, attempts=2, state=State.TAGGING),
            settled(1, attempts=2, state=State.TAGGING, latency=0.1),
            settled(0, at=7.0, attempts=2),
            rejected,
        ],
        tag_requests=2,
    )
    figures = _figures(path)
    assert (figures.totals.requests, figures.totals.retries, figures.attempts) == (4 + 2, 2, [(2, 2)])
    assert (figures.totals.counts.created, figures.totals.counts.error) == (1, 1)
    assert figures.latency is not None
    assert figures.latency.attempts == 2
    assert figures.throughput is not None
    assert [(each.written, each.again, each.failed) for each in figures.throughput.buckets if each.requests] == [
        (2, 2, 0)
    ]
    assert figures.locations.listed[0].requests == 4
    assert figures.runs[0].settled == 2


def test_a_record_that_was_sent_again_counts_as_what_it_is_now(tmp_path: Path) -> None:
    """Its requests of before were sent all the same."""
    path = made(tmp_path / "a.job", lambda job: job.valid())
    ran(path, [settled(0, Status.ERROR, attempts=5, dropped=["phone"], retryable=True, inferred=True)])
    with Job(path) as job:
        assert job.send_again([(0, None)]) == 1
    waiting = _figures(path)
    assert (waiting.reasons, waiting.drift.fields, waiting.totals.inferred) == ([], [], 0)
    assert (waiting.totals.drifted, waiting.totals.retryable) == (0, 0)
    ran(path, [settled(0, at=100.0)], since=90.0, until=120.0)
    figures = _figures(path)
    assert (figures.totals.requests, figures.totals.counts.error, figures.reasons) == (6, 0, [])
    assert figures.attempts == [(1, 1), (5, 1)]


def test_runs(tmp_path: Path) -> None:
    """A run that was ended by force lasted until its last outcome, and its pauses are what lies between."""
    path = made(tmp_path / "a.job", lambda job: [job.valid("loc1"), job.valid("loc2"), job.valid("loc1")])
    forced = [settled(0, at=10.0), settled(1, at=40.0, attempts=2)]
    ran(path, forced, until=None, settings={"requests_per_interval": 25, "interval": 5.0, "requests_per_day": 1_000})
    ran(path, [settled(2, at=150.0)], since=140.0, until=160.0, ended="stopped", tag_requests=1)
    first, second = _figures(path).runs
    assert first == RunFigures(
        run=1,
        since=NOON,
        until=NOON + 40.0,
        ended=None,
        pause=None,
        settled=2,
        requests=3,
        tag_requests=0,
        throttled=0,
        locations=2,
        quota=10.0,
        per_day=2_000,
        interval=5.0,
    )
    assert (second.seconds, second.pause, second.ended, second.requests) == (20.0, 100.0, "stopped", 2)
    assert (second.quota, second.per_day) == (10.0, 200_000)


def test_the_quota_of_a_run_that_tells_nothing_is_the_apis(tmp_path: Path) -> None:
    """That holds for what it was not set to, and for what it did not learn."""
    path = made(tmp_path / "a.job", lambda job: job.valid())
    ran(path, until=None, settings={"concurrency": 3})
    ran(path, since=70.0, until=80.0, locations={"loc1": {"throttled": 4}}, settings={"requests_per_interval": 50})
    first, second = _figures(path).runs
    assert (first.quota, first.per_day, first.interval) == (10.0, 200_000, 10.0)
    assert (second.quota, second.throttled) == (5.0, 4)


def test_a_day_allows_no_more_than_its_quota(tmp_path: Path) -> None:
    """However long a run has waited for the next day: of two days begun, twice."""
    path = made(tmp_path / "a.job", lambda job: job.valid())
    ran(path, until=86_400.0 + 1, locations={"loc1": quota(requests_per_day=500)})
    assert _figures(path).totals.allowed == 1_000


def test_throughput(tmp_path: Path) -> None:
    """Each request counts when its record settled, as the first of one that was written or failed, or as one more."""
    path = made(tmp_path / "a.job", lambda job: [job.valid() for _ in range(6)])
    ran(
        path,
        [
            settled(0, at=3.0),
            settled(1, Status.UPDATED, at=9.0, attempts=2),
            settled(2, Status.ERROR, at=9.5, attempts=4),
            settled(3, Status.ERROR, at=12.0, attempts=0),
            settled(4, at=31.0),
        ],
        until=35.0,
    )
    ran(path, [settled(5, at=100_000.0)], since=100_000.0, until=100_001.0)
    throughput = _figures(path).throughput
    assert throughput is not None
    assert throughput.seconds == 10
    first, second = throughput.stretches
    assert [(bucket.written, bucket.failed, bucket.again) for bucket in first] == [
        (2, 1, 4),
        (0, 0, 0),
        (0, 0, 0),
        (1, 0, 0),
    ]
    assert [(bucket.since - NOON, bucket.requests, bucket.quota) for bucket in second] == [(100_000.0, 1, 100.0)]
    assert throughput.pauses() == [100_000.0 - 40.0]


def test_the_quota_over_time_is_that_of_the_run(tmp_path: Path) -> None:
    """It is the sum of the quotas of its locations, for as long as a bucket is."""
    path = made(tmp_path / "a.job", lambda job: [job.valid(), job.valid("loc2")])
    ran(path, [settled(0, at=1.0)], until=9.0, locations={"loc1": quota(25)})
    ran(path, [settled(1, at=31.0)], since=30.0, until=39.0, locations={"loc1": quota(25), "loc2": quota(100)})
    throughput = _figures(path).throughput
    assert throughput is not None
    assert [bucket.quota for bucket in throughput.buckets] == [25.0, 0.0, 0.0, 125.0]


def test_latency_is_that_of_attempts_that_left(tmp_path: Path) -> None:
    """A wait that came to no attempt took none, and a record that was never sent has none."""
    path = made(tmp_path / "a.job", lambda job: [*(job.valid() for _ in range(12)), job.invalid()])
    ran(
        path,
        [*(settled(n, latency=(n + 1) / 10) for n in range(10)), settled(10, latency=0.0), settled(11, latency=None)],
    )
    latency = _figures(path).latency
    assert latency is not None
    assert (latency.attempts, latency.p50, latency.p90, latency.p99, latency.most) == (10, 0.5, 0.9, 1.0, 1.0)


def test_errors_by_reason_and_message(tmp_path: Path) -> None:
    """The most frequent come first, each with the first and the last place it was met at."""
    path = made(tmp_path / "a.job", lambda job: [*(job.valid() for _ in range(7)), job.invalid(), job.invalid()])
    spent = {"reason": ErrorReason.EXHAUSTED, "retryable": True}
    ran(
        path,
        [
            settled(0, Status.ERROR, message="422 b"),
            *(settled(n, Status.ERROR, message="422 a") for n in (1, 2, 3)),
            settled(4, Status.ERROR, message="503", **spent),  # type: ignore[arg-type]
            settled(5),
        ],
    )
    rejected, invalid, exhausted = _figures(path).reasons
    assert (rejected.reason, rejected.records, rejected.retryable, rejected.others) == ("rejected", 4, 0, 0)
    assert [(message.text, message.records) for message in rejected.messages] == [("422 a", 3), ("422 b", 1)]
    assert rejected.messages[0].examples == [Place("contacts.csv", 3), Place("contacts.csv", 5)]
    assert rejected.messages[1].examples == [Place("contacts.csv", 2)]
    assert (invalid.reason, invalid.records, exhausted.reason, exhausted.retryable) == ("invalid", 2, "exhausted", 1)
    assert invalid.messages[0].text == "email: is not an email address"


def test_messages_that_are_not_listed_are_counted(tmp_path: Path) -> None:
    """A page is to be looked at: eight of each reason are enough."""
    path = made(tmp_path / "a.job", lambda job: [job.valid() for _ in range(20)])
    letters = "abcdefghijklmnopqrs"
    ran(path, [settled(n, Status.ERROR, message=f"no {letter}") for n, letter in enumerate("a" + letters)])
    (reason,) = _figures(path).reasons
    assert [message.text for message in reason.messages] == [f"no {letter}" for letter in "abcdefgh"]
    assert (reason.messages[0].records, reason.others) == (2, 11)


def test_drift_by_field(tmp_path: Path) -> None:
    """A field counts once for each record, the most frequent first, and those that are not listed are counted."""
    path = made(tmp_path / "a.job", lambda job: [job.valid() for _ in range(4)])
    many = [f"custom_fields.{number:02}" for number in range(40)]
    ran(
        path,
        [settled(0, dropped=["phone"]), settled(1, dropped=["phone", "tags"]), settled(2), settled(3, dropped=many)],
    )
    figures = _figures(path)
    assert figures.totals.drifted == 3
    assert figures.drift.fields[:3] == [("phone", 2), ("custom_fields.00", 1), ("custom_fields.01", 1)]
    assert (len(figures.drift.fields), figures.drift.other_fields) == (30, 12)


def test_files_and_locations(tmp_path: Path) -> None:
    """Files are in their order, locations by their size, and records that name none are a row of their own."""
    maker = Maker(tmp_path / "a.job")
    maker.file("one.csv")
    first = maker.valid("loc1")
    maker.invalid(location=None)
    maker.file("none.csv")
    maker.file("two.csv")
    for _ in range(3):
        maker.valid("loc2")
    maker.duplicate(first, "loc1")
    maker.done()
    ran(maker.path, [settled(0), settled(2, attempts=3), settled(3, Status.UPDATED), settled(4, Status.ERROR)],
        locations={"loc2": quota(throttled=7)})  # fmt: skip
    figures = _figures(maker.path)
    assert [(share.name, share.read, share.created, share.updated, share.error, share.duplicate, share.unsent)
            for share in figures.files.listed] == [
        ("one.csv", 2, 1, 0, 1, 0, 0), ("none.csv", 0, 0, 0, 0, 0, 0), ("two.csv", 4, 1, 1, 1, 1, 0),
    ]  # fmt: skip
    assert [(share.name, share.read, share.requests, share.throttled) for share in figures.locations.listed] == [
        ("loc2", 3, 5, 7), ("loc1", 2, 1, 0), (None, 1, 0, 0),
    ]  # fmt: skip


def test_locations_that_are_not_listed_are_summed_up(tmp_path: Path) -> None:
    """An agency may have thousands of them."""

    def fill(job: Maker) -> None:
        for number in range(310):
            job.valid(f"loc{number:03}")
        job.valid("loc309")

    path = made(tmp_path / "a.job", fill)
    ran(path, [settled(0), settled(308, attempts=2), settled(309, Status.ERROR), settled(305, attempts=0)],
        locations={"loc308": quota(throttled=3), "loc000": quota(throttled=5)})  # fmt: skip
    shares = _figures(path).locations
    assert (len(shares.listed), shares.listed[0].name, shares.others) == (300, "loc309", 10)
    assert shares.rest is not None
    assert plain(shares.rest) == {
        "name": None, "read": 10, "created": 2, "updated": 0, "error": 0, "duplicate": 0, "unsent": 8,
        "requests": 2, "throttled": 3,
    }  # fmt: skip


def test_duplicates(tmp_path: Path) -> None:
    """Six examples say which record stands for which."""
    path = made(tmp_path / "a.job", lambda job: [job.valid(), job.valid(), *(job.duplicate(n % 2) for n in range(8))])
    duplicates = _figures(path).duplicates
    assert (duplicates.records, duplicates.standing, len(duplicates.examples)) == (8, 2, 6)
    assert duplicates.examples[1] == (Place("contacts.csv", 5), Place("contacts.csv", 3))


def test_all_numbers_are_of_one_moment(tmp_path: Path) -> None:
    """Another process may write on while they are counted: what it writes is of the next report."""
    path = made(tmp_path / "a.job", lambda job: [job.valid(), job.valid()])
    ran(path, [settled(0)])

    class Busy(JobView):
        def about(self) -> dict[str, object]:
            about = super().about()
            if not getattr(self, "met", False):
                self.met = True
                ran(path, [settled(1, at=70.0)], since=65.0, until=80.0)
            return about

    with Busy(path) as view:
        before, after = figures_of(view), figures_of(view)
    assert (before.totals.counts.unsent, len(before.runs), before.totals.requests) == (1, 1, 1)
    assert (after.totals.counts.unsent, len(after.runs), after.totals.requests) == (0, 2, 2)


def test_a_job_that_cannot_be_read_is_told_in_words(tmp_path: Path) -> None:
    """What SQLite raises is none of a caller's business."""
    path = made(tmp_path / "a.job", lambda job: [job.valid() for _ in range(3_000)])
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(size // 2)
        file.write(b"\xff" * (size // 4))
    with JobView(path) as view, pytest.raises(JobError, match="damaged"):
        figures_of(view)
