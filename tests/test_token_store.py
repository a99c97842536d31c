"""What holds of every store of tokens; and what a file makes of trouble."""

from __future__ import annotations

import asyncio
import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked, PasswordDeleteError

from growthhub_async import ConfigurationError, FileTokenStore, KeyringTokenStore, MemoryTokenStore, TokenStore

pytestmark = pytest.mark.anyio


class Ring(KeyringBackend):
    """A keyring in memory, which may be locked."""

    priority = 1.0

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}
        self.is_locked = False

    def get_password(self, service: str, username: str) -> str | None:
        if self.is_locked:
            raise KeyringLocked("hunter2")
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if self.kept.pop((service, username), None) is None:
            raise PasswordDeleteError


@pytest.fixture
def ring() -> Iterator[Ring]:
    before = keyring.get_keyring()
    ring = Ring()
    keyring.set_keyring(ring)
    yield ring
    keyring.set_keyring(before)


@pytest.fixture(params=["memory", "file", "keyring"])
def store(request: pytest.FixtureRequest, tmp_path: Path, ring: Ring) -> TokenStore:
    match request.param:
        case "memory":
            return MemoryTokenStore()
        case "file":
            return FileTokenStore(tmp_path / "new" / "tokens.json")
        case _:
            return KeyringTokenStore("growthhub-test", tmp_path / "locks")


async def test_what_was_saved_is_loaded_until_it_is_deleted(store: TokenStore) -> None:
    """Each name by itself; to delete what is not there is no error."""
    assert await store.load("a") is None
    await store.save("a", "one")
    await store.save("b", "two é")
    await store.save("a", "three")
    assert (await store.load("a"), await store.load("b")) == ("three", "two é")
    await store.delete("a")
    await store.delete("a")
    assert (await store.load("a"), await store.load("b")) == (None, "two é")


async def test_one_holds_the_lock_of_a_name_at_a_time(store: TokenStore) -> None:
    """Others wait; another name has a lock of its own; whoever is cancelled in it lets go of it."""
    inside = 0

    async def enter() -> None:
        nonlocal inside
        async with store.lock("a"):
            inside += 1
            assert inside == 1
            async with store.lock("b"):
                await store.save("a", "in the lock")
            inside -= 1

    await asyncio.gather(*(enter() for _ in range(5)))
    holding = asyncio.create_task(_hold(store))
    await asyncio.sleep(0.05)
    holding.cancel()
    async with store.lock("a"):
        assert await store.load("a") == "in the lock"


async def _hold(store: TokenStore) -> None:
    async with store.lock("a"):
        await asyncio.Event().wait()


def test_no_store_shows_what_it_holds(store: TokenStore) -> None:
    """Its repr names where, and not what."""
    asyncio.run(store.save("a", "hunter2"))
    assert "hunter2" not in repr(store)


async def test_a_file_is_its_owners_alone_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    """Whatever the umask is; locks are gone when nobody holds them."""
    path = tmp_path / "new" / "tokens.json"
    before = os.umask(0)
    try:
        store = FileTokenStore(path)
        async with store.lock("a"):
            await store.save("a", "one")
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [found.name for found in path.parent.iterdir()] == ["tokens.json"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
async def test_a_file_that_others_may_read_is_refused_with_what_mends_it(tmp_path: Path, mode: int) -> None:
    """Neither read nor written until then."""
    path = tmp_path / "my tokens.json"
    path.write_text("{}")
    path.chmod(mode)
    store = FileTokenStore(path)
    for asked in (store.load("a"), store.save("a", "one")):
        with pytest.raises(ConfigurationError, match=rf"others may read the tokens in it; chmod 600 '{path}'$"):
            await asked
    assert path.read_text() == "{}"


@pytest.mark.parametrize("content", [b"", b"[]", b'{"a": {"token": "hunter2"}}', b"hunter2\xff"])
async def test_a_file_of_something_else_is_left_as_it_is(tmp_path: Path, content: bytes) -> None:
    """It is told by name, and nothing of it is shown."""
    path = tmp_path / "tokens.json"
    path.write_bytes(content)
    path.chmod(0o600)
    store = FileTokenStore(path)
    for asked in (store.load("a"), store.save("a", "one")):
        with pytest.raises(ConfigurationError, match="is no file of tokens; name another, or move it away") as raised:
            await asked
        assert "hunter2" not in str(raised.value)
    assert path.read_bytes() == content


async def test_what_cannot_be_written_is_told(tmp_path: Path) -> None:
    """With its name, and what it needs."""
    (tmp_path / "file").write_text("")
    store = FileTokenStore(tmp_path / "file" / "tokens.json")
    with pytest.raises(ConfigurationError, match=r"tokens\.json: .*; the tokens need a file that you may write to"):
        await store.save("a", "one")


async def test_a_link_to_a_file_of_tokens_stays_one(tmp_path: Path) -> None:
    """What it points to is written."""
    (tmp_path / "link").symlink_to(tmp_path / "real.json")
    await FileTokenStore(tmp_path / "link").save("a", "one")
    assert (tmp_path / "link").is_symlink()
    assert await FileTokenStore(tmp_path / "real.json").load("a") == "one"


async def test_what_a_killed_process_left_half_written_is_in_nobodys_way(tmp_path: Path) -> None:
    """The next one writes it anew."""
    path = tmp_path / "tokens.json"
    await FileTokenStore(path).save("a", "one")
    (tmp_path / "tokens.json.new").write_text('{"a": "tw')
    await FileTokenStore(path).save("b", "two")
    assert [await FileTokenStore(path).load(name) for name in "ab"] == ["one", "two"]


async def test_writers_of_different_names_lose_nothing(tmp_path: Path) -> None:
    """The file is written by one at a time, though each has a lock of his own."""
    path = tmp_path / "tokens.json"

    async def write(name: str) -> None:
        store = FileTokenStore(path)
        async with store.lock(name):
            await store.save(name, name)

    await asyncio.gather(*(write(f"name{number}") for number in range(20)))
    assert [await FileTokenStore(path).load(f"name{number}") for number in range(20)] == [
        f"name{number}" for number in range(20)
    ]


async def test_a_keyring_that_is_locked_says_what_to_do(ring: Ring, tmp_path: Path) -> None:
    """And not what it said itself."""
    ring.is_locked = True
    with pytest.raises(ConfigurationError, match=r"the keyring cannot be used \(KeyringLocked\): unlock it") as raised:
        await KeyringTokenStore("growthhub-test", tmp_path).load("a")
    assert "hunter2" not in str(raised.value)


async def test_a_keyring_needs_its_extra(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What is missing is named, with the command that brings it."""
    monkeypatch.setitem(sys.modules, "keyring", None)
    store: Any = KeyringTokenStore("growthhub-test", tmp_path)
    with pytest.raises(ConfigurationError, match=r"needs `pip install growthhub-async\[keyring\]`"):
        await store.save("a", "one")
