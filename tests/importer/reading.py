"""Read files of contacts from bytes, as the tests write them."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from growthhub_async import Record
from growthhub_async.importer import ContactFile, open_contacts

DATA = Path(__file__).parent / "data"


def peak_memory(work: Callable[[], object]) -> int:
    """Return the bytes that were in use at the most while something was done."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def unheard(_: str) -> None:
    """Listen to what is told of a file, and forget it."""


@contextmanager
def opened(folder: Path, content: bytes, *, name: str = "contacts.csv", **options: object) -> Iterator[ContactFile]:
    """Write a file and open it; what is told is appended to the option `told`, a list."""
    told = options.pop("told", [])
    assert isinstance(told, list)
    path = folder / name
    path.write_bytes(content)
    with open_contacts(str(path), tell=told.append, **options) as contacts:  # type: ignore[arg-type]
        yield contacts


def read(folder: Path, content: bytes, **options: object) -> list[Record]:
    """Read every record of a file."""
    with opened(folder, content, **options) as contacts:  # type: ignore[arg-type]
        return list(contacts)


def fields(record: Record) -> dict[str, object]:
    """Return what a record's contact would be sent as."""
    values: dict[str, object] = msgspec.to_builtins(record.contact)
    return values


def problems(record: Record) -> list[str]:
    """Return what is wrong with a record, as it is told."""
    return [str(problem) for problem in record.problems]
