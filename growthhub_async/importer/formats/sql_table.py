"""A query to a database as a table, through SQLAlchemy: whatever URL it has a dialect for.

The password of the URL is in no name and no message. A database's own words are told only of what was asked, never of
the data: they may have values in them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import ImportFileError
from ..rows import Row
from .extras import hinted, shortened
from .fingerprint import Fingerprint, fingerprint_of_query
from .urls import without_secrets
from .values import ColumnName, plain_cells

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection, CursorResult, Engine

_AT_ONCE = 1_000
"""Rows asked for at a time."""
_TABLE = re.compile(r"[^\s;()]+")
"""A query of one word is the name of a table, perhaps after that of its schema and a dot."""
_NO_DATABASES = ("file", "http", "https", "ftp", "s3", "gs", "gcs", "az", "abfs")


class SqlTable:
    """The rows of a query, to be read once. A row's line is its number, counted from 1."""

    share_read = None

    def __init__(
        self, name: str, result: CursorResult[Any], fingerprint: Fingerprint, is_known: Callable[[str], bool]
    ) -> None:
        self.name = name
        self.format = "SQL"
        self.columns: list[str] = [str(key) for key in result.keys()]  # noqa: SIM118 - it is no mapping
        self._columns = [ColumnName(name, is_known(name)) for name in self.columns]
        self._result = result
        self._fingerprint = fingerprint

    def fingerprint(self) -> Fingerprint:
        """Identify the query; what the database holds is not looked at."""
        return self._fingerprint

    def __iter__(self) -> Iterator[Row]:
        number = 0
        while rows := self._some(number):
            for values in rows:
                number += 1
                yield Row(number, *plain_cells(self._columns, values))

    def _some(self, number: int) -> list[Any]:
        try:
            return list(self._result.fetchmany(_AT_ONCE))
        except Exception as error:
            raise ImportFileError(f"{self.name} cannot be read on after row {number:,}: {_kind(error)}") from None


@contextmanager
def open_query(url: str, query: str | None, is_known: Callable[[str], bool]) -> Iterator[SqlTable]:
    """Open a query, or a whole table by its name; raises ImportFileError when the database cannot be asked.

    What is no text is a problem of its row where it is in a column whose name `is_known`.
    """
    name = without_secrets(url)
    if url.partition("://")[0].lower() in _NO_DATABASES:
        raise ImportFileError(f"{name} is no database; copy it to a file, and name that")
    if not query or not query.strip():
        raise ImportFileError(f"{name}: say what to read with --query, a table's name or a SELECT")
    engine = _engine(name, url)
    with _asking(name, engine, "are the URL and the rights right?"):
        connection = engine.connect()
    with connection:
        with _asking(name, engine, "is the --query right?"):
            result = _execute(connection, query.strip())
        if not result.returns_rows:
            raise ImportFileError(f"{name}: the query gives no rows; write a SELECT")
        yield SqlTable(name, result, fingerprint_of_query(url, query), is_known)


def _engine(name: str, url: str) -> Engine:
    with hinted(name, "SQL", "sql"):
        import sqlalchemy

    try:
        engine = sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool)
    except sqlalchemy.exc.NoSuchModuleError:
        raise ImportFileError(
            f"{name}: its kind of database is not known; write sqlite, postgresql, mysql, mssql, oracle, or install"
            " the dialect of SQLAlchemy for it"
        ) from None
    except ImportError as error:
        raise ImportFileError(
            f"{name}: its driver {error.name} is not installed; install it, or name another in the URL, as in"
            " postgresql+psycopg://"
        ) from None
    except Exception as error:
        raise ImportFileError(
            f"{name} cannot be used as a URL of a database ({_kind(error)}); write"
            " postgresql://USER:PASSWORD@HOST/DATABASE, and %40 for an @ in the password"
        ) from None
    _require_file(name, engine.url)
    return engine


def _require_file(name: str, url: URL) -> None:
    """Refuse a file of SQLite that is not there, and would be made."""
    path = url.database
    is_file = url.get_backend_name() == "sqlite" and path and path != ":memory:" and not path.startswith("file:")
    if is_file and not Path(path or "").exists():
        raise ImportFileError(f"{name} does not exist; is the path right, seen from {Path.cwd()}?")


def _execute(connection: Connection, query: str) -> CursorResult[Any]:
    import sqlalchemy

    options = {"stream_results": True, "max_row_buffer": _AT_ONCE, "no_parameters": True}
    if _TABLE.fullmatch(query):
        schema, _, table = query.rpartition(".")
        statement = sqlalchemy.select(sqlalchemy.text("*")).select_from(sqlalchemy.table(table, schema=schema or None))
        return connection.execute(statement, execution_options=options)
    return connection.exec_driver_sql(query, execution_options=options)  # : and % in it are no parameters


@contextmanager
def _asking(name: str, engine: Engine, question: str) -> Iterator[None]:
    try:
        yield
    except ImportFileError:
        raise
    except Exception as error:
        raise ImportFileError(f"{name}: {_reason(error, engine.url)}; {question}") from None


def _kind(error: BaseException) -> str:
    return type(getattr(error, "orig", None) or error).__name__


def _reason(error: Exception, url: URL) -> str:
    import sqlalchemy

    if isinstance(error, sqlalchemy.exc.DataError | sqlalchemy.exc.IntegrityError):
        return _kind(error)  # its words are about values
    words = shortened(str(getattr(error, "orig", None) or error))
    for secret in (url.password, *url.query.values()):
        if isinstance(secret, str) and secret:
            words = words.replace(secret, "***")
    return f"{_kind(error)}: {words}"
