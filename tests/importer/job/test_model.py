"""What a job tells, against a model that knows of each record only what was done to it, one after the other."""

from __future__ import annotations

import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from growthhub_async import Contact, ErrorReason, Problem, Record, Status
from growthhub_async.importer.job import Entry, Job, State
from growthhub_async.importer.rows import Row
from growthhub_async.importer.staging import JobWriter, Staging
from tests.importer.job.jobs import run_of
from tests.importer.results.jobs import created, failed, updated

SETTLED = {Status.CREATED: State.CREATED, Status.UPDATED: State.UPDATED, Status.ERROR: State.ERROR}
STAGED_AS = {
    "valid": State.WAITING,
    "invalid": State.ERROR,
    "first of two": State.WAITING,
    "second of two": State.DUPLICATE,
}


class Given(NamedTuple):
    """A record of the job that is made."""

    location_id: str
    tags: list[str]
    kind: str


class Known:
    """What is known of one record."""

    def __init__(self, position: int, given: Given) -> None:
        self.position = position
        self.line = position + 2
        self.location_id = given.location_id
        self.tags = given.tags if given.kind == "valid" else []
        self.state = STAGED_AS[given.kind]
        self.left_at: float | None = None
        self.outcomes: list[tuple[int, Entry]] = []
        self.true_of_it: int | None = None

    @property
    def is_unsent(self) -> bool:
        return self.state < State.CREATED

    def settles_as(self, entry: Entry, seq: int) -> None:
        self.state = entry.state
        if self.state is not State.LEFT:
            self.left_at = None
        self.outcomes.append((seq, entry))
        self.true_of_it = seq

    @property
    def outcome(self) -> Entry:
        return dict(self.outcomes)[self.true_of_it or 0]

    def goes_again(self) -> None:
        entry = self.outcome
        reason = entry.outcome.error.reason if entry.outcome.error else None
        if entry.outcome.contact_id is not None and reason is not ErrorReason.DRIFT:
            self.state = State.TAGGING
            self.true_of_it = max(seq for seq, kept in self.outcomes if kept.outcome.error is None)
        else:
            self.state = State.LEFT if reason is ErrorReason.IN_DOUBT else State.WAITING
            self.left_at = entry.settled_at - entry.outcome.duration if reason is ErrorReason.IN_DOUBT else None


def stage(path: Path, given: list[Given]) -> None:
    writer = JobWriter(path)
    staging = Staging(writer, location_id=None, tags="add")
    staging.begin_file("contacts.csv", "CSV", ["name"])
    for position, one in enumerate(given):
        email = "two@example.com" if "of two" in one.kind else f"person{position}@example.com"
        problems = (Problem("line", "is broken"),) if one.kind == "invalid" else ()
        contact = Contact(email=email, location_id=one.location_id, tags=one.tags)
        staging.add(Row(position + 2, [str(position)]), Record(contact=contact, problems=problems))
    staging.close()
    writer.finish({"read": len(given)})


givens = st.lists(
    st.builds(
        Given,
        st.sampled_from(["L1", "L2"]),
        st.sampled_from([[], ["vip"]]),
        st.sampled_from(["valid", "valid", "valid", "invalid"]),
    ),
    max_size=4,
).map(lambda given: [Given("L1", [], "first of two"), *given, Given("L1", [], "second of two")])


class Jobs:
    """A job and its model, to which the same is done."""

    def __init__(self, path: Path, given: list[Given]) -> None:
        self.path = path
        stage(path, given)
        self.known = [Known(position, one) for position, one in enumerate(given)]
        with Job(path) as job:
            for settled in job.settled():
                invalid = failed(settled.position, ErrorReason.INVALID, settled.message or "", contact_id=None)
                self.known[settled.position].settles_as(invalid, settled.seq)

    def entry_for(self, known: Known, draw: Any) -> Entry | None:
        """Draw what may become of a record next."""
        position, contact_id = known.position, f"c{known.position}"
        if known.state is State.TAGGING:
            status = known.outcome.outcome.status
            done = (created if status is Status.CREATED else updated)(position)
            refused = failed(position, message="no tags", contact_id=contact_id, retryable=True)
            return draw(st.sampled_from([done, refused]))
        written = [created(position), updated(position)]
        if known.tags:
            written = [entry._replace(state=State.TAGGING) for entry in written]
        in_doubt = failed(position, ErrorReason.IN_DOUBT, duration=3.0)
        others = [
            failed(position),
            failed(position, ErrorReason.EXHAUSTED, "it was late", retryable=True),
            failed(position, ErrorReason.DRIFT, contact_id=contact_id),
            failed(position, ErrorReason.CANCELLED)._replace(state=State.WAITING),
            in_doubt,
        ]
        if known.state is State.LEFT:
            others.append(in_doubt._replace(state=State.LEFT))
        return draw(st.sampled_from([*written, *others]))

    def keep(self, job: Job, draw: Any) -> None:
        waiting = [known for known in self.known if known.state is State.WAITING]
        leaving = [known for known in waiting if draw(st.booleans())]
        marks = [(draw(st.floats(1, 9)), known) for known in leaving]
        at = {known.position: when for when, known in marks}
        for known in leaving:
            known.state, known.left_at = State.LEFT, at[known.position]
        unsent = [known for known in self.known if known.is_unsent]
        settling = draw(st.lists(st.sampled_from(unsent), unique=True)) if unsent else []
        entries = [entry for known in settling if (entry := self.entry_for(known, draw)) is not None]
        seqs = job.keep(1, [(when, known.position) for when, known in marks], entries)
        for seq, entry in zip(seqs, entries, strict=True):
            self.known[entry.outcome.position].settles_as(entry, seq)

    def fail(self, job: Job, draw: Any) -> None:
        """Let the keeping fail at its end, so that nothing has happened."""
        broken = created(0)._replace(outcome=None)
        try:
            job.keep(1, [(1.0, known.position) for known in self.known], [*map(created, range(3)), broken])
        except AttributeError:
            return
        raise AssertionError("kept all the same")

    def send_again(self, job: Job, draw: Any) -> None:
        asked = draw(st.lists(st.sampled_from(self.known), unique=True))
        again = [known for known in asked if known.state is State.ERROR]
        mendable = [known for known in again if known.outcome.outcome.error.reason is not ErrorReason.INVALID]
        asked = [known for known in asked if known not in again or known in mendable]
        assert job.send_again((known.position, None) for known in asked) == len(mendable)
        for known in mendable:
            known.goes_again()

    # -- what is told

    def check(self, job: Job) -> None:
        self.check_counts(job)
        self.check_unsent(job)
        self.check_settled(job)

    def check_counts(self, job: Job) -> None:
        by_state = Counter(known.state for known in self.known)
        counts = job.counts()
        assert counts.add_up
        assert counts.read == len(self.known)
        assert (counts.created, counts.updated) == (by_state[State.CREATED], by_state[State.UPDATED])
        assert (counts.error, counts.duplicate) == (by_state[State.ERROR], by_state[State.DUPLICATE])
        assert (counts.unheard, counts.tagging) == (by_state[State.LEFT], by_state[State.TAGGING])
        assert counts.unsent == sum(known.is_unsent for known in self.known)
        to_send = [known for known in self.known if known.state < State.TAGGING]
        assert job.upserts_by_location() == Counter(known.location_id for known in to_send)
        with_tags = [known for known in self.known if known.is_unsent and known.tags]
        assert job.tags_by_location() == Counter(known.location_id for known in with_tags)

    def check_unsent(self, job: Job) -> None:
        for location_id in ("L1", "L2"):
            here = [k for k in self.known if k.state is State.WAITING and k.location_id == location_id]
            read: list[int] = []
            while some := job.waiting(location_id, read[-1] if read else -1, 2):
                read += [waiting.position for waiting in some]
                assert [(w.line, w.tags, w.left_at) for w in some] == [
                    (k.line, k.tags, None) for k in here if k.position in {w.position for w in some}
                ]
            assert read == [known.position for known in here]
        left = [known for known in self.known if known.state is State.LEFT]
        assert [(location_id, w.position, w.left_at) for location_id, w in job.unheard()] == [
            (known.location_id, known.position, known.left_at) for known in left
        ]
        tagging = [known for known in self.known if known.state is State.TAGGING]
        assert [(o.position, o.status, o.contact_id, tags) for o, tags in job.tagging()] == [
            (k.position, k.outcome.outcome.status, f"c{k.position}", k.tags) for k in tagging
        ]

    def check_settled(self, job: Job) -> None:
        settled = [known for known in self.known if State.TAGGING < known.state < State.DUPLICATE]
        settled.sort(key=lambda known: known.true_of_it or 0)
        assert [(s.seq, s.position, SETTLED[Status(s.status)]) for s in job.settled()] == [
            (known.true_of_it, known.position, known.state) for known in settled
        ]
        reasons: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
        for known in settled:
            if error := known.outcome.outcome.error:
                reasons[error.reason, error.message].append(known.position)
        assert {(f.reason, f.message): (f.records, f.line) for f in job.failures(9)} == {
            words: (len(positions), min(positions) + 2) for words, positions in reasons.items()
        }
        for known in self.known:
            standing = job.standing_of(known.position)
            assert standing is not None
            assert (standing.state, standing.left_at, standing.location_id) == (
                known.state,
                known.left_at,
                known.location_id,
            )
            assert [outcome.seq for outcome, _ in job.outcomes_of(known.position)] == [seq for seq, _ in known.outcomes]
        [(duplicate, stands)] = job.duplicates()
        assert (duplicate.position, stands.position) == (len(self.known) - 1, 0)


def _steps(jobs: Jobs, draw: Any) -> Iterator[Any]:
    while draw(st.integers(0, 9)):
        yield draw(st.sampled_from([jobs.keep, jobs.keep, jobs.send_again, jobs.fail]))


@given(given=givens, data=st.data())
@settings(max_examples=80, deadline=None)
def test_a_job_tells_what_was_done_to_it(given: list[Given], data: st.DataObject) -> None:
    """Whatever is marked, kept, lost and sent again, also over several processes: and the counts always add up."""
    with tempfile.TemporaryDirectory() as directory:
        jobs = Jobs(Path(directory) / "a.job", given)
        job = Job(jobs.path)
        run_of(job)
        try:
            jobs.check(job)
            for step in _steps(jobs, data.draw):
                step(job, data.draw)
                if data.draw(st.booleans()):
                    job.close()
                    job = Job(jobs.path)
                jobs.check(job)
        finally:
            job.close()
