"""A job file opened: SQLite, a write-ahead log, only its owner may read it; its errors in our words."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from ...own_file import sync
from ..errors import JobError
from .schema import APPLICATION_ID, SCHEMA, VERSION

_CACHE_KIB = 8_192
_MARK_AT = 68
"""Where SQLite keeps the id of the application in a file."""
_WAIT_MS = 10_000


def create(path: Path) -> sqlite3.Connection:
    """Make an empty database that nobody relies on yet, so that writing it is fast; raises JobError.

    `finish` makes a job of it, `abandon` nothing.
    """
    with told(path):
        for file in with_companions(path):
            file.unlink(missing_ok=True)
        connection = None
        try:  # Ctrl-C may come at any moment
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
            connection = _connect(path)
            connection.executescript(
                f"PRAGMA page_size = 8192; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
                f"PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {VERSION};"
                f"BEGIN; {SCHEMA}"
            )
        except BaseException:
            abandon(connection, path)
            raise
    return connection


def finish(connection: sqlite3.Connection, made: Path, path: Path) -> None:
    """Put what `create` began in the place of the job, whole and safe from a loss of power; raises JobError."""
    with told(path):
        connection.commit()
        connection.execute("PRAGMA journal_mode = WAL")  # nobody has it open yet, and could be in the way of that
        connection.close()
        sync(made)
        _remove(path)
        made.replace(path)
        sync(path.parent)


def abandon(connection: sqlite3.Connection | None, made: Path) -> None:
    """Leave nothing behind of what `create` began."""
    if connection is not None:
        connection.close()
    for file in with_companions(made):
        with contextlib.suppress(OSError):  # what was wrong before is what is to be told
            file.unlink()


def open_job(path: Path) -> sqlite3.Connection:
    """Open a job to work on; raises JobError when there is none, or it is damaged."""
    return _opened(path, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;")


def open_to_look(path: Path) -> sqlite3.Connection:
    """Open a job to read it, also while another process works on it; raises JobError as `open_job` does."""
    return _opened(path, "PRAGMA query_only = ON;")  # a log that was left by a crash must be taken up to read


def has_mark(path: Path) -> bool:
    """Tell whether a file begins as a job does, however damaged the rest of it is; raises JobError."""
    with told(path), path.open("rb") as file:
        header = file.read(_MARK_AT + 4)
    return header.startswith(b"SQLite format 3\0") and header[_MARK_AT:] == APPLICATION_ID.to_bytes(4, "big")


def with_companions(path: Path) -> list[Path]:
    """Name a database and the files that SQLite keeps beside it."""
    return [path, *(path.with_name(path.name + suffix) for suffix in ("-wal", "-shm", "-journal"))]


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Turn what SQLite and the system raise during the block into a JobError that says what to do."""
    try:
        yield
    except sqlite3.Error as error:
        raise JobError(_in_words(path, error)) from None
    except UnicodeDecodeError:  # SQLite quotes what it cannot read
        raise JobError(f"{path} {_DAMAGED}") from None
    except OSError as error:
        raise JobError(f"{path} cannot be written: {error.strerror or type(error).__name__}; {_REMEDY}") from None


@contextmanager
def told_of_reading(path: Path) -> Iterator[None]:
    """Do as `told` does for a block that reads: what is there and is not as it was written is damaged."""
    with told(path):
        try:
            yield
        except (msgspec.DecodeError, TypeError, ValueError):
            raise JobError(f"{path} {_DAMAGED}") from None


_DAMAGED = (
    "is damaged; put a copy of it back, or start over with --fresh: contacts that are there already are only updated"
)
_REMEDY = "mend that and run the same again: nothing that was settled is lost"


def _opened(path: Path, pragmas: str) -> sqlite3.Connection:
    with told(path):
        if not path.is_file():
            raise JobError(f"{path} does not exist; is the path right, seen from {Path.cwd()}?")
        connection = _connect(path)
        try:
            _require_job(connection, path)
            connection.executescript(pragmas)
        except BaseException:
            connection.close()
            raise
    return connection


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None)
    try:
        connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        connection.execute(f"PRAGMA busy_timeout = {_WAIT_MS}")
    except BaseException:
        connection.close()
        raise
    return connection


def _require_job(connection: sqlite3.Connection, path: Path) -> None:
    (mark,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if mark != APPLICATION_ID:
        raise JobError(f"{path} is no job of an import; name the file that the import made, such as contacts.job")
    if version != VERSION:
        raise JobError(f"{path} was made by another version of this program (schema {version}, ours is {VERSION})")


def _remove(path: Path) -> None:
    """Remove a job before another one takes its place: what is beside it would be taken for the new one's.

    The job itself goes first: without it the rest is nothing, but not the other way round.
    """
    for file in with_companions(path):
        if file.exists():
            file.unlink()
            sync(path.parent)


def _in_words(path: Path, error: sqlite3.Error) -> str:
    match getattr(error, "sqlite_errorname", "").removeprefix("SQLITE_").partition("_")[0]:
        case "FULL":
            return f"{path} cannot be written: the disk is full; {_REMEDY}"
        case "READONLY" | "PERM" | "CANTOPEN" | "AUTH":
            return f"{path} cannot be written by you, or its directory cannot; {_REMEDY}"
        case "IOERR":
            return f"{path} cannot be written: the disk is full or broken; {_REMEDY}"
        case "CORRUPT" | "NOTADB":
            return f"{path} {_DAMAGED}"
        case "BUSY" | "LOCKED":
            return f"{path} is held by another program; end that, and run the same again"
        case name:
            return f"{path} cannot be used ({name or type(error).__name__}); {_REMEDY}"
