"""A job that is worked on: what is kept together, what is sent again, and who has sent."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from growthhub_async import Contact, Dropped, ErrorReason
from growthhub_async.checks import encode
from growthhub_async.importer.errors import JobError
from growthhub_async.importer.job import Entry, Job, Mended, State
from tests.importer.job.jobs import crashed, job_at, run_of
from tests.importer.results.jobs import created, failed, updated


@pytest.fixture
def job(tmp_path: Path) -> Iterator[Job]:
    with Job(job_at(tmp_path / "a.job", 6, locations=("L1", "L2"))) as job:
        run_of(job)
        yield job


def states(job: Job) -> str:
    """The states of all records, by their first letters."""
    return "".join(State(state).name[0] for (state,) in job.select("SELECT state FROM records ORDER BY position"))


def mended(email: str, location_id: str = "L1", tags: bytes | None = None) -> Mended:
    body = encode(Contact(email=email, location_id=location_id))
    assert isinstance(body, bytes)
    return Mended(b'["mended"]', body, tags)


def test_what_was_kept_is_there_after_a_crash(tmp_path: Path) -> None:
    """Nothing but the commit is needed for that."""
    left = tmp_path / "left.job"
    with crashed(job_at(tmp_path / "a.job"), left) as job:
        job.keep(run_of(job), [(1.0, 0), (2.0, 1)], [created(1)])
    with Job(left) as job:
        assert (states(job), [waiting.left_at for _, waiting in job.unheard()]) == ("LCW", [1.0])


def test_what_is_kept_together_is_kept_whole_or_not_at_all(job: Job) -> None:
    """An exception in the middle, of whichever kind, leaves no mark and no outcome of it, and the job goes on."""

    class Broken(Entry):
        @property
        def state(self) -> State:  # type: ignore[override]
            raise KeyboardInterrupt

    for second, error in (
        (created(99)._replace(outcome=None), AttributeError),
        (Broken(*created(1)), KeyboardInterrupt),
    ):
        with pytest.raises(error):
            job.keep(1, [(1.0, 2)], [created(0), second])
        assert (states(job), list(job.settled()), job.unheard()) == ("WWWWWW", [], [])
    job.keep(1, [(1.0, 2)], [created(0)])
    assert states(job) == "CWLWWW"


def test_a_mark_and_the_outcome_of_one_record_are_kept_in_that_order(job: Job) -> None:
    """A reply may come while the mark of the next ones is being made."""
    job.keep(1, [(1.0, 0), (1.0, 1)], [created(0)])
    assert states(job) == "CLWWWW"


def test_a_record_that_was_surely_not_written_waits_without_a_mark(job: Job) -> None:
    """Its outcome is kept all the same, for who asks what was done about it."""
    job.keep(1, [(1.0, 0)], [])
    job.keep(1, [], [failed(0, ErrorReason.CANCELLED)._replace(state=State.WAITING)])
    assert (states(job)[0], job.unheard()) == ("W", [])
    assert [outcome.reason for outcome, _ in job.outcomes_of(0)] == ["cancelled"]
    assert list(job.settled()) == []


def test_one_that_was_not_heard_of_keeps_the_time_of_its_mark(job: Job) -> None:
    """It may have been written since then."""
    job.keep(1, [(7.0, 0)], [])
    job.keep(1, [], [failed(0, ErrorReason.IN_DOUBT)._replace(state=State.LEFT)])
    [(location_id, waiting)] = job.unheard()
    assert (location_id, waiting.position, waiting.left_at) == ("L1", 0, 7.0)


def test_the_outcomes_are_numbered_as_they_are_kept(job: Job) -> None:
    """In the order of the entries, whatever their positions."""
    first = job.keep(1, [], [created(3), updated(1)])
    second = job.keep(1, [], [failed(2)])
    assert [(outcome.seq, outcome.position) for outcome in job.settled()] == [
        *zip([*first, *second], [3, 1, 2], strict=True)
    ]
    assert [outcome.position for outcome in job.settled(after=first[0])] == [1, 2]
    assert [outcome.position for outcome in job.settled(position=1)] == [1]


@pytest.mark.parametrize(
    ("reason", "state", "left_at"),
    [
        (ErrorReason.REJECTED, "W", None),
        (ErrorReason.EXHAUSTED, "W", None),
        (ErrorReason.DRIFT, "W", None),
        (ErrorReason.IN_DOUBT, "L", 990.0),
    ],
)
@pytest.mark.parametrize("mending", [None, mended("new@example.com")])
def test_an_error_waits_again(
    job: Job, reason: ErrorReason, state: str, left_at: float | None, mending: Mended | None
) -> None:
    """One that may have been written is unheard of since it was first worked on, also when it was mended."""
    job.keep(1, [], [failed(0, reason, duration=10.0)])
    assert job.send_again([(0, mending)]) == 1
    assert states(job)[0] == state
    standing = job.standing_of(0)
    assert standing is not None
    assert standing.left_at == left_at
    assert list(job.settled()) == []


def test_what_was_mended_is_what_is_sent(job: Job) -> None:
    """Its cells, its contact, its tags, and its location, which may have been what was wrong."""
    job.keep(1, [], [failed(0)])
    job.send_again([(0, mended("new@example.com", "L9", b'["vip"]'))])
    [waiting] = job.waiting("L9", -1, 9)
    assert (waiting.position, waiting.tags) == (0, ["vip"])
    assert b"new@example.com" in waiting.contact
    assert job.upserts_by_location() == {"L1": 2, "L2": 3, "L9": 1}
    assert [source.cells for source in job.sources([0])] == [["mended"]]


def test_only_errors_are_sent_again(job: Job) -> None:
    """What is written is never upserted once more, and what waits is not changed, even if it is said to be mended."""
    job.keep(1, [(1.0, 2)], [created(0), failed(1), created(3)._replace(state=State.TAGGING)])
    before = job.sources(range(6))
    assert job.send_again([(position, mended("new@example.com")) for position in (0, 2, 3, 4, 99)]) == 0
    assert (states(job), job.sources(range(6))) == ("CELTWW", before)
    assert job.send_again([(1, None), (1, None)]) == 1


def test_sending_again_is_done_whole_or_not_at_all(job: Job) -> None:
    """Who gives the records may fail in the middle."""

    def records() -> Iterator[tuple[int, Mended | None]]:
        yield 0, None
        raise ZeroDivisionError

    job.keep(1, [], [failed(0)])
    with pytest.raises(ZeroDivisionError):
        job.send_again(records())
    assert states(job) == "EWWWWW"


def kept_with_tags(job: Job, entry: Entry) -> None:
    """Let a record be written, and its tags refused."""
    position = entry.outcome.position
    job.keep(1, [], [entry._replace(state=State.TAGGING)])
    job.keep(1, [], [failed(position, retryable=True, contact_id=entry.outcome.contact_id)])


def test_of_a_contact_that_is_written_only_the_tags_are_sent_again(job: Job) -> None:
    """What became of it when it was written is true of it again, whatever else was kept since then."""
    lost = (Dropped(field="gender", sent="x", kept=None),)
    kept_with_tags(job, created(0, inferred=True, trace_id="t-0", http_status=201, attempts=3, dropped=lost))
    kept_with_tags(job, updated(1))
    job.keep(1, [], [failed(2)])
    assert job.send_again([(0, None), (1, None), (2, None)]) == 3
    assert states(job) == "TTWWWW"
    (first, _), (second, _) = job.tagging()
    assert (first.status, first.contact_id, first.position, first.ref) == ("created", "c0", 0, 2)
    assert (first.inferred, first.trace_id, first.http_status, first.dropped) == (True, "t-0", 201, lost)
    assert (first.attempts, first.location_id, first.error) == (0, "L1", None)
    assert (second.status, second.contact_id, second.location_id) == ("updated", "c1", "L2")


@pytest.mark.parametrize("reason", [ErrorReason.REJECTED, ErrorReason.DRIFT])
def test_what_was_mended_or_not_taken_whole_is_upserted_again(job: Job, reason: ErrorReason) -> None:
    """Its contact is there, but not as it should be."""
    job.keep(1, [], [failed(0, reason, contact_id="c0")])
    job.send_again([(0, mended("new@example.com") if reason is ErrorReason.REJECTED else None)])
    assert states(job)[0] == "W"


def test_a_run_is_known_by_how_it_ended(job: Job) -> None:
    """One that has not is running, or was ended by force."""
    second = job.begin_run({"concurrency": 3}, 5.0)
    job.end_run(second, "done", 4, {"L1": {"throttled": 2}}, 9.0)
    killed, ended = job.runs()
    assert (killed.run, killed.ended_at, killed.ended, killed.locations) == (1, None, None, None)
    assert (ended.started_at, ended.ended_at, ended.ended, ended.tag_requests) == (5.0, 9.0, "done", 4)
    assert (ended.settings, ended.locations) == ({"concurrency": 3}, {"L1": {"throttled": 2}})


def test_what_is_noted_of_a_job_replaces_what_was(job: Job) -> None:
    """And nothing else."""
    job.about_set("results", {"a": 1})
    job.about_set("results", {"b": 2})
    assert job.about() == {"options": {}, "created_at": 1.0, "read": 6, "results": {"b": 2}}


def test_a_job_that_is_closed_says_so(tmp_path: Path) -> None:
    """Whatever is asked of it, also what it was about to tell."""
    with Job(job_at(tmp_path / "a.job")) as job:
        job.keep(run_of(job), [], [created(0), created(1)])
        settled = job.settled()
        next(settled)
    for asked in (lambda: next(settled), job.counts, lambda: run_of(job), lambda: job.keep(1, [], [])):
        with pytest.raises(JobError, match="cannot be used"):
            asked()
