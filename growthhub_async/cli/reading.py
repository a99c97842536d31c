"""The records of a file on their way to the client, and what was learnt of the file by them."""

from __future__ import annotations

from collections.abc import Iterator

from ..importer import ContactFile
from ..outcome import Record


class Reading:
    """The records of a file, to be read once, by a thread.

    `ended` when the file was read to its end; `one_location` for as long as no record can name a location of its own.
    """

    def __init__(self, contacts: ContactFile) -> None:
        self._contacts = contacts
        self.ended = False
        self.one_location = not any(column.field == "location_id" for column in contacts.columns)

    @property
    def records(self) -> int:
        """How many records have been read, those included that are still on their way."""
        return self._contacts.records_read

    @property
    def share(self) -> float | None:
        """How much of the file is in them, 0 to 1; None when that is not known."""
        return 1.0 if self.ended else self._contacts.share_read

    def __iter__(self) -> Iterator[Record]:
        for record in self._contacts:
            if isinstance(record.contact.location_id, str):
                self.one_location = False  # JSON Lines have no columns that would have told
            yield record
        self.ended = True
