"""Which records of an import are sent, and which others stand for: against the rule in plain Python."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from growthhub_async import Contact, CustomField, Problem, Record
from growthhub_async.importer.job import Job, JobView, State
from growthhub_async.importer.rows import Row
from growthhub_async.importer.staging import DuplicatesPolicy, JobWriter, Staging
from growthhub_async.importer.staging.duplicates import match_keys, merged

L1, L2 = "ve9EPM428h8vShlRW1KT", "aaaaaaaaaaaaaaaaaaaa"
EMAILS = st.sampled_from([None, "a@example.com", "A@Example.com", "b@example.com", "c@example.com", "no address"])
PHONES = st.sampled_from([None, "+12055550142", "+1 (205) 555-0142", "0012055550142", "+12055550143"])
PEOPLE = st.builds(
    Contact,
    email=EMAILS,
    phone=PHONES,
    first_name=st.sampled_from(["Ada", "Bob"]),
    location_id=st.sampled_from([L1, L2]),
    tags=st.sampled_from([[], ["x"], ["y"]]),
    create_new_if_duplicate_allowed=st.sampled_from([None, None, None, True]),
)
POLICIES = get_args(DuplicatesPolicy)


def staged(path: Path | None, contacts: list[Contact], **options: Any) -> Staging:
    """Stage contacts, and make a job of them at a path."""
    writer = None if path is None else JobWriter(path)
    staging = Staging(writer, location_id=L1, **options)
    staging.begin_file("people.csv", "CSV", ["n"])
    for number, contact in enumerate(contacts):
        staging.add(Row(number + 2, [str(number)]), Record(contact=contact, ref=number + 2))
    staging.end_file({})
    staging.close()
    if writer is not None:
        writer.finish({"read": staging.findings.read, "options": {}, "created_at": 0.0})
    return staging


def standings(path: Path) -> list[tuple[State, int | None]]:
    """Return how far each record of a job has come, and which stands for it."""
    with JobView(path) as view:
        found = [view.standing_of(position) for position in range(view.about()["read"])]
    return [(standing.state, standing.stands) for standing in found if standing is not None]


def model(contacts: list[Contact], policy: str) -> list[tuple[State, int | None]]:
    """Decide the same by the rule as it is told to people."""
    told: list[tuple[State, int | None]] = []
    holders: dict[tuple[str, str], int] = {}
    for position, contact in enumerate(contacts):
        if contact.email == "no address":
            told.append((State.ERROR, None))
            continue
        keys = []
        if contact.create_new_if_duplicate_allowed is not True:
            where = str(contact.location_id)
            keys += [(where, str(contact.email).lower())] if contact.email else []
            keys += [(where, "".join(filter(str.isdigit, str(contact.phone))).lstrip("0"))] if contact.phone else []
        known = sorted({holders[key] for key in keys if key in holders})
        if not known:
            told.append((State.WAITING, None))
            holders |= dict.fromkeys(keys, position)
        elif policy == "error":
            told.append((State.ERROR, None))
        elif policy == "last":
            told.append((State.WAITING, None))
            for earlier in known:
                told[earlier] = (State.DUPLICATE, position)
                holders = {key: holder for key, holder in holders.items() if holder != earlier}
            holders |= dict.fromkeys(keys, position)
        else:
            told.append((State.DUPLICATE, known[0]))
            if policy == "merge":
                holders |= {key: known[0] for key in keys if key not in holders}
    return told


@pytest.mark.parametrize("policy", POLICIES)
@given(contacts=st.lists(PEOPLE, max_size=12))
def test_who_is_sent_is_as_the_rule_says(policy: Any, contacts: list[Contact]) -> None:
    """By email and phone, however they are written, each location for itself; and the findings count the same."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.job"
        findings = staged(path, contacts, duplicates=policy).findings
        found = standings(path)
    assert found == model(contacts, policy)
    states = Counter(state for state, _ in found)
    assert (findings.read, findings.invalid) == (len(contacts), states[State.ERROR])
    assert findings.duplicates == states[State.DUPLICATE]
    assert findings.requests.total() == states[State.WAITING]


@pytest.mark.parametrize("tags", ["replace", "add"])
@pytest.mark.parametrize("policy", POLICIES)
@given(contacts=st.lists(PEOPLE, max_size=12))
def test_a_check_without_a_job_finds_the_same(policy: Any, tags: Any, contacts: list[Contact]) -> None:
    """What is told before an import is what the import will do, the requests for tags included."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.job"
        kept = staged(path, contacts, duplicates=policy, tags=tags).findings
        with JobView(path) as view:
            assert view.tags_by_location() == +kept.tag_requests
            assert view.upserts_by_location() == +kept.requests
    assert staged(None, contacts, duplicates=policy, tags=tags).findings == kept


def test_one_record_is_made_of_several(tmp_path: Path) -> None:
    """Later values replace earlier ones, what is not set is kept, tags are united, custom fields merge by their id."""
    first = Contact(
        email="a@example.com",
        city="Rome",
        tags=["x", "y"],
        custom_fields=[CustomField("f1", "1"), CustomField("f2", "2")],
    )
    later = Contact(
        email="a@example.com", city="Oslo", state="NO", tags=["y", "z"], custom_fields=[CustomField("f2", "3")]
    )
    staged(tmp_path / "a.job", [first, later])
    with JobView(tmp_path / "a.job") as view:
        (waiting,) = view.waiting(L1, -1, 9)
    contact = msgspec.json.decode(waiting.contact)
    assert (contact["city"], contact["state"], contact["tags"]) == ("Oslo", "NO", ["x", "y", "z"])
    assert {field["id"]: field["field_value"] for field in contact["customFields"]} == {"f1": "1", "f2": "3"}
    assert merged(first, Contact()) == first


def test_tags_that_are_added_are_no_part_of_the_upsert(tmp_path: Path) -> None:
    """They are kept beside it, united like the rest, and counted as requests; of a record that is given up, not."""
    contacts = [Contact(email="a@example.com", tags=["x"]), Contact(email="A@example.com", tags=["y"])]
    findings = staged(tmp_path / "a.job", contacts, tags="add").findings
    with JobView(tmp_path / "a.job") as view:
        (waiting,) = view.waiting(L1, -1, 9)
        assert view.tags_by_location() == {L1: 1}
    assert "tags" not in msgspec.json.decode(waiting.contact)
    assert (waiting.tags, findings.tag_requests) == (["x", "y"], {L1: 1})
    findings = staged(tmp_path / "b.job", contacts, tags="add", duplicates="last").findings
    assert (findings.requests, findings.tag_requests) == ({L1: 1}, {L1: 1})


def test_a_record_with_the_email_of_another_says_whose(tmp_path: Path) -> None:
    """With `error` it is not sent, and what is wrong names the line of the one that is."""
    contacts = [Contact(email="a@example.com"), Contact(email="a@example.com")]
    findings = staged(tmp_path / "a.job", contacts, duplicates="error").findings
    (problem,) = findings.most_frequent(9)
    assert "has the email or phone of people.csv, line 2" in problem.message
    assert (problem.records, problem.first.line) == (1, 3)


def test_what_is_wrong_has_its_outcome_in_the_job(tmp_path: Path) -> None:
    """With all problems, the text of the row where it could not be read, and no contact that could be sent."""
    staging = Staging(JobWriter(tmp_path / "a.job"), location_id=L1)
    assert staging._writer is not None
    staging.begin_file("people.csv", "CSV", ["n"])
    wrong = Record(contact=Contact(), ref=2, problems=(Problem("line", "is broken"),))
    staging.add(Row(2, [], "is broken", '"a,b\n'), wrong)
    staging._writer.finish({"read": 1, "options": {}, "created_at": 0.0})
    staging.close()
    with JobView(tmp_path / "a.job") as view:
        (settled,) = view.settled()
        assert view.counts().error == 1
    assert (settled.reason, settled.message, settled.text) == ("invalid", "line: is broken", '"a,b\n')
    assert (settled.run, settled.attempts, settled.cells) == (0, 0, None)


def test_what_is_abandoned_leaves_nothing(tmp_path: Path) -> None:
    """No job, no file beside it; one that was there before stays as it was."""
    staged(tmp_path / "a.job", [Contact(email="a@example.com")])
    before = (tmp_path / "a.job").read_bytes()
    writer = JobWriter(tmp_path / "a.job")
    writer.begin_file(0, "people.csv", "CSV", None)
    writer.abandon()
    assert [path.name for path in tmp_path.iterdir()] == ["a.job"]
    assert (tmp_path / "a.job").read_bytes() == before
    Job(tmp_path / "a.job").close()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Contact(email=" A@example.com "), Contact(email="a@EXAMPLE.com")),
        (Contact(phone="+1 205 555-0142"), Contact(phone="0012055550142")),
    ],
)
def test_keys_are_those_that_the_server_matches_by(one: Contact, other: Contact) -> None:
    """Without case and blanks, and phones by their digits; a number without its country is another."""
    assert match_keys(one) == match_keys(other)
    assert match_keys(Contact(phone="+12055550142")) != match_keys(Contact(phone="2055550142"))
