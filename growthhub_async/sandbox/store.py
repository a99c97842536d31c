"""Where contacts are kept. The rules know only the interface; this module has the one in memory."""

from collections.abc import Iterator
from typing import Any, Protocol

Contact = dict[str, Any]


class ContactStore(Protocol):
    """Keep contacts in the API's wire form. What is handed out must not be changed; save a new dict instead."""

    def get(self, contact_id: str) -> Contact | None:
        """Return the contact with an id."""
        ...

    def find(self, location_id: str, key: str) -> Contact | None:
        """Return the contact with a match key, the oldest of several."""
        ...

    def save(self, contact: Contact) -> None:
        """Add a contact, or replace the one with its id."""
        ...

    def contacts(self, location_id: str) -> Iterator[Contact]:
        """Iterate over a location's contacts, the oldest first."""
        ...

    def count(self, location_id: str) -> int:
        """Return how many contacts a location has."""
        ...

    def close(self) -> None:
        """Give back what the store holds open."""
        ...


def email_key(email: str) -> str:
    """Return the match key of an email; case is ignored."""
    return f"email:{email.lower()}"


def phone_key(phone: str) -> str:
    """Return the match key of a phone in E.164."""
    return f"phone:{phone}"


def match_keys(contact: Contact) -> list[str]:
    """Return all keys a contact is found by: its email, its secondary emails and its phone."""
    keys = [email_key(email) for email in (contact.get("email"), *contact.get("additionalEmails", ())) if email]
    if phone := contact.get("phone"):
        keys.append(phone_key(phone))
    return keys


class MemoryStore:
    """Keep contacts in memory."""

    def __init__(self) -> None:
        self._contacts: list[Contact] = []
        self._position: dict[str, int] = {}
        self._by_key: dict[tuple[str, str], set[int]] = {}

    def get(self, contact_id: str) -> Contact | None:
        position = self._position.get(contact_id)
        return None if position is None else self._contacts[position]

    def find(self, location_id: str, key: str) -> Contact | None:
        positions = self._by_key.get((location_id, key))
        return self._contacts[min(positions)] if positions else None

    def save(self, contact: Contact) -> None:
        location_id = contact["locationId"]
        position = self._position.setdefault(contact["id"], len(self._contacts))
        if position == len(self._contacts):
            self._contacts.append(contact)
        for key in match_keys(self._contacts[position]):
            self._by_key.get((location_id, key), set()).discard(position)
        self._contacts[position] = contact
        for key in match_keys(contact):
            self._by_key.setdefault((location_id, key), set()).add(position)

    def contacts(self, location_id: str) -> Iterator[Contact]:
        return iter([contact for contact in self._contacts if contact["locationId"] == location_id])

    def count(self, location_id: str) -> int:
        return sum(contact["locationId"] == location_id for contact in self._contacts)

    def close(self) -> None:
        """Do nothing: memory is given back by itself."""
