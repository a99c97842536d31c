"""What must hold in the end: the requests that came, the contacts that are there, the job and the files agree."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from growthhub_async.importer import JobView, Settled, broken

from .looking import KINDS, read_rows
from .people import HEADER, People, Sending
from .process import JOB
from .witness import Seen

_LEFTOVERS = ("*.part", "*.reading*", "*.lock", "*-wal", "*-shm")
_SURELY_UNWRITTEN = ("rejected", "exhausted", "invalid")


class Evidence(NamedTuple):
    """All that can be known of an import that has ended."""

    folder: Path
    people: People
    seen: list[Seen]
    contacts: list[dict[str, Any]]
    max_attempts: int
    adds_tags: bool


class Verdict(NamedTuple):
    """What is wrong, and the numbers of what was found."""

    wrong: list[str]
    numbers: dict[str, int]


def judge(evidence: Evidence) -> Verdict:
    """Compare everything with everything; raises JobError when there is no job to compare with."""
    with JobView(evidence.folder / JOB) as view:
        wrong = [f"the accounts are broken: {imbalance}" for imbalance in broken(view)]
        counts = view.counts()
        settled = {one.position: one for one in view.settled()}
        standing = {duplicate.position: stands.position for duplicate, stands in view.duplicates()}
        files = [*_files(evidence, settled, standing)]
    if not counts.add_up or counts.unsent or counts.read != len(evidence.people.records):
        wrong.append(f"the counts are not those of a job that is done: {counts}")
    wrong += files
    wrong += _leftovers(evidence.folder)
    wrong += _records(evidence.people, settled, standing)
    wrong += _doubles(evidence)
    wrong += _together(evidence)
    wrong += _sendings(evidence, settled)
    return Verdict(wrong, _numbers(evidence, settled))


def _records(people: People, settled: dict[int, Settled], standing: dict[int, int]) -> Iterator[str]:
    """Each record is of one sending: the first of it has the outcome, the others are its duplicates."""
    for position, name in enumerate(people.records):
        first = people.sendings[name].position
        if position == first and (position not in settled or position in standing):
            yield f"position {position} ({name}): has no outcome of its own"
        elif position != first and (standing.get(position) != first or position in settled):
            yield f"position {position} ({name}): is no duplicate of position {first}"


def _sendings(evidence: Evidence, settled: dict[int, Settled]) -> Iterator[str]:
    """Compare the outcome of each sending with the requests for it."""
    seen: defaultdict[str, list[Seen]] = defaultdict(list)
    for one in evidence.seen:
        seen[one.name].append(one)
    contacts = {contact["id"]: contact for contact in evidence.contacts}
    for name, sending in evidence.people.sendings.items():
        outcome = settled.get(sending.position)
        if outcome is not None:
            for what in _of_sending(sending, outcome, seen[name], contacts, evidence):
                effects = [(one.entry.number, one.entry.effect, one.entry.fault) for one in seen[name]]
                told = f"told {outcome.status} {outcome.reason or ''}"
                yield f"{name} ({sending.fate}, of {sending.identity}, {told}): {what}; came: {effects}"
    for name in seen.keys() - evidence.people.sendings.keys():
        yield f"requests came for {name!r}, which nobody is"


def _of_sending(
    sending: Sending, outcome: Settled, seen: list[Seen], contacts: dict[str, dict[str, Any]], evidence: Evidence
) -> Iterator[str]:
    effects = Counter(one.entry.effect for one in seen)
    written = {one.entry.contact_id for one in seen if one.entry.effect is not None}
    if effects["created"] > 1:
        yield f"it was created {effects['created']} times"
    if sending.fate == "invalid" and seen:
        yield "it is invalid, and was sent"
    if sending.fate != "sent" and written:
        yield "it was written"
    if outcome.status == "created" and effects["created"] != 1:
        yield "it was not created by its own requests"
    if outcome.status == "updated" and (effects["created"] or not effects["updated"]):
        yield "it was not updated by its own requests alone"
    if outcome.reason in _SURELY_UNWRITTEN and written:
        yield "it was written"
    if outcome.reason == "in_doubt" and sending.identity is not None:
        refused = "an earlier attempt may have been written" in (outcome.message or "")
        if outcome.attempts < evidence.max_attempts and not refused:
            yield f"it is in doubt after {outcome.attempts} attempts, and could have been sent again"
    if outcome.status in ("created", "updated"):
        yield from _of_contact(sending, outcome, written, contacts, evidence)


def _of_contact(
    sending: Sending,
    outcome: Settled,
    written: set[str | None],
    contacts: dict[str, dict[str, Any]],
    evidence: Evidence,
) -> Iterator[str]:
    contact = contacts.get(outcome.contact_id or "")
    if contact is None or written != {outcome.contact_id}:
        yield f"contact {outcome.contact_id} is told, and {written} was written"
        return
    missing = sending.tags - set(contact["tags"])
    if missing and (evidence.adds_tags or contact["source"] == sending.name):
        yield f"its contact has not the tags {sorted(missing)}"
    if evidence.adds_tags and sending.known and "before" not in contact["tags"]:
        yield "its contact has lost the tags that it had"


def _together(evidence: Evidence) -> Iterator[str]:
    """The server is never at work on two requests that are about one contact: that makes doubles, sooner or later."""
    last: dict[str, Seen] = {}
    for one in sorted(evidence.seen, key=lambda one: one.began):
        identity = evidence.people.sendings[one.name].identity
        if identity is None:
            continue
        before = last.get(identity)
        if before is not None and one.began < before.ended:
            numbers = f"{before.entry.number} (of {before.name}) and {one.entry.number} (of {one.name})"
            yield f"requests {numbers} were worked on together for {before.ended - one.began:.3f} s"
        if before is None or one.ended > before.ended:
            last[identity] = one


def _doubles(evidence: Evidence) -> Iterator[str]:
    """No two contacts share an email or phone, nor a name that is one person's; each was created by one request."""
    met: Counter[str] = Counter()
    for contact in evidence.contacts:
        met.update(filter(None, (contact.get("emailLowerCase"), contact.get("phone"))))
        if not contact.get("email") and not contact.get("phone"):
            met[contact["name"]] += 1
    for what, times in met.items():
        if times > 1:
            yield f"{what} is {times} contacts"
    created = Counter(one.entry.contact_id for one in evidence.seen if one.entry.effect == "created")
    if len(created) + len(evidence.people.known) != len(evidence.contacts):
        yield f"{len(created)} contacts were created, but there are {len(evidence.contacts)}"


def _files(evidence: Evidence, settled: dict[int, Settled], standing: dict[int, int]) -> Iterator[str]:
    """The files have what the job has, each once, and the cells of the input as they were."""
    rows = {kind: read_rows(evidence.folder, kind) for kind in KINDS}
    at = {kind: [int(row["growthhub_position"]) for row in rows[kind]] for kind in KINDS}
    expected = {
        "created": [p for p, one in settled.items() if one.status == "created"],
        "updated": [p for p, one in settled.items() if one.status == "updated"],
        "failed": [p for p, one in settled.items() if one.status == "error"],
        "dropped": [p for p, one in settled.items() for _ in one.dropped],
        "duplicates": list(standing),
    }
    for kind in KINDS:
        if at[kind] != expected[kind]:
            lost, many = Counter(expected[kind]) - Counter(at[kind]), Counter(at[kind]) - Counter(expected[kind])
            yield f"{kind}.csv: positions are missing {sorted(lost)}, too many {sorted(many)}, or in another order"
    for kind in ("created", "updated"):
        for row in rows[kind]:
            one = settled.get(int(row["growthhub_position"]))
            if one is not None and row["growthhub_contact_id"] != one.contact_id:
                yield f"{kind}.csv, position {one.position}: another contact than in the job"
    everywhere = Counter(p for kind in KINDS if kind != "dropped" for p in at[kind])
    for position, name in enumerate(evidence.people.records):
        if everywhere[position] != 1:
            yield f"position {position} ({name}): is in {everywhere[position]} files"
    for kind in KINDS:
        for row in rows[kind]:
            name = evidence.people.records[int(row["growthhub_position"])]
            readable = "text" not in row.get("growthhub_message", "") and not row.get("growthhub_text")
            if readable and (row["Source"] != name or [*row][: len(HEADER)] != list(HEADER)):
                yield f"{kind}.csv, position {row['growthhub_position']}: the cells are not those of the input"
    path = evidence.folder / "people.summary.json"
    summary = msgspec.json.decode(path.read_bytes()) if path.exists() else Counter()
    for kind, name in (("created", "created"), ("updated", "updated"), ("failed", "error")):
        if summary[name] != len(expected[kind]):
            yield f"summary.json: {name} is {summary[name]}, not {len(expected[kind])}"


def _leftovers(folder: Path) -> Iterator[str]:
    for pattern in _LEFTOVERS:
        for path in folder.glob(pattern):
            yield f"{path.name} is left over"
    for path in folder.glob("*.edited*"):
        yield f"{path.name}: a file was held to be edited that nobody has touched"


def _numbers(evidence: Evidence, settled: dict[int, Settled]) -> dict[str, int]:
    by = Counter(one.status if one.reason is None else one.reason for one in settled.values())
    effects = Counter(one.entry.effect for one in evidence.seen)
    again = Counter(one.name for one in evidence.seen)
    longest = max((one.ended - one.began for one in evidence.seen), default=0.0)
    return {
        "records": len(evidence.people.records),
        "sendings": len(evidence.people.sendings),
        **{f"outcome {name}": number for name, number in sorted(by.items())},
        "duplicates": len(evidence.people.records) - len(settled),
        "inferred": sum(one.inferred for one in settled.values()),
        "requests": len(evidence.seen),
        "requests that created": effects["created"],
        "requests that updated": effects["updated"],
        "requests that wrote nothing": effects[None],
        "sendings sent more than once": sum(number > 1 for number in again.values()),
        "contacts": len(evidence.contacts),
        "longest at work (ms)": round(longest * 1000),
    }
