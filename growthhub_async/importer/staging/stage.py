"""The records of an import on their way into its job: checked, matched with each other, and written down.

Nothing is sent here. Of several records of one contact the one that is to be sent stands for the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec
from msgspec import UNSET

from ...checks import check, encode
from ...contact import Contact
from ...outcome import Problem, Record
from ..rows import Row
from .duplicates import DuplicatesPolicy, Holder, Identities, match_keys, merged
from .findings import Findings, Place
from .writer import JobWriter

TagsPolicy = Literal["replace", "add"]
"""What becomes of the tags of a record: they replace those of its contact with the upsert, or are added after it."""

_EXAMPLES = 5
_contact_of = msgspec.json.Decoder(Contact).decode


class Staging:
    """Take in records, one after the other: into findings and, with a writer, into a job."""

    def __init__(
        self,
        writer: JobWriter | None,
        *,
        location_id: str | None,
        duplicates: DuplicatesPolicy = "merge",
        tags: TagsPolicy = "replace",
        send_empty: bool = False,
    ) -> None:
        self.findings = Findings()
        self._writer = writer
        self._location_id = location_id
        self._policy = duplicates
        self._add_tags = tags == "add"
        self._send_empty = send_empty
        self._identities = Identities()
        self._names: list[str] = []

    def close(self) -> None:
        """Forget who was met."""
        self._identities.close()

    def begin_file(self, name: str, form: str, columns: list[str] | None) -> None:
        """Go on with another file."""
        if self._writer is not None:
            self._writer.begin_file(len(self._names), name, form, columns)
        self._names.append(name)

    def end_file(self, fingerprint: Mapping[str, Any]) -> None:
        """Note what tells later whether the file has changed."""
        if self._writer is not None:
            self._writer.end_file(len(self._names) - 1, fingerprint)

    def add(self, row: Row, record: Record) -> None:
        """Take in one record, and the row it was made of."""
        me = Holder(self.findings.read, len(self._names) - 1, row.line)
        self.findings.read += 1
        contact, problems = check(record, self._location_id, send_empty=self._send_empty)
        contact, tags = self._parted(contact)
        body = encode(contact) if not problems else problems[0]
        if isinstance(body, Problem):
            self._put_invalid(me, row, contact, problems or [body])
            return
        keys = match_keys(contact)
        holders = self._identities.holders(keys) if keys else []
        if not holders:
            self._put(me, row, contact, body, tags)
            self._identities.hold(keys, me)
        elif self._policy == "error":
            self._put_invalid(me, row, contact, [_same_as(self._place(holders[0]))])
        else:
            self._put_duplicate(me, row, contact, body, tags, keys, holders)

    def _parted(self, contact: Contact) -> tuple[Contact, list[str]]:
        """Part the tags that are added by their own endpoint from what is sent with the upsert."""
        if not self._add_tags or not isinstance(contact.tags, list):
            return contact, []
        return msgspec.structs.replace(contact, tags=UNSET), contact.tags

    def _put(self, me: Holder, row: Row, contact: Contact, body: bytes, tags: list[str]) -> None:
        location_id = str(contact.location_id)
        self.findings.requests[location_id] += 1
        self.findings.with_tags += bool(contact.tags)
        self._note_tags(me, location_id, tags)
        if self._writer is not None:
            self._writer.record(me, row, location_id, body, tags)

    def _put_invalid(self, me: Holder, row: Row, contact: Contact, problems: list[Problem]) -> None:
        self.findings.add_invalid(problems, self._place(me))
        if self._writer is not None:
            location_id = contact.location_id if isinstance(contact.location_id, str) else None
            self._writer.invalid(me, row, location_id, problems)

    def _put_duplicate(
        self,
        me: Holder,
        row: Row,
        contact: Contact,
        body: bytes,
        tags: list[str],
        keys: list[int],
        holders: list[Holder],
    ) -> None:
        first = holders[0]
        if self._policy == "last":
            self._put(me, row, contact, body, tags)
            for holder in holders:
                self._note(holder, me)
                self._identities.replace(holder)
                self._give_up(holder, str(contact.location_id), me)
            self._identities.hold(keys, me)
            return
        self._note(me, first)
        if self._writer is not None:
            self._writer.duplicate(me, row, str(contact.location_id), first)
        if self._policy == "merge":
            self._merge(first, contact, tags)
            taken = {key for key in keys if self._identities.holders([key])}
            self._identities.hold([key for key in keys if key not in taken], first)

    def _merge(self, first: Holder, contact: Contact, tags: list[str]) -> None:
        """Make of a record that was written before what it and another one say together."""
        self._note_tags(first, str(contact.location_id), tags)
        if self._writer is None:
            return
        body, earlier_tags = self._writer.contact_of(first)
        both = encode(merged(_contact_of(body), contact))
        if not isinstance(both, Problem):  # together they may be too long: then the first stands as it is
            self._writer.becomes(first, both, list(dict.fromkeys(earlier_tags + tags)))

    def _give_up(self, holder: Holder, location_id: str, me: Holder) -> None:
        """Take back a record that was to be sent: a later one stands for it."""
        self.findings.requests[location_id] -= 1
        self.findings.tag_requests[location_id] -= self._identities.is_tagged(holder)
        if self._writer is not None:
            self._writer.give_up(holder, me)

    def _note_tags(self, holder: Holder, location_id: str, tags: list[str]) -> None:
        if tags and self._identities.tag(holder):
            self.findings.tag_requests[location_id] += 1

    def _note(self, duplicate: Holder, standing: Holder) -> None:
        self.findings.duplicates += 1
        if len(self.findings.first_duplicates) < _EXAMPLES:
            self.findings.first_duplicates.append((self._place(duplicate), self._place(standing)))

    def _place(self, holder: Holder) -> Place:
        return Place(self._names[holder.file], holder.line)


def _same_as(place: Place) -> Problem:
    return Problem("contact", f"has the email or phone of {place}; keep one of them, or choose with --duplicates")
