import stat
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from growthhub_async.sandbox.sqlite_store import SqliteStore
from growthhub_async.sandbox.store import Contact, ContactStore, MemoryStore, email_key, phone_key


def contact(contact_id: str, location_id: str = "here", **fields: object) -> Contact:
    return {"id": contact_id, "locationId": location_id, **fields}


def test_a_contact_is_found_by_its_keys_in_its_location_only(store: ContactStore) -> None:
    """Email (in any case), secondary emails and phone lead to a contact, but not from another location."""
    ada = contact("a", email="Ada@Example.com", additionalEmails=["second@example.com"], phone="+15550001111")
    store.save(ada)
    for key in (email_key("ADA@example.com"), email_key("second@example.com"), phone_key("+15550001111")):
        assert store.find("here", key) == ada
        assert store.find("there", key) is None
    assert store.get("a") == ada
    assert store.get("b") is None


def test_of_several_contacts_with_a_key_the_oldest_is_found(store: ContactStore) -> None:
    """Also when the older contact got the key later than the younger."""
    store.save(contact("older"))
    store.save(contact("younger", email="ada@example.com"))
    store.save(contact("older", email="ada@example.com"))
    found = store.find("here", email_key("ada@example.com"))
    assert found
    assert found["id"] == "older"


def test_a_contact_is_no_longer_found_by_what_it_was(store: ContactStore) -> None:
    """Saving a contact with another email takes the old key away."""
    store.save(contact("a", email="old@example.com"))
    store.save(contact("a", email="new@example.com"))
    assert store.find("here", email_key("old@example.com")) is None
    assert store.count("here") == 1


def test_contacts_come_in_order_of_creation(store: ContactStore) -> None:
    """A location's contacts are listed the oldest first, with their latest content."""
    for contact_id in ("z", "a", "m"):
        store.save(contact(contact_id))
    store.save(contact("other", location_id="there"))
    store.save(contact("z", city="Dolomite"))
    assert [c["id"] for c in store.contacts("here")] == ["z", "a", "m"]
    assert next(store.contacts("here"))["city"] == "Dolomite"
    assert (store.count("here"), store.count("there"), store.count("nowhere")) == (3, 1, 0)


SAVES = st.lists(
    st.builds(
        contact,
        st.sampled_from("abcd"),
        email=st.sampled_from(["x@example.com", "Y@example.com", None]),
        phone=st.sampled_from(["+15550001111", "+15550002222", None]),
    ),
    max_size=12,
)
KEYS = [email_key("x@example.com"), email_key("y@example.com"), phone_key("+15550001111"), phone_key("+15550002222")]


@settings(deadline=None)
@given(SAVES)
def test_both_stores_always_answer_alike(saves: list[Contact]) -> None:
    """After any saves, memory and SQLite hold the same contacts and find the same one by every key."""
    memory = MemoryStore()
    with TemporaryDirectory() as folder, closing(SqliteStore(Path(folder) / "contacts.db")) as sqlite:
        for saved in saves:
            memory.save(saved)
            sqlite.save(saved)
        assert list(memory.contacts("here")) == list(sqlite.contacts("here"))
        assert [memory.find("here", key) for key in KEYS] == [sqlite.find("here", key) for key in KEYS]


def test_a_file_keeps_its_contacts_and_is_its_owners_alone(tmp_path: Path) -> None:
    """What was saved is there after the file is opened again; no other user may read it or its side files."""
    path = tmp_path / "contacts.db"
    first = SqliteStore(path)
    first.save(contact("a", email="ada@example.com", tags=["x"]))
    assert len(list(tmp_path.iterdir())) == 3
    assert {stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()} == {0o600}
    first.close()
    assert list(tmp_path.iterdir()) == [path]
    second = SqliteStore(path)
    assert list(second.contacts("here")) == [contact("a", email="ada@example.com", tags=["x"])]
    assert second.find("here", email_key("ada@example.com"))
    second.close()


def test_a_write_outlives_a_store_that_was_never_closed(tmp_path: Path) -> None:
    """Each save is a transaction of its own: another connection sees it at once."""
    writer, reader = SqliteStore(tmp_path / "contacts.db"), SqliteStore(tmp_path / "contacts.db")
    writer.save(contact("a"))
    assert reader.count("here") == 1
    writer.close()
    reader.close()
